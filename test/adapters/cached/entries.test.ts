import { beforeEach, describe, expect, test } from 'vitest';
import { sampleMessages, sampleRecordedCall, sampleSummary } from '../../../src/contract/samples.ts';
import { nextHeader } from '../../../src/contract/stage.ts';
import { type BasisNeeds, type Changes, changesWith } from '../../../src/model/basis.ts';
import type { SessionHeader } from '../../../src/model/session.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { ANY_AGE, type Instance, Scene, TENANT } from './scene.ts';

const EVERYTHING: BasisNeeds = { details: true, state: true, summaries: true, activity: true, newest: true };

let scene: Scene;
let here: Instance;

beforeEach(async () => {
  scene = new Scene();
  here = scene.join();
});

describe('round trips', () => {
  test('one for an append on a session that was met before, however many came before it', async () => {
    await here.start('s');
    scene.loads = 0;
    for (let round = 0; round < 400; round += 1) {
      expect(await here.append(await here.basis('s'), { forgetThrough: Math.max(0, round - 256) })).toBe('committed');
    }
    expect(scene.loads).toBe(0);
  });

  test('none for a read within the age that it allows', async () => {
    await here.start('s');
    scene.clock.advance(2000);
    scene.loads = 0;
    await here.load('s', 2000, EVERYTHING);
    expect(scene.loads).toBe(0);
  });

  test('one for a session that was never met, and none for whatever is asked of it next', async () => {
    await scene.join().start('s');
    scene.loads = 0;
    await here.load('s', ANY_AGE);
    await here.load('s', ANY_AGE, EVERYTHING);
    await here.basis('s');
    expect(scene.loads).toBe(1);
  });

  test('one for loads that come together', async () => {
    await scene.join().start('s');
    scene.loads = 0;
    const bases = await Promise.all(Array.from({ length: 20 }, () => here.load('s', 2000, EVERYTHING)));
    expect([scene.loads, new Set(bases.map(({ header }) => header?.rev)).size]).toEqual([1, 1]);
  });

  test('one each for loads that come together and allow no age', async () => {
    await scene.join().start('s');
    scene.loads = 0;
    await Promise.all([here.load('s', 0), here.load('s', 0)]);
    expect(scene.loads).toBe(2);
  });

  test('one for who holds a claim, whatever age is allowed', async () => {
    await here.start('s');
    scene.loads = 0;
    await here.load('s', ANY_AGE, { claims: ['a key'] });
    expect(scene.loads).toBe(1);
  });
});

test('an entry is what the store has, whatever was committed', async () => {
  const seeded = new SeededRandom(41);
  const random = () => seeded.integer(1000) / 1000;
  const truth = scene.join({ entriesMax: 0 });
  await here.start('s');
  for (let round = 0; round < 300; round += 1) {
    const basis = await here.load('s', ANY_AGE, EVERYTHING);
    const changes = randomChanges(basis.header as SessionHeader, random, round);
    expect(await here.commit(basis, changes)).toBe('committed');
    const { requestIds, toolCallIds } = asked(round);
    const needs = { ...EVERYTHING, requestIds, toolCallIds };
    const { ageMs: _, ...kept } = await here.load('s', ANY_AGE, needs);
    const { ageMs: __, ...stored } = await truth.load('s', 0, needs);
    expect(kept.newest).toEqual(stored.newest?.slice(-(kept.newest?.length ?? 0)));
    expect({ ...kept, newest: [] }).toEqual({ ...stored, newest: [] });
  }
  expect(scene.loads).toBeLessThan(400);
});

test('what goes dormant, ends or is deleted has no entry any more', async () => {
  for (const overrides of [{ status: 'DORMANT' }, { status: 'ENDED' }, { isTombstone: true }] as const) {
    const sessionId = `s${Object.values(overrides)[0]}`;
    await here.start(sessionId);
    const basis = await here.basis(sessionId);
    await here.commit(basis, changesWith(nextHeader(basis.header as SessionHeader, overrides)));
  }
  expect(here.store.cacheFigures?.()[0]).toMatchObject({ name: 'process', entryCount: 0 });
});

test('a process keeps so many entries, and so many bytes of them', async () => {
  const small = scene.join({ entriesMax: 5 });
  const narrow = scene.join({ bytesMax: 40_000 });
  for (let number = 0; number < 20; number += 1) {
    await small.start(`small-${number}`);
    await narrow.start(`narrow-${number}`);
  }
  expect(small.store.cacheFigures?.()[0]?.entryCount).toBe(5);
  const { entryCount = 0 } = narrow.store.cacheFigures?.()[0] ?? {};
  expect(entryCount).toBeGreaterThan(1);
  expect(entryCount).toBeLessThan(15);
});

test('figures tell how often a layer had what was asked for', async () => {
  await here.start('s');
  await here.load('s', 2000);
  await here.load('s', 2000);
  await here.load('unknown', 2000);
  expect(here.store.cacheFigures?.()).toEqual([{ name: 'process', entryCount: 1, hits: 2, misses: 1 }]);
});

test('an entry does not keep alive the request that a message came with', async () => {
  await here.start('s');
  const basis = await here.basis('s');
  const request = new Uint8Array(4 * 1024 * 1024);
  const [message] = sampleMessages(4, 4, { body: request.subarray(10, 20) });
  await here.append(basis, { messages: [message!] });
  const { newest } = await here.load('s', ANY_AGE, { newest: true });
  expect(newest?.at(-1)?.body.buffer.byteLength).toBe(10);
});

/** Returns what one commit may write, with now and then some of each. */
function randomChanges(before: SessionHeader, random: () => number, round: number): Changes {
  const isSlide = random() < 0.2;
  const deadlines = { ...before.deadlines, dormantAt: before.deadlines.dormantAt + (random() < 0.5 ? 60_000 : 0) };
  if (isSlide) return changesWith({ ...before, deadlines, lastAccessAt: before.lastAccessAt + 1 }, { isSlide });
  const count = Math.floor(random() * 4);
  const first = before.lastSequence + 1;
  const body = new Uint8Array(Math.floor(random() * 6000)).fill(round % 256);
  const messages = count === 0 ? [] : sampleMessages(first, first + count - 1, { body, isTokenCountExact: false });
  const lastSequence = before.lastSequence + count;
  const header = nextHeader(before, { deadlines, lastSequence, version: before.version + 1 });
  return changesWith(header, {
    messages,
    recorded: [sampleRecordedCall(round === 0 ? 2 ** 32 - 2 : round)],
    forgetThrough: random() < 0.3 ? Math.max(0, round - 20) : 0,
    toolCalls: [toolCall(`call-${Math.floor(random() * 30)}`, round)],
    tokenCounts: random() < 0.3 ? [{ sequence: before.lastSequence, tokenCount: round }] : [],
    discardThrough: random() < 0.05 ? Math.max(0, lastSequence - 3) : 0,
    ...(random() < 0.3 && { state: { round } }),
    ...(random() < 0.3 && { details: { title: `${TENANT} ${round}`, labels: {}, metadata: {}, errorMessage: '' } }),
    ...(random() < 0.2 && { summaries: [sampleSummary(1, 1, `summary ${round}`)] }),
  });
}

function asked(round: number): { requestIds: string[]; toolCallIds: string[] } {
  const requestIds = [round, round - 5, round - 30, round + 1].map((number) => `digest-${number}`);
  return { requestIds, toolCallIds: ['call-0', 'call-7', 'call-99'] };
}

function toolCall(callId: string, durationMs: number) {
  return { callId, name: 'lookup', isFailed: false, durationMs, startedAt: 1 };
}
