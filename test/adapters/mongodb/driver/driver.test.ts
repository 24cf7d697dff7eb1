import { MongoParseError, MongoServerError } from 'mongodb';
import { afterEach, describe, expect, test } from 'vitest';
import type { Database } from '../../../../src/adapters/mongodb/database/database.ts';
import { DuplicateKey, OutcomeUnknown } from '../../../../src/adapters/mongodb/database/errors.ts';
import { openDriver } from '../../../../src/adapters/mongodb/driver/driver.ts';
import { isOutage } from '../../../../src/adapters/mongodb/driver/server-errors.ts';
import { freePort } from '../../../support/servers/free-port.ts';
import { startTcpProxy, type TcpProxy } from '../../../support/servers/tcp-proxy.ts';
import { onlyHostOf, viaPort } from '../../../support/servers/via-port.ts';
import { Instances } from '../instances.ts';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

describe('driver', () => {
  test('without a server reads and writes are STORE_UNAVAILABLE within the bound, and say when to try again', async () => {
    const { collections } = open(`mongodb://127.0.0.1:${await freePort()}/absent`, 300);
    const expected = { reason: 'STORE_UNAVAILABLE', retryAfterMs: 1000 };
    await expect(collections.meta.findOne({ _id: 'a' })).rejects.toMatchObject(expected);
    await expect(collections.meta.insertOne({ _id: 'a' })).rejects.toMatchObject(expected);
    await expect(collections.meta.insertMany([{ _id: 'a' }])).rejects.toMatchObject(expected);
    await expect(collections.meta.putMany([{ _id: 'a' }])).rejects.toMatchObject(expected);
    await expect(collections.meta.updateEach([{ filter: { _id: 'a' }, update: {} }])).rejects.toMatchObject(expected);
  });

  test.each([
    ['of the system', Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' })],
    ['at a socket whose other side is gone', Object.assign(new Error('ended by the other party'), { code: 'EPIPE' })],
    ['at a stream that is over', Object.assign(new Error('write after end'), { code: 'ERR_STREAM_WRITE_AFTER_END' })],
    ['within what the server sent', new MongoParseError('Message size invalid')],
  ])('an error %s is the absence of the server', (_, error) => {
    expect(isOutage(error)).toBe(true);
  });

  test.each([
    new TypeError('x is no function'),
    Object.assign(new TypeError('no string'), { code: 'ERR_INVALID_ARG_TYPE' }),
    new MongoServerError({ message: 'unknown operator', code: 2 }),
  ])('%s is not', (error) => {
    expect(isOutage(error)).toBe(false);
  });

  test.each([
    ['mongodb://ada:secret@one:1,two:2', 'mongodb://one:1,two:2/threadkeep'],
    ['mongodb://one:1/?replicaSet=rs', 'mongodb://one:1/threadkeep'],
    ['mongodb://one:1/test', 'mongodb://one:1/test'],
    ['mongodb+srv://ada:secret@cluster.example.org/chats', 'mongodb+srv://cluster.example.org/chats'],
  ])('%s is described as %s', (url, description) => {
    expect(open(url, 300).database.description).toBe(description);
  });

  test('a write whose answer does not come in time is OutcomeUnknown, a read STORE_UNAVAILABLE', async (context) => {
    const { proxy, collections } = await openThrough(context, 2000);
    await collections.meta.insertOne({ _id: 'warm' });
    proxy.blackHole('toClient');
    await expect(collections.meta.insertOne({ _id: 'lost' })).rejects.toBeInstanceOf(OutcomeUnknown);
    await expect(collections.meta.findOne({ _id: 'warm' })).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  });

  test('a call for which no connection is free is OVERLOADED before its time, and was not sent', async (context) => {
    const { proxy, collections } = await openThrough(context, 1500, 1);
    await collections.meta.insertOne({ _id: 'warm' });
    proxy.blackHole('toClient');
    const stuck = collections.meta.insertOne({ _id: 'stuck' }).catch((error) => error);
    const expected = { reason: 'OVERLOADED', retryAfterMs: 1000 };
    await Promise.all([
      expect(collections.meta.insertOne({ _id: 'next' })).rejects.toMatchObject(expected),
      expect(collections.meta.putMany([{ _id: 'next' }])).rejects.toMatchObject(expected),
      expect(collections.meta.findOne({ _id: 'warm' })).rejects.toMatchObject(expected),
    ]);
    expect(await stuck).toBeInstanceOf(OutcomeUnknown);
  });

  test('an aborted read gives way at once with the reason', async (context) => {
    const { proxy, collections } = await openThrough(context, 5000);
    await collections.meta.findOne({ _id: 'warm' });
    proxy.blackHole('toClient');
    const abort = new AbortController();
    const reading = collections.meta.findOne({ _id: 'warm' }, { signal: abort.signal });
    const reason = new Error('the caller went away');
    abort.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  test('a write that is aborted before it is sent is not sent', async (context) => {
    await using instances = await Instances.open(context);
    const { meta } = instances.add().collections;
    const update = meta.updateOne({ _id: 'a' }, { $set: { b: 1 } }, { upsert: true, signal: AbortSignal.abort() });
    await expect(update).rejects.toThrow();
    expect(await meta.findOne({ _id: 'a' })).toBeNull();
  });

  test('a unique index that refuses is named by its keys, whether one or many were inserted', async (context) => {
    await using instances = await Instances.open(context);
    const { collections, database } = instances.add();
    const index = { key: { t: 1, n: 1 }, name: 't_1_n_1', unique: true };
    await database.command({ createIndexes: 'session_events', indexes: [index] });
    const row = (_id: string) => ({ _id, t: 'acme', n: 1, eid: _id, events: [], rec: 1 });
    await collections.session_events.insertOne(row('first'));
    const refusals = [
      await collections.session_events.insertOne(row('second')).catch((error) => error),
      await collections.session_events.insertMany([row('third')]).catch((error) => error),
      await collections.session_events.insertOne({ ...row('first'), n: 2 }).catch((error) => error),
    ];
    expect(refusals.every((error) => error instanceof DuplicateKey)).toBe(true);
    expect(refusals.map(({ keys }) => keys)).toEqual([['t', 'n'], ['t', 'n'], ['_id']]);
  });

  test('of updates that share a command those are counted that matched; a refused one leaves open which were made', async (context) => {
    await using instances = await Instances.open(context);
    const { meta } = instances.add().collections;
    for (const _id of ['a', 'b', 'c']) await meta.insertOne({ _id });
    const raise = (_id: string, update = { $inc: { n: 1 } }) => ({ filter: { _id }, update });
    expect(await meta.updateEach([raise('a'), raise('absent'), raise('b')])).toBe(2);
    const refused = meta.updateEach([raise('a'), raise('b', { $nonsense: { n: 1 } } as never), raise('c')]);
    await expect(refused).rejects.toBeInstanceOf(OutcomeUnknown);
    expect(await meta.find({}, { sort: { _id: 1 } })).toMatchObject([{ n: 2 }, { n: 1 }, { n: 1 }]);
  });

  test('what else the server refuses passes as it is', async (context) => {
    await using instances = await Instances.open(context);
    const { collections } = instances.add();
    await expect(collections.meta.findOne({ a: { $nonsense: 1 } })).rejects.toThrow('$nonsense');
  });
});

function open(url: string, timeoutMs: number, maxPoolSize = 100) {
  const metrics = { count() {}, observe() {}, gauge() {} };
  const driver = openDriver({ url, metrics, timeoutMs, maxPoolSize });
  opened.push(driver.database satisfies Pick<Database, 'close'>);
  return driver;
}

async function openThrough(context: Parameters<typeof Instances.open>[0], timeoutMs: number, maxPoolSize?: number) {
  const instances = await Instances.open(context);
  opened.push({ close: () => instances[Symbol.asyncDispose]() });
  const host = onlyHostOf(instances.server.url);
  if (host === null) return context.skip('a proxy stands in for one host only: MONGODB_URI names several');
  const proxy: TcpProxy = await startTcpProxy(host);
  opened.push(proxy);
  return { proxy, ...open(viaPort(instances.url, proxy.port), timeoutMs, maxPoolSize) };
}
