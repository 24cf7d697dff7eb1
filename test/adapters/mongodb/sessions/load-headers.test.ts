import { expect, test } from 'vitest';
import { Outbox } from '../../../../src/adapters/mongodb/log/outbox.ts';
import { Mover } from '../../../../src/adapters/mongodb/messages/mover.ts';
import { MongoSessionStore } from '../../../../src/adapters/mongodb/sessions/sessions.ts';
import { sampleHeader } from '../../../../src/contract/samples.ts';
import { changesWith } from '../../../../src/model/basis.ts';
import { Instances } from '../instances.ts';

test('headers are those that a load answers; tombstones, what is absent and what is broken are left out', async (testContext) => {
  await using instances = await Instances.open(testContext);
  const context = instances.add();
  const store = new MongoSessionStore(context, new Outbox(context), new Mover(context));
  const begin = async (tenant: string, sessionId: string, isTombstone = false) => {
    const header = sampleHeader({ tenant, sessionId, uid: `${tenant} ${sessionId}`, isTombstone });
    await store.commit(await store.load(tenant, sessionId, {}), changesWith(header), []);
  };
  await begin('acme', 'one');
  await begin('acme', 'gone', true);
  await begin('other', 'one');
  await begin('acme', 'broken');
  await context.collections.sessions.updateOne({ _id: 'acme/broken' }, { $unset: { head: '' } });
  const named = ['one', 'gone', 'broken', 'never'].map((sessionId) => ({ tenant: 'acme', sessionId }));
  const loaded = await store.loadHeaders([...named, { tenant: 'other', sessionId: 'one' }]);
  const headers = loaded.map(({ header }) => header).sort((a, b) => (a!.tenant < b!.tenant ? -1 : 1));
  expect(headers).toEqual([
    (await store.load('acme', 'one', {})).header,
    (await store.load('other', 'one', {})).header,
  ]);
  expect(loaded.every(({ ageMs }) => ageMs === Number.POSITIVE_INFINITY)).toBe(true);
});
