import { describe, expect, test, vi } from 'vitest';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import { Mover } from '../../../../src/adapters/mongodb/messages/mover.ts';
import { entryBytes } from '../../../../src/adapters/mongodb/messages/tail.ts';
import { sampleMessages } from '../../../../src/contract/samples.ts';
import { Desk, range, TENANT } from '../desk.ts';
import { Instances } from '../instances.ts';
import { killedInstance } from '../killed-instance.ts';
import { pausedBefore, tampered } from '../tampered.ts';

const MOVE_AFTER_MS = 30_000;

describe('mover', () => {
  test('a move leaves the newest 32 in the tail and every message in reach', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 70);
    expect((await desk.document()).moveAt).toBe(instances.clock.wallAt() + MOVE_AFTER_MS);
    await desk.move();
    const { tail, tailBytes, moved, moveAt } = await desk.document();
    expect(tail.map(({ n }) => n)).toEqual(range(39, 70));
    expect([moved, moveAt]).toEqual([70, undefined]);
    expect(tailBytes).toBe(tail.reduce((sum, entry) => sum + entryBytes(entry), 0));
    expect(await desk.sequences()).toEqual(range(1, 70));
    expect(await desk.sequences({ from: 'newest', limit: 40, beforeSequence: 60 })).toEqual(range(20, 59));
  });

  test('what is above the tail’s first number in messages is not trusted', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 40);
    await desk.move();
    await instances.db.collection('messages').updateMany({ n: { $gt: 8 } }, { $set: { run: 'not so' } });
    expect((await desk.read()).map(({ runId }) => runId)).toEqual(range(1, 40).map(() => 'run-1'));
  });

  test('what is due is moved by any instance, and nothing is moved twice', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 5);
    const other = new Desk(instances.add());
    expect(await other.mover.moveDue(10)).toBe(0);
    instances.clock.advance(MOVE_AFTER_MS);
    expect([await other.mover.moveDue(10), await other.mover.moveDue(10)]).toEqual([1, 0]);
    expect((await desk.document()).moved).toBe(5);
  });

  test('a full tail is moved on before the next message, without a word to the caller', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 130, {}, 26);
    expect(await desk.sequences()).toEqual(range(1, 130));
    expect((await desk.document()).tail.length).toBeLessThanOrEqual(96);
    await desk.append(131, 160, { body: new Uint8Array(7000) }, 3);
    expect((await desk.document()).tailBytes).toBeLessThanOrEqual(64 * 1024);
    expect(await desk.sequences()).toEqual(range(1, 160));
  });

  test('an append during a move is neither lost nor forgotten', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 50);
    const paused = pausedBefore(instances.add(), 'sessions', 'updateOne', () => desk.append(51, 60));
    await new Desk(paused).move();
    const { tail, moved, moveAt } = await desk.document();
    expect(tail.map(({ n }) => n)).toEqual(range(19, 60));
    expect(moved).toBe(50);
    expect(moveAt).toBeDefined();
    expect(await desk.sequences()).toEqual(range(1, 60));
  });

  test('without rev in its filter, a move would forget the append that it raced', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 50);
    const careless = tampered(instances.add(), 'sessions', 'updateOne', (perform, { rev: _, ...filter }, ...rest) =>
      perform(filter, ...rest),
    );
    await new Desk(pausedBefore(careless, 'sessions', 'updateOne', () => desk.append(51, 60))).move();
    const { moved, moveAt } = await desk.document();
    expect([moved, moveAt]).toEqual([50, undefined]);
  });

  test('two movers of one session pull and count once', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 50);
    const paused = pausedBefore(instances.add(), 'sessions', 'updateOne', () => desk.move());
    await new Desk(paused).move();
    expect(await misscountedBytes(desk)).toBe(0);
    expect(await desk.sequences()).toEqual(range(1, 50));
  });

  test('without the tail’s first number in its filter, a second mover would count what the first pulled', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 50);
    const careless = tampered(instances.add(), 'sessions', 'updateOne', (perform, filter, ...rest) =>
      perform({ _id: filter._id, uid: filter.uid }, ...rest),
    );
    await new Desk(pausedBefore(careless, 'sessions', 'updateOne', () => desk.move())).move();
    expect(await misscountedBytes(desk)).not.toBe(0);
  });

  test('an exact count reaches its message in the tail, in messages and in both', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 50, { tokenCount: 9, isTokenCountExact: false });
    await desk.move();
    const tokenCounts = [2, 30, 50].map((sequence) => ({ sequence, tokenCount: 100 + sequence }));
    expect(await desk.write({ tokenCounts })).toBe('committed');
    expect(await exactOnes(desk)).toEqual([
      [2, 102],
      [30, 130],
      [50, 150],
    ]);
    await desk.move();
    expect(await exactOnes(desk)).toEqual([
      [2, 102],
      [30, 130],
      [50, 150],
    ]);
    expect((await desk.document()).settled).toEqual([30, 50].map((n) => ({ n, tok: 100 + n })));
    await desk.append(51, 100);
    await desk.move();
    expect((await exactOnes(desk)).slice(0, 3)).toEqual([
      [2, 102],
      [30, 130],
      [50, 150],
    ]);
    expect((await desk.document()).settled).toEqual([]);
  });

  test('a message that was counted before it is moved is copied with its count, by no write of its own', async (context) => {
    await using instances = await Instances.open(context);
    const instance = instances.add();
    const desk = new Desk(instance);
    await desk.append(1, 50, { tokenCount: 9, isTokenCountExact: false });
    expect(await desk.write({ tokenCounts: [{ sequence: 2, tokenCount: 102 }] })).toBe('committed');
    const update = vi.spyOn(instance.collections.messages, 'updateOne');
    await desk.move();
    expect(update).not.toHaveBeenCalled();
    expect(await exactOnes(desk)).toEqual([[2, 102]]);
    expect(await instance.collections.messages.findOne({ n: 2 })).toMatchObject({ tok: 102 });
  });

  test('a copy that comes late does not undo an exact count', async (context) => {
    await using instances = await Instances.open(context);
    const late = await settleDuringCopy(instances, (paused) => paused);
    expect((await exactOnes(late))[0]).toEqual([1, 77]);
  });

  test('a copy that replaced what is there would undo an exact count', async (context) => {
    await using instances = await Instances.open(context);
    const late = await settleDuringCopy(instances, (paused) => {
      const { messages } = paused.collections;
      return tampered(paused, 'messages', 'insertMany', (_, documents) => messages.putMany(documents));
    });
    expect((await exactOnes(late))[0]?.[0]).not.toBe(1);
  });

  test('a mover that is late for its session’s end leaves nothing behind', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 40);
    const paused = pausedBefore(instances.add(), 'messages', 'insertMany', () => desk.write({}, { isTombstone: true }));
    await new Desk(paused).move();
    expect(await desk.ids('messages')).toEqual([]);
  });

  test('a mover that is late for a session’s next life changes nothing of it', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 40);
    const restart = async () => {
      await desk.write({}, { isTombstone: true });
      await desk.write({}, { isTombstone: false, uid: 'next' });
      await desk.append(41, 80);
    };
    await new Desk(pausedBefore(instances.add(), 'messages', 'insertMany', restart)).move();
    const { uid, tail, moved } = await desk.document();
    expect([uid, tail.map(({ n }) => n), moved]).toEqual(['next', range(41, 80), 40]);
    expect((await desk.read({}, 'next')).length).toBe(40);
    expect(await desk.ids('messages')).toEqual([]);
  });

  test('wherever a mover dies, another completes its work', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    let last = 0;
    for (let call = 1, isDead = true; isDead; call++) {
      await desk.write({
        messages: batch(last + 1, last + 60),
        tokenCounts: [{ sequence: last + 1, tokenCount: 7 }],
      });
      last += 60;
      const dying = killedInstance(instances.add(), { call, when: 'after' });
      await new Desk(dying).move().catch(() => {});
      isDead = dying.isDead();
      expect(await desk.sequences(), `death after call ${call}`).toEqual(range(1, last));
      await desk.move();
      expect(await desk.sequences(), `moved on, death after call ${call}`).toEqual(range(1, last));
      const { moved, moveAt } = await desk.document();
      expect([moved, moveAt]).toEqual([last, undefined]);
    }
    expect(last).toBeGreaterThan(300);
    expect((await exactOnes(desk)).length).toBe(last / 60);
    expect(await misscountedBytes(desk)).toBe(0);
  });

  test('a session that cannot be moved does not stand before the others', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ messages: batch(1, 60) });
    await instances.db.collection('bodies').deleteMany({});
    expect(await desk.mover.moveDue(1)).toBe(0);
    expect((await desk.document()).moveAt).toBe(instances.clock.wallAt() + 600_000);
    await expect(desk.read()).rejects.toMatchObject({ reason: 'STORE_CORRUPT' });
  });

  test('what is noted is moved soon, and flush waits for it', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 40);
    const mover = new Mover(desk.context);
    mover.note(`${TENANT}/s`);
    mover.note(`${TENANT}/s`);
    mover.note(`${TENANT}/unknown`);
    await mover.flush();
    expect((await desk.document()).moved).toBe(40);
    await mover.close();
    mover.note(`${TENANT}/s`);
    await mover.flush();
  });

  test('a session that grows is moved on by one update, noted again meanwhile or not, and comes to the rest in time', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 50);
    let updates = 0;
    const counted = tampered(instances.add(), 'sessions', 'updateOne', async (perform, ...updated) => {
      updates += 1;
      mover.note(`${TENANT}/s`);
      await desk.append(51, 60);
      return perform(...updated);
    });
    const mover = new Mover(counted);
    const before = desk.context.now();
    mover.note(`${TENANT}/s`);
    await mover.flush();
    const { moved, moveAt } = await desk.document();
    expect([updates, moved]).toEqual([1, 50]);
    expect(moveAt).toBeGreaterThanOrEqual(before + 30_000);
  });
});

