import { expect, test } from 'vitest';
import { end } from '../../src/operations/end.ts';
import { type UpdateInput, update } from '../../src/operations/update.ts';
import { HOUR_MS, openTestEngine, refusal, startSession, type TestEngine } from '../support/test-engine.ts';

type Fields = Partial<Omit<UpdateInput, 'session'>> & { session?: Partial<UpdateInput['session']> };

function change({ engine, caller }: TestEngine, { session, ...fields }: Fields) {
  const empty = { title: '', labels: {}, qualityScore: 0, model: '', tokenLimit: 0, userId: '', neverExpires: false };
  const patches = { statePatch: {}, stateRemove: [], metadataPatch: {}, metadataRemove: [] };
  const base = { sessionId: 's', requestId: '', expectedVersion: 0, updateMask: [], ...patches };
  return update(engine, caller, { ...base, ...fields, session: { ...empty, ...session } });
}

test('only what the mask names changes', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's', title: 'old', model: 'gpt-4o' });
  const session = { title: 'new', model: 'other', labels: { '': 'no key' }, qualityScore: 9, ttlMs: -1 };
  const answer = await change(world, { session, updateMask: ['title'] });
  expect(answer).toMatchObject({ head: { version: 2 }, session: { title: 'new', model: 'gpt-4o' } });
});

test('an empty value clears, and a span goes back to its default', async () => {
  const world = await openTestEngine();
  const spans = { ttlMs: 3 * HOUR_MS, dormantAfterMs: HOUR_MS, maxTtlMs: 5 * HOUR_MS, expiringLeadMs: 1000 };
  await startSession(world, { sessionId: 's', labels: { a: 'b' }, ...spans });
  const { session } = await change(world, {
    updateMask: ['labels', 'ttl', 'dormant_after', 'max_ttl', 'expiring_lead'],
  });
  expect(session).toMatchObject({ labels: {}, ttlMs: 20 * HOUR_MS, dormantAfterMs: 10 * HOUR_MS, maxTtlMs: null });
  expect(session.expiringLeadMs).toBe(15 * 60_000);
});

test('never_expires takes the deadline away, and a ttl gives one back', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  const forever = await change(world, { session: { neverExpires: true }, updateMask: ['never_expires'] });
  expect(forever.head).toMatchObject({ expireAt: null, expiresInMs: null });
  const again = await change(world, {
    session: { ttlMs: HOUR_MS, dormantAfterMs: HOUR_MS },
    updateMask: ['ttl', 'dormant_after'],
  });
  expect(again.head.expiresInMs).toBe(HOUR_MS);
});

test('state and metadata are patched by top-level key', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's', state: { a: 1, b: { c: 2 } }, metadata: { x: 1 } });
  const { session } = await change(world, {
    statePatch: { b: null, d: 3 },
    stateRemove: ['a', 'unknown'],
    metadataPatch: { y: 2 },
    metadataRemove: ['x'],
  });
  expect(session).toMatchObject({ state: { b: null, d: 3 }, metadata: { y: 2 } });
});

test('the title of an ENDED session can change, its state cannot', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  const ending = { sessionId: 's', requestId: '', expectedVersion: 0, outcome: null, errorMessage: '' };
  await end(world.engine, world.caller, { ...ending, qualityScore: 0, metadataPatch: {} });
  expect((await change(world, { session: { title: 'late' }, updateMask: ['title'] })).session.title).toBe('late');
  await expect(change(world, { statePatch: { a: 1 } })).rejects.toEqual(refusal('SESSION_ENDED'));
});

test('the user can be set once, and then the key finds the session with its user', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's', conversationKey: 'chat' });
  const set = { session: { userId: 'ada' }, updateMask: ['user_id'] };
  expect((await change(world, set)).session.userId).toBe('ada');
  const found = await startSession(world, { conversationKey: 'chat', userId: 'ada' });
  expect(found.head).toMatchObject({ sessionId: 's', created: false });
  const other = change(world, { session: { userId: 'eve' }, updateMask: ['user_id'] });
  await expect(other).rejects.toEqual(refusal('INVALID_FIELD'));
});

test.each([
  [{ updateMask: ['status'] }, 'update_mask'],
  [{ statePatch: { a: 1 }, stateRemove: ['a'] }, 'state_remove'],
  [{ metadataPatch: { a: 1 }, metadataRemove: ['a'] }, 'metadata_remove'],
  [{ session: { qualityScore: 6 }, updateMask: ['quality_score'] }, 'session.quality_score'],
  [{ session: { title: 'x'.repeat(257) }, updateMask: ['title'] }, 'session.title'],
  [{ session: { labels: { '': 'no key' } }, updateMask: ['labels'] }, 'session.labels'],
  [{ session: { model: '\n' }, updateMask: ['model'] }, 'session.model'],
  [{ session: { userId: '\n' }, updateMask: ['user_id'] }, 'session.user_id'],
  [{ session: { tokenLimit: 2 ** 32 }, updateMask: ['token_limit'] }, 'session.token_limit'],
  [{ session: { ttlMs: -1 }, updateMask: ['ttl'] }, 'session.ttl'],
])('%j is INVALID_FIELD', async (fields, field) => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  await expect(change(world, fields)).rejects.toEqual(refusal('INVALID_FIELD', { field }));
});
