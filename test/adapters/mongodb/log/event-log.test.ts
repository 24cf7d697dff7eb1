import { describe, expect, test } from 'vitest';
import { MongoEventLog } from '../../../../src/adapters/mongodb/log/events.ts';
import { Outbox } from '../../../../src/adapters/mongodb/log/outbox.ts';
import { migrate } from '../../../../src/adapters/mongodb/schema/schema.ts';
import type { Skippable } from '../../../support/require.ts';
import { Instances } from '../instances.ts';
import { fillOutbox, outboxEntry, readLog, TENANT } from '../outboxes.ts';

describe('event log', () => {
  test('compacted rows are out of sight at once, though the TTL index removes them later', async (context) => {
    await using log = await openLog(context, 4);
    const { events, one } = log;
    await one.collections.session_events.updateMany({ n: { $lt: 3 } }, { $set: { rec: 0 } });
    expect(await events.compact(1, 99)).toBe(2);
    expect((await readLog(one)).map(({ n, gcAt }) => [n, gcAt !== undefined])).toEqual([
      [1, true],
      [2, true],
      [3, false],
      [4, false],
    ]);
    expect(await events.bounds(TENANT)).toEqual({ firstNumber: 3, lastNumber: 4 });
    expect((await events.read(TENANT, 0, 9)).map(({ number }) => number)).toEqual([3, 4]);
    expect([await events.find(TENANT, 2), (await events.findSince(TENANT, 0))?.number]).toEqual([null, 3]);
  });

  test('instances that compact at once count each row once and leave each tenant’s newest', async (context) => {
    await using log = await openLog(context, 9);
    const { one, instances } = log;
    const logs = [0, 1, 2].map(() => {
      const each = instances.add();
      return new MongoEventLog(each, new Outbox(each));
    });
    instances.clock.advance(1000);
    await Promise.all(logs.map((each) => each.compact(one.now(), 99)));
    expect((await readLog(one)).filter(({ gcAt }) => gcAt === undefined).map(({ n }) => n)).toEqual([9]);
  });

  test('a user is blanked in what still lies in an outbox, too', async (context) => {
    await using log = await openLog(context, 0);
    const { one, events } = log;
    const entry = outboxEntry('s', 1, one.now());
    for (const event of entry.events) event.userId = 'u';
    await fillOutbox(one, 's', [entry]);
    expect(await events.blankUser(TENANT, 'u')).toBe(2);
    expect((await readLog(one)).flatMap((row) => row.events.map(({ userId }) => userId))).toEqual(['', '']);
    expect((await one.collections.sessions.findOne({ sid: 's' }))?.outbox).toEqual([]);
  });

  test('another user in the same row stays', async (context) => {
    await using log = await openLog(context, 0);
    const { one, events, outbox } = log;
    const entry = outboxEntry('s', 1, one.now());
    entry.events[0]!.userId = 'u';
    entry.events[1]!.userId = 'v';
    await outbox.drainSession(`${TENANT}/s`, 'uid', [entry]);
    expect(await events.blankUser(TENANT, 'u')).toBe(1);
    expect((await events.find(TENANT, 1))?.events.map(({ userId }) => userId)).toEqual(['', 'v']);
  });
});

async function openLog(context: Skippable, rows: number) {
  const instances = await Instances.open(context);
  const one = instances.add();
  await migrate(one);
  const outbox = new Outbox(one);
  const entries = Array.from({ length: rows }, (_, place) => outboxEntry('s', place + 1, one.now()));
  await outbox.drainSession(`${TENANT}/s`, 'uid', entries);
  const events = new MongoEventLog(one, outbox);
  return { instances, one, outbox, events, [Symbol.asyncDispose]: () => instances[Symbol.asyncDispose]() };
}
