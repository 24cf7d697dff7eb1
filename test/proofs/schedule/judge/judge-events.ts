import type { EventDocument } from '../../../../src/adapters/mongodb/database/documents.ts';
import { eventSequence } from '../../../../src/model/event.ts';
import type { Follower } from '../follower.ts';
import type { CallRecord } from '../history.ts';
import { BEGIN_AT } from '../service-instance.ts';
import type { PushedCommit, Truth } from '../truth.ts';
import { isAnswered } from './judge-calls.ts';

/** Settled is what had time to come: commits before an instant to the log, rows up to a number to the watchers. */
export interface Settled {
  beforeMs: number;
  lastRow: number;
}

/** Judges the log once all is in it, and what watchers were told of it (watch-log.md). */
export function judgeEvents(
  truth: Truth,
  followers: readonly Follower[],
  records: readonly CallRecord[],
  settled: Settled,
): string[] {
  const rows = truth.rows.toSorted((one, other) => one.n - other.n);
  return [
    ...judgeLog(rows, truth.commits, settled),
    ...judgeKinds(truth),
    ...truth.commits.flatMap((commit) => judgeTime(commit)),
    ...judgeGrants(records, truth),
    ...followers.flatMap((follower) => judgeFollower(rows, follower, settled)),
  ];
}

/** The log is the commits' events: one row each, numbered without a hole, each session's in order. */
function judgeLog(rows: readonly EventDocument[], commits: readonly PushedCommit[], settled: Settled): string[] {
  const violations: string[] = [];
  for (const [place, { n }] of rows.entries()) {
    if (n !== place + 1) return [`the log has row ${n} in place of ${place + 1}`];
  }
  const keyOf = ({ events }: { events: { eventId: string }[] }) => events.map(({ eventId }) => eventId).join();
  const numbers = new Map<string, number>();
  for (const row of rows) {
    const known = numbers.get(keyOf(row));
    if (known !== undefined) violations.push(`rows ${known} and ${row.n} hold the same commit`);
    numbers.set(keyOf(row), row.n);
  }
  const ids = rows.flatMap(({ events }) => events.map(({ eventId }) => eventId));
  if (new Set(ids).size !== ids.length) violations.push('the log holds an event twice');
  const known = new Set(commits.map(keyOf));
  for (const row of rows) if (!known.has(keyOf(row))) violations.push(`row ${row.n} is no whole commit`);
  const last = new Map<string, number>();
  for (const commit of commits) {
    const number = numbers.get(keyOf(commit));
    const what = `${commit.events.map(({ kind }) => kind)} of ${commit.documentId}`;
    if (number === undefined && commit.at.atMs >= settled.beforeMs) continue;
    if (number === undefined) violations.push(`${what} never came to the log`);
    else if (number < (last.get(commit.documentId) ?? 0))
      violations.push(`${what} came before what was committed before it`);
    last.set(commit.documentId, number ?? 0);
  }
  return violations;
}

/** Each end of a life has its event, once; whether that came to the log is judged with the commits. */
function judgeKinds(truth: Truth): string[] {
  const violations: string[] = [];
  const events = truth.commits.flatMap((commit) => commit.events);
  for (const [sessionId, states] of truth.timelines) {
    const own = events.filter((event) => event.sessionId === sessionId);
    const lives = states.filter(({ isThere }, place) => isThere && states[place - 1]?.isThere === false).length;
    const gone = states.filter(({ isThere }, place) => !isThere && states[place - 1]?.isThere === true).length;
    const deleted = own.filter(({ kind }) => kind === 'DELETED').length;
    if (deleted !== gone)
      violations.push(`${sessionId} lived ${lives} times, went ${gone} times and was deleted ${deleted} times`);
    const ends = states.filter(({ isThere, status, generation, uid }, place) => {
      const before = states[place - 1];
      const isEnd = isThere && (status === 'EXPIRED' || status === 'ENDED');
      return isEnd && (before?.status !== status || before.generation !== generation || before.uid !== uid);
    }).length;
    const told = own.filter(({ kind }) => kind === 'EXPIRED' || kind === 'ENDED').length;
    // What ends and goes, or begins again, in one commit was never seen ended.
    if (told < ends) violations.push(`${sessionId} ended ${ends} times, of which ${told} were told`);
  }
  return violations;
}

