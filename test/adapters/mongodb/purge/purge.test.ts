import { describe, expect, test } from 'vitest';
import { readText, storeText } from '../../../../src/adapters/mongodb/messages/bodies.ts';
import { collectGarbage, forgetTombstone, releaseChildren } from '../../../../src/adapters/mongodb/purge/purge.ts';
import { releaseTexts } from '../../../../src/adapters/mongodb/purge/release-texts.ts';
import { sampleMessage, sampleMessages, sampleRecordedCall, sampleSummary } from '../../../../src/contract/samples.ts';
import { Desk, range, TENANT, UID } from '../desk.ts';
import { Instances } from '../instances.ts';
import { killedInstance } from '../killed-instance.ts';

const BODY = new Uint8Array(20 * 1024);
const HOUR_MS = 3_600_000;

describe('purge', () => {
  test('all that hung on a session that is over is released in steps', async (context) => {
    await using instances = await Instances.open(context);
    const desk = await fullDesk(instances);
    await desk.write({}, { isTombstone: true });
    const steps: number[] = [];
    for (let rows = 1; rows > 0; steps.push(rows)) rows = await collectGarbage(desk.context, 10);
    expect(steps.length).toBeGreaterThan(5);
    expect(Math.max(...steps)).toBeLessThanOrEqual(11);
    expect(await left(desk)).toEqual([]);
    expect((await desk.document()).gone).toEqual([]);
  });

  test('the life before is released and the one after it is not', async (context) => {
    await using instances = await Instances.open(context);
    const desk = await fullDesk(instances);
    await desk.write({}, { isTombstone: true });
    await desk.write({}, { isTombstone: false, uid: 'next' });
    await desk.append(51, 120);
    await desk.move();
    await collectAll(desk);
    expect(await left(desk)).toEqual(range(51, 120).map((n) => `next/${String(n).padStart(12, '0')}`));
    expect((await desk.read({}, 'next')).length).toBe(70);
  });

  test('wherever the purge dies, another completes it', async (context) => {
    await using instances = await Instances.open(context);
    for (let call = 1, isDead = true; isDead; call++) {
      const desk = await fullDesk(instances);
      await desk.write({}, { isTombstone: true });
      const dying = killedInstance(instances.add(), { call, when: 'after' });
      await collectAll(new Desk(dying)).catch(() => {});
      isDead = dying.isDead();
      await collectAll(desk);
      expect(await left(desk), `death after call ${call}`).toEqual([]);
      await instances.db.dropDatabase();
    }
  });

  test('a live session’s children are never released, whatever is noted', async (context) => {
    await using instances = await Instances.open(context);
    const desk = await fullDesk(instances);
    const before = await left(desk);
    const gone = [
      { uid: UID, at: 1 },
      { uid: UID, through: 40, at: 1 },
    ];
    await desk.context.collections.sessions.updateOne({ _id: `${TENANT}/s` }, { $set: { gone } });
    await collectAll(desk);
    expect(await left(desk)).toEqual(before);
    expect(await desk.sequences()).toEqual(range(1, 50));
  });

  test('discarded messages go with the bodies that no later message has', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const [shared, own] = [BODY, new Uint8Array(30 * 1024)];
    await desk.write({ messages: [sampleMessage(1, { body: shared }), sampleMessage(2, { body: own })] });
    await desk.append(3, 60);
    await desk.write({ messages: [sampleMessage(61, { body: shared })] });
    await desk.move();
    instances.clock.advance(2 * HOUR_MS);
    await desk.write({ discardThrough: 50 });
    expect(await desk.sequences()).toEqual(range(51, 61));
    await collectAll(desk);
    expect((await desk.ids('messages')).length).toBe(11);
    expect((await desk.ids('bodies')).length).toBe(1);
    expect((await desk.read()).at(-1)?.body.length).toBe(shared.length);
    await desk.move();
    expect((await desk.document()).tail.map(({ n }) => n)).toEqual(range(51, 61));
  });

  test('a body that was just written again stays, because a commit may be on its way', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ messages: [sampleMessage(1, { body: BODY }), ...sampleMessages(2, 40)] });
    await desk.move();
    await desk.write({ discardThrough: 1 });
    await collectAll(desk);
    expect([(await desk.ids('bodies')).length, (await desk.ids('messages')).length]).toEqual([1, 39]);
  });

  test('a tombstone is forgotten with what a late mover left, and not while it has events to log', async (context) => {
    await using instances = await Instances.open(context);
    const desk = await fullDesk(instances);
    await desk.write({}, { isTombstone: true });
    const { sessions } = desk.context.collections;
    const { rev } = await desk.document();
    await sessions.updateOne({ _id: `${TENANT}/s` }, { $set: { outbox: [{ at: 1, eid: 'e', events: [] }] } });
    await forgetTombstone(desk.context, `${TENANT}/s`, UID, rev);
    expect(await sessions.count({})).toBe(1);
    await sessions.updateOne({ _id: `${TENANT}/s` }, { $set: { outbox: [] } });
    await forgetTombstone(desk.context, `${TENANT}/s`, UID, rev);
    expect([await sessions.count({}), await left(desk)]).toEqual([0, []]);
  });

  test('another uid with the same beginning is left alone', async (context) => {
    await using instances = await Instances.open(context);
    const desk = await fullDesk(instances);
    const before = await left(desk);
    for (const uid of ['uid', 'uid of', 'uid of ', 'uid of s ', 'uid of ss']) await releaseChildren(desk.context, uid);
    expect(await left(desk)).toEqual(before);
  });

  test('long texts that were replaced go, those that count stay', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    for (let turn = 1; turn <= 18; turn++) {
      await desk.write({ summaries: [sampleSummary(1, 1, `${turn} `.repeat(5000))] });
    }
    expect((await desk.ids('bodies')).length).toBe(18);
    await desk.move();
    expect((await desk.ids('bodies')).length).toBe(1);
    const [summary] = await desk.sessions.summaries(TENANT, UID);
    expect(summary?.text).toBe('18 '.repeat(5000));
  });

  test('tool calls that lie packed with the long texts stay when those go', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write();
    const toolCalls = range(1, 40).map((n) => ({ callId: `call ${n}`, name: 'look', isFailed: false, durationMs: n }));
    await desk.write({ toolCalls });
    const packs = await desk.ids('bodies');
    for (let turn = 1; turn <= 18; turn++) {
      await desk.write({ summaries: [sampleSummary(1, 1, `${turn} `.repeat(5000))] });
    }
    await releaseTexts(desk.context, 'acme/s', UID);
    expect(await desk.ids('bodies')).toEqual(expect.arrayContaining(packs));
    expect((await desk.ids('bodies')).length).toBe(packs.length + 1);
  });

  test('a text comes back as it was, and each is stored for itself', async (context) => {
    await using instances = await Instances.open(context);
    const instance = instances.add();
    const text = 'naïve 🙂 '.repeat(40_000);
    const [one, other] = [await storeText(instance, UID, text), await storeText(instance, UID, text)];
    expect(one.hash).not.toBe(other.hash);
    expect([await readText(instance, UID, one), await readText(instance, UID, other)]).toEqual([text, text]);
    await instances.db.collection('bodies').updateMany({}, { $set: { data: Buffer.from('other') } });
    await expect(readText(instance, UID, one)).rejects.toMatchObject({ reason: 'STORE_CORRUPT' });
  });
});

/** Session `s` with 50 messages, most of them moved, bodies, and calls in `calls`. */
async function fullDesk(instances: Instances): Promise<Desk> {
  const desk = new Desk(instances.add());
  await desk.append(1, 49);
  const recorded = Array.from({ length: 300 }, (_, place) => sampleRecordedCall(place + 1));
  await desk.write({ messages: [sampleMessage(50, { body: BODY })], recorded });
  await desk.move();
  expect((await left(desk)).length).toBe(50 + 1 + 44);
  return desk;
}

async function collectAll({ context }: Desk): Promise<void> {
  while ((await collectGarbage(context, 1000)) > 0);
}

async function left(desk: Desk): Promise<string[]> {
  return [...(await desk.ids('messages')), ...(await desk.ids('bodies')), ...(await desk.ids('calls'))];
}
