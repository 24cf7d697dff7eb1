import { BSON } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { OutcomeUnknown } from '../../../../src/adapters/mongodb/database/errors.ts';
import { discardPlacement, placeMessages } from '../../../../src/adapters/mongodb/messages/staging.ts';
import { isStub } from '../../../../src/adapters/mongodb/messages/tail.ts';
import { collectGarbage } from '../../../../src/adapters/mongodb/purge/purge.ts';
import { sampleHeader, sampleMessage, sampleMessages } from '../../../../src/contract/samples.ts';
import { changesWith } from '../../../../src/model/basis.ts';
import { Desk, range, TENANT, UID } from '../desk.ts';
import { Instances } from '../instances.ts';
import { killedInstance } from '../killed-instance.ts';
import { pausedBefore, tampered } from '../tampered.ts';

const KIB = 1024;

describe('staging', () => {
  test('a few small messages lie in the tail, and nothing anywhere else', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 30);
    expect([(await desk.document()).tail.length, await desk.ids('bodies')]).toEqual([30, []]);
  });

  test('a large batch is there as a whole: its newest in the tail, the rest by one stub until it is moved', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 10);
    expect(await desk.write({ messages: sampleMessages(11, 510) })).toBe('committed');
    const { tail } = await desk.document();
    expect(tail.map((entry) => (isStub(entry) ? [entry.n, entry.staged.count] : entry.n))).toEqual([
      ...range(1, 10),
      [11, 468],
      ...range(479, 510),
    ]);
    expect((await desk.ids('bodies')).length).toBe(468);
    await readsWhole(desk);
    await desk.move();
    expect((await desk.document()).tail.map(({ n }) => n)).toEqual(range(479, 510));
    expect([await desk.ids('bodies'), (await desk.ids('messages')).length]).toEqual([[], 510]);
    await readsWhole(desk);
  });

  test('a document stays small, however large what it is brought', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const terms = Array.from({ length: 5000 }, (_, place) => `term${place}`);
    const large = [KIB * KIB, 8 * KIB, 9 * KIB].map((length, place) =>
      sampleMessage(place + 1, { body: new Uint8Array(length).fill(place), terms }),
    );
    expect(await desk.write({ messages: large })).toBe('committed');
    expect(await desk.write({ messages: sampleMessages(4, 1503) })).toBe('committed');
    expect(await largestDocument(instances)).toBeLessThan(262_144);
    await desk.move();
    expect(await largestDocument(instances)).toBeLessThan(262_144);
    const read = await desk.read({ limit: 3 });
    expect(read.map(({ body }) => [body.length, body[0]])).toEqual([
      [KIB * KIB, 0],
      [8 * KIB, 1],
      [9 * KIB, 2],
    ]);
  });

  test('equal bodies of a session lie once', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const body = new Uint8Array(300 * KIB).fill(7);
    expect(await desk.write({ messages: sampleMessages(1, 3, { body }) })).toBe('committed');
    expect((await desk.ids('bodies')).map((id) => id.slice(0, UID.length + 3))).toEqual([`${UID}/b/`, `${UID}/b/`]);
    expect((await desk.read()).every((message) => Buffer.compare(message.body, body) === 0)).toBe(true);
  });

  test('a body that is not what was committed is refused', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ messages: [sampleMessage(1, { body: new Uint8Array(20 * KIB) }), sampleMessage(2)] });
    await instances.db.collection('bodies').updateMany({}, { $set: { data: Buffer.alloc(20 * KIB, 1) } });
    await expect(desk.read()).rejects.toMatchObject({ reason: 'STORE_CORRUPT' });
    expect(await desk.sequences({ afterSequence: 1 })).toEqual([2]);
  });

  test('a batch that lost its race leaves nothing', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 1);
    const paused = pausedBefore(instances.add(), 'sessions', 'findOneAndUpdate', () => desk.append(2, 2));
    expect(await new Desk(paused).write({ messages: sampleMessages(2, 101) })).toBe('conflict');
    expect([await desk.sequences(), await desk.ids('bodies')]).toEqual([[1, 2], []]);
  });

  test('what was written for a life that never began, or is over, goes', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const messages = [sampleMessage(1, { body: new Uint8Array(20 * KIB) })];
    const first = pausedBefore(instances.add(), 'bodies', 'putMany', () => desk.append(1, 1));
    const header = sampleHeader({ tenant: TENANT, sessionId: 's', uid: 'another', lastSequence: 1 });
    const late = new Desk(first);
    const absent = await late.sessions.load(TENANT, 's', {});
    expect(await late.sessions.commit(absent, changesWith(header, { messages }), [])).toBe('conflict');
    const end = pausedBefore(instances.add(), 'bodies', 'putMany', async () => {
      await desk.write({}, { isTombstone: true });
      await desk.write({}, { isTombstone: false, uid: 'next' });
    });
    const large = sampleMessage(2, { body: new Uint8Array(20 * KIB) });
    expect(await new Desk(end).write({ messages: [large] })).toBe('conflict');
    expect(await desk.ids('bodies')).toEqual([]);
  });

  test('a batch that was committed after all is not taken back', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const messages = sampleMessages(1, 100);
    const header = sampleHeader({ tenant: TENANT, sessionId: 's', uid: UID, lastSequence: 100 });
    const placement = await placeMessages(desk.context, changesWith(header, { messages }));
    const { entries: tail, bytes: tailBytes } = placement;
    await desk.write();
    await desk.context.collections.sessions.updateOne({ uid: UID }, { $set: { tail, tailBytes, seq: 100 } });
    await discardPlacement(desk.context, UID, placement);
    expect(await desk.sequences()).toEqual(range(1, 100));
    await desk.context.collections.sessions.updateOne({ uid: UID }, { $set: { tail: [] } });
    await discardPlacement(desk.context, UID, placement);
    expect(await desk.ids('bodies')).toEqual([]);
  });

  test('a batch is there as a whole or not at all, wherever its instance dies', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 1);
    let last = 1;
    for (let call = 1, isDead = true; isDead; call++) {
      const dying = killedInstance(instances.add(), { call, when: 'after' });
      await new Desk(dying).write({ messages: sampleMessages(last + 1, last + 60) }).catch(() => {});
      isDead = dying.isDead();
      const found = await desk.sequences();
      expect([last, last + 60], `death after call ${call}`).toContain(found.length);
      expect(found).toEqual(range(1, found.length));
      last = found.length;
    }
    expect(last).toBeGreaterThan(60);
    await desk.move();
    expect(await desk.sequences()).toEqual(range(1, last));
  });

  test('a read that a move overtakes begins again', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ messages: sampleMessages(1, 100) });
    const paused = pausedBefore(instances.add(), 'bodies', 'find', () => desk.move());
    expect(await new Desk(paused).sequences()).toEqual(range(1, 100));
  });

  test('what was staged and never committed goes after a day, and what was committed stays', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.append(1, 1);
    await dieBeforeCommit(instances);
    await desk.write({ messages: sampleMessages(2, 101) });
    instances.clock.advance(86_400_000);
    expect(await collect(desk)).toBe(0);
    instances.clock.advance(1);
    expect(await collect(desk)).toBe(68);
    expect([(await desk.ids('bodies')).length, await desk.sequences()]).toEqual([68, range(1, 101)]);
  });

  test('a paused instance cannot commit what was collected', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    expect(await commitAfterCollection(instances, desk, desk)).toBe('conflict');
    expect(await desk.sequences()).toEqual([1]);
  });

  test('without the fence, a paused instance would commit what was collected', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const unfenced = tampered(instances.add(), 'sessions', 'findOneAndUpdate', (perform, filter, _, options) =>
      perform(filter, { $set: { seq: 1 } }, options),
    );
    expect(await commitAfterCollection(instances, desk, new Desk(unfenced))).toBe('committed');
    await instances.db.collection('bodies').deleteMany({ gcAt: { $exists: true } });
    await expect(desk.read()).rejects.toMatchObject({ reason: 'STORE_CORRUPT' });
  });
});

