import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Call, Decision } from '../../../src/model/call.ts';
import { decide } from '../../../src/model/decide/decide.ts';
import type { SessionEvent } from '../../../src/model/event.ts';
import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from '../../../src/model/limits.ts';
import type { SessionHeader } from '../../../src/model/session.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import { sweep } from './calls.ts';
import { PureStore } from './pure-store.ts';
import { plainCall, type Step, steps } from './random-steps.ts';

/** What one step did, for a property to judge. */
interface Trace {
  store: PureStore;
  call: Call;
  before: SessionHeader | null;
  /** All that a version counts, as text. */
  contentBefore: string;
  after: SessionHeader | null;
  decision: Decision;
}

function openStore(): PureStore {
  const store = new PureStore();
  store.uncertaintyMs = 20;
  store.settings = {
    limits: { ...DEFAULT_LIMITS, summariesMax: 3, hiddenRangesMax: 4 },
    terms: { ...DEFAULT_TERMS_POLICY, dormantAfterMs: 3000, ttlMs: 20_000, retentionMs: 100_000 },
  };
  return store;
}

function letTimePass(store: PureStore, { advanceMs, isOutage }: Step): void {
  if (isOutage) store.outages = [...store.outages, { from: store.now, to: store.now + advanceMs }];
  store.now += advanceMs;
}

function makeCall(store: PureStore, call: Call): Trace {
  const before = store.header;
  const contentBefore = contentOf(store);
  try {
    store.call(call);
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
  }
  return { store, call, before, contentBefore, after: store.header, decision: store.last };
}

/** Runs random lives and judges every step of each. */
function holds(judge: (trace: Trace) => void, numRuns = 250): void {
  fc.assert(
    fc.property(steps, (life) => {
      const store = openStore();
      for (const step of life) {
        letTimePass(store, step);
        judge(makeCall(store, step.call));
      }
    }),
    { numRuns },
  );
}

function contentOf(store: PureStore): string {
  const { header } = store;
  if (header === null || header.isTombstone) return 'gone';
  const { userId, model, tokenLimit, qualityScore, lastSequence, hidden, uid, createdAt } = header;
  const { dormantAfterMs, ttlMs, maxTtlMs, neverExpires, expiringLeadMs } = header.terms;
  const { details, state, summaries } = store.life;
  return JSON.stringify([
    ...[userId, model, tokenLimit, qualityScore, lastSequence, hidden, uid, createdAt, header.status === 'ENDED'],
    ...[dormantAfterMs, ttlMs, maxTtlMs, neverExpires, expiringLeadMs, details, state, summaries],
  ]);
}

const isLive = (header: SessionHeader | null): header is SessionHeader => header !== null && !header.isTombstone;

test('sequences are gapless and end at the last sequence', () => {
  holds(({ store, after }) => {
    if (!isLive(after)) return;
    const sequences = store.life.messages.map(({ sequence }) => sequence);
    const first = sequences[0] ?? after.lastSequence + 1;
    expect(sequences).toEqual(Array.from({ length: after.lastSequence + 1 - first }, (_, at) => first + at));
    for (let sequence = 1; sequence < first; sequence += 1) {
      expect(after.hidden.some(([from, to]) => from <= sequence && sequence <= to)).toBe(true);
    }
  });
});

test('version and sequence never go back, and the version counts exactly the calls that change the session', () => {
  const silent = ['access', 'sweep', 'recordActivity', 'delete'];
  holds(({ store, call, before, after, contentBefore }) => {
    const rise = (after?.version ?? 0) - (before?.version ?? 0);
    expect(after?.lastSequence ?? 0).toBeGreaterThanOrEqual(before?.lastSequence ?? 0);
    expect([0, 1]).toContain(rise);
    if (silent.includes(call.kind)) expect(rise).toBe(0);
    else if (contentOf(store) !== contentBefore) expect(rise).toBe(1);
    else if (call.kind !== 'update' && call.kind !== 'resume' && call.kind !== 'append') expect(rise).toBe(0);
  });
});

