import { expect, test } from 'vitest';
import { beginLife, MemoryRecords } from '../../../src/adapters/memory/records.ts';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { verify } from '../../../src/adapters/memory/verify.ts';
import { sampleHeader, sampleMessage } from '../../../src/contract/samples.ts';

test('a memory store says that it is not durable', () => {
  expect(openMemoryStore().description).toMatch(/^memory: \(not durable/);
});

test('two memory stores have ids and secrets of their own', () => {
  const [one, other] = [openMemoryStore(), openMemoryStore()];
  expect(one.storeId).not.toBe(other.storeId);
  expect(one.tokenSecret).not.toEqual(other.tokenSecret);
});

test('two memory stores share nothing', async () => {
  const [one, other] = [openMemoryStore(), openMemoryStore()];
  await one.presence.beat('instance', 1);
  expect(await other.presence.lastSeenAt()).toBeNull();
});

test.each([
  ['a hole', [1, 3]],
  ['a missing end', [1, 2]],
])('verification names a session whose messages have %s', async (_, sequences) => {
  const records = new MemoryRecords();
  const header = sampleHeader({ tenant: 't', sessionId: 's', lastSequence: 3 });
  const messages = sequences.map((sequence) => sampleMessage(sequence));
  records.of('t').livesByUid.set(header.uid, { ...beginLife(header), messages });
  const findings: string[] = [];
  for await (const { what } of verify(records)) findings.push(what);
  expect(findings).toEqual(['session s of tenant t lacks messages']);
});