/** Reads numbers 1 to 510 from both ends, by pages and in parts. */
async function readsWhole(desk: Desk): Promise<void> {
  expect(await desk.sequences()).toEqual(range(1, 510));
  expect(await desk.sequences({ from: 'newest', limit: 100 })).toEqual(range(411, 510));
  expect(await desk.sequences({ afterSequence: 5, beforeSequence: 15 })).toEqual(range(6, 14));
  expect(await desk.sequences({ from: 'newest', beforeSequence: 300, limit: 3 })).toEqual([297, 298, 299]);
  expect(await desk.sequences({ afterSequence: 100, limit: 3 })).toEqual([101, 102, 103]);
}

async function largestDocument({ db }: Instances): Promise<number> {
  const sizes = await Promise.all(
    ['sessions', 'messages', 'bodies'].map(async (name) => {
      const documents = await db.collection(name).find().toArray();
      return Math.max(0, ...documents.map((document) => BSON.calculateObjectSize(document)));
    }),
  );
  return Math.max(...sizes);
}

/** An instance dies when it has staged a batch of 100, before the header. */
async function dieBeforeCommit(instances: Instances): Promise<void> {
  const dying = tampered(instances.add(), 'sessions', 'findOneAndUpdate', () => {
    throw new OutcomeUnknown('the process is dead');
  });
  expect(await new Desk(dying).write({ messages: sampleMessages(2, 101) })).toBe('unknown');
}

async function collect({ context }: Desk): Promise<number> {
  return collectGarbage(context, 1000);
}

/** An instance stages a batch and pauses for more than a day before its header write; meanwhile a collector is at work. */
async function commitAfterCollection(instances: Instances, desk: Desk, collector: Desk) {
  await desk.append(1, 1);
  const paused = pausedBefore(instances.add(), 'sessions', 'findOneAndUpdate', async () => {
    instances.clock.advance(86_400_001);
    expect(await collect(collector)).toBe(68);
  });
  return new Desk(paused).write({ messages: sampleMessages(2, 101) });
}
