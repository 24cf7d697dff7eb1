import assert from 'node:assert/strict';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { runSchedule } from './schedule/run-schedule.ts';

/** So many of the last steps of a failing schedule are printed. */
const STEPS_SHOWN = 400;

/** Runs the product's store, cache and engine over a fake driver under random schedules; each has a seed of its own. */
export const proof: Proof = {
  claim: 'whatever is delayed, lost or killed, the instances on one MongoDB keep every promise of semantics.md',
  counts: { short: 5000, full: 100_000 },
  async run({ count, seed, log }) {
    const seeds = new SeededRandom(seed);
    const figures = { schedules: count, calls: 0, 'rows of events': 0, steps: 0 };
    for (let run = 0; run < count; run += 1) {
      // A run of one is the schedule of that seed.
      const own = count === 1 ? seed : seeds.integer(2 ** 31);
      const { violations, calls, events, steps } = await runSchedule({ seed: own });
      if (violations.length > 0) await explain(own);
      figures.calls += calls;
      figures['rows of events'] += events;
      figures.steps += steps;
      if (run % 1000 === 999) log(`${run + 1} schedules, ${figures.calls} calls`);
    }
    return figures;
  },
};

/** Runs a failing schedule once more and throws what it does step by step. */
async function explain(seed: number): Promise<never> {
  const { trace, violations } = await runSchedule({ seed, isTraced: true });
  const command = `npm run prove -- schedule --count 1 --seed ${seed}`;
  assert.fail([`schedule ${seed} (${command}):`, ...violations, ...trace.slice(-STEPS_SHOWN)].join('\n'));
}
