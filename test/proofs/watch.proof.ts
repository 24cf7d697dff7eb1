import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { habits, runSchedule } from './watch/run-schedule.ts';

/** Runs random schedules of calls, time, jumps of the clock and restarts under watchers that come and go. */
export const proof: Proof = {
  claim: 'watchers get every event once, in order, in whole commits and never early, whatever happens around them',
  counts: { short: 50, full: 1000 },
  async run({ count, seed, log }) {
    const seeds = new SeededRandom(seed);
    let events = 0;
    let reconnects = 0;
    for (let run = 0; run < count; run++) {
      const clock = new ManualClock();
      const store = run % 2 === 0 ? openMemoryStore({ clock }) : await openSqliteStore({ path: ':memory:', clock });
      const random = new SeededRandom(seeds.integer(2 ** 31));
      const outcome = await runSchedule({ store, clock, random, eventsAtLeast: 500 });
      events += outcome.events;
      reconnects += outcome.reconnects;
      if (run % 50 === 49) log(`${run + 1} runs, ${events} events, ${reconnects} reconnects`);
    }
    return { runs: count, watchers: habits.length, events, reconnects };
  },
};
