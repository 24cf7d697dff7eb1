import { expect, test } from 'vitest';
import { type Proof, randomSeed, runProof } from './proof.ts';
import { requireTool } from './require.ts';

/** How a proof is tested; `tools` are the commands it cannot do without, each with how to install it. */
export interface ProofTest {
  timeoutMs?: number;
  tools?: Record<string, string>;
}

/** Declares the test that runs a proof at its short count; THREADKEEP_SEED repeats a run whose failure named its seed. */
export function testProof(proof: Proof, { timeoutMs = 300_000, tools = {} }: ProofTest = {}): void {
  test(proof.claim, { timeout: timeoutMs }, async (context) => {
    for (const [name, remedy] of Object.entries(tools)) requireTool(context, name, remedy);
    const seed = Number(process.env.THREADKEEP_SEED ?? randomSeed());
    const figures = await runProof(proof, { count: proof.counts.short, seed, log: () => {} });
    expect(figures).not.toEqual({});
  });
}
