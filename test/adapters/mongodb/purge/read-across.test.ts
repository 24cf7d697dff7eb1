import { describe, expect, test } from 'vitest';
import { MongoSearchIndex } from '../../../../src/adapters/mongodb/across/search.ts';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import { sampleMessage, sampleSummary } from '../../../../src/contract/samples.ts';
import { Desk, TENANT } from '../desk.ts';
import { Instances } from '../instances.ts';
import { pausedBefore } from '../tampered.ts';

const BODY = new Uint8Array(20 * 1024);
const LONG = 'x'.repeat(100_000);
const HELLO = { terms: ['hello'], scope: {}, limit: 10 };

/** A read has its session's document, then waits for a body; meanwhile the session goes, and all that hung on it. */
describe('a read across a purge', () => {
  test('finds no messages', async (context) => {
    await using instances = await Instances.open(context);
    expect(await new Desk(await purgedBeforeBodies(instances)).read()).toEqual([]);
  });

  test('finds no session', async (context) => {
    await using instances = await Instances.open(context);
    const reader = new Desk(await purgedBeforeBodies(instances));
    const { header, summaries } = await reader.sessions.load(TENANT, 's', { summaries: true });
    expect([header?.isTombstone, summaries]).toEqual([true, undefined]);
  });

  test('finds nothing by search', async (context) => {
    await using instances = await Instances.open(context);
    const index = new MongoSearchIndex(await purgedBeforeBodies(instances));
    expect(await index.find(TENANT, HELLO)).toEqual([]);
  });

  test('a body that is missing from a session that is there is refused by all of them', async (context) => {
    await using instances = await Instances.open(context);
    const desk = await deskWithBodies(instances);
    await instances.db.collection('bodies').deleteMany({});
    const refusal = { reason: 'STORE_CORRUPT', message: expect.stringContaining('is not what was committed') };
    await expect(desk.read()).rejects.toMatchObject(refusal);
    await expect(desk.sessions.load(TENANT, 's', { summaries: true })).rejects.toMatchObject(refusal);
    await expect(new MongoSearchIndex(desk.context).find(TENANT, HELLO)).rejects.toMatchObject(refusal);
  });
});

async function purgedBeforeBodies(instances: Instances): Promise<MongoContext> {
  const desk = await deskWithBodies(instances);
  return pausedBefore(instances.add(), 'bodies', 'find', async () => {
    await desk.write({}, { isTombstone: true });
    await instances.db.collection('bodies').deleteMany({});
  });
}

async function deskWithBodies(instances: Instances): Promise<Desk> {
  const desk = new Desk(instances.add());
  const messages = [sampleMessage(1, { body: BODY, terms: ['hello'] })];
  await desk.write({ messages, summaries: [sampleSummary(1, 1, LONG)] });
  return desk;
}
