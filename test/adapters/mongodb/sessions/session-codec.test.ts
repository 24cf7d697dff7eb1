import { describe, expect, test } from 'vitest';
import {
  decodeRequestId,
  decodeToolCall,
  encodeRequestId,
  encodeToolCall,
} from '../../../../src/adapters/mongodb/sessions/call-codec.ts';
import { decodeHeader, encodeHeader } from '../../../../src/adapters/mongodb/sessions/session-codec.ts';
import { sampleHeader, sampleRecordedCall } from '../../../../src/contract/samples.ts';
import type { SessionHeader } from '../../../../src/model/session.ts';

const plain = sampleHeader({ tenant: 'acme', sessionId: 's' });

const full: SessionHeader = {
  ...plain,
  isTombstone: true,
  userId: 'u',
  agentId: 'a',
  channel: 'c',
  conversationKey: 'k',
  status: 'ENDED',
  outcome: 'FAILED',
  endReason: 'CALLER',
  qualityScore: 5,
  lastTurnId: 't',
  model: 'm',
  tokenLimit: 4000,
  deadlines: { dormantAt: 1, expireAt: 2, maxExpireAt: 3, warnAt: 4 },
  warned: [900_000, 60_000],
  endedAt: 5,
  purgeAt: 6,
  dueAt: 7,
  hidden: [
    [1, 3],
    [5, 5],
  ],
  discard: { through: 3, at: 8 },
  requestIds: { first: 2, next: 9 },
  claims: ['k/one', 'r/two'],
};

describe('session codec', () => {
  test.each([
    ['of which everything is set', full],
    [
      'of which nothing is set',
      { ...plain, dueAt: null, deadlines: { ...full.deadlines, expireAt: null, warnAt: null } },
    ],
  ])('a header %s comes back as it was', (_, header) => {
    expect(decodeHeader(encodeHeader(header))).toEqual(header);
  });

  test('what is empty takes no room in the document', () => {
    const fields = encodeHeader({ ...plain, dueAt: null });
    expect(Object.values(fields)).not.toContain(undefined);
    expect(Object.keys(fields.head).sort()).toEqual(['counters', 'requestIds', 'run', 'terms']);
  });

  test.each([
    ['bare', sampleRecordedCall(1, { keepUntil: 0, firstSequence: 0, lastSequence: 0 })],
    [
      'full',
      sampleRecordedCall(2, { removedCount: 3, created: true, resumed: true, previousGeneration: 4, firstSequence: 5 }),
    ],
  ])('a %s request id comes back as it was', (_, call) => {
    expect(decodeRequestId(encodeRequestId(call))).toEqual(call);
  });

  test.each([
    { callId: 'c', name: 'n', isFailed: false, durationMs: null },
    { callId: 'c', name: 'n', isFailed: true, durationMs: 0, startedAt: 9 },
  ])('a tool call comes back as it was: %o', (call) => {
    expect(decodeToolCall(encodeToolCall(call))).toEqual(call);
  });
});
