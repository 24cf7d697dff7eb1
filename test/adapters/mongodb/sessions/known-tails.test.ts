import { describe, expect, test } from 'vitest';
import type { CommitWrite } from '../../../../src/adapters/mongodb/sessions/commit-write.ts';
import { KnownTails } from '../../../../src/adapters/mongodb/sessions/known-tails.ts';
import { sampleMessages, sampleRecordedCall } from '../../../../src/contract/samples.ts';
import { plainWrite } from './plain-write.ts';

const EMPTY = { moved: 0, tailBytes: 0 };

describe('known tails', () => {
  test('a session is foreseen once it was seen, and again when what was foreseen has come', () => {
    const { tails, see } = known();
    expect(tails.take(plainWrite())).toBeNull();
    see(plainWrite());
    const tail = tails.take(plainWrite({ bytes: 70 }));
    expect(tail).toMatchObject({ moved: 0, tailBytes: 70 });
    expect(tails.take(plainWrite())).toBeNull();
    tails.put(plainWrite(), tail!);
    expect(tails.take(plainWrite({ bytes: 7 }))).toMatchObject({ tailBytes: 77 });
  });

  test('another life of the session is not', () => {
    const { tails, see } = known();
    see(plainWrite());
    expect(tails.take(plainWrite({ header: { uid: 'another' } }))).toBeNull();
    expect(tails.take(plainWrite())).not.toBeNull();
  });

  test('what was decided on what the store has just said is not, and neither is the session for a second', () => {
    const { tails, see, clock } = known();
    see(plainWrite({ ageMs: undefined }));
    clock.ms = 999;
    expect(tails.take(plainWrite())).toBeNull();
    clock.ms = 1000;
    expect(tails.take(plainWrite({ ageMs: undefined }))).toBeNull();
    expect(tails.take(plainWrite())).not.toBeNull();
  });

  test.each<[string, (write: CommitWrite) => CommitWrite]>([
    ['claims', (write) => ({ ...write, changes: { ...write.changes, claims: ['k'] } })],
    ['claims given back', (write) => ({ ...write, changes: { ...write.changes, released: ['k'] } })],
    ['tool calls', (write) => ({ ...write, tools: [{ id: 'c', name: 'n' }] })],
    ['events', (write) => ({ ...write, outbox: [{ at: 0, eid: 'e', events: [] }] })],
    ['exact counts', (write) => ({ ...write, placement: { ...write.placement, settled: [{ n: 1, tok: 1 }] } })],
    ['state', (write) => ({ ...write, parts: { state: '{}' } })],
    ['staged messages', (write) => ({ ...write, placement: { ...write.placement, attempt: 'a' } })],
    [
      'the end of a life',
      (write) => ({ ...write, changes: { ...write.changes, header: { ...write.changes.header, isTombstone: true } } }),
    ],
  ])('a commit with %s is not', (_, change) => {
    const { tails, see } = known();
    see(plainWrite());
    expect(tails.take(change(plainWrite()))).toBeNull();
    expect(tails.take(plainWrite())).not.toBeNull();
  });

  test('a commit that adds nothing is foreseen of any session, which is known no better for it', () => {
    const { tails } = known();
    const write = plainWrite();
    const bare = { ...write, placement: { ...write.placement, entries: [], bytes: 0 } };
    const tail = tails.take(bare);
    expect(tail).not.toBeNull();
    tails.put(bare, tail!);
    expect(tails.take(write)).toBeNull();
  });

  test.each([
    ['waits', 32, { moved: 0, tailBytes: 0 }, { moved: 1, tailBytes: 0 }],
    ['has bytes', 0, { moved: 0, tailBytes: 44 * 1024 - 99 }, { moved: 0, tailBytes: 44 * 1024 - 100 }],
  ])('a session that may be crowded because much of its tail %s is looked at', (_, lastSequence, crowded, usual) => {
    const write = appending({ header: { lastSequence } });
    for (const [seen, isForeseen] of [
      [crowded, false],
      [usual, true],
    ] as const) {
      const { tails, see } = known();
      see(plainWrite({ header: { lastSequence: 0 } }), seen);
      expect(tails.take(write) !== null).toBe(isForeseen);
    }
  });

  test('a session that was crowded when it was seen is foreseen eight times, while it is moved on', () => {
    const { tails } = known();
    const write = appending({ header: { lastSequence: 40 } });
    tails.see(write, EMPTY);
    for (let times = 1; times <= 8; times++) tails.put(write, tails.take(write)!);
    expect(tails.take(write)).toBeNull();
  });

  test('a session that may have no room is not foreseen', () => {
    for (const [lastSequence, tailBytes, isForeseen] of [
      [63, 0, true],
      [64, 0, false],
      [40, 64 * 1024 - 100, true],
      [40, 64 * 1024 - 99, false],
    ] as const) {
      const { tails } = known();
      const write = appending({ header: { lastSequence } });
      tails.see(write, { moved: 0, tailBytes });
      expect(tails.take(write) !== null).toBe(isForeseen);
    }
  });

  test('once in 32 request ids a session is looked at', () => {
    const looked = Array.from({ length: 64 }, (_, place) => 257 + place).filter((next) => {
      const { tails, see } = known();
      see(plainWrite());
      const write = plainWrite();
      const header = { ...write.changes.header, requestIds: { first: 1, next } };
      return (
        tails.take({ ...write, changes: { ...write.changes, header, recorded: [sampleRecordedCall(1)] } }) === null
      );
    });
    expect(looked).toEqual([288, 320]);
  });
});

/** Returns a commit of which the model knows that it appends. */
function appending(parts: Parameters<typeof plainWrite>[0]): CommitWrite {
  const write = plainWrite(parts);
  const { lastSequence } = write.changes.header;
  return { ...write, changes: { ...write.changes, messages: sampleMessages(lastSequence, lastSequence) } };
}

function known() {
  const clock = { ms: 0 };
  const tails = new KnownTails(() => clock.ms);
  return { tails, clock, see: (write: CommitWrite, fill = EMPTY) => tails.see(write, fill) };
}
