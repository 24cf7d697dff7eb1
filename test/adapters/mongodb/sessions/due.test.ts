import { expect, test } from 'vitest';
import { Outbox } from '../../../../src/adapters/mongodb/log/outbox.ts';
import { Mover } from '../../../../src/adapters/mongodb/messages/mover.ts';
import { findDue } from '../../../../src/adapters/mongodb/sessions/due.ts';
import { MongoSessionStore } from '../../../../src/adapters/mongodb/sessions/sessions.ts';
import { sampleHeader } from '../../../../src/contract/samples.ts';
import { changesWith } from '../../../../src/model/basis.ts';
import type { DueSession } from '../../../../src/ports/session-store.ts';
import { Instances } from '../instances.ts';

test('tenants take turns however large the backlog is', async (testContext) => {
  await using instances = await Instances.open(testContext);
  const context = instances.add();
  const store = new MongoSessionStore(context, new Outbox(context), new Mover(context));
  const begin = async (tenant: string, sessionId: string, dueAt: number) => {
    const header = sampleHeader({ tenant, sessionId, uid: `${tenant} ${sessionId}`, dueAt });
    await store.commit(await store.load(tenant, sessionId, {}), changesWith(header), []);
  };
  await Promise.all(Array.from({ length: 20 }, (_, n) => begin('loud', `s${10 + n}`, n)));
  await begin('quiet', 'late', 30);
  await begin('still', 'later', 40);
  const names = (found: DueSession[]) => found.map(({ tenant, sessionId }) => `${tenant}/${sessionId}`);
  expect(names(await findDue(context, 99, 4, null))).toEqual(['loud/s10', 'quiet/late', 'still/later', 'loud/s11']);
  expect(names(await findDue(context, 99, 2, null))).toEqual(['loud/s10', 'quiet/late']);
  const after = { tenant: 'loud', sessionId: 's12', dueAt: 2 };
  expect(names(await findDue(context, 99, 3, after))).toEqual(['loud/s13', 'quiet/late', 'still/later']);
});
