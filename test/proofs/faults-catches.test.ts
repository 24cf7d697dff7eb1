import { expect, test } from 'vitest';
import { SeededRandom } from '../support/seeded-random.ts';
import { redisCommand } from '../support/servers/redis-command.ts';
import { secantusCommand } from '../support/servers/secantusdb.ts';
import { requireServer } from '../support/servers/server-missing.ts';
import { openBed } from './faults/bed.ts';
import { type Fault, faultNamed } from './faults/fault.ts';
import { History } from './faults/history.ts';
import { runFault } from './faults/run-fault.ts';
import { startSessions } from './faults/start-sessions.ts';

/** Within so many runs each missing protection is noticed. */
const RUNS_MAX = 4;

/** Racing callers are enough to show some breaches: nothing has to break beside. */
const nothing: Fault = { name: 'nothing happens', begin: async () => async () => {} };

const breaches = [
  {
    breach: 'remembers no request ids',
    preload: new URL('./faults/breaches/forget-request-ids.ts', import.meta.url),
    fault: faultNamed('connections to MongoDB are black-holed'),
    // A repeat is committed again, or refused for what its first sending did.
    finding: /holds a text twice|answered version \d+ to request-\d+, not|is at version \d+ after \d+ acknowledged/,
  },
  {
    breach: 'commits whatever the revision is',
    preload: new URL('./faults/breaches/commit-on-any-revision.ts', import.meta.url),
    fault: nothing,
    finding: /answered version \d+ to request-\d+, not/,
  },
  {
    breach: 'reads from a cache whatever its age',
    preload: new URL('./faults/breaches/read-any-age.ts', import.meta.url),
    fault: faultNamed('Redis is flushed'),
    finding: /older than promised/,
  },
];

test.for(breaches)(
  'a service that $breach is caught',
  { timeout: 300_000 },
  async ({ preload, fault, finding }, context) => {
    await requireServer(context, secantusCommand);
    await requireServer(context, redisCommand);
    const bed = await openBed({ preload: preload.href });
    const history = new History({ lateByMs: 20_000 });
    try {
      await startSessions(bed.instances, history, 'caught');
      for (let run = 1; run <= RUNS_MAX && history.violations.length === 0; run += 1) {
        const bounds = { writesAtLeast: 60, returnWithinMs: 60_000 };
        await runFault({ bed, fault, history, random: new SeededRandom(run), ...bounds });
      }
    } finally {
      await bed.close();
    }
    expect(history.violations.join('\n')).toMatch(finding);
  },
);
