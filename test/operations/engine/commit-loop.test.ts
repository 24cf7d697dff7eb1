import { expect, test } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import type { Changes } from '../../../src/model/basis.ts';
import { deleteSession } from '../../../src/operations/delete.ts';
import type { EngineSettings } from '../../../src/operations/engine/engine-settings.ts';
import { get } from '../../../src/operations/get.ts';
import { rewind } from '../../../src/operations/rewind.ts';
import type { CommitOutcome } from '../../../src/ports/session-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { callerOf, openTestEngine, refusal, say, startSession, type TestEngine } from '../../support/test-engine.ts';
import { withSessions } from '../../support/wrapped-store.ts';

/** A world whose commits first ask `before` what to answer; null = commit. */
async function openWith(
  before: (changes: Changes, clock: ManualClock) => CommitOutcome | 'lostAnswer' | null,
  settings: Partial<EngineSettings> = {},
): Promise<TestEngine & { commits: Changes[] }> {
  const clock = new ManualClock();
  const commits: Changes[] = [];
  const store = withSessions(openMemoryStore({ clock }), (sessions) => ({
    async commit(basis, changes, events, signal) {
      const outcome = before(changes, clock);
      if (outcome !== null && outcome !== 'lostAnswer') return outcome;
      commits.push(changes);
      const committed = await sessions.commit(basis, changes, events, signal);
      return outcome === 'lostAnswer' ? 'unknown' : committed;
    },
  }));
  return { ...(await openTestEngine({ store, clock, settings })), commits };
}

const nothing = () => null;

test('calls that arrive together share one commit, each with its own version and numbers', async () => {
  const world = await openWith(nothing);
  await startSession(world, { sessionId: 's' });
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((text) => say(world, 's', 'USER', text)));
  expect(world.commits.slice(1).map(({ messages }) => messages.length)).toEqual([4]);
  expect(answers.map(({ sequence, head }) => [sequence, head.version])).toEqual([
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
  ]);
});

test('a commit carries at most 64 calls', async () => {
  const world = await openWith(nothing);
  await startSession(world, { sessionId: 's' });
  await Promise.all(Array.from({ length: 130 }, (_, place) => say(world, 's', 'USER', `${place}`)));
  expect(world.commits.slice(1).map(({ messages }) => messages.length)).toEqual([64, 64, 2]);
});

test('one call with a fault is refused after the commit, the others of its group are not', async () => {
  const world = await openWith(nothing);
  await startSession(world, { sessionId: 's' });
  const group = ['a', 'b', 'c'].map((text, place) =>
    say(world, 's', 'USER', text, { expectedVersion: place === 1 ? 9 : 0 }),
  );
  const [first, second, third] = await Promise.allSettled(group);
  expect([first?.status, third?.status]).toEqual(['fulfilled', 'fulfilled']);
  expect(second).toMatchObject({ status: 'rejected', reason: refusal('VERSION_MISMATCH') });
  expect(world.commits).toHaveLength(2);
});

test('a call with a cut goes alone, in its turn', async () => {
  const world = await openWith(nothing);
  await startSession(world, { sessionId: 's' });
  const cut = { kind: 'lastMessages', count: 1 } as const;
  const [, removed] = await Promise.all([
    say(world, 's', 'USER', 'a'),
    rewind(world.engine, world.caller, { sessionId: 's', requestId: '', expectedVersion: 0, cut }),
    say(world, 's', 'USER', 'b'),
  ]);
  expect(removed.removedCount).toBe(1);
  expect(world.commits).toHaveLength(4);
});

test('a lost compare-and-set decides all calls of the group again', async () => {
  let losses = 3;
  const world = await openWith(({ messages }) => (messages.length > 0 && losses-- > 0 ? 'conflict' : null));
  await startSession(world, { sessionId: 's' });
  const answers = await Promise.all(['a', 'b'].map((text) => say(world, 's', 'USER', text)));
  expect(answers.map(({ sequence }) => sequence)).toEqual([1, 2]);
});

test('a call that loses until its time is over is STORE_CONTENDED', async () => {
  const world = await openWith(({ messages }, clock) => {
    if (messages.length === 0) return null;
    clock.advance(3000);
    return 'conflict';
  });
  await startSession(world, { sessionId: 's' });
  await expect(say(world, 's', 'USER', 'a')).rejects.toEqual(refusal('STORE_CONTENDED'));
});

test("after an unknown outcome the request id tells what was done, the service's own too", async () => {
  let lost = 2;
  const world = await openWith(({ messages }) => (messages.length > 0 && lost-- > 0 ? 'lostAnswer' : null));
  await startSession(world, { sessionId: 's' });
  expect((await say(world, 's', 'USER', 'a', { requestId: 'once' })).sequence).toBe(1);
  expect((await say(world, 's', 'USER', 'b')).sequence).toBe(2);
  const read = await get(world.engine, world.caller, { sessionId: 's', minVersion: 0, peek: true, historyLimit: 10 });
  expect(read.messages).toHaveLength(2);
});

test('after an unknown outcome a Delete is known to have happened', async () => {
  let isLost = false;
  const world = await openWith(() => (isLost ? 'lostAnswer' : null));
  await startSession(world, { sessionId: 's' });
  isLost = true;
  const input = { sessionId: 's', requestId: '', expectedVersion: 0, allowMissing: false };
  expect(await deleteSession(world.engine, world.caller, input)).toMatchObject({ messagesDeleted: 0 });
});

test('a call that was withdrawn while it waited is dropped', async () => {
  const world = await openWith(nothing);
  await startSession(world, { sessionId: 's' });
  const leaving = new AbortController();
  const first = say(world, 's', 'USER', 'a');
  const second = say({ ...world, caller: callerOf('acme', leaving.signal) }, 's', 'USER', 'b');
  leaving.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  await first;
  expect(world.commits.slice(1).map(({ messages }) => messages.length)).toEqual([1]);
});

test('no queue grows without a bound', async () => {
  const world = await openWith(nothing, { queuedCallsPerSessionMax: 5 });
  await startSession(world, { sessionId: 's' });
  const calls = Array.from({ length: 8 }, (_, place) => say(world, 's', 'USER', `${place}`));
  const outcomes = await Promise.allSettled(calls);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused.map(({ reason }) => reason)).toEqual(
    Array.from({ length: 3 }, () => refusal('OVERLOADED', { retryAfterMs: 1000 })),
  );
  expect((await say(world, 's', 'USER', 'later')).sequence).toBe(6);
});

test('close: what is in flight is answered, what comes later is DRAINING', async () => {
  const world = await openWith(nothing);
  await startSession(world, { sessionId: 's' });
  const last = say(world, 's', 'USER', 'a');
  await world.engine.close();
  expect((await last).sequence).toBe(1);
  await expect(say(world, 's', 'USER', 'b')).rejects.toEqual(refusal('DRAINING'));
  await world.engine.close();
});

test('a store that is away refuses the calls, and serves them when it is back', async () => {
  const clock = new ManualClock();
  const inner = openMemoryStore({ clock });
  let isAway = false;
  const store = withSessions(inner, (sessions) => ({
    async load(...args) {
      if (isAway) throw new Error('away');
      return sessions.load(...args);
    },
  }));
  const world = await openTestEngine({ store, clock });
  await startSession(world, { sessionId: 's' });
  isAway = true;
  await expect(say(world, 's', 'USER', 'a')).rejects.toThrow('away');
  isAway = false;
  expect((await say(world, 's', 'USER', 'a')).sequence).toBe(1);
});
