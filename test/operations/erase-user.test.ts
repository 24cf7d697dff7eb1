import { beforeEach, expect, test } from 'vitest';
import { eraseUser } from '../../src/operations/erase-user.ts';
import { Conversations, callerOf } from '../support/conversations.ts';

let stage: Conversations;

beforeEach(async () => {
  stage = await Conversations.open();
});

function erase(userId = 'u', caller = stage.caller) {
  return eraseUser(stage.engine, caller, { userId });
}

async function sessionsOf(userId: string): Promise<string[]> {
  const order = { by: 'createdAt', direction: 'oldestFirst' } as const;
  const found = await stage.engine.store.sessions.list(stage.caller.tenant, { userId }, order, null, 1000);
  return found.map(({ header }) => header.sessionId);
}

test('eraseUser: deletes the sessions of every status and blanks the user in the log', async () => {
  await stage.start('active', { userId: 'u' });
  await stage.say('active', ['a', 'b']);
  await stage.start('ended', { userId: 'u' });
  await stage.end('ended');
  await stage.start('expired', { userId: 'u', terms: { ttlMs: 3_600_000 } });
  await stage.start('other', { userId: 'v' });
  await stage.end('other');
  stage.clock.advance(2 * 3_600_000);
  const receipt = await erase();
  expect(receipt).toMatchObject({ sessionsDeleted: 3, messagesDeleted: 2, erasedAt: stage.clock.wallAt() });
  expect(receipt.receiptId).toMatch(/^erasure_[0-9a-z]+$/);
  expect(await sessionsOf('u')).toEqual([]);
  expect(await sessionsOf('v')).toEqual(['other']);
  const events = (await stage.engine.store.events.read(stage.caller.tenant, 0, 100)).flatMap((row) => row.events);
  expect(events.filter(({ userId }) => userId === 'u')).toEqual([]);
  expect(events.filter(({ userId }) => userId === 'v')).toHaveLength(1);
  expect(events.filter(({ kind }) => kind === 'DELETED').map(({ reason }) => reason)).toEqual(
    Array.from({ length: 3 }, () => 'ERASURE'),
  );
  expect(receipt.eventsBlanked).toBe(events.length - 1);
});

test('eraseUser: nothing that is stored names the user any more', async () => {
  await stage.start('a', { userId: 'someone@example.com' });
  await stage.say('a', ['a']);
  await erase('someone@example.com');
  const { tenant } = stage.caller;
  const tombstone = await stage.engine.store.sessions.load(tenant, 'a', { details: true, claims: [] });
  const rows = await stage.engine.store.events.read(tenant, 0, 100);
  expect(JSON.stringify([tombstone, rows])).not.toContain('someone@example.com');
});

test('eraseUser: can be repeated, and a user without sessions is no error', async () => {
  await stage.start('a', { userId: 'u' });
  const first = await erase();
  const second = await erase();
  expect(first.sessionsDeleted).toBe(1);
  expect(second).toMatchObject({ sessionsDeleted: 0, messagesDeleted: 0, eventsBlanked: 0 });
  expect(second.receiptId).not.toBe(first.receiptId);
});

test('eraseUser: takes more sessions than one read shows', async () => {
  for (let index = 0; index < 230; index += 1) await stage.start(`s${index}`, { userId: 'u' });
  expect(await erase()).toMatchObject({ sessionsDeleted: 230 });
});

test('eraseUser: racing erasures delete each session once', async () => {
  for (let index = 0; index < 20; index += 1) await stage.start(`s${index}`, { userId: 'u' });
  const receipts = await Promise.all([erase(), erase(), erase()]);
  expect(receipts.reduce((sum, { sessionsDeleted }) => sum + sessionsDeleted, 0)).toBe(20);
  expect(await sessionsOf('u')).toEqual([]);
});

test("eraseUser: another tenant's user of that name stays", async () => {
  await stage.start('a', { userId: 'u' });
  expect(await erase('u', callerOf('other'))).toMatchObject({ sessionsDeleted: 0 });
  expect(await sessionsOf('u')).toEqual(['a']);
});

test('eraseUser: a user must be named', async () => {
  await expect(erase('')).rejects.toMatchObject({ reason: 'INVALID_FIELD', field: 'user_id' });
});
