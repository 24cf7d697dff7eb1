import type { AppendedMessage, Basis, Changes } from '../basis.ts';
import type { Answer, CallConditions, DecideSettings, Decision } from '../call.ts';
import { dueAtOf } from '../deadlines.ts';
import type { SessionEvent } from '../event.ts';
import { eventIdFrom } from '../ids.ts';
import type { Deadlines, EndReason, SequenceRange, SessionHeader } from '../session.ts';
import type { StoreTime } from '../store-time.ts';
import { absentHeader } from './absent-header.ts';

/** What changes write beside the header, still open. */
type Asides = Omit<Changes, 'header' | 'isSlide'>;

/**
 * Draft is a decision in the making: each kind of call changes its header and asides, and `closeDraft` makes of it
 * what is committed. It is dropped whole when the call is refused.
 */
export interface Draft {
  readonly basis: Basis;
  readonly conditions: CallConditions;
  readonly time: StoreTime;
  readonly settings: DecideSettings;
  /** The header as the call leaves it, the draft's own; that of a tombstone while the session is absent. */
  readonly header: SessionHeader;
  readonly asides: Asides;
  readonly events: SessionEvent[];
  readonly facts: CallFacts;
  /** True once something other than deadlines changed, which counts `rev`. */
  isWritten: boolean;
  isVersioned: boolean;
}

/** CallFacts is what the first answer to a request id says and its repetitions say again. */
type CallFacts = Pick<Answer, 'created' | 'resumed' | 'previousGeneration' | 'removedCount'> & {
  sequences: SequenceRange | null;
};

/** Opens a draft on a basis; an absent session is drafted as a tombstone with nothing to remember. */
export function openDraft(basis: Basis, conditions: CallConditions, time: StoreTime, settings: DecideSettings): Draft {
  const header = { ...(basis.header ?? absentHeader(basis.tenant, basis.sessionId)) };
  return {
    basis,
    conditions,
    time,
    settings,
    header,
    asides: {
      messages: [] as AppendedMessage[],
      recorded: [],
      forgetThrough: 0,
      toolCalls: [],
      tokenCounts: [],
      claims: [],
      released: [],
      discardThrough: 0,
    },
    events: [],
    facts: {
      created: false,
      resumed: false,
      previousGeneration: header.generation,
      removedCount: 0,
      sequences: null,
    },
    isWritten: false,
    isVersioned: false,
  };
}

/** Changes the header in a way that counts `rev`. */
export function writeHeader(draft: Draft, fields: Partial<SessionHeader>): void {
  Object.assign(draft.header, fields);
  draft.isWritten = true;
}

/** Counts the call in the session's version, once (semantics.md, Version). */
export function countVersion(draft: Draft): void {
  if (draft.isVersioned) return;
  draft.isVersioned = true;
  writeHeader(draft, { version: draft.header.version + 1 });
}

/** The parts of a session that a basis holds when the call needs them. */
type Loaded = 'details' | 'state' | 'summaries' | 'activity';

/** Returns a part of the session as the draft has it so far. Throws when the basis was loaded without it. */
export function partOf<Part extends Loaded>(draft: Draft, part: Part): NonNullable<Basis[Part]> {
  const value = draft.asides[part] ?? draft.basis[part];
  if (value === undefined) throw new Error(`the call needs the session's ${part}, which its basis lacks`);
  return value as NonNullable<Basis[Part]>;
}

/** Tells the world what happened to the session as it stands in the draft. */
export function pushEvent(draft: Draft, kind: SessionEvent['kind'], deadlineAt: number, reason: EndReason): void {
  const { uid, sessionId, generation, lastAccessAt, userId, agentId } = draft.header;
  draft.events.push({
    eventId: eventIdFrom(uid, generation, kind, deadlineAt),
    kind,
    sessionId,
    generation,
    deadlineAt,
    recordedAt: draft.time.now,
    lastAccessAt,
    userId,
    agentId,
    reason,
  });
}

/** Makes the decision that the draft has come to; nothing is committed when nothing changed. */
export function closeDraft(draft: Draft): Decision {
  const changes = changesOf(draft);
  const header = changes?.header ?? draft.basis.header ?? draft.header;
  const answer: Answer = { ...draft.facts, header, version: header.version, isRepeated: false };
  return { changes, events: draft.events, outcome: { answer } };
}

/** An access inside a bucket moves only its own time, which is not worth a write. */
function changesOf(draft: Draft): Changes | null {
  const before = draft.basis.header;
  const isMoved = before !== null && areDeadlinesMoved(before.deadlines, draft.header.deadlines);
  if (!draft.isWritten && !isMoved) return null;
  const { header } = draft;
  header.dueAt = dueAtOf(header);
  const isSlide = !draft.isWritten && before !== null && doDeadlinesRise(before, header);
  if (!isSlide) header.rev += 1;
  return { ...draft.asides, header, isSlide };
}

function areDeadlinesMoved(before: Deadlines, after: Deadlines): boolean {
  return before.dormantAt !== after.dormantAt || before.expireAt !== after.expireAt || before.warnAt !== after.warnAt;
}

/** A deadline that appears or falls needs a write that excludes all others: racing slides keep the later of each. */
function doDeadlinesRise(before: SessionHeader, after: SessionHeader): boolean {
  const pairs = [
    [before.deadlines.dormantAt, after.deadlines.dormantAt],
    [before.deadlines.expireAt, after.deadlines.expireAt],
    [before.deadlines.warnAt, after.deadlines.warnAt],
    [before.dueAt, after.dueAt],
  ] as const;
  return pairs.every(([old, risen]) => (old === null || risen === null ? old === risen : old <= risen));
}
