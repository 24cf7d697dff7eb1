/**
 * A claim that is shown by many random runs. It lives in `test/proofs/<name>.proof.ts` and is exported as `proof`;
 * `test/proofs/<name>.test.ts` hands it to `testProof`, `npm run prove -- <name>` runs it in full.
 */
export type Proof = {
  /** What is shown, as a fact: the title of the test. */
  claim: string;
  /** How many runs: `short` in every `npm test`, `full` on demand. */
  counts: { short: number; full: number };
  /** Throws where the claim is broken, else returns the figures that were measured. */
  run(options: ProofOptions): Promise<Figures>;
};

/** How often and from which seed a proof runs; `log` prints a line of progress. */
export type ProofOptions = { count: number; seed: number; log: (line: string) => void };

/** Names and values that a proof reports, in the order of printing. */
export type Figures = Record<string, number | string>;

/** Runs a proof and puts the seed and the count into the message of whatever it throws. */
export async function runProof(proof: Proof, options: ProofOptions): Promise<Figures> {
  try {
    return await proof.run(options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`with seed ${options.seed} and count ${options.count}: ${reason}`, { cause });
  }
}

/** Returns a whole number from 0 to 2³¹ − 1, the range that fast-check takes. */
export function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}