function judgeTime({ at, documentId, events }: PushedCommit): string[] {
  const pushedAt = BEGIN_AT + at.atMs;
  return events.flatMap(({ kind, deadlineAt, recordedAt }) => {
    const isTimed = kind === 'DORMANT' || kind === 'EXPIRED';
    const isEarly = isTimed && (recordedAt < deadlineAt || pushedAt < deadlineAt);
    return isEarly ? [`${kind} of ${documentId} came ${deadlineAt - Math.min(pushedAt, recordedAt)} ms early`] : [];
  });
}

/** No run lapses or expires before an answer said that it would, unless a call has changed its terms. */
function judgeGrants(records: readonly CallRecord[], truth: Truth): string[] {
  const changed = new Set(
    records.filter(({ call }) => call.kind === 'touch' && call.ttlMs !== null).map(({ call }) => call.sessionId),
  );
  return records.filter(isAnswered).flatMap(({ number, outcome: { answer } }) => {
    if (changed.has(answer.sessionId) || (answer.status !== 'ACTIVE' && answer.status !== 'DORMANT')) return [];
    const states = truth.statesOf(answer.sessionId);
    const lapses = states.filter(({ status }, place) => status !== states[place - 1]?.status);
    const own = lapses.filter(({ runId }) => runId === answer.runId);
    return own.flatMap(({ status, since }) => {
      const grantedAt = status === 'EXPIRED' ? answer.expireAt : status === 'DORMANT' ? answer.dormantAt : null;
      if (grantedAt === null || BEGIN_AT + since.atMs >= grantedAt) return [];
      return [
        `${answer.sessionId} is ${status} ${grantedAt - BEGIN_AT - since.atMs} ms before what call ${number} was granted`,
      ];
    });
  });
}

function judgeFollower(
  rows: readonly EventDocument[],
  { batches, faults, isBehind }: Follower,
  settled: Settled,
): string[] {
  const violations = faults.map((fault) => `a watcher failed: ${fault instanceof Error ? fault.stack : String(fault)}`);
  const expected = rows.flatMap(({ n, events }) =>
    events.map(({ eventId }, place) => `${eventSequence(n, place)} ${eventId}`),
  );
  const received = batches.flatMap((batch) => batch.map(({ sequence, eventId }) => `${sequence} ${eventId}`));
  const known = new Set(expected);
  const foreign = received.find((event) => !known.has(event));
  const due = rows.filter(({ n }) => n <= settled.lastRow).reduce((count, { events }) => count + events.length, 0);
  const isMissed = (event: string, place: number) =>
    received[place] !== event && (place < due || received[place] !== undefined);
  const wrong = isBehind ? -1 : expected.findIndex(isMissed);
  if (foreign !== undefined) violations.push(`a watcher got ${foreign}, which is not in the log`);
  else if (wrong >= 0) violations.push(`a watcher got ${received[wrong] ?? 'nothing'} for ${expected[wrong]}`);
  const sequences = batches.flatMap((batch) => batch.map(({ sequence }) => sequence));
  const back = sequences.findIndex((sequence, place) => place > 0 && sequence <= (sequences[place - 1] as number));
  if (back > 0) violations.push(`a watcher got ${sequences[back]} after ${sequences[back - 1]}`);
  for (const [place, batch] of batches.entries()) {
    const lastRow = Math.floor((batch.at(-1)?.sequence ?? 0) / 8);
    const nextRow = Math.floor((batches[place + 1]?.[0]?.sequence ?? Number.POSITIVE_INFINITY) / 8);
    if (nextRow <= lastRow) violations.push(`the events of row ${lastRow} came in two batches`);
  }
  return violations;
}
