import { expect, test } from 'vitest';
import { type Proof, randomSeed, runProof } from './proof.ts';

const options = { count: 3, seed: 42, log: () => {} };

test('runProof: hands count and seed to the proof and returns its figures', async () => {
  const proof: Proof = {
    claim: 'counts its runs',
    counts: { short: 1, full: 2 },
    run: async ({ count, seed }) => ({ runs: count, seed }),
  };
  expect(await runProof(proof, options)).toEqual({ runs: 3, seed: 42 });
});

test('runProof: a broken claim names the seed that repeats it and keeps its cause', async () => {
  const broken = new Error('message 7 was lost');
  const proof: Proof = { claim: 'breaks', counts: { short: 1, full: 1 }, run: () => Promise.reject(broken) };
  await expect(runProof(proof, options)).rejects.toMatchObject({
    message: 'with seed 42 and count 3: message 7 was lost',
    cause: broken,
  });
});

test('randomSeed: is a whole number that fast-check takes', () => {
  for (let run = 0; run < 1000; run++) {
    const seed = randomSeed();
    expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31).toBe(true);
  }
});
