import { beforeEach, expect, test } from 'vitest';
import { type CleanupInput, cleanup } from '../../src/operations/cleanup.ts';
import { Conversations, callerOf } from '../support/conversations.ts';

const HOUR_MS = 3_600_000;

let stage: Conversations;

beforeEach(async () => {
  stage = await Conversations.open();
  await stage.start('active');
  await stage.start('ended');
  await stage.say('ended', ['a', 'b']);
  await stage.end('ended');
  await stage.start('expired', { terms: { ttlMs: HOUR_MS } });
  await stage.say('expired', ['c']);
  stage.clock.advance(3 * HOUR_MS);
});

function clean(input: Partial<CleanupInput> = {}) {
  return cleanup(stage.engine, stage.caller, { olderThanMs: 0, dryRun: false, sessionIds: [], ...input });
}

async function leftOver(): Promise<string[]> {
  const order = { by: 'createdAt', direction: 'oldestFirst' } as const;
  const found = await stage.engine.store.sessions.list(stage.caller.tenant, {}, order, null, 2000);
  return found.map(({ header }) => header.sessionId).sort();
}

test('cleanup: deletes what is over, swept or not, and nothing else', async () => {
  expect(await clean()).toEqual({ sessionsDeleted: 2, messagesDeleted: 3, more: false });
  expect(await leftOver()).toEqual(['active']);
  expect(await clean()).toEqual({ sessionsDeleted: 0, messagesDeleted: 0, more: false });
});

test('cleanup: a dry run counts the same and deletes nothing', async () => {
  expect(await clean({ dryRun: true })).toEqual({ sessionsDeleted: 2, messagesDeleted: 3, more: false });
  expect(await leftOver()).toEqual(['active', 'ended', 'expired']);
});

test('cleanup: leaves what has not been over for long enough, to the millisecond', async () => {
  const { header } = await stage.engine.store.sessions.load(stage.caller.tenant, 'expired', {});
  const overForMs = stage.clock.wallAt() - header!.deadlines.expireAt!;
  expect(await clean({ olderThanMs: overForMs + 1, dryRun: true })).toMatchObject({ sessionsDeleted: 1 });
  expect(await clean({ olderThanMs: overForMs, dryRun: true })).toMatchObject({ sessionsDeleted: 2 });
  expect(await clean({ olderThanMs: 3 * HOUR_MS + 1, dryRun: true })).toMatchObject({ sessionsDeleted: 0 });
});

test('cleanup: keeps to the sessions that are named', async () => {
  expect(await clean({ sessionIds: ['ended', 'active', 'unknown'] })).toMatchObject({ sessionsDeleted: 1 });
  expect(await leftOver()).toEqual(['active', 'expired']);
});

test('cleanup: its events say so', async () => {
  await clean({ sessionIds: ['expired'] });
  const rows = await stage.engine.store.events.read(stage.caller.tenant, 0, 100);
  const events = rows.flatMap((row) => row.events).filter(({ sessionId }) => sessionId === 'expired');
  expect(events.map(({ kind, reason }) => `${kind} ${reason}`)).toContain('EXPIRED TTL');
  expect(events.at(-1)).toMatchObject({ kind: 'DELETED', reason: 'CLEANUP' });
});

test('cleanup: says when there is more, and repeated calls come to an end', async () => {
  for (let index = 0; index < 1050; index += 1) {
    await stage.start(`s${index}`);
    await stage.end(`s${index}`);
  }
  const first = await clean();
  expect(first.more).toBe(true);
  const second = await clean();
  expect(second.more).toBe(false);
  expect(first.sessionsDeleted + second.sessionsDeleted).toBe(1052);
  expect(await leftOver()).toEqual(['active']);
});

test("cleanup: another tenant's sessions stay", async () => {
  const input = { olderThanMs: 0, dryRun: false, sessionIds: [] };
  expect(await cleanup(stage.engine, callerOf('other'), input)).toMatchObject({ sessionsDeleted: 0 });
  expect(await leftOver()).toHaveLength(3);
});

test.each<[Partial<CleanupInput>, string, string]>([
  [{ olderThanMs: null }, 'INVALID_FIELD', 'older_than'],
  [{ olderThanMs: -1 }, 'INVALID_FIELD', 'older_than'],
  [{ sessionIds: ['a b'] }, 'INVALID_FIELD', 'session_ids[0]'],
  [{ sessionIds: Array.from({ length: 101 }, (_, index) => `s${index}`) }, 'LIMIT_EXCEEDED', 'session_ids'],
])('cleanup: %j is refused as %s', async (input, reason, field) => {
  await expect(clean(input)).rejects.toMatchObject({ reason, field });
});