test('rev counts every write but slides, and a slide moves deadlines forward only', () => {
  holds(({ before, after, decision: { changes } }) => {
    if (changes === null) return expect(after).toBe(before);
    expect(changes.header.rev).toBe((before?.rev ?? 0) + (changes.isSlide ? 0 : 1));
    if (!changes.isSlide || before === null) return;
    expect({ ...after, deadlines: 0, lastAccessAt: 0, dueAt: 0 }).toEqual({
      ...before,
      ...{ deadlines: 0, lastAccessAt: 0, dueAt: 0 },
    });
    expect(changes.header.deadlines.dormantAt).toBeGreaterThanOrEqual(before.deadlines.dormantAt);
    expect(changes.header.deadlines.expireAt ?? 0).toBeGreaterThanOrEqual(before.deadlines.expireAt ?? 0);
    expect(changes.header.deadlines.warnAt ?? 0).toBeGreaterThanOrEqual(before.deadlines.warnAt ?? 0);
    expect(changes.header.dueAt ?? 0).toBeGreaterThanOrEqual(before.dueAt ?? 0);
  });
});

test('no event comes before its deadline has passed for certain, nor inside an outage or its grace', () => {
  holds(({ store, before, decision: { events } }) => {
    for (const event of events.filter(({ kind }) => kind !== 'ENDED' && kind !== 'DELETED')) {
      const dueAt = dueOf(event, before);
      const surelyNow = event.recordedAt - store.uncertaintyMs;
      expect(surelyNow).toBeGreaterThanOrEqual(dueAt);
      for (const { from, to } of store.outages) {
        if (from <= dueAt && dueAt <= to) expect(surelyNow).toBeGreaterThanOrEqual(to + 60_000);
      }
    }
  });
});

test('a commit has at most four events, in the order of their time but for the ends', () => {
  holds(({ before, decision: { events } }) => {
    expect(events.length).toBeLessThanOrEqual(4);
    const lapses = events.filter(({ kind }) => kind === 'DORMANT' || kind === 'EXPIRING');
    const times = lapses.map((event) => dueOf(event, before));
    expect(times).toEqual(times.toSorted((first, second) => first - second));
  });
});

/** A warning is due its lead before the expiry that it announces. */
function dueOf({ kind, deadlineAt }: SessionEvent, before: SessionHeader | null): number {
  return kind === 'EXPIRING' ? deadlineAt - (before?.terms.expiringLeadMs ?? 0) : deadlineAt;
}

test('events are unique, and in a generation nothing follows its end but DELETED', () => {
  const uids = new Map<string, string>();
  holds(({ store, before, after }) => {
    const ids = store.events.map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { eventId } of store.events.slice(-4))
      uids.set(eventId, uids.get(eventId) ?? before?.uid ?? after?.uid ?? '');
    const lives = Map.groupBy(store.events, (event) => `${uids.get(event.eventId)} ${event.generation}`);
    for (const events of lives.values()) expectOrder(events);
  });
});

function expectOrder(events: readonly SessionEvent[]): void {
  const kinds = events.map(({ kind }) => kind);
  const ends = kinds.filter((kind) => kind === 'EXPIRED' || kind === 'ENDED');
  expect(ends.length).toBeLessThanOrEqual(1);
  const ended = kinds.findIndex((kind) => kind === 'EXPIRED' || kind === 'ENDED');
  if (ended >= 0) expect(kinds.slice(ended + 1).filter((kind) => kind !== 'DELETED')).toEqual([]);
  const deleted = kinds.indexOf('DELETED');
  if (deleted >= 0) expect(deleted).toBe(kinds.length - 1);
}

test('the counters are those of the visible messages and of what was reported', () => {
  holds(({ store, after }) => {
    if (!isLive(after)) return;
    const { visible, life } = store;
    const tokens = (isOutput: boolean) =>
      visible
        .filter(({ role }) => (role === 'ASSISTANT') === isOutput)
        .reduce((sum, { tokenCount }) => sum + tokenCount, 0);
    const countOf = (role: string) => visible.filter((message) => message.role === role).length;
    expect(after.counters).toEqual({
      messageCount: visible.length,
      turnCount: visible.filter(({ startsTurn }) => startsTurn).length,
      inputTokens: tokens(false),
      outputTokens: tokens(true),
      toolCallCount: Object.values(life.activity.tools).reduce((sum, { calls }) => sum + calls, 0),
      errorCount: life.activity.errorCount,
      summaryCount: life.summaries.length,
      messagesByRole: Object.fromEntries(
        Object.keys(after.counters.messagesByRole).map((role) => [role, countOf(role)]),
      ),
    });
    expect(after.lastTurnId).toBe(visible.at(-1)?.turnId ?? '');
  });
});

