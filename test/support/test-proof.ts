import { expect, test } from 'vitest';
import { type Proof, randomSeed, runProof } from './proof.ts';
import { requireTool } from './require.ts';
import { requireServer } from './servers/server-missing.ts';

/** How a proof is tested, and what it cannot do without. */
export interface ProofTest {
  timeoutMs?: number;
  /** Commands, each with how to install it. */
  tools?: Record<string, string>;
  /** Servers, each as it is asked for: `mongoServer`. */
  servers?: readonly (() => Promise<unknown>)[];
}

/** Declares the test that runs a proof at its short count; THREADKEEP_SEED repeats a run whose failure named its seed. */
export function testProof(proof: Proof, { timeoutMs = 300_000, tools = {}, servers = [] }: ProofTest = {}): void {
  test(proof.claim, { timeout: timeoutMs }, async (context) => {
    for (const [name, remedy] of Object.entries(tools)) requireTool(context, name, remedy);
    for (const ask of servers) await requireServer(context, ask);
    const seed = Number(process.env.THREADKEEP_SEED ?? randomSeed());
    const figures = await runProof(proof, { count: proof.counts.short, seed, log: () => {} });
    expect(figures).not.toEqual({});
  });
}
