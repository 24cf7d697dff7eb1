import { describe, expect, test } from 'vitest';
import { decodeRequestId } from '../../../../src/adapters/mongodb/sessions/call-codec.ts';
import { sampleRecordedCall } from '../../../../src/contract/samples.ts';
import type { ToolCallRecord } from '../../../../src/model/activity.ts';
import type { RecordedCall } from '../../../../src/model/basis.ts';
import { Desk, range, TENANT } from '../desk.ts';
import { Instances } from '../instances.ts';
import { killedInstance } from '../killed-instance.ts';
import { pausedBefore, tampered } from '../tampered.ts';

/** A Start that made the session has a number above all others. */
const START = 2 ** 32 - 2;

describe('call memory', () => {
  test('older request ids move to calls and are still known', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ recorded: [sampleRecordedCall(START, { created: true }), ...calls(1, 300)] });
    await desk.move();
    const { rids, starts, ridsMoved } = await desk.document();
    expect([rids.length, numbersOf(rids)[0], starts?.length, ridsMoved]).toEqual([256, 45, 1, 44]);
    expect(await known(desk, [1, 44, 45, 300, START])).toEqual([1, 44, 45, 300, START]);
    expect(await oldest(desk)).toEqual(range(1, 16));
  });

  test('what is forgotten is not found again, wherever it lies', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ recorded: calls(1, 300) });
    await desk.move();
    await desk.write({ forgetThrough: 40 }, { requestIds: { first: 41, next: 301 } });
    expect([await known(desk, [40, 41, 45]), (await oldest(desk))[0]]).toEqual([[41, 45], 41]);
    await desk.write({ forgetThrough: 60 }, { requestIds: { first: 61, next: 301 } });
    expect([await known(desk, [44, 60, 61]), (await oldest(desk))[0]]).toEqual([[61], 61]);
    await desk.move();
    expect([await desk.ids('calls'), numbersOf((await desk.document()).rids)[0]]).toEqual([[], 61]);
  });

  test('nothing that is remembered is cut off with what is forgotten, however many Starts are remembered, too', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const starts = range(START - 19, START).map((number) => sampleRecordedCall(number));
    await desk.write({ recorded: [...starts, ...calls(1, 256)] });
    const header = { requestIds: { first: 2, next: 258 } };
    expect(await desk.write({ recorded: calls(257, 257), forgetThrough: 1 }, header)).toBe('committed');
    expect(await known(desk, [1, 2, 5, 257, START - 19])).toEqual([2, 5, 257, START - 19]);
    expect((await oldest(desk))[0]).toBe(2);
  });

  test('who remembers more Starts than stay beside the header does not claim to know all request ids', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const recorded = range(START - 19, START).map((number) => sampleRecordedCall(number, { created: true }));
    await desk.write({ recorded }, { generation: 20 });
    const all = async () => (await desk.sessions.load(TENANT, 's', { memory: true })).known?.requestIds;
    expect(await all()).toBe(true);
    await desk.move();
    expect([await all(), await known(desk, [START - 19, START])]).toEqual([false, [START - 19, START]]);
  });

  test('a Start that found the session is remembered as long as its request id is held', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const claims = range(START - 15, START).map((number) => `r/digest-${number}`);
    const recorded = range(START - 40, START).map((number) => sampleRecordedCall(number));
    await desk.write({ recorded, claims }, { claims });
    await desk.move();
    expect(await known(desk, [START - 16, START - 15, START])).toEqual([START - 15, START]);
    expect((await desk.document()).starts).toHaveLength(16);
    expect((await desk.sessions.load(TENANT, 's', { memory: true })).known?.requestIds).toBe(true);
  });

  test('a Start that made the session stays beside the header while its request id is held', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const claims = [`r/digest-${START}`];
    const recorded = range(START - 19, START).map((number) => sampleRecordedCall(number, { created: true }));
    await desk.write({ recorded, claims }, { claims });
    await desk.move();
    expect(numbersOf((await desk.document()).starts).sort()).toEqual([...range(START - 19, START - 4), START]);
  });

  test('tool calls that moved are known, and the latest report of each holds', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ toolCalls: range(1, 60).map((place) => tool(`call-${place}`)) });
    await desk.move();
    expect((await desk.document()).tools.length).toBe(32);
    await desk.write({ toolCalls: [tool('call-1', 5), tool('call-60', 6)] });
    expect(await durations(desk, ['call-1', 'call-2', 'call-60', 'unknown'])).toEqual([5, null, 6]);
    await desk.write({ toolCalls: range(61, 80).map((place) => tool(`call-${place}`)) });
    await desk.move();
    await desk.write({ toolCalls: range(81, 120).map((place) => tool(`call-${place}`)) });
    await desk.move();
    expect(await durations(desk, ['call-1', 'call-2', 'call-60', 'call-100'])).toEqual([5, null, 6, null]);
    expect((await desk.ids('calls')).length).toBe(120 - 32);
  });

  test('a report that is repeated takes no room for long', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    for (let turn = 0; turn < 3; turn++) await desk.write({ toolCalls: [tool('one', 1), tool('other', 2)] });
    await desk.move();
    expect((await desk.document()).tools.length).toBe(2);
    expect(await durations(desk, ['one', 'other'])).toEqual([1, 2]);
  });

  test('a mover that is late with an older report does not undo a newer one', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await new Desk(await lateWithOlder(desk, instances.add())).move();
    expect(await durations(desk, ['call-1'])).toEqual([9]);
  });

  test('without numbers to compare, a late mover would undo a newer report', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const { calls: collection } = desk.context.collections;
    const careless = tampered(instances.add(), 'calls', 'insertMany', (_, documents) => collection.putMany(documents));
    await new Desk(await lateWithOlder(desk, careless)).move();
    expect(await durations(desk, ['call-1'])).toEqual([null]);
  });

  test('wherever a mover dies, what was remembered is still known', async (context) => {
    await using instances = await Instances.open(context);
    for (let call = 1, isDead = true; isDead; call++) {
      const desk = new Desk(instances.add());
      await desk.write({
        recorded: calls(1, 300),
        toolCalls: range(1, 60).map((place) => tool(`call-${place}`, place)),
      });
      const dying = killedInstance(instances.add(), { call, when: 'after' });
      await new Desk(dying).move().catch(() => {});
      isDead = dying.isDead();
      for (let look = 0; look < 2; look++) {
        expect(await known(desk, [1, 44, 45, 300]), `death after call ${call}`).toEqual([1, 44, 45, 300]);
        expect(await durations(desk, ['call-1', 'call-60'])).toEqual([1, 60]);
        expect(await oldest(desk)).toEqual(range(1, 16));
        await desk.move();
      }
      await instances.db.dropDatabase();
    }
  });

  test('the next life of a session knows nothing of what the one before remembered', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ recorded: calls(1, 300), toolCalls: range(1, 60).map((place) => tool(`call-${place}`)) });
    await desk.move();
    await desk.write({}, { isTombstone: true });
    await desk.write({}, { isTombstone: false, uid: 'next' });
    expect([await known(desk, [1, 300]), await oldest(desk), await durations(desk, ['call-1', 'call-60'])]).toEqual([
      [],
      [],
      [],
    ]);
  });

  test('nothing is asked for where nothing was moved', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write({ recorded: calls(1, 20) });
    const quiet = tampered(instances.add(), 'calls', 'find', () => {
      throw new Error('the calls were read');
    });
    expect(await known(new Desk(quiet), [1, 99])).toEqual([1]);
  });
});