test('hidden ranges are ascending, apart, inside the numbers given, and few', () => {
  holds(({ store, after }) => {
    let end = -1;
    for (const [first, last] of after?.hidden ?? []) {
      expect(first).toBeGreaterThan(end + 1);
      expect(last).toBeGreaterThanOrEqual(first);
      end = last;
    }
    expect(end).toBeLessThanOrEqual(after?.lastSequence ?? 0);
    expect(after?.hidden.length ?? 0).toBeLessThanOrEqual(store.settings.limits.hiddenRangesMax);
  });
});

test('the due time is never later than the next thing to do, and a sweep leaves nothing to do', () => {
  holds(({ store, call, after }) => {
    if (!isLive(after) || after.dueAt === null) return;
    const early = { ...store.time, now: after.dueAt + store.uncertaintyMs - 1 };
    const late = { ...store.time, now: store.now + 10_000_000 };
    expect(decide(store.load(sweep()), sweep(), early, store.settings).changes).toBeNull();
    expect(decide(store.load(sweep()), sweep(), late, store.settings).changes).not.toBeNull();
    if (call.kind !== 'sweep') return;
    expect(decide(store.load(sweep()), sweep(), store.time, store.settings).changes).toBeNull();
  });
});

test('deadlines stay under the cap, dormancy under expiry, and an access earns the full spans', () => {
  const accesses = ['access', 'touch', 'append', 'rewind', 'clearMessages', 'recordActivity', 'resume'];
  holds(({ store, call, after, decision }) => {
    if (!isLive(after)) return;
    const { dormantAt, expireAt, maxExpireAt } = after.deadlines;
    const cap = Math.min(expireAt ?? Number.POSITIVE_INFINITY, maxExpireAt ?? Number.POSITIVE_INFINITY);
    expect(dormantAt).toBeLessThanOrEqual(cap);
    expect(expireAt ?? 0).toBeLessThanOrEqual(maxExpireAt ?? Number.POSITIVE_INFINITY);
    expect(expireAt === null).toBe(after.terms.neverExpires);
    if ('refusal' in decision.outcome || !accesses.includes(call.kind)) return;
    const { dormantAfterMs, ttlMs } = after.terms;
    expect(after.status).toBe('ACTIVE');
    expect(dormantAt).toBeGreaterThanOrEqual(Math.min(store.now + dormantAfterMs, cap));
    if (expireAt !== null)
      expect(expireAt).toBeGreaterThanOrEqual(Math.min(store.now + ttlMs, maxExpireAt ?? Infinity));
  });
});

test('nobody is told that a session expired before that is committed', () => {
  holds(({ after, decision: { outcome } }) => {
    if ('refusal' in outcome && outcome.refusal.reason === 'SESSION_EXPIRED') expect(after?.status).toBe('EXPIRED');
  });
});

test('a repetition does nothing and answers the first answer', () => {
  fc.assert(
    fc.property(steps, (life) => {
      const store = openStore();
      for (const step of life) {
        letTimePass(store, step);
        const { decision, call } = makeCall(store, step.call);
        const isNamed = call.request !== undefined && !call.request.isServerMade;
        if (!step.isRepeated || !isNamed || 'refusal' in decision.outcome) continue;
        const first = decision.outcome.answer;
        store.now += 119_999;
        const again = store.call(call);
        expect(again).toEqual({ ...first, header: store.header, isRepeated: true });
        expect(store.last.changes).toBeNull();
      }
    }),
    { numRuns: 250 },
  );
});

test('a group comes to what its calls come to one by one', () => {
  const group = fc.array(plainCall, { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(steps, group, (life, calls) => {
      const [single, grouped] = [openStore(), openStore()];
      for (const step of life) {
        for (const store of [single, grouped]) {
          letTimePass(store, step);
          makeCall(store, step.call);
        }
      }
      for (const call of calls) makeCall(single, call);
      const { decisions, commits } = grouped.group(calls);
      expect(decisions).toHaveLength(calls.length);
      expect(commits).toBeLessThanOrEqual(calls.length);
      for (const part of ['header', 'lives', 'claims', 'events'] as const) expect(grouped[part]).toEqual(single[part]);
    }),
    { numRuns: 250 },
  );
});
