import type { AppendedMessage, Basis, Changes } from '../../model/basis.ts';
import { requestDigestsOf } from '../../model/claim-key.ts';
import type { SessionEvent } from '../../model/event.ts';
import type { Deadlines, SessionHeader } from '../../model/session.ts';
import { beginLife, type Life, type TenantRecords } from './records.ts';

/** Tells whether changes may still be written: nothing but slides happened since the basis, and no claim is another's. */
export function isCurrent(records: TenantRecords, basis: Basis, changes: Changes): boolean {
  const stored = records.sessions.get(basis.sessionId)?.header ?? null;
  if (stored === null || basis.header === null) return stored === basis.header && areFree(records, changes);
  const isSame = stored.uid === basis.header.uid && stored.rev === basis.header.rev;
  const isUnmoved = changes.isSlide || haveSameDeadlines(stored.deadlines, basis.header.deadlines);
  return isSame && isUnmoved && areFree(records, changes);
}

/** Writes changes and events that `isCurrent` let pass, as copies. */
export function applyCommit(records: TenantRecords, changes: Changes, events: readonly SessionEvent[]): void {
  const { header } = changes;
  const life = enterLife(records, header, changes.isSlide);
  if (!header.isTombstone) writeParts(life, changes);
  for (const key of changes.released) {
    if (records.claims.get(key)?.uid === header.uid) records.claims.delete(key);
  }
  for (const key of changes.claims) {
    records.claims.set(key, { key, sessionId: header.sessionId, uid: header.uid });
  }
  appendEvents(records, events);
}

function areFree(records: TenantRecords, { claims, header }: Changes): boolean {
  return claims.every((key) => {
    const holder = records.claims.get(key)?.uid;
    return holder === undefined || holder === header.uid || !records.livesByUid.has(holder);
  });
}

function haveSameDeadlines(one: Deadlines, other: Deadlines): boolean {
  return one.dormantAt === other.dormantAt && one.expireAt === other.expireAt && one.warnAt === other.warnAt;
}

/** Goes on with the life of the header's uid; a tombstone or another uid puts all that was out of reach. */
function enterLife(records: TenantRecords, header: SessionHeader, isSlide: boolean): Life {
  const earlier = records.sessions.get(header.sessionId);
  if (earlier !== undefined && earlier.header.uid === header.uid && !header.isTombstone) {
    earlier.header = isSlide ? slide(earlier.header, header) : structuredClone(header);
    return earlier;
  }
  const life = beginLife(structuredClone(header));
  if (earlier !== undefined) records.livesByUid.delete(earlier.header.uid);
  if (!header.isTombstone) records.livesByUid.set(header.uid, life);
  records.sessions.set(header.sessionId, life);
  return life;
}

/** Returns the stored header with whatever the slide moves later. */
function slide(stored: SessionHeader, { lastAccessAt, dueAt, deadlines }: SessionHeader): SessionHeader {
  return {
    ...stored,
    lastAccessAt: Math.max(stored.lastAccessAt, lastAccessAt),
    dueAt: later(stored.dueAt, dueAt),
    deadlines: {
      ...stored.deadlines,
      dormantAt: Math.max(stored.deadlines.dormantAt, deadlines.dormantAt),
      expireAt: later(stored.deadlines.expireAt, deadlines.expireAt),
      warnAt: later(stored.deadlines.warnAt, deadlines.warnAt),
    },
  };
}

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

function writeParts(life: Life, changes: Changes): void {
  const { details, state, summaries, activity } = changes;
  const written = structuredClone({ details, state, summaries, activity });
  life.details = written.details ?? life.details;
  life.state = written.state ?? life.state;
  life.summaries = written.summaries ?? life.summaries;
  life.activity = written.activity ?? life.activity;
  writeMessages(life, changes);
  for (const call of changes.recorded) life.recorded.set(call.digest, structuredClone(call));
  for (const [digest, { number }] of life.recorded) {
    if (number <= changes.forgetThrough) life.recorded.delete(digest);
  }
  for (const digest of requestDigestsOf(changes.released)) life.recorded.delete(digest);
  for (const call of changes.toolCalls) life.toolCalls.set(call.callId, structuredClone(call));
}

function writeMessages(life: Life, { messages, tokenCounts, discardThrough }: Changes): void {
  for (const message of messages) life.messages.push(copyMessage(message));
  const offset = life.messages[0]?.sequence ?? 0;
  for (const { sequence, tokenCount } of tokenCounts) {
    const message = life.messages[sequence - offset];
    if (message !== undefined) Object.assign(message, { tokenCount, isTokenCountExact: true });
  }
  if (discardThrough > 0) life.messages = life.messages.filter(({ sequence }) => sequence > discardThrough);
}

// A Buffer may be a window on a shared pool, which structuredClone would copy whole.
function copyMessage(message: AppendedMessage): AppendedMessage {
  return { ...message, terms: [...message.terms], body: new Uint8Array(message.body) };
}

function appendEvents(records: TenantRecords, events: readonly SessionEvent[]): void {
  const [first] = events;
  if (first === undefined) return;
  const number = (records.events.at(-1)?.number ?? 0) + 1;
  records.events.push({ number, recordedAt: first.recordedAt, events: structuredClone([...events]) });
}
