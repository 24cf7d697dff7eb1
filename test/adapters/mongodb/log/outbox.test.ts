import { afterEach, describe, expect, test, vi } from 'vitest';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import type { OutboxEntry } from '../../../../src/adapters/mongodb/database/documents.ts';
import { Outbox } from '../../../../src/adapters/mongodb/log/outbox.ts';
import { migrate } from '../../../../src/adapters/mongodb/schema/schema.ts';
import type { Skippable } from '../../../support/require.ts';
import { Instances } from '../instances.ts';
import { faultsOf, fillOutbox, outboxEntry, readLog, TENANT } from '../outboxes.ts';

const RETENTION_MS = 72 * 3_600_000;

afterEach(() => void vi.restoreAllMocks());

describe('outbox', () => {
  test('what is drained is logged in order and pulled', async (context) => {
    await using instances = await opened(context);
    const one = instances.add();
    const entries = await fill(instances, one, 1, 3);
    await new Outbox(one).drainSession(`${TENANT}/s-0`, 'uid of s-0', entries);
    expect(await faultsOf(one, entries)).toEqual([]);
  });

  test('a drain leaves what was pushed meanwhile', async (context) => {
    await using instances = await opened(context);
    const one = instances.add();
    const [first] = (await fill(instances, one, 1, 2)) as [OutboxEntry];
    await new Outbox(one).drainSession(`${TENANT}/s-0`, 'uid of s-0', [first]);
    const session = await one.collections.sessions.findOne({ _id: `${TENANT}/s-0` });
    expect(session?.outbox.map(({ eid }) => eid)).toEqual(['s-0 2']);
  });

  test('a drain of an earlier life pulls nothing from the next one', async (context) => {
    await using instances = await opened(context);
    const one = instances.add();
    const entries = await fill(instances, one, 1, 1);
    await one.collections.sessions.updateOne({ _id: `${TENANT}/s-0` }, { $set: { uid: 'next' } });
    await new Outbox(one).drainSession(`${TENANT}/s-0`, 'uid of s-0', entries);
    expect(await faultsOf(one, entries)).toEqual(['the outbox of s-0 is left behind']);
    instances.clock.advance(5001);
    await new Outbox(one).drainDue(9);
    expect(await faultsOf(one, entries)).toEqual([]);
  });

  test('outboxes older than 5 s are drained by any instance, younger ones are left to their own', async (context) => {
    await using instances = await opened(context);
    const [one, other] = [instances.add(), instances.add()];
    const entries = await fill(instances, one, 3, 1);
    instances.clock.advance(5000);
    expect(await new Outbox(other).drainDue(9)).toBe(0);
    instances.clock.advance(1);
    expect(await new Outbox(other).drainDue(2)).toBe(2);
    expect(await new Outbox(other).drainDue(9)).toBe(1);
    expect(await faultsOf(one, entries)).toEqual([]);
  });

  test('each tenant’s log has its own numbers', async (context) => {
    await using instances = await opened(context);
    const one = instances.add();
    const at = instances.clock.wallAt();
    for (const tenant of [TENANT, 'other']) await fillOutbox(one, 's', [outboxEntry('s', 1, at)], tenant);
    instances.clock.advance(6000);
    expect(await new Outbox(one).drainDue(9)).toBe(2);
    for (const tenant of [TENANT, 'other']) expect(await faultsOf(one, [outboxEntry('s', 1, at)], tenant)).toEqual([]);
  });

  test('rows of commits that wait together are one insert, and their outboxes are emptied by one update', async (context) => {
    await using instances = await opened(context);
    const one = instances.add();
    const insert = vi.spyOn(one.collections.session_events, 'insertMany');
    const update = vi.spyOn(one.collections.sessions, 'updateMany');
    const entries = await fill(instances, one, 20, 1);
    instances.clock.advance(6000);
    await new Outbox(one).drainDue(99);
    expect(await faultsOf(one, entries)).toEqual([]);
    expect([insert.mock.calls.length, update.mock.calls.length]).toEqual([1, 1]);
  });

  test('what could not be pulled is pulled by the next drain, and logged once', async (context) => {
    await using instances = await opened(context);
    const one = instances.add();
    const entries = await fill(instances, one, 3, 1);
    const outbox = new Outbox(one);
    vi.spyOn(one.collections.sessions, 'updateMany').mockRejectedValueOnce(new Error('the server is away'));
    for (const entry of entries) {
      const [name] = entry.eid.split(' ');
      await outbox.logSession(`${TENANT}/${name}`, `uid of ${name}`, [entry]);
    }
    await outbox.settle();
    expect(await faultsOf(one, entries)).toEqual(['the outbox of s-0 is left behind']);
    instances.clock.advance(5001);
    expect(await outbox.drainDue(9)).toBe(1);
    expect(await faultsOf(one, entries)).toEqual([]);
  });

  test('rows of commits that follow each other soon are one insert', async (context) => {
    await using instances = await opened(context);
    const one = instances.add();
    const rows = one.collections.session_events;
    const insertMany = rows.insertMany.bind(rows);
    const insert = vi.spyOn(rows, 'insertMany').mockImplementation(async (documents) => {
      instances.clock.advance(50);
      await insertMany(documents);
    });
    const entries = await fill(instances, one, 3, 1);
    const outbox = new Outbox(one);
    await outbox.logSession(`${TENANT}/s-0`, 'uid of s-0', entries.slice(0, 1));
    const second = outbox.logSession(`${TENANT}/s-1`, 'uid of s-1', entries.slice(1, 2));
    await new Promise(setImmediate);
    await Promise.all([second, outbox.logSession(`${TENANT}/s-2`, 'uid of s-2', entries.slice(2))]);
    await outbox.settle();
    expect(await faultsOf(one, entries)).toEqual([]);
    expect(insert).toHaveBeenCalledTimes(2);
  });

  test('a failed append keeps the outbox, and the next drain finishes it', async (context) => {
    await using instances = await opened(context);
    const one = instances.add();
    const entries = await fill(instances, one, 2, 2);
    instances.clock.advance(6000);
    vi.spyOn(one.collections.session_events, 'insertMany').mockRejectedValueOnce(new Error('the server is away'));
    const outbox = new Outbox(one);
    expect(await outbox.drainDue(9)).toBe(0);
    expect(await outbox.drainDue(9)).toBe(2);
    expect(await faultsOf(one, entries)).toEqual([]);
  });

  test('what was logged late counts from its append, not from its commit', async (context) => {
    await using instances = await opened(context);
    const one = instances.add();
    const committedAt = instances.clock.wallAt();
    await fill(instances, one, 1, 1);
    instances.clock.advance(RETENTION_MS);
    await new Outbox(one).drainDue(9);
    const [row] = await readLog(one);
    expect(row?.rec).toBe(committedAt + RETENTION_MS);
    expect(row?.events[0]?.recordedAt).toBe(committedAt);
  });
});

async function opened(context: Skippable): Promise<Instances> {
  const instances = await Instances.open(context);
  await migrate(instances.add());
  return instances;
}

async function fill(
  instances: Instances,
  one: MongoContext,
  sessions: number,
  commits: number,
): Promise<OutboxEntry[]> {
  const at = instances.clock.wallAt();
  const outboxes = Array.from({ length: sessions }, (_, session) =>
    Array.from({ length: commits }, (_, commit) => outboxEntry(`s-${session}`, commit + 1, at)),
  );
  await Promise.all(outboxes.map((outbox, session) => fillOutbox(one, `s-${session}`, outbox)));
  return outboxes.flat();
}
