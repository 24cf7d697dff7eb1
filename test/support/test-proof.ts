import { expect, test } from 'vitest';
import { type Proof, randomSeed, runProof } from './proof.ts';

/** Declares the test that runs a proof at its short count; THREADKEEP_SEED repeats a run whose failure named its seed. */
export function testProof(proof: Proof, { timeoutMs }: { timeoutMs: number } = { timeoutMs: 300_000 }): void {
  test(proof.claim, { timeout: timeoutMs }, async () => {
    const seed = Number(process.env.THREADKEEP_SEED ?? randomSeed());
    const figures = await runProof(proof, { count: proof.counts.short, seed, log: () => {} });
    expect(figures).not.toEqual({});
  });
}
