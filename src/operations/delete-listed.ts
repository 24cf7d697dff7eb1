import type { EndReason, SessionRecord } from '../model/session.ts';
import { SessionError } from '../model/session-error.ts';
import type { Caller } from './caller.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';

/** DeletedCounts is what was deleted. */
export interface DeletedCounts {
  sessionsDeleted: number;
  messagesDeleted: number;
}

/** Deletion names sessions as a list found them. */
export interface Deletion {
  records: readonly SessionRecord[];
  reason: EndReason;
  /** True = a session that has changed since it was read stays. */
  isUnchangedOnly?: boolean;
}

/** Deletes sessions that a list found, all at once. One that is gone by then counts for whoever deleted it. */
export async function deleteListed(engine: Engine, caller: Caller, deletion: Deletion): Promise<DeletedCounts> {
  const removed = await Promise.all(deletion.records.map((record) => deleteOne(engine, caller, deletion, record)));
  const counts = removed.filter((count) => count !== null);
  return { sessionsDeleted: counts.length, messagesDeleted: counts.reduce((sum, count) => sum + count, 0) };
}

/** Answers the messages that went; null when the session was gone or has changed. */
async function deleteOne(
  engine: Engine,
  { tenant, signal }: Caller,
  { reason, isUnchangedOnly = false }: Deletion,
  { header }: SessionRecord,
): Promise<number | null> {
  const expectedVersion = isUnchangedOnly ? header.version : 0;
  const conditions = conditionsOf(engine, 'Delete', { requestId: '', expectedVersion });
  try {
    const call = { kind: 'delete', reason, ...conditions } as const;
    const { removedCount } = await engine.submit({ tenant, sessionId: header.sessionId, call, signal });
    return removedCount;
  } catch (fault) {
    if (fault instanceof SessionError && STAYS.has(fault.reason)) return null;
    throw fault;
  }
}

const STAYS: ReadonlySet<string> = new Set(['SESSION_NOT_FOUND', 'VERSION_MISMATCH']);
