import type { CallRecord, SeenAnswer } from '../history.ts';
import { isRead } from '../planned-call.ts';
import type { SessionState, Truth } from '../truth.ts';

/** Answers that were acknowledged, by session, in the order in which they were. */
export type Answered = CallRecord & { outcome: { kind: 'answer'; answer: SeenAnswer }; ended: { step: number } };

/** Tells whether a call was answered. */
export function isAnswered(record: CallRecord): record is Answered {
  return record.outcome?.kind === 'answer' && record.ended !== null;
}

/** Refusals that a program may meet; any other is a fault. */
const EXPECTED = new Set([
  ...['SESSION_NOT_FOUND', 'SESSION_EXISTS', 'SESSION_EXPIRED', 'SESSION_ENDED', 'VERSION_MISMATCH'],
  ...['MESSAGE_NOT_FOUND'],
]);

/** Judges how each call ended for its caller; returns what semantics.md forbids. */
export function judgeCalls(records: readonly CallRecord[], truth: Truth): string[] {
  return [
    ...records.flatMap((record) => judgeEnding(record, truth)),
    ...judgeVersions(records, truth),
    ...judgeRepeats(records, truth),
  ];
}

function judgeEnding(record: CallRecord, truth: Truth): string[] {
  const { outcome, ended, number, call } = record;
  if (ended === null || outcome === null) return [`call ${number} never ended`];
  if (outcome.kind === 'fault') return [`call ${number} (${call.kind}) threw ${describeFault(outcome.error)}`];
  if (outcome.kind !== 'refusal') return [];
  const { reason, metadata } = outcome;
  if (!EXPECTED.has(reason)) return [`call ${number} (${call.kind}) was refused with ${reason}`];
  if (call.sessionId === '') return [];
  const states = statesDuring(truth, call.sessionId, record.sent.step, ended.step);
  if (!isJustified(reason, metadata, record, states)) {
    return [
      `call ${number} (${call.kind}) was refused with ${reason} ${JSON.stringify(metadata)}, which never held meanwhile`,
    ];
  }
  return [];
}

function describeFault(error: unknown): string {
  return error instanceof Error ? `${error.stack}` : String(error);
}

function isJustified(
  reason: string,
  metadata: Record<string, string>,
  { call }: CallRecord,
  states: readonly SessionState[],
): boolean {
  const versions = states.filter(({ isThere }) => isThere).map(({ version }) => version);
  switch (reason) {
    case 'SESSION_NOT_FOUND':
      return states.some(({ isThere }) => !isThere);
    case 'SESSION_EXISTS':
      return states.some(({ isThere }) => isThere);
    case 'SESSION_EXPIRED':
      return states.some(({ status }) => status === 'EXPIRED');
    case 'SESSION_ENDED':
      return states.some(({ status }) => status === 'ENDED');
    case 'VERSION_MISMATCH': {
      const current = Number(metadata.current_version);
      const expected = 'expectedVersion' in call ? call.expectedVersion : 'minVersion' in call ? call.minVersion : 0;
      return current !== expected && current >= Math.min(...versions) && current <= Math.max(...versions);
    }
    default:
      return true;
  }
}

/** The states that a session had at some time between two steps, both included. */
function statesDuring(truth: Truth, sessionId: string, fromStep: number, toStep: number): SessionState[] {
  return truth
    .statesOf(sessionId)
    .filter(({ since, until }) => since.step <= toStep && (until === null || until.step >= fromStep));
}

/** Each accepted write has a version of its own that was committed while it was under way; conditions held. */
function judgeVersions(records: readonly CallRecord[], truth: Truth): string[] {
  const violations: string[] = [];
  const owners = new Map<string, CallRecord>();
  for (const record of records.filter(isAnswered)) {
    const { call, number, firstSent, ended } = record;
    const { answer } = record.outcome;
    if (isRead(call) || !hasOwnVersion(record)) continue;
    const key = `${answer.sessionId} ${answer.version}`;
    const owner = owners.get(key);
    if (owner !== undefined && !isSameRequest(owner, record))
      violations.push(
        `calls ${owner.number} and ${number} were both given version ${answer.version} of ${answer.sessionId}`,
      );
    owners.set(key, record);
    const states = truth.statesOf(answer.sessionId);
    const place = states.findIndex(({ version, isThere }) => isThere && version >= answer.version);
    const committed = states[place];
    const isInTime =
      committed !== undefined && committed.since.step >= firstSent.step && committed.since.step <= ended.step;
    if (!isInTime)
      violations.push(`call ${number} was given version ${answer.version}, which nothing committed meanwhile`);
    const expected = 'expectedVersion' in call ? call.expectedVersion : 0;
    if (expected > 0 && answer.version !== expected + 1)
      violations.push(`call ${number} expected version ${expected} and made ${answer.version}`);
  }
  return violations;
}

/** Appends always make a version, cuts only where they took something away. */
function hasOwnVersion({ call, outcome }: Answered): boolean {
  if (call.kind === 'append') return true;
  return call.kind === 'rewind' && (outcome.answer.removedCount ?? 0) > 0;
}

function isSameRequest(one: CallRecord, other: CallRecord): boolean {
  return one.call.requestId !== '' && one.call.requestId === other.call.requestId;
}

/** A repeated request id is answered as it first was, while anything remembers it. */
function judgeRepeats(records: readonly CallRecord[], truth: Truth): string[] {
  const violations: string[] = [];
  const first = new Map<string, Answered>();
  for (const record of records.filter(isAnswered)) {
    const { requestId, kind } = record.call;
    if (requestId === '') continue;
    const before = first.get(requestId);
    if (before === undefined) first.set(requestId, record);
    else if (!isForgotten(before, record, truth) && recordedPart(before) !== recordedPart(record))
      violations.push(
        `the ${kind} ${requestId} was answered ${recordedPart(before)} in call ${before.number} and ${recordedPart(record)} in call ${record.number}`,
      );
  }
  return violations;
}

function recordedPart({ outcome: { answer }, call }: Answered): string {
  const { sessionId, version, appended, removedCount, created } = answer;
  return JSON.stringify({
    sessionId,
    version: call.kind === 'activity' ? 0 : version,
    appended,
    removedCount,
    created,
  });
}

/** What a session remembers goes with its life. */
function isForgotten(before: Answered, after: Answered, truth: Truth): boolean {
  const { sessionId } = before.outcome.answer;
  const states = statesDuring(truth, sessionId, before.firstSent.step, after.ended.step);
  return states.some(({ isThere }, place) => !isThere && place > 0);
}
