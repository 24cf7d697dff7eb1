import { describe, expect, test } from 'vitest';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import { sampleMessage } from '../../../../src/contract/samples.ts';
import { Desk, range, TENANT, UID } from '../desk.ts';
import { Instances } from '../instances.ts';
import { tampered } from '../tampered.ts';

describe('messages', () => {
  test('a usual window is one round trip, however old the session; what is older is one more', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const { counted, trips } = countingTrips(instances.add());
    const reader = new Desk(counted);
    await desk.append(1, 20);
    expect((await reader.sequences({ from: 'newest', limit: 20 })).length).toBe(20);
    expect(trips.splice(0)).toEqual(['sessions.findOne']);
    await desk.append(21, 200);
    await desk.move();
    expect((await reader.sequences({ from: 'newest', limit: 20 })).length).toBe(20);
    expect(trips.splice(0)).toEqual(['sessions.findOne']);
    expect((await reader.sequences({ from: 'newest', limit: 100 })).length).toBe(100);
    expect(trips.splice(0)).toEqual(['sessions.findOne', 'messages.scan']);
    await reader.sequences({ afterSequence: 190 });
    expect(trips.splice(0)).toEqual(['sessions.findOne']);
  });

  test('a message that is missing below the tail is refused, never passed over', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 60);
    await desk.move();
    for (const n of [1, 15, 28]) {
      const stored = await instances.db.collection('messages').findOne({ n });
      await instances.db.collection('messages').deleteOne({ n });
      for (const from of ['oldest', 'newest'] as const) {
        await expect(desk.read({ from })).rejects.toMatchObject({
          reason: 'STORE_CORRUPT',
          message: expect.stringContaining(`message ${n} of`),
        });
      }
      expect((await desk.read({ afterSequence: n })).length).toBe(60 - n);
      await instances.db.collection('messages').insertOne(stored!);
    }
    expect(await desk.sequences()).toEqual(range(1, 60));
  });

  test('ids and turns are found in the tail and below it', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    for (let first = 1; first <= 60; first += 20) {
      const messages = range(first, first + 19).map((n) =>
        sampleMessage(n, { messageId: `m-${n % 25}`, turnId: n > 50 ? 'late' : n % 2 === 0 ? 'even' : '' }),
      );
      await desk.write({ messages });
    }
    await desk.move();
    const { messages } = desk;
    const found = await messages.findById(TENANT, UID, ['m-3', 'm-7', 'none']);
    expect(found.map(({ sequence }) => sequence)).toEqual([3, 7, 28, 32, 53, 57]);
    const turns = [
      ['even', 0],
      ['even', 20],
      ['even', 40],
      ['late', 0],
      ['even', 50],
    ] as const;
    const first = turns.map(async ([turn, after]) => (await messages.findTurn(TENANT, UID, turn, after))?.sequence);
    expect(await Promise.all(first)).toEqual([2, 22, 42, 51, undefined]);
  });

  test('a life that goes on from another’s numbers has nothing below them, and asks for nothing there', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 40);
    await desk.write({}, { isTombstone: true });
    await desk.write({ messages: [sampleMessage(41)] }, { isTombstone: false, uid: 'next' });
    const { counted, trips } = countingTrips(instances.add());
    expect((await new Desk(counted).read({}, 'next')).map(({ sequence }) => sequence)).toEqual([41]);
    expect(trips).toEqual(['sessions.findOne']);
  });
});

/** Returns a context that notes each call to the store. */
function countingTrips(context: MongoContext): { counted: MongoContext; trips: string[] } {
  const trips: string[] = [];
  let counted = context;
  for (const name of ['sessions', 'messages', 'bodies', 'calls'] as const) {
    for (const method of ['findOne', 'find', 'scan'] as const) {
      counted = tampered(counted, name, method, (perform, ...parameters) => {
        trips.push(`${name}.${method}`);
        return perform(...parameters);
      });
    }
  }
  return { counted, trips };
}
