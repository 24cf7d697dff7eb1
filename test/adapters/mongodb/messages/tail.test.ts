import { describe, expect, test } from 'vitest';
import type { StagedMessage, TailMessage } from '../../../../src/adapters/mongodb/database/documents.ts';
import { encodeMessage } from '../../../../src/adapters/mongodb/messages/message-codec.ts';
import { entryBytes, newestOf, planMove, pullOf, roomFor } from '../../../../src/adapters/mongodb/messages/tail.ts';
import { sampleMessage, sampleMessages } from '../../../../src/contract/samples.ts';

describe('tail', () => {
  test('the newest messages are those above the last stub or reference, with their exact counts', () => {
    const reference = encodeMessage('u', sampleMessage(4), { hash: 'h', bytes: 1, chunks: 1 });
    const tail = [stub(1, 2), ...whole(3, 3), reference, ...whole(5, 7)];
    expect(newest(tail).map(({ sequence }) => sequence)).toEqual([5, 6, 7]);
    expect(newest([...whole(1, 3), stub(4, 9)])).toEqual([]);
    expect(newest([])).toEqual([]);
    const [message] = newestOf({ uid: 'u', tail: whole(5, 5), settled: [{ n: 5, tok: 77 }] });
    expect(message).toMatchObject({ tokenCount: 77, isTokenCountExact: true });
  });

  test('what was removed for good is not among the newest', () => {
    expect(newestOf({ uid: 'u', tail: whole(1, 4), floor: 2 }).map(({ sequence }) => sequence)).toEqual([3, 4]);
  });

  test('a message that was damaged is refused', () => {
    const [one] = whole(1, 1);
    expect(() => newest([{ ...one!, tok: 5 } as TailMessage])).toThrow('message 1 of the session with uid u');
  });

  test('a move copies what was not moved and leaves the newest 32', () => {
    const plan = planMove({ tail: whole(11, 60), moved: 20 });
    expect(plan.copied.map(({ n }) => n)).toEqual(range(21, 60));
    expect(plan.pulledThrough).toBe(28);
    expect(pullOf(plan)).toEqual({
      $max: { moved: 60 },
      $pull: { tail: { n: { $lte: 28 } } },
      $inc: { tailBytes: -bytesOf(whole(11, 28)) },
    });
  });

  test('a move leaves fewer where they are large, and none below a stub', () => {
    const large = sampleMessages(1, 10, { body: new Uint8Array(8000) }).map((message) => encodeMessage('u', message));
    expect(planMove({ tail: large, moved: 0 }).pulledThrough).toBe(6);
    const mixed = [...whole(1, 3), stub(4, 500), ...whole(501, 510)];
    expect(planMove({ tail: mixed, moved: 0 })).toMatchObject({ copied: mixed, pulledThrough: 500 });
    expect(planMove({ tail: mixed, moved: 300 }).copied.map(({ n }) => n)).toEqual([4, ...range(501, 510)]);
  });

  test('what was removed for good is pulled, not copied', () => {
    expect(planMove({ tail: whole(1, 6), moved: 0, floor: 4 })).toMatchObject({
      copied: whole(5, 6),
      pulledThrough: 4,
    });
  });

  test('nothing to move comes to an empty update', () => {
    expect(pullOf(planMove({ tail: whole(1, 20), moved: 20 }))).toEqual({});
    expect(pullOf(planMove({ tail: [], moved: 20 }))).toEqual({});
  });

  test('room is asked for what is brought, and only for that', () => {
    const nothing = { entries: [], bytes: 0, settled: [], moveAt: null, attempt: null };
    expect(roomFor(nothing)).toEqual({});
    expect(roomFor({ ...nothing, entries: whole(1, 1), bytes: 1000 })).toEqual({
      'tail.95': { $exists: false },
      tailBytes: { $lte: 64 * 1024 - 1000 },
    });
    expect(roomFor({ ...nothing, settled: [{ n: 1, tok: 2 }] })).toEqual({ 'settled.511': { $exists: false } });
  });
});

function whole(first: number, last: number): TailMessage[] {
  return sampleMessages(first, last).map((message) => encodeMessage('u', message));
}

function stub(first: number, last: number): StagedMessage {
  return { n: first, staged: { attempt: 'a', index: 0, count: last - first + 1 } };
}

function newest(tail: TailMessage[]) {
  return newestOf({ uid: 'u', tail });
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, place) => first + place);
}

function bytesOf(entries: TailMessage[]): number {
  return entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
}