/** A mover pauses before it copies a tool call; meanwhile that is reported anew, and moved, by others. */
async function lateWithOlder(desk: Desk, context: Desk['context']) {
  await desk.write({ toolCalls: range(1, 50).map((place) => tool(`call-${place}`)) });
  return pausedBefore(context, 'calls', 'insertMany', async () => {
    await desk.move();
    await desk.write({ toolCalls: [tool('call-1', 9)] });
    await desk.write({ toolCalls: range(51, 80).map((place) => tool(`call-${place}`)) });
    await desk.write({ toolCalls: [tool('call-81')] });
    await desk.move();
    await desk.write({ toolCalls: range(82, 120).map((place) => tool(`call-${place}`)) });
    await desk.move();
  });
}

function calls(first: number, last: number): RecordedCall[] {
  return range(first, last).map((number) => sampleRecordedCall(number));
}

function tool(callId: string, durationMs: number | null = null): ToolCallRecord {
  return { callId, name: 'search', isFailed: false, durationMs };
}

async function known(desk: Desk, numbers: number[]): Promise<number[]> {
  const requestIds = numbers.map((number) => `digest-${number}`);
  const { recorded } = await desk.sessions.load(TENANT, 's', { requestIds });
  return requestIds.flatMap((digest) => recorded.get(digest)?.number ?? []);
}

async function oldest(desk: Desk): Promise<number[]> {
  return (await desk.sessions.load(TENANT, 's', {})).oldestRecorded.map(({ number }) => number);
}

async function durations(desk: Desk, toolCallIds: string[]): Promise<(number | null)[]> {
  const { toolCalls } = await desk.sessions.load(TENANT, 's', { toolCallIds });
  return toolCallIds.filter((id) => toolCalls.has(id)).map((id) => toolCalls.get(id)!.durationMs);
}

function numbersOf(entries: readonly string[] = []): number[] {
  return entries.map((entry) => decodeRequestId(entry).number);
}