async function exactOnes(desk: Desk): Promise<[number, number][]> {
  const messages = await desk.read();
  return messages
    .filter(({ isTokenCountExact }) => isTokenCountExact)
    .map(({ sequence, tokenCount }) => [sequence, tokenCount]);
}

async function misscountedBytes(desk: Desk): Promise<number> {
  const { tail, tailBytes } = await desk.document();
  return tail.reduce((sum, entry) => sum + entryBytes(entry), 0) - tailBytes;
}

/** Estimates too many for the tail alone. */
function batch(first: number, last: number) {
  return sampleMessages(first, last, { tokenCount: 9, isTokenCountExact: false });
}

/** A mover pauses before it copies; meanwhile a count is made exact and everything is moved by another. */
async function settleDuringCopy(instances: Instances, change: (context: MongoContext) => MongoContext): Promise<Desk> {
  const desk = new Desk(instances.add());
  const estimates = { tokenCount: 9, isTokenCountExact: false };
  await desk.append(1, 40, estimates);
  const meanwhile = async () => {
    await desk.write({ tokenCounts: [{ sequence: 1, tokenCount: 77 }] });
    await desk.append(41, 80, estimates);
    await desk.move();
  };
  await new Desk(pausedBefore(change(instances.add()), 'messages', 'insertMany', meanwhile)).move();
  return desk;
}
