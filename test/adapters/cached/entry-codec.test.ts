import { expect, test } from 'vitest';
import { CallMemory } from '../../../src/adapters/cached/call-memory.ts';
import type { Entry } from '../../../src/adapters/cached/entry.ts';
import { decodeEntry, encodeEntry } from '../../../src/adapters/cached/entry-codec.ts';
import { sampleHeader, sampleMessages, sampleRecordedCall, sampleSummary } from '../../../src/contract/samples.ts';
import { emptyActivity } from '../../../src/model/activity.ts';

const TENANT = 'acme';

test('an entry comes back as it was, but for its age, which nobody can tell', () => {
  const decoded = decodeEntry(encodeEntry(sampleEntry()), TENANT, 's');
  const { memory, sentAtMs, ...rest } = decoded as Entry;
  const { memory: original, sentAtMs: _, ...expected } = sampleEntry();
  expect(rest).toEqual(expected);
  expect(sentAtMs).toBe(Number.NEGATIVE_INFINITY);
  expect([memory.recorded, [...memory.toolCalls], memory.known, memory.oldest()]).toEqual([
    original.recorded,
    [...original.toolCalls],
    original.known,
    original.oldest(),
  ]);
});

test('an entry whose newest messages are not to be had comes back without', () => {
  expect(decodeEntry(encodeEntry({ ...sampleEntry(), newest: null }), TENANT, 's')?.newest).toBeNull();
});

test('a change of any byte is noticed, and so is any missing end', () => {
  const bytes = encodeEntry(sampleEntry());
  for (let place = 0; place < bytes.byteLength; place += 1) {
    expect(decodeEntry(bytes.with(place, bytes[place]! ^ 4), TENANT, 's')).toBeNull();
    expect(decodeEntry(bytes.subarray(0, place), TENANT, 's')).toBeNull();
  }
});

test('another session’s entry is none', () => {
  const bytes = encodeEntry(sampleEntry());
  expect([decodeEntry(bytes, TENANT, 'other'), decodeEntry(bytes, 'other', 's')]).toEqual([null, null]);
});

function sampleEntry(): Entry {
  const toolCall = { callId: 'call-1', name: 'lookup', isFailed: true, durationMs: null, startedAt: 7 };
  return {
    header: sampleHeader({ tenant: TENANT, sessionId: 's', lastSequence: 3, hidden: [[1, 1]] }),
    details: { title: 'Grüße 👋', labels: { a: 'b' }, metadata: { deep: [1, null, 'x'] }, errorMessage: '' },
    state: { step: 3 },
    summaries: [sampleSummary(1, 2, 'what was said')],
    activity: emptyActivity(),
    newest: sampleMessages(1, 3, { body: new Uint8Array([0, 255, 128]), sentAt: 5 }).map(
      ({ terms: _, ...rest }) => rest,
    ),
    memory: new CallMemory({
      recorded: new Map([1, 2].map((number) => [`digest-${number}`, sampleRecordedCall(number, { created: true })])),
      oldestRecorded: [],
      toolCalls: new Map([['call-1', toolCall]]),
      known: { requestIds: true, toolCalls: false },
    }),
    sentAtMs: 12,
  };
}
