import type { AppendedMessage, Basis, Changes } from '../../model/basis.ts';
import type { SessionEvent } from '../../model/event.ts';
import type { SessionHeader } from '../../model/session.ts';
import { joinTerms } from './indexed-terms.ts';
import { encodeMessage } from './message-codec.ts';
import type { PartTable } from './schema.ts';
import { accessMinute, encodeDeadlines, encodeSession } from './session-codec.ts';
import type { BasisMark, CommitWrite, NewEventRow, NewMessageRow, UpdateExtent } from './write.ts';

/** Turns a commit into the rows that cross to the writer. */
export function encodeCommit(basis: Basis, changes: Changes, events: readonly SessionEvent[]): CommitWrite {
  const { header } = changes;
  return {
    kind: 'commit',
    tenant: basis.tenant,
    basis: basis.header === null ? null : markOf(basis.header),
    session: encodeSession(header),
    lastSequence: header.lastSequence,
    isSlide: changes.isSlide,
    extent: basis.header === null ? 'everything' : extentOf(basis.header, header),
    messages: changes.messages.map(newMessageRow),
    bodies: changes.messages.map((message) => message.body),
    parts: partsOf(changes),
    recorded: changes.recorded,
    forgetThrough: changes.forgetThrough,
    toolCalls: changes.toolCalls,
    tokenCounts: changes.tokenCounts,
    claims: changes.claims,
    released: changes.released,
    discardThrough: changes.discardThrough,
    events: newEventRow(events),
  };
}

function markOf({ uid, rev, deadlines }: SessionHeader): BasisMark {
  return { uid, rev, deadlines: encodeDeadlines(deadlines) };
}

function extentOf(before: SessionHeader, after: SessionHeader): UpdateExtent {
  const keepsIdentity =
    before.createdAt === after.createdAt &&
    before.userId === after.userId &&
    before.agentId === after.agentId &&
    before.channel === after.channel &&
    before.conversationKey === after.conversationKey;
  if (!keepsIdentity) return 'everything';
  const keepsTimes =
    before.status === after.status &&
    before.dueAt === after.dueAt &&
    accessMinute(before.lastAccessAt) === accessMinute(after.lastAccessAt);
  return keepsTimes ? 'header' : 'times';
}

function newMessageRow(message: AppendedMessage): NewMessageRow {
  return { sequence: message.sequence, columns: encodeMessage(message), terms: joinTerms(message.terms) };
}

function partsOf(changes: Changes): [PartTable, string][] {
  const parts: [PartTable, string][] = [];
  if (changes.details !== undefined) parts.push(['details', JSON.stringify(changes.details)]);
  if (changes.state !== undefined) parts.push(['state', JSON.stringify(changes.state)]);
  if (changes.summaries !== undefined) parts.push(['summaries', JSON.stringify(changes.summaries)]);
  if (changes.activity !== undefined) parts.push(['activity', JSON.stringify(changes.activity)]);
  return parts;
}

function newEventRow(events: readonly SessionEvent[]): NewEventRow | null {
  const [first] = events;
  if (first === undefined) return null;
  return { eid: first.eventId, recordedAt: first.recordedAt, body: JSON.stringify(events) };
}
