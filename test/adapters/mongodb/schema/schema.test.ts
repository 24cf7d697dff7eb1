import { describe, expect, test } from 'vitest';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import {
  checkSchema,
  compareIndexes,
  ensureSchema,
  migrate,
  readVersion,
  SCHEMA,
  type Schema,
} from '../../../../src/adapters/mongodb/schema/schema.ts';
import { sampleAgentActivity, sampleHeader } from '../../../../src/contract/samples.ts';
import { changesWith } from '../../../../src/model/basis.ts';
import { SessionError } from '../../../../src/model/session-error.ts';
import { openMongoStoreAt } from '../../../support/open-mongo-store.ts';
import { Instances } from '../instances.ts';
import { TENANT } from '../outboxes.ts';

const NEXT: Schema = {
  version: SCHEMA.version + 1,
  indexes: { ...SCHEMA.indexes, agents: [{ key: { updatedAt: 1, rev: 1 } }] },
  obsolete: { agents: ['updatedAt_1'] },
};

describe('schema', () => {
  test('the first migration makes every index and says so, the next one finds nothing to do', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    const first = await migrate(one);
    expect([first.fromVersion, first.toVersion, first.dropped]).toEqual([0, SCHEMA.version, []]);
    expect(first.created).toEqual(indexNames());
    expect(await migrate(one)).toEqual({ ...first, fromVersion: SCHEMA.version, created: [] });
    expect(await compareIndexes(one)).toEqual({ missing: [], obsolete: [] });
  });

  test('ten instances that start at once make each index once', async (context) => {
    await using instances = await Instances.open(context);
    const reports = await Promise.all(Array.from({ length: 10 }, () => migrate(instances.add())));
    expect(reports.flatMap(({ created }) => created).toSorted()).toEqual(indexNames().toSorted());
    await checkSchema(instances.add());
  });

  test('a lease whose holder is gone lapses', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    await one.collections.meta.insertOne({ _id: 'schema', version: 0, owner: 'gone', until: one.now() + 15_000 });
    const migrating = migrate(one);
    await expect(Promise.race([migrating, pause(600)])).resolves.toBe('paused');
    instances.clock.advance(15_001);
    expect((await migrating).created).toEqual(indexNames());
  });

  test('an index that was dropped is made again', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    await migrate(one);
    await instances.db.collection('session_events').dropIndex('t_1_eid_1');
    expect((await compareIndexes(one)).missing).toEqual(['session_events.t_1_eid_1']);
    expect((await migrate(one)).created).toEqual(['session_events.t_1_eid_1']);
  });

  test('an older schema is brought up: what is to come first, then what is no longer used goes', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    await migrate(one);
    expect(await migrate(one, NEXT)).toEqual({
      fromVersion: SCHEMA.version,
      toVersion: NEXT.version,
      created: ['agents.updatedAt_1_rev_1'],
      dropped: ['agents.updatedAt_1'],
    });
    expect(await readVersion(one)).toBe(NEXT.version);
  });

  test('an index that takes its time keeps nobody from serving an older schema', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    await migrate(one);
    const building = Promise.withResolvers<void>();
    await ensureSchema(withSlowIndexes(one, building.promise), NEXT);
    expect(await readVersion(one)).toBe(SCHEMA.version);
    building.resolve();
    await expect.poll(() => readVersion(one)).toBe(NEXT.version);
  });

  test('a database of the first schema gets the indexes of today and loses those that they replace', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    const indexes = [{ key: { dueAt: 1 }, name: 'dueAt_1', sparse: true }];
    await one.database.command({ createIndexes: 'sessions', indexes });
    await one.collections.meta.insertOne({ _id: 'schema', version: 1 });
    const report = await migrate(one);
    expect(report).toMatchObject({ fromVersion: 1, toVersion: SCHEMA.version, dropped: ['sessions.dueAt_1'] });
    expect(report.created).toContain('sessions.dueAt_1_t_1_sid_1');
    expect(await compareIndexes(one)).toEqual({ missing: [], obsolete: [] });
  });

  test('an index that takes longer than a connection may be silent is waited for', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    const silence = Object.assign(new Error('connection timed out'), { name: 'MongoNetworkTimeoutError' });
    let silences = 0;
    const command: MongoContext['database']['command'] = async (asked, options) => {
      if (!('createIndexes' in asked) || silences === 2) return one.database.command(asked, options);
      silences += 1;
      throw new SessionError('STORE_UNAVAILABLE', 'silent', { cause: silence });
    };
    const { toVersion } = await migrate({ ...one, database: { ...one.database, command } });
    expect([silences, toVersion, await readVersion(one)]).toEqual([2, SCHEMA.version, SCHEMA.version]);
    expect(await compareIndexes(one)).toEqual({ missing: [], obsolete: [] });
  });

  test('the first schema is waited for', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    await ensureSchema(one);
    await checkSchema(one);
  });

  test('a newer schema is refused with the remedy, and stays as it is', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    await migrate(one, NEXT);
    for (const open of [migrate, ensureSchema, checkSchema]) {
      await expect(open(one)).rejects.toMatchObject({
        reason: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/has schema 3, this service knows 2: start a newer version of it$/),
      });
    }
    expect(await readVersion(one)).toBe(NEXT.version);
  });

  test('a store under a newer schema reads and writes nothing until the schema is one that it knows', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    await migrate(one, NEXT);
    const store = await openMongoStoreAt(instances.url, instances.clock);
    const header = sampleHeader({ tenant: TENANT, sessionId: 's' });
    const basis = {
      tenant: TENANT,
      sessionId: 's',
      header: null,
      recorded: new Map(),
      oldestRecorded: [],
      toolCalls: new Map(),
      claims: new Map(),
    };
    const calls = [
      () => store.sessions.commit(basis, changesWith(header), []),
      () => store.sessions.load(TENANT, 's', {}),
      () => store.agents.commit(sampleAgentActivity({ tenant: TENANT, agentId: 'a' }), 0),
      () => store.collectGarbage(9),
      () => store.check(),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(/start a newer version of it$/);
    expect([await one.collections.sessions.count({}), await one.collections.agents.count({})]).toEqual([0, 0]);
    await one.collections.meta.updateOne({ _id: 'schema' }, { $set: { version: SCHEMA.version } });
    expect(await store.sessions.commit(basis, changesWith(header), [])).toBe('committed');
    await store.close();
  });

  test('without a migration of its own, an instance asks for one', async (context) => {
    await using instances = await Instances.open(context);
    const one = instances.add();
    await expect(checkSchema(one)).rejects.toThrow(/has no schema yet.*run `threadkeep migrate`/);
    await migrate(one);
    await expect(checkSchema(one, NEXT)).rejects.toThrow(
      /has schema 2, this service needs 3: run `threadkeep migrate`/,
    );
  });

  test('an index that is there with other options is named, with the remedy', async (context) => {
    await using instances = await Instances.open(context);
    await instances.db.collection('session_events').createIndex({ t: 1, n: 1 }, { name: 't_1_n_1' });
    await expect(migrate(instances.add())).rejects.toThrow(
      /session_events\.t_1_n_1 is there with other options: drop it and run `threadkeep migrate`/,
    );
  });

  test('a row that is there twice keeps its unique index from being made, which is said', async (context) => {
    await using instances = await Instances.open(context);
    const rows = [1, 2].map((_id) => ({ _id: `row ${_id}` as never, t: 'acme', n: 1, eid: `${_id}` }));
    await instances.db.collection('session_events').insertMany(rows);
    await expect(migrate(instances.add())).rejects.toMatchObject({ reason: 'STORE_CORRUPT' });
  });
});

function indexNames(): string[] {
  return Object.entries(SCHEMA.indexes).flatMap(([collection, indexes]) =>
    indexes.map(({ key }) => `${collection}.${Object.entries(key).flat().join('_')}`),
  );
}

function withSlowIndexes(context: MongoContext, built: Promise<void>): MongoContext {
  const { database } = context;
  const command: typeof database.command = async (each, options) => {
    if ('createIndexes' in each) await built;
    return database.command(each, options);
  };
  return { ...context, database: { ...database, command } };
}

function pause(ms: number): Promise<'paused'> {
  return new Promise((resolve) => setTimeout(() => resolve('paused'), ms));
}
