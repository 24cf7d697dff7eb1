import type { MongoTools } from '../../compose/mongo-tools.ts';
import { formatDuration } from '../../config/kind.ts';
import { type Finding, judge } from './finding.ts';

type Inspection = Awaited<ReturnType<MongoTools['inspect']>>;

/** Older servers are refused by the driver, or lack what is needed. */
const OLDEST_VERSION = 4.4;
const OUTBOX_LATE_MS = 30_000;
const MOVE_LATE_MS = 120_000;

/** Examines a MongoDB database: server, schema and indexes, what was left unfinished, and what nobody holds. */
export async function examineDatabase(tools: MongoTools, now: number): Promise<Finding[]> {
  const inspection = await tools.inspect();
  return [
    examineServer(inspection),
    examineSchema(inspection),
    examinePending('outboxes', inspection.outboxes, { now, lateMs: OUTBOX_LATE_MS }),
    examinePending('moves', inspection.moves, { now, lateMs: MOVE_LATE_MS }),
    examineOrphans(inspection),
  ];
}

function examineServer({ serverVersion, topology }: Inspection): Finding {
  const what = `MongoDB ${serverVersion}, ${topology}`;
  if (Number.parseFloat(serverVersion) < OLDEST_VERSION) {
    return judge('server', what, { level: 'broken', remedy: `upgrade the server to ${OLDEST_VERSION} or newer` });
  }
  return judge('server', what, topology === 'standalone' && STANDALONE_REMEDY);
}

const STANDALONE_REMEDY = {
  level: 'hint',
  remedy: 'run a replica set, of one member at least: one copy is lost with its disk, and watchers wait for polling',
} as const;

function examineSchema({ schema: { version, expected, missing, obsolete } }: Inspection): Finding {
  const changes = [...missing.map((name) => `${name} is missing`), ...obsolete.map((name) => `${name} is obsolete`)];
  const what = [`version ${version}, this service needs ${expected}`, ...changes].join('; ');
  if (version > expected)
    return judge('schema', what, { level: 'broken', remedy: 'run the newer version of Threadkeep' });
  const isDue = version < expected || changes.length > 0;
  return judge('schema', what, isDue && { level: 'broken', remedy: 'run `threadkeep migrate`' });
}

function examinePending(
  subject: 'outboxes' | 'moves',
  { count, oldestAt }: Inspection['moves'],
  { now, lateMs }: { now: number; lateMs: number },
): Finding {
  const lateByMs = oldestAt === null ? 0 : now - oldestAt;
  const age = lateByMs > 0 ? `, the oldest for ${formatDuration(Math.ceil(lateByMs / 1000) * 1000)}` : '';
  const thing = subject === 'outboxes' ? 'events on their way to the log' : 'messages to be moved on';
  return judge(subject, `sessions with ${thing}: ${count}${age}`, lateByMs > lateMs && PENDING_REMEDY);
}

const PENDING_REMEDY = {
  level: 'hint',
  remedy: 'start an instance, which finishes it; if one runs, look for `store` in its log',
} as const;

function examineOrphans({ orphans: { looked, found } }: Inspection): Finding {
  const what = `${found} of ${looked} messages taken at random belong to no session`;
  return judge('orphans', what, found > 0 && ORPHANS_REMEDY);
}

const ORPHANS_REMEDY = {
  level: 'hint',
  remedy: 'they cost space only: instances collect them; if they grow in number, run `threadkeep check-store`',
} as const;
