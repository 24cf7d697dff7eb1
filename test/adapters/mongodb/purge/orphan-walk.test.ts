import { describe, expect, test } from 'vitest';
import { storeText } from '../../../../src/adapters/mongodb/messages/bodies.ts';
import { OrphanWalk } from '../../../../src/adapters/mongodb/purge/orphan-walk.ts';
import { sampleMessage, sampleSummary } from '../../../../src/contract/samples.ts';
import { Desk, TENANT } from '../desk.ts';
import { Instances } from '../instances.ts';
import { killedInstance } from '../killed-instance.ts';

const DAY_MS = 86_400_000;
const BODY = new Uint8Array(300 * 1024);

describe('orphan walk', () => {
  test('what was written for a session that never came to be is released after a day', async (context) => {
    await using instances = await Instances.open(context);
    const dying = new Desk(killedInstance(instances.add(), { call: 3, when: 'before' }));
    const parts = {
      messages: [sampleMessage(1, { body: BODY })],
      summaries: [sampleSummary(1, 1, 'x'.repeat(20_000))],
    };
    await expect(dying.write(parts)).rejects.toThrow('dead');
    const survivor = new Desk(instances.add());
    expect((await survivor.ids('bodies')).length).toBeGreaterThan(0);
    instances.clock.advance(DAY_MS);
    expect(await new OrphanWalk(survivor.context).step(99)).toBe(0);
    instances.clock.advance(1);
    expect(await new OrphanWalk(survivor.context).step(99)).toBeGreaterThan(0);
    expect(await survivor.ids('bodies')).toEqual([]);
  });

  test('what hangs on a session stays, be it alive or a tombstone', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ messages: [sampleMessage(1, { body: BODY })] });
    instances.clock.advance(2 * DAY_MS);
    for (const isTombstone of [false, true]) {
      if (isTombstone)
        await desk.context.collections.sessions.updateOne({ _id: `${TENANT}/s` }, { $set: { tomb: true } });
      expect(await new OrphanWalk(desk.context).step(99)).toBe(0);
    }
    expect((await desk.ids('bodies')).length).toBe(2);
  });

  test('it goes through all there is in small steps, then begins anew', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ messages: [sampleMessage(1, { body: BODY })] });
    for (const uid of ['a', 'never', 'z']) await storeText(desk.context, uid, 'orphan');
    instances.clock.advance(2 * DAY_MS);
    const walk = new OrphanWalk(desk.context);
    const released: number[] = [];
    for (let step = 0; step < 6; step += 1) released.push(await walk.step(1));
    expect(released).toEqual([1, 1, 0, 0, 1, 0]);
    await storeText(desk.context, 'later', 'orphan');
    instances.clock.advance(2 * DAY_MS);
    for (let step = 0; step < 6; step += 1) await walk.step(1);
    expect((await desk.ids('bodies')).length).toBe(2);
  });
});
