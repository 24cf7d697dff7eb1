import { MongoClient } from 'mongodb';
import { afterEach, expect, test } from 'vitest';
import { startCommandTap } from './command-tap.ts';
import { mongoServer } from './mongo-server.ts';
import { ScratchDatabases } from './scratch-databases.ts';
import { requireServer } from './server-missing.ts';
import { onlyHostOf, viaPort } from './via-port.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test('a tap sees each command of a database once, in order, also a large one', async (context) => {
  const server = await requireServer(context, mongoServer);
  const host = onlyHostOf(server.url) ?? context.skip('MONGODB_URI does not name a single host without TLS');
  const scratch = new ScratchDatabases(server);
  const name = scratch.next();
  const tap = await startCommandTap(host);
  const client = new MongoClient(viaPort(server.url, tap.port));
  closing.push(scratch.close.bind(scratch), tap.close, () => client.close());
  const documents = client.db(name).collection<{ _id: number; text?: string }>('documents');
  await documents.insertMany([{ _id: 1, text: 'x'.repeat(300_000) }, { _id: 2 }]);
  await client.db(`${name}_other`).collection('documents').findOne({});
  await documents.findOneAndUpdate({ _id: 1 }, { $set: { text: '' } });
  await documents.find().toArray();
  expect(tap.take(name).map(({ name: command, target }) => `${command} ${target}`)).toEqual([
    'insert documents',
    'findAndModify documents',
    'find documents',
  ]);
  expect(tap.take(name)).toEqual([]);
});
