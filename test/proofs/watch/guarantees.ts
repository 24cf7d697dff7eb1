import assert from 'node:assert/strict';
import { type EventRow, eventSequence, type SessionEvent } from '../../../src/model/event.ts';
import type { Outage } from '../../../src/model/store-time.ts';
import type { LoggedEvent } from '../../../src/operations/event-batches.ts';
import type { WatcherHabits } from './watcher.ts';

/** Grant is what an answered access promised: no earlier end than these instants. */
export interface Grant {
  at: number;
  dormantAt: number;
  expireAt: number;
  expiringLeadMs: number;
}

/** Checks that the log itself is whole: numbered without a hole, no event twice, one commit a row. */
export function checkLog(rows: readonly EventRow[]): void {
  rows.forEach(({ number, events }, index) => {
    assert.equal(number, index + 1, `the log has a hole before row ${number}`);
    assert.ok(events.length >= 1 && events.length <= 4, `row ${number} holds ${events.length} events`);
  });
  const ids = rows.flatMap(({ events }) => events.map(({ eventId }) => eventId));
  assert.equal(new Set(ids).size, ids.length, 'the log holds an event twice');
}

/** Checks that every commit's events, given by their ids, are in the log together, in one row. */
export function checkCommits(rows: readonly EventRow[], commits: readonly (readonly string[])[]): void {
  const numbers = new Map(rows.flatMap(({ number, events }) => events.map(({ eventId }) => [eventId, number])));
  for (const commit of commits) {
    const found = new Set(commit.map((eventId) => numbers.get(eventId)));
    assert.ok(!found.has(undefined), `of the commit ${commit.join(', ')} an event never came to the log`);
    assert.equal(found.size, 1, `the events of one commit were torn apart into rows ${[...found].join(', ')}`);
  }
}

/** Checks what a watcher received against the log: ordered, unique, complete, and whole commits. */
export function checkReceived(
  rows: readonly EventRow[],
  received: readonly LoggedEvent[],
  batches: readonly (readonly LoggedEvent[])[],
  filter: WatcherHabits['filter'],
): void {
  const expected = rows.flatMap(({ number, events }) =>
    events.map((event, place) => ({ ...event, sequence: eventSequence(number, place) })),
  );
  const matching = expected.filter((event) => matches(event, filter));
  received.forEach(({ sequence }, index) => {
    const before = received[index - 1]?.sequence ?? 0;
    assert.ok(sequence > before, `event ${sequence} came after ${before}`);
  });
  assert.deepEqual(
    received.map(({ sequence, eventId }) => [sequence, eventId]),
    matching.map(({ sequence, eventId }) => [sequence, eventId]),
    'a watcher missed or doubled events',
  );
  for (const [index, batch] of batches.entries()) {
    const lastRow = Math.floor((batch.at(-1)?.sequence ?? 0) / 8);
    const nextRow = Math.floor((batches[index + 1]?.[0]?.sequence ?? Number.POSITIVE_INFINITY) / 8);
    assert.ok(nextRow > lastRow, `the events of commit ${lastRow} came in two batches`);
  }
}

/** Checks that no event of time came before what the newest answer before it had granted. */
export function checkNeverEarly(rows: readonly EventRow[], grants: ReadonlyMap<string, readonly Grant[]>): void {
  for (const event of rows.flatMap(({ events }) => events)) {
    const leadMs = event.kind === 'EXPIRING' ? leadOf(grants.get(event.sessionId) ?? [], event) : 0;
    assert.ok(event.recordedAt >= event.deadlineAt - leadMs, `${event.kind} of ${event.sessionId} came early`);
    const granted = (grants.get(event.sessionId) ?? []).filter(({ at }) => at < event.recordedAt).at(-1);
    if (granted === undefined) continue;
    const dueAt = { DORMANT: granted.dormantAt, EXPIRED: granted.expireAt }[event.kind as string] ?? 0;
    assert.ok(event.recordedAt >= dueAt, `${event.kind} of ${event.sessionId} came before the granted ${dueAt}`);
  }
}

/** Checks that no deadline which fell inside an outage of over 30 s passed earlier than 60 s after its end. */
export function checkGrace(rows: readonly EventRow[], outages: readonly Outage[]): void {
  const lapses = rows.flatMap(({ events }) => events).filter(({ kind }) => kind === 'DORMANT' || kind === 'EXPIRED');
  for (const { from, to } of outages.filter((outage) => outage.to - outage.from > 30_000)) {
    const passesAt = to + 60_000;
    const after = lapses.filter(({ recordedAt }) => recordedAt > from);
    const inside = after.filter(({ deadlineAt }) => deadlineAt >= from && deadlineAt < to);
    for (const { kind, sessionId, recordedAt } of inside)
      assert.ok(recordedAt >= passesAt, `${kind} of ${sessionId} came ${passesAt - recordedAt} ms before its grace`);
  }
}

/** Checks each life of a session: warnings and lapses, then one end, then DELETED, each once per generation and deadline. */
export function checkLives(rows: readonly EventRow[], lives: ReadonlyMap<string, number>): void {
  const bySession = Map.groupBy(
    rows.flatMap(({ events }) => events),
    ({ sessionId }) => sessionId,
  );
  for (const [sessionId, count] of lives) {
    const events = bySession.get(sessionId) ?? [];
    const deletions = events.filter(({ kind }) => kind === 'DELETED').length;
    assert.equal(deletions, count, `${sessionId} lived ${count} times and was deleted ${deletions} times`);
    assert.equal(events.at(-1)?.kind, 'DELETED', `${sessionId} goes on after its last DELETED`);
    checkLife(sessionId, events);
  }
}

function checkLife(sessionId: string, events: readonly SessionEvent[]): void {
  let isOver = false;
  let seen = new Set<string>();
  for (const { kind, generation, deadlineAt } of events) {
    if (isOver && kind !== 'DELETED') assert.fail(`${kind} of ${sessionId} came after its end`);
    const key = `${generation} ${kind} ${deadlineAt}`;
    assert.ok(!seen.has(key), `${sessionId} has ${key} twice`);
    seen = kind === 'DELETED' ? new Set() : seen.add(key);
    isOver = kind === 'EXPIRED' || kind === 'ENDED';
  }
}

function leadOf(grants: readonly Grant[], event: SessionEvent): number {
  return grants.findLast(({ at }) => at < event.recordedAt)?.expiringLeadMs ?? 0;
}

function matches(event: SessionEvent, { kinds, userId, agentId, sessionIds }: WatcherHabits['filter']): boolean {
  if (kinds !== undefined && !kinds.includes(event.kind)) return false;
  if (userId !== undefined && event.userId !== userId) return false;
  if (agentId !== undefined && event.agentId !== agentId) return false;
  return sessionIds === undefined || sessionIds.includes(event.sessionId);
}
