import { beforeEach, expect, test } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { deleteSession } from '../../../src/operations/delete.ts';
import { end } from '../../../src/operations/end.ts';
import { get } from '../../../src/operations/get.ts';
import { resume } from '../../../src/operations/resume.ts';
import { rewind } from '../../../src/operations/rewind.ts';
import { touch } from '../../../src/operations/touch.ts';
import { type AgingCache, openAgingCache } from '../../support/aging-cache.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { openTestEngine, refusal, say, startSession, type TestEngine, textsOf } from '../../support/test-engine.ts';
import { asShared } from '../../support/wrapped-store.ts';

/** Two instances on one store; the first reads through a cache, the second writes past it. */
let cache: AgingCache;
let one: TestEngine;
let other: TestEngine;

beforeEach(async () => {
  const clock = new ManualClock();
  const store = asShared(openMemoryStore({ clock }));
  cache = openAgingCache(store, clock);
  one = await openTestEngine({ clock, store: cache.store });
  other = await openTestEngine({ clock, store, seed: 2 });
  await startSession(one, { sessionId: 's' });
  await cache.hold('s');
  cache.calls.length = 0;
});

const peek = (world: TestEngine, minVersion = 0) =>
  get(world.engine, world.caller, { sessionId: 's', minVersion, peek: true, historyLimit: 0 });
const access = (world: TestEngine) =>
  get(world.engine, world.caller, { sessionId: 's', minVersion: 0, peek: false, historyLimit: 0 });
const touchPlainly = (world: TestEngine) =>
  touch(world.engine, world.caller, { sessionId: 's', requestId: '', expectedVersion: 0 });

function endSession({ engine, caller }: TestEngine) {
  const base = { sessionId: 's', requestId: '', expectedVersion: 0, outcome: null, errorMessage: '', qualityScore: 0 };
  return end(engine, caller, { ...base, metadataPatch: {} });
}

function reopen({ engine, caller }: TestEngine) {
  const base = { sessionId: 's', requestId: '', expectedVersion: 0, statePatch: {}, metadataPatch: {} };
  return resume(engine, caller, { ...base, userId: '', agentId: '', historyLimit: 0, reopen: true });
}

test('write: the basis of a commit may be of any age, so that an append is one call of the store', async () => {
  one.clock.advance(3_600_000);
  expect((await say(one, 's', 'USER', 'hello')).sequence).toBe(1);
  expect(cache.calls).toEqual(['committed']);
});

test('write: where another was there meanwhile the store is asked, and the write goes on from it', async () => {
  await say(other, 's', 'USER', 'first');
  expect((await say(one, 's', 'USER', 'second')).sequence).toBe(2);
  expect(cache.calls).toEqual(['conflict', 'load', 'committed']);
});

test('write: nobody is refused by what a cache holds, however fresh', async () => {
  await say(other, 's', 'USER', 'first');
  expect((await say(one, 's', 'USER', 'second', { expectedVersion: 2 })).head.version).toBe(3);
});

test('write: a refusal in a group that is committed stands, for the commit tells that its basis was current', async () => {
  const [written, refused] = await Promise.allSettled([
    say(one, 's', 'USER', 'a'),
    say(one, 's', 'USER', 'b', { expectedVersion: 9 }),
  ]);
  expect([written.status, refused]).toEqual(['fulfilled', { status: 'rejected', reason: refusal('VERSION_MISMATCH') }]);
  expect(cache.calls).toEqual(['committed']);
});

test('answer without a write: what was asked of the store up to 2 s ago will do, nothing older', async () => {
  const found = () => startSession(one, { sessionId: 's', ifExists: 'RETURN' });
  one.clock.advance(2000);
  await found();
  expect(cache.calls).toEqual([]);
  await endSession(other);
  one.clock.advance(1);
  expect((await found()).head.status).toBe('ENDED');
  expect(cache.calls).toEqual(['load']);
});

test('read: what was asked of the store up to 2 s ago will do, nothing older', async () => {
  await say(other, 's', 'USER', 'hello');
  one.clock.advance(2000);
  expect((await peek(one)).head.version).toBe(1);
  one.clock.advance(1);
  expect((await peek(one)).head.version).toBe(2);
});

test('read: min_version above what the cache holds asks the store', async () => {
  await say(other, 's', 'USER', 'hello');
  expect((await peek(one, 2)).head.version).toBe(2);
  await expect(peek(one, 3)).rejects.toEqual(refusal('VERSION_MISMATCH'));
});

/** A life with messages that the first instance's cache holds, its end, and the beginning of the next. */
async function beginAnew(): Promise<void> {
  for (let count = 0; count < 40; count += 1) await say(other, 's', 'USER', 'of the life before');
  await cache.hold('s');
  const deletion = { sessionId: 's', requestId: '', expectedVersion: 0, allowMissing: false };
  await deleteSession(other.engine, other.caller, deletion);
  await startSession(other, { sessionId: 's' });
  await say(other, 's', 'USER', 'of this life');
}

test('read: a cache that tells of a life that is over, while another has begun, is not believed', async () => {
  await beginAnew();
  const all = { sessionId: 's', minVersion: 0, peek: true, historyLimit: 1000 };
  expect(textsOf((await get(one.engine, one.caller, all)).messages)).toEqual(['of this life']);
});

test('cut: a cache that tells of a life that is over, while another has begun, is not believed', async () => {
  await beginAnew();
  const cut = { kind: 'lastMessages', count: 40 } as const;
  const answer = await rewind(one.engine, one.caller, { sessionId: 's', requestId: '', expectedVersion: 0, cut });
  expect(textsOf(answer.removedMessages)).toEqual(['of this life']);
});

test('touch: inside a bucket a fresh entry costs no call of the store', async () => {
  one.clock.advance(1000);
  await touchPlainly(one);
  await cache.hold('s');
  cache.calls.length = 0;
  one.clock.advance(2000);
  await touchPlainly(one);
  expect(cache.calls).toEqual([]);
  one.clock.advance(1);
  await touchPlainly(one);
  expect(cache.calls).toEqual(['load']);
});

test('access: a session that a fresh entry holds as over is refused only when the store says so', async () => {
  await endSession(other);
  await cache.hold('s');
  await expect(access(one)).rejects.toEqual(refusal('SESSION_ENDED'));
  await reopen(other);
  expect((await access(one)).head.status).toBe('ACTIVE');
});

test('access: a session that lapsed by what a cache holds, and slid meanwhile, lives', async () => {
  one.clock.advance(9 * 3_600_000);
  await touchPlainly(other);
  one.clock.advance(2 * 3_600_000);
  expect((await say(one, 's', 'USER', 'hello')).head).toMatchObject({ generation: 1, resumed: false });
});
