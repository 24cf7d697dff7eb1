import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from 'mongodb';
import type { EventRow } from '../../../src/model/event.ts';
import type { TokenWatcher } from '../instances/token-watcher.ts';
import { checkLives, checkLog, checkNeverEarly, checkReceived } from '../watch/guarantees.ts';
import { EXPIRING_LEAD_MS, promiseKey, type ShortLives } from './short-lives.ts';

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 200;

/** Reads the log as the database has it, past the service. */
export async function readLog(database: Db): Promise<EventRow[]> {
  const documents = await database.collection('session_events').find().sort({ n: 1 }).toArray();
  return documents.map(({ n, rec, events }) => ({ number: n, recordedAt: rec, events }));
}

/** Waits until every session has been deleted as often as it lived, and returns the log. */
export async function settledLog(database: Db, all: readonly ShortLives[]): Promise<EventRow[]> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const rows = await readLog(database);
    const deletions = countDeletions(rows);
    const missing = all.flatMap(({ lives }) => [...lives].filter(([id, count]) => (deletions.get(id) ?? 0) < count));
    if (missing.length === 0) return rows;
    const [sessionId] = missing[0] as [string, number];
    assert.ok(performance.now() < giveUpAtMs, `${sessionId} and ${missing.length - 1} others are never deleted`);
    await wait(LOOK_EVERY_MS);
  }
}

/** Holds the log to the guarantees and to what the answers said. */
export function auditLog(rows: readonly EventRow[], all: readonly ShortLives[]): void {
  checkLog(rows);
  const lead = [{ at: 0, dormantAt: 0, expireAt: 0, expiringLeadMs: EXPIRING_LEAD_MS }];
  const deletions = countDeletions(rows);
  for (const one of all) {
    checkLives(rows, new Map([...one.lives].map(([id, count]) => [id, livesOf(one, id, count, deletions)])));
    checkNeverEarly(rows, new Map([...one.lives.keys()].map((id) => [id, lead])));
    checkPromises(rows, one);
  }
}

/** Waits until a watcher has everything, ends it, and holds what it received to the log. */
export async function auditWatcher(rows: readonly EventRow[], watcher: TokenWatcher): Promise<void> {
  const check = () => checkReceived(rows, watcher.received, watcher.batches, watcher.filter);
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  while (!hasAll(rows, watcher) && performance.now() < giveUpAtMs) await wait(LOOK_EVERY_MS);
  await watcher.end();
  check();
}

function hasAll(rows: readonly EventRow[], { received, filter }: TokenWatcher): boolean {
  const { kinds, userId } = filter;
  const last = rows
    .flatMap(({ events }) => events)
    .findLast((event) => (kinds?.includes(event.kind) ?? true) && (userId === undefined || event.userId === userId));
  return last === undefined || received.at(-1)?.eventId === last.eventId;
}

/** A Start that was sent again after the first life was purged began another. */
function livesOf(one: ShortLives, sessionId: string, count: number, deletions: Map<string, number>): number {
  const deleted = deletions.get(sessionId) ?? 0;
  return one.startedAgain.has(sessionId) && deleted === count + 1 ? deleted : count;
}

/** Nothing lapses before the latest instant that any answer about this generation named. */
function checkPromises(rows: readonly EventRow[], { promised, ended, startedAgain }: ShortLives): void {
  const life = new Map<string, number>();
  const over = new Set<string>();
  for (const { kind, sessionId, generation, recordedAt } of rows.flatMap(({ events }) => events)) {
    const number = life.get(sessionId) ?? 1;
    if (kind === 'DELETED') life.set(sessionId, number + 1);
    // End of a session that expired already is answered, and no event of its own.
    if (kind === 'ENDED' || kind === 'EXPIRED') over.add(sessionId);
    if ((kind !== 'DORMANT' && kind !== 'EXPIRED') || startedAgain.has(sessionId)) continue;
    const granted = promised.get(promiseKey(sessionId, number, generation));
    if (granted === undefined) continue;
    const dueAt = kind === 'DORMANT' ? granted.dormantAt : granted.expireAt;
    assert.ok(recordedAt >= dueAt, `${kind} of ${sessionId} came ${dueAt - recordedAt} ms before the granted ${dueAt}`);
  }
  for (const sessionId of ended) assert.ok(over.has(sessionId), `${sessionId} was ended, and the log does not know`);
}

function countDeletions(rows: readonly EventRow[]): Map<string, number> {
  const deleted = rows.flatMap(({ events }) => events).filter(({ kind }) => kind === 'DELETED');
  const counts = new Map<string, number>();
  for (const { sessionId } of deleted) counts.set(sessionId, (counts.get(sessionId) ?? 0) + 1);
  return counts;
}
