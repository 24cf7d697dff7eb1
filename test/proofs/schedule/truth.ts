import type { EventDocument, SessionDocument } from '../../../src/adapters/mongodb/database/documents.ts';
import type { SessionEvent } from '../../../src/model/event.ts';
import type { FakeServer } from './database/fake-server.ts';
import type { Moment } from './history.ts';
import type { Simulation } from './simulation.ts';

/** SessionState is a session as it was from one write to the next; null version = there was none, or a tombstone. */
export interface SessionState {
  since: Moment;
  /** When the next write ended it; null = never. */
  until: Moment | null;
  isThere: boolean;
  uid: string;
  rev: number;
  version: number;
  sequence: number;
  status: string;
  generation: number;
  runId: string;
  /** The last sequence of the lives before this one. */
  base: number;
  hidden: readonly [first: number, last: number][];
  floor: number;
  conversationKey: string;
}

/** PushedCommit is one commit's events as they were pushed to the outbox of their session. */
export interface PushedCommit {
  at: Moment;
  documentId: string;
  events: SessionEvent[];
}

/** Truth notes what becomes of each session's document, write by write, and what may never become of one. */
export class Truth {
  readonly timelines = new Map<string, SessionState[]>();
  readonly commits: PushedCommit[] = [];
  /** Every row that ever was in the log. */
  readonly rows: EventDocument[] = [];
  readonly violations: string[] = [];
  readonly #simulation: Simulation;
  readonly #known = new Set<string>();

  constructor(server: FakeServer, simulation: Simulation) {
    this.#simulation = simulation;
    server.collections.sessions.onWrite((before, after) =>
      this.#note(before as unknown as SessionDocument | null, after as unknown as SessionDocument | null),
    );
    server.collections.session_events.onWrite((before, after) => {
      if (before === null && after !== null) this.#noteRow(after as unknown as EventDocument);
    });
  }

  /** The states of a session, in order; the first is that it is not there. */
  statesOf(sessionId: string): readonly SessionState[] {
    return this.timelines.get(sessionId) ?? [absentSince({ step: -1, atMs: -1 })];
  }

  /** The state of a session as it is. */
  latestOf(sessionId: string): SessionState {
    return this.statesOf(sessionId).at(-1) as SessionState;
  }

  #noteRow(row: EventDocument): void {
    const last = Math.max(0, ...this.rows.map(({ n }) => n));
    if (row.n !== last + 1) this.#violate(`row ${row.n} came to the log after row ${last}`);
    this.rows.push(row);
  }

  #note(before: SessionDocument | null, after: SessionDocument | null): void {
    const { step, nowMs } = this.#simulation;
    const at = { step, atMs: nowMs };
    const sessionId = (after ?? before)?.sid as string;
    const timeline = this.timelines.get(sessionId) ?? [absentSince({ step: -1, atMs: -1 })];
    this.timelines.set(sessionId, timeline);
    const last = timeline.at(-1) as SessionState;
    const next = after === null ? absentSince(at) : stateOf(after, last, at);
    this.#checkStep(sessionId, last, next);
    if (after !== null) this.#checkDocument(after);
    last.until = at;
    timeline.push(next);
    if (after !== null) this.#noteEvents(after, at);
    if (next.isThere && next.conversationKey !== '') this.#checkKey(sessionId, next);
  }

  #checkStep(sessionId: string, last: SessionState, next: SessionState): void {
    if (next.rev === 0) return;
    const change = `from ${summaryOf(last)} to ${summaryOf(next)}`;
    const states = this.statesOf(sessionId);
    const isBack = states.some(({ version, sequence }) => next.version < version || next.sequence < sequence);
    if (isBack) this.#violate(`${sessionId} went back ${change}`);
    if (next.uid === last.uid && next.rev < last.rev) this.#violate(`the rev of ${sessionId} went back ${change}`);
    if (next.uid === last.uid && !last.isThere && next.isThere) this.#violate(`${sessionId} rose again ${change}`);
    if (next.uid === last.uid && last.status === 'EXPIRED' && next.isThere && isBackIn(next, last))
      this.#violate(`${sessionId} came back from EXPIRED ${change}`);
  }

  #checkDocument(document: SessionDocument): void {
    if (document.tomb) return;
    const { _id, seq, tail, moved = 0, floor = 0 } = document;
    let expected: number | null = null;
    for (const entry of tail ?? []) {
      if (expected !== null && entry.n !== expected) this.#violate(`the tail of ${_id} has ${entry.n} for ${expected}`);
      expected = entry.n + ('staged' in entry ? entry.staged.count : 1);
    }
    const first = tail?.[0]?.n ?? seq + 1;
    if (expected !== null && expected !== seq + 1)
      this.#violate(`the tail of ${_id} ends at ${expected - 1}, not ${seq}`);
    // What was removed for good need not be moved on before.
    const settled = Math.max(moved, floor);
    if (first > settled + 1)
      this.#violate(`the tail of ${_id} begins at ${first}, but only ${settled} are moved on or removed`);
    if ((document.outbox?.length ?? 0) > 4) this.#violate(`the outbox of ${_id} holds ${document.outbox.length}`);
  }

  #noteEvents({ _id, outbox = [] }: SessionDocument, at: Moment): void {
    for (const { events } of outbox) {
      const key = events.map(({ eventId }) => eventId).join();
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      this.commits.push({ at, documentId: _id, events });
    }
  }

  #checkKey(sessionId: string, { conversationKey, status }: SessionState): void {
    if (status !== 'ACTIVE' && status !== 'DORMANT') return;
    for (const [other, states] of this.timelines) {
      const state = states.at(-1) as SessionState;
      const isLive = state.isThere && (state.status === 'ACTIVE' || state.status === 'DORMANT');
      if (other !== sessionId && isLive && state.conversationKey === conversationKey)
        this.#violate(`${other} and ${sessionId} both live under the key ${conversationKey}`);
    }
  }

  #violate(text: string): void {
    this.violations.push(text);
  }
}

/** A session that starts over begins its next generation; nothing else brings it back. */
function isBackIn(next: SessionState, last: SessionState): boolean {
  return next.status !== 'EXPIRED' && next.generation === last.generation;
}

/** Writes a state in a few words. */
function summaryOf({ isThere, uid, rev, version, sequence, status }: SessionState): string {
  return isThere
    ? `${status} uid ${uid.slice(0, 6)} rev ${rev} version ${version} seq ${sequence}`
    : `nothing (${rev})`;
}

function absentSince(since: Moment): SessionState {
  return {
    ...{ since, until: null, isThere: false, uid: '', rev: 0, version: 0, sequence: 0, status: '', generation: 0 },
    ...{ runId: '', base: 0, hidden: [], floor: 0, conversationKey: '' },
  };
}

function stateOf(document: SessionDocument, last: SessionState, since: Moment): SessionState {
  const { uid, rev, version, seq, status, gen, head, tomb, floor = 0 } = document;
  const hidden = head?.hidden ?? [];
  const ranges = hidden.flatMap((first, place) =>
    place % 2 === 0 ? [[first, hidden[place + 1] as number] as [number, number]] : [],
  );
  return {
    ...{ since, until: null, isThere: tomb !== true, uid, rev, version, sequence: seq, status, generation: gen },
    ...{ runId: head?.run ?? '', base: uid === last.uid ? last.base : last.sequence, hidden: ranges, floor },
    conversationKey: document.ckey ?? '',
  };
}
