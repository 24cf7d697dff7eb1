import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@keyv/redis';
import { MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { mongoServer, startMongoServer } from './mongo-server.ts';
import { redisServer, startRedisServer } from './redis-server.ts';
import { requireServer, ServerMissing } from './server-missing.ts';

test('a MongoDB of its own has what it acknowledged after a kill, and TTL indexes delete', async (context) => {
  const server = await requireServer(context, () => startMongoServer({ ttlSweepSeconds: 0.5 }));
  const client = new MongoClient(server.urlOf('scratch'));
  const documents = client.db().collection<{ _id: number; gcAt?: Date }>('documents');
  await documents.createIndex({ gcAt: 1 }, { expireAfterSeconds: 0 });
  await documents.insertMany([{ _id: 1 }, { _id: 2, gcAt: new Date(0) }]);
  await server.kill();
  await server.start();
  await expect.poll(() => documents.find().toArray(), { timeout: 10_000 }).toEqual([{ _id: 1 }]);
  await client.close();
  await server.stop();
  expect(existsSync(server.folder)).toBe(false);
});

test('a paused MongoDB answers nothing until it goes on', async (context) => {
  const server = await requireServer(context, () => startMongoServer());
  const client = new MongoClient(server.url);
  await client.db().command({ ping: 1 });
  server.pause();
  const answer = client.db().command({ ping: 1 });
  expect(await Promise.race([answer, wait(200, 'silence')])).toBe('silence');
  server.resume();
  expect(await answer).toMatchObject({ ok: 1 });
  await client.close();
  await server.stop();
});

test('a Redis of its own is empty after a kill, or has what was saved', async (context) => {
  const server = await requireServer(context, () => startRedisServer());
  const client = await createClient({ url: server.url })
    .on('error', () => {})
    .connect();
  await client.set('key', 'saved');
  await client.sendCommand(['SAVE']);
  await client.set('key', 'newer');
  await server.kill();
  await server.start();
  expect(await client.get('key')).toBe('saved');
  await server.kill();
  server.clear();
  await server.start();
  expect(await client.get('key')).toBe(null);
  client.destroy();
  await server.stop();
});

test('the shared servers are the same for all who ask', async (context) => {
  const [mongo, again] = [await requireServer(context, mongoServer), await mongoServer()];
  const [redis, redisAgain] = [await requireServer(context, redisServer), await redisServer()];
  expect([again.url, redisAgain.url]).toEqual([mongo.url, redis.url]);
});

test('a server ends, and its folder goes, with the process that started it, also by kill -9', async (context) => {
  await requireServer(context, redisServer);
  const script = `const { startRedisServer } = await import(${JSON.stringify(new URL('./redis-server.ts', import.meta.url))});
    const { port, folder } = await startRedisServer();
    console.log(JSON.stringify({ port, folder }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await child.stdout.setEncoding('utf8').take(1).toArray();
  const { port, folder } = JSON.parse(line);
  const client = await createClient({ url: `redis://127.0.0.1:${port}` })
    .on('error', () => {})
    .connect();
  const gone = new Promise((resolve) => client.once('reconnecting', resolve));
  child.kill('SIGKILL');
  await gone;
  client.destroy();
  await expect.poll(() => existsSync(folder), { timeout: 10_000 }).toBe(false);
});

test('a process that stops its server goes on afterwards, with nothing else left to do', async (context) => {
  await requireServer(context, redisServer);
  const script = `const { startRedisServer } = await import(${JSON.stringify(new URL('./redis-server.ts', import.meta.url))});
    await (await startRedisServer()).stop();
    console.log('stopped');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  expect(await child.stdout.setEncoding('utf8').toArray()).toEqual(['stopped\n']);
});

test('a server that cannot be had skips its test with the reason, or fails it where all must run', async () => {
  const ask = () => Promise.reject(new ServerMissing('there is no such server: install it'));
  const skipped: string[] = [];
  const context = {
    skip(note: string): never {
      skipped.push(note);
      throw new Error('skipped');
    },
  };
  const before = process.env.THREADKEEP_REQUIRE_ALL;
  process.env.THREADKEEP_REQUIRE_ALL = '0';
  await expect(requireServer(context, ask)).rejects.toThrow('skipped');
  process.env.THREADKEEP_REQUIRE_ALL = '1';
  await expect(requireServer(context, ask)).rejects.toThrow(ServerMissing);
  if (before === undefined) delete process.env.THREADKEEP_REQUIRE_ALL;
  else process.env.THREADKEEP_REQUIRE_ALL = before;
  expect(skipped).toEqual(['there is no such server: install it']);
});
