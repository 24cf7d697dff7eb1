import assert from 'node:assert/strict';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { openBed } from './faults/bed.ts';
import { FAULTS } from './faults/fault.ts';
import { History } from './faults/history.ts';
import { runFault } from './faults/run-fault.ts';
import { startSessions } from './faults/start-sessions.ts';

/** After so many runs the callers turn to other sessions. */
const RUNS_PER_SESSIONS = 8;

/** Three instances under load, and one fault a run: what was acknowledged is held against what is there. */
export const proof: Proof = {
  claim: 'instances lose, double and reorder nothing, and show nothing old, whatever befalls them and their servers',
  counts: { short: FAULTS.length, full: 200 },
  async run({ count, seed, log }) {
    const isShort = count <= FAULTS.length;
    // A machine that runs other tests beside is slow to answer, and to notice that a server is back.
    const { lateByMs, ...bounds } = isShort
      ? { writesAtLeast: 200, returnWithinMs: 30_000, lateByMs: 20_000 }
      : { writesAtLeast: 500, returnWithinMs: 5000, lateByMs: 1000 };
    const random = new SeededRandom(seed);
    const history = new History({ lateByMs });
    const bed = await openBed();
    let slowestReturnMs = 0;
    try {
      for (let run = 0; run < count; run += 1) {
        const fault = FAULTS[run % FAULTS.length]!;
        if (run % RUNS_PER_SESSIONS === 0) await startSessions(bed.instances, history, `round-${run}`);
        const startedAtMs = performance.now();
        const { returnedMs, messages } = await runFault({ bed, fault, history, random, ...bounds });
        assert.deepEqual(history.violations, [], `while ${fault.name}, in run ${run}`);
        slowestReturnMs = Math.max(slowestReturnMs, returnedMs);
        const tookS = ((performance.now() - startedAtMs) / 1000).toFixed(1);
        log(`${fault.name}: ${tookS} s, full again after ${returnedMs} ms, ${messages} messages judged`);
      }
    } finally {
      await bed.close();
    }
    return {
      runs: count,
      'writes acknowledged': history.acknowledgedCount,
      'lost races': history.refusedCount,
      'writes unanswered at first': history.unansweredCount,
      reads: history.readCount,
      'slowest call (ms)': Math.round(history.slowestMs),
      'slowest return (ms)': slowestReturnMs,
    };
  },
};
