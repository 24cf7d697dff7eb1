import { checkSpan } from '../model/checks/check-terms.ts';
import { invalidField } from '../model/checks/refusals.ts';
import type { SessionRecord, SessionStatus } from '../model/session.ts';
import { lifeSpanOf } from '../model/stats/life-span.ts';
import type { SessionCursor } from '../ports/session-store.ts';
import type { Caller } from './caller.ts';
import { checkSessionIds } from './check-session-ids.ts';
import { deleteListed } from './delete-listed.ts';
import type { Engine } from './engine/engine.ts';
import { givenFilters } from './session-filter.ts';

/** CleanupInput asks to delete sessions that have been EXPIRED or ENDED for longer than `olderThanMs` (null = not given). */
export interface CleanupInput {
  olderThanMs: number | null;
  dryRun: boolean;
  /** None = all. */
  sessionIds: string[];
}

/** CleanupAnswer counts what was deleted, or would be. */
export interface CleanupAnswer {
  sessionsDeleted: number;
  messagesDeleted: number;
  /** True when there are further sessions to delete. */
  more: boolean;
}

/** One call deletes so many sessions, about, before it answers. */
const CLEANUP_SESSIONS_MAX = 1000;

/** Deletes sessions that are over before their retention is; a dry run counts them all. */
export async function cleanup(engine: Engine, caller: Caller, input: CleanupInput): Promise<CleanupAnswer> {
  const answer: CleanupAnswer = { sessionsDeleted: 0, messagesDeleted: 0, more: false };
  for await (const records of sessionsOver(engine, caller, checkedInput(input))) {
    if (answer.sessionsDeleted >= CLEANUP_SESSIONS_MAX && !input.dryRun) return { ...answer, more: true };
    const counts = input.dryRun
      ? countListed(records)
      : await deleteListed(engine, caller, { records, reason: 'CLEANUP', isUnchangedOnly: true });
    answer.sessionsDeleted += counts.sessionsDeleted;
    answer.messagesDeleted += counts.messagesDeleted;
  }
  return answer;
}

interface Cutoff {
  olderThanMs: number;
  sessionIds: string[];
}

function checkedInput({ olderThanMs, sessionIds }: CleanupInput): Cutoff {
  if (olderThanMs === null) throw invalidField('older_than', 'is missing', 'send 0s to delete all that are over');
  checkSpan('older_than', olderThanMs);
  checkSessionIds(sessionIds);
  return { olderThanMs, sessionIds };
}

const OVER: readonly SessionStatus[] = ['EXPIRED', 'ENDED'];
const SESSIONS_PER_READ = 100;

/** Reads the sessions that are over for long enough, batch by batch, those too that no sweep has marked yet. */
async function* sessionsOver(
  engine: Engine,
  { tenant, signal }: Caller,
  { olderThanMs, sessionIds }: Cutoff,
): AsyncGenerator<SessionRecord[]> {
  const time = engine.time();
  const overThrough = time.now - olderThanMs;
  // Nothing is accessed after its end.
  const accessedBefore = overThrough + 1;
  const filter = givenFilters({ sessionIds, statuses: OVER, orDueBefore: time.now, accessedBefore });
  const order = { by: 'createdAt', direction: 'oldestFirst' } as const;
  for (let after: SessionCursor | null = null; ; ) {
    const found = await engine.store.sessions.list(tenant, filter, order, after, SESSIONS_PER_READ, signal);
    const over = found.filter(({ header }) => {
      const { overAt } = lifeSpanOf(header, time);
      return overAt !== null && overAt <= overThrough;
    });
    if (over.length > 0) yield over;
    const last = found.at(-1);
    if (last === undefined || found.length < SESSIONS_PER_READ) return;
    after = { at: last.header.createdAt, sessionId: last.header.sessionId };
  }
}

function countListed(records: readonly SessionRecord[]): Pick<CleanupAnswer, 'sessionsDeleted' | 'messagesDeleted'> {
  const messagesDeleted = records.reduce((sum, { header }) => sum + header.counters.messageCount, 0);
  return { sessionsDeleted: records.length, messagesDeleted };
}
