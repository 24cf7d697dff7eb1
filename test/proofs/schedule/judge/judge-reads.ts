import type { CallRecord, ShownMessage } from '../history.ts';
import { isRead } from '../planned-call.ts';
import type { SessionState, Truth } from '../truth.ts';
import { type Answered, isAnswered } from './judge-calls.ts';

/** No read is staler than this, in ms (semantics.md, promise 4). */
const STALENESS_MS = 2000;

/** Judges what readers were shown: as new as promised, whole, and always the same under a number. */
export function judgeReads(records: readonly CallRecord[], truth: Truth): string[] {
  const texts = new Map<string, string>();
  const violations: string[] = [];
  for (const record of records) noteAppended(record, texts, violations);
  for (const record of records.filter(isAnswered)) {
    const { call, number } = record;
    const { sessionId, shown } = record.outcome.answer;
    if (!isRead(call)) continue;
    const fault = judgeAge(record, records, truth) ?? judgeShown(record, truth);
    if (fault !== null) violations.push(`call ${number} (${call.kind}) to ${record.instance} ${fault}`);
    for (const message of shown?.messages ?? []) noteText(sessionId, message, number, texts, violations);
  }
  return violations;
}

/** Returns the visible sequences of a state. */
function visibleOf({ base, floor, sequence, hidden }: SessionState): number[] {
  const first = Math.max(base, floor) + 1;
  const all = Array.from({ length: Math.max(0, sequence - first + 1) }, (_, place) => first + place);
  return all.filter((number) => !hidden.some(([from, to]) => number >= from && number <= to));
}

function noteAppended({ call, outcome, number }: CallRecord, texts: Map<string, string>, violations: string[]): void {
  if (call.kind !== 'append' || outcome?.kind !== 'answer') return;
  const { appended = [], sessionId } = outcome.answer;
  if (appended.length !== call.texts.length) violations.push(`call ${number} appended ${appended.length} messages`);
  for (const [place, sequence] of appended.entries()) {
    if (place > 0 && sequence !== (appended[place - 1] as number) + 1)
      violations.push(`call ${number} was given numbers that do not follow each other: ${appended}`);
    noteText(sessionId, { sequence, text: call.texts[place] as string }, number, texts, violations);
  }
}

function noteText(
  sessionId: string,
  { sequence, text }: ShownMessage,
  number: number,
  texts: Map<string, string>,
  violations: string[],
): void {
  const key = `${sessionId} ${sequence}`;
  const known = texts.get(key) ?? text;
  if (known !== text) violations.push(`message ${key} was ${known} and is ${text} in call ${number}`);
  texts.set(key, known);
}

function judgeAge(record: Answered, records: readonly CallRecord[], truth: Truth): string | null {
  const { sent, ended, call } = record;
  const { sessionId, version } = record.outcome.answer;
  const current = truth
    .statesOf(sessionId)
    .filter(({ since, until }) => since.step <= ended.step && (until === null || isRecent(until, sent)));
  if (!current.some((state, place) => hasHad(state, current[place - 1], version))) {
    const seen = current.map((state) => (state.isThere ? state.version : 'none')).join(', ');
    return `answered version ${version} where there was ${seen}`;
  }
  if (isRead(call) && version < call.minVersion) return `answered version ${version}, below ${call.minVersion}`;
  const own = records.filter(isAnswered).filter((other) => isOwnWriteBefore(other, record));
  const newest = Math.max(0, ...own.map(({ outcome }) => outcome.answer.version));
  return version < newest ? `answered version ${version} after its own write of ${newest}` : null;
}

/** An access can go with writes of other callers as one commit, and see the session between two of them. */
function hasHad(state: SessionState, before: SessionState | undefined, version: number): boolean {
  if (!state.isThere) return false;
  return state.version === version || (before !== undefined && before.version < version && version < state.version);
}

/** Tells whether something happened so late that a read may not know of it. */
function isRecent(until: { step: number; atMs: number }, sent: { step: number; atMs: number }): boolean {
  return until.step >= sent.step || (until.atMs >= 0 && until.atMs >= sent.atMs - STALENESS_MS);
}

function isOwnWriteBefore(write: Answered, read: Answered): boolean {
  const isSameSession = write.outcome.answer.sessionId === read.outcome.answer.sessionId;
  return isSameSession && write.instance === read.instance && !isRead(write.call) && write.ended.step < read.sent.step;
}

/** What is shown is what the version has: no part of a commit, no hole, nothing taken out of sight. */
function judgeShown({ outcome: { answer }, ended, sent }: Answered, truth: Truth): string | null {
  const { shown, version, lastSequence, sessionId } = answer;
  if (shown === undefined) return null;
  const sequences = shown.messages.map(({ sequence }) => sequence);
  const states = truth.statesOf(sessionId);
  // A life that ends while it is read, or was read from a cache, takes its messages along.
  const isOver = states.some(({ since, isThere }) => !isThere && isRecent(since, sent) && since.step <= ended.step);
  if (isOver) return null;
  const candidates = states.filter((state) => state.isThere && state.version === version);
  // What lay between two writes of one commit was never written down.
  if (candidates.length === 0) return null;
  const matches = candidates.some((state) => isShownOf(visibleOf(state), sequences, shown));
  if (matches) return null;
  const wanted = candidates.map((state) => visibleOf(state).join()).at(-1);
  return `showed ${sequences} of version ${version} (last sequence ${lastSequence}), which has ${wanted}`;
}

function isShownOf(
  visible: readonly number[],
  sequences: readonly number[],
  { all, atMost }: { all: boolean; atMost: number },
) {
  const isEnough = all ? sequences.length === visible.length : sequences.length <= visible.length;
  const isWhole = Number.isFinite(atMost) ? sequences.length === Math.min(atMost, visible.length) : true;
  const newest = visible.slice(visible.length - sequences.length);
  const isSome = visible.length === 0 || sequences.length > 0;
  return isEnough && isWhole && isSome && newest.every((sequence, place) => sequences[place] === sequence);
}
