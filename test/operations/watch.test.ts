import { expect, test } from 'vitest';
import { clearMessages } from '../../src/operations/clear-messages.ts';
import { deleteSession } from '../../src/operations/delete.ts';
import { resume } from '../../src/operations/resume.ts';
import { rewind } from '../../src/operations/rewind.ts';
import { touch } from '../../src/operations/touch.ts';
import { type WatchStep, watch } from '../../src/operations/watch.ts';
import { takeSteps } from '../support/take-steps.ts';
import {
  callerOf,
  HOUR_MS,
  openTestEngine,
  refusal,
  say,
  startSession,
  type TestEngine,
  textsOf,
  withWatch,
} from '../support/test-engine.ts';

const plain = { sessionId: 's', requestId: '', expectedVersion: 0 };

async function openSession(options = {}): Promise<TestEngine> {
  const world = await openTestEngine(options);
  await startSession(world, { sessionId: 's' });
  return world;
}

function follow({ engine, caller }: TestEngine, afterSequence = 0) {
  return watch(engine, caller, { sessionId: 's', afterSequence });
}

const kindsOf = (steps: WatchStep[]) => steps.map(({ event }) => event.kind);

const addedIn = ([step]: WatchStep[]) => (step?.event.kind === 'messagesAdded' ? textsOf(step.event.messages) : []);

test('it begins with the session and the messages after the given one', async () => {
  const world = await openSession();
  for (const text of ['a', 'b', 'c']) await say(world, 's', 'USER', text);
  const [opened, ...steps] = await takeSteps(follow(world, 1), 2);
  expect(opened).toMatchObject({ head: { version: 4 }, event: { kind: 'opened', session: { sessionId: 's' } } });
  expect(addedIn(steps)).toEqual(['b', 'c']);
});

test('messages that are appended later come as they are committed', async () => {
  const world = await openSession();
  const stream = follow(world);
  await takeSteps(stream, 1);
  const next = takeSteps(stream, 1);
  await say(world, 's', 'USER', 'hello');
  expect(addedIn(await next)).toEqual(['hello']);
  await say(world, 's', 'ASSISTANT', 'good day');
  await say(world, 's', 'USER', 'and to you');
  expect(addedIn(await takeSteps(stream, 1))).toEqual(['good day', 'and to you']);
});

test('what was removed is told by its numbers, at the start too', async () => {
  const world = await openSession();
  for (const text of ['a', 'b', 'c', 'd']) await say(world, 's', 'USER', text);
  const early = follow(world, 4);
  await takeSteps(early, 1);
  await rewind(world.engine, world.caller, { ...plain, cut: { kind: 'lastMessages', count: 2 } });
  const removed = { kind: 'messagesRemoved', ranges: [[3, 4]] };
  expect((await takeSteps(early, 1))[0]?.event).toEqual(removed);
  const [, late] = await takeSteps(follow(world, 4), 2);
  expect(late?.event).toEqual(removed);
  await clearMessages(world.engine, world.caller, { ...plain, clearSummaries: false });
  expect((await takeSteps(early, 1))[0]?.event).toEqual({ kind: 'messagesRemoved', ranges: [[1, 2]] });
});

test('a change of state is told, a mere access is not', async () => {
  const world = await openSession();
  const stream = follow(world);
  await takeSteps(stream, 1);
  world.clock.advance(HOUR_MS / 1000);
  await touch(world.engine, world.caller, plain);
  const patch = { statePatch: { mood: 'good' }, metadataPatch: {}, userId: '', agentId: '' };
  await resume(world.engine, world.caller, { ...plain, ...patch, reopen: false, historyLimit: 0 });
  const steps = await takeSteps(stream, 1);
  expect(steps[0]?.event).toMatchObject({ kind: 'sessionChanged', session: { state: { mood: 'good' } } });
});

test('a lapse is told when it is committed', async () => {
  const world = await openSession();
  const stream = follow(world);
  await takeSteps(stream, 1);
  const next = takeSteps(stream, 1);
  world.clock.advance(11 * HOUR_MS);
  await world.engine.sweeper.sweepOnce();
  expect((await next)[0]).toMatchObject({ head: { status: 'DORMANT' }, event: { kind: 'sessionChanged' } });
});

test('it does not slide the deadlines', async () => {
  const world = await openSession();
  const before = (await world.store.sessions.load('acme', 's', {})).header;
  world.clock.advance(HOUR_MS);
  await takeSteps(follow(world), 1);
  expect((await world.store.sessions.load('acme', 's', {})).header).toEqual(before);
});

test('it ends with SESSION_NOT_FOUND when the session is deleted, even if the id lives again', async () => {
  const world = await openSession();
  const streams = [follow(world), follow(world)];
  for (const stream of streams) await takeSteps(stream, 1);
  const [gone, another] = streams.map((stream, place) => (place === 0 ? stream.next() : stream));
  const goneOutcome = expect(gone).rejects.toEqual(refusal('SESSION_NOT_FOUND'));
  await deleteSession(world.engine, world.caller, { ...plain, allowMissing: false });
  await goneOutcome;
  await startSession(world, { sessionId: 's' });
  await expect((another as AsyncGenerator<WatchStep>).next()).rejects.toEqual(refusal('SESSION_NOT_FOUND'));
  const missing = watch(world.engine, world.caller, { sessionId: 'none', afterSequence: 0 });
  await expect(missing.next()).rejects.toEqual(refusal('SESSION_NOT_FOUND'));
});

test('many messages come in steps that are bounded', async () => {
  const world = await openSession({ settings: withWatch({ stepBytesMax: 1000 }) });
  for (const text of ['a', 'b', 'c']) await say(world, 's', 'USER', text.repeat(400));
  const steps = await takeSteps(follow(world), 4);
  expect(kindsOf(steps)).toEqual(['opened', 'messagesAdded', 'messagesAdded', 'messagesAdded']);
});

test('drain: the last step is a closing progress, then DRAINING', async () => {
  const world = await openSession();
  const stream = follow(world);
  await takeSteps(stream, 1);
  const closing = takeSteps(stream, 1);
  await world.engine.drain();
  expect((await closing)[0]?.event).toEqual({ kind: 'progress', closing: true });
  await expect(stream.next()).rejects.toEqual(refusal('DRAINING'));
});

test('a watcher that vanished leaves no registration behind', async () => {
  const world = await openSession();
  const leaving = new AbortController();
  const stream = follow({ ...world, caller: callerOf('acme', leaving.signal) });
  await takeSteps(stream, 1);
  const waiting = stream.next().catch((error) => error);
  await new Promise(setImmediate);
  expect([world.engine.watchers.size, world.engine.signals.size]).toEqual([1, 1]);
  leaving.abort(new Error('gone'));
  expect([world.engine.watchers.size, world.engine.signals.size]).toEqual([0, 0]);
  expect(await waiting).toEqual(new Error('gone'));
});
