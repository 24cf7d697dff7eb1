import assert from 'node:assert/strict';
import { addMessages } from '../../src/operations/add-messages.ts';
import { buildContext } from '../../src/operations/build-context.ts';
import { type StartInput, start } from '../../src/operations/start.ts';
import { touch } from '../../src/operations/touch.ts';
import type { Figures, Proof } from '../support/proof.ts';
import { messageOf, say, startInput, startSession, type TestEngine } from '../support/test-engine.ts';
import { openTappedEngine, type TappedEngine } from './round-trips/tapped-engine.ts';

const BATCH = 500;
const MINUTE_MS = 60_000;
const STALE_MS = 2500;
const APPENDS = 200;
const CROWD = 50;

/** Reads what the usual calls send off the wire, at a young session and at an old one of `count` messages. */
export const proof: Proof = {
  claim:
    'on MongoDB an append is one round trip, a context one or none, a touch none or one, however old the session; a Start one, ' +
    'and one more for each of key, request id and user; appends to many sessions at a time share theirs',
  counts: { short: 1000, full: 20_000 },
  async run({ count, seed, log }) {
    const tapped = await openTappedEngine(seed);
    try {
      const figures: Figures = {};
      Object.assign(figures, await measureStarts(tapped));
      Object.assign(figures, await measureCrowd(tapped));
      for (const age of [20, count]) {
        const sessionId = `aged-${age}`;
        await fill(tapped, sessionId, age);
        log(`${age} messages are there`);
        Object.assign(figures, await measureSession(tapped, sessionId, age));
      }
      return figures;
    } finally {
      await tapped.close();
    }
  },
};

/** The token of a Start may be 10 s old, so that the first one alone reads the log's bounds. */
async function measureStarts(tapped: TappedEngine): Promise<Figures> {
  await startSession(tapped);
  const key = (conversationKey: string) => ({ agentId: 'agent', channel: 'web', conversationKey });
  const insert = 'insert sessions';
  const claim = 'findAndModify claims';
  const count = 'find sessions';
  const figures: Figures = {};
  const expectCommands = async (title: string, fields: Partial<StartInput>, wanted: string[]) => {
    const commands = await tapped.commandsOf(() => start(tapped.engine, tapped.caller, startInput(fields)));
    assert.deepEqual(commands, wanted, title);
    figures[title] = describe(commands);
  };
  await expectCommands('Start', {}, [insert]);
  await expectCommands('Start with an id', { sessionId: 'given' }, [insert]);
  await expectCommands('Start with a key', key('first'), [claim, insert]);
  await expectCommands('Start with a request id', { requestId: 'one' }, [claim, insert]);
  await expectCommands('Start with a user', { userId: 'user' }, [insert, count]);
  await expectCommands('Start with a key and a user', { ...key('second'), userId: 'user' }, [claim, insert, count]);
  await expectCommands('Start with a key and a request id', { ...key('third'), requestId: 'two' }, [
    claim,
    claim,
    insert,
  ]);
  const all = { ...key('fourth'), requestId: 'three', userId: 'user' };
  await expectCommands('Start with key, request id and user', all, [claim, claim, insert, count]);
  return figures;
}

/** The first goes at once, what comes while it is under way goes together. */
async function measureCrowd(tapped: TappedEngine): Promise<Figures> {
  const sessionIds = Array.from({ length: CROWD }, (_, place) => `crowd-${place}`);
  for (const sessionId of sessionIds) await startSession(tapped, { sessionId });
  const commands = await tapped.commandsOf(() =>
    Promise.all(sessionIds.map((sessionId) => say(tapped, sessionId, 'USER', 'The flight leaves at 9:40.'))),
  );
  assert.deepEqual(commands, ['findAndModify sessions', 'update sessions']);
  return { [`AddMessage to ${CROWD} sessions at a time`]: describe(commands) };
}

async function measureSession(tapped: TappedEngine, sessionId: string, age: number): Promise<Figures> {
  const { engine, caller, clock, commandsOf } = tapped;
  const append = () => say(tapped, sessionId, 'USER', 'The flight to Lisbon leaves at 9:40.');
  const context = () => buildContext(engine, caller, contextInput(sessionId));
  const slide = () => touch(engine, caller, { sessionId, requestId: '', expectedVersion: 0 });
  await append();
  const figures: Figures = {};
  const expectCommands = async (title: string, call: () => Promise<unknown>, wanted: string[]) => {
    const commands = await commandsOf(call);
    assert.deepEqual(commands, wanted, `${title} at ${age} messages`);
    figures[`${title} at ${age}`] = describe(commands);
  };
  await expectCommands('AddMessage', append, ['findAndModify sessions']);
  await expectCommands('BuildContext(20) from a fresh entry', context, []);
  await expectCommands('Touch inside a bucket, fresh', slide, []);
  clock.advance(STALE_MS);
  await expectCommands('AddMessage on a stale entry', append, ['findAndModify sessions']);
  clock.advance(STALE_MS);
  await expectCommands('BuildContext(20) on a stale entry', context, ['find sessions']);
  clock.advance(STALE_MS);
  await expectCommands('Touch inside a bucket, stale', slide, ['find sessions']);
  clock.advance(MINUTE_MS);
  await expectCommands('Touch outside a bucket', slide, ['findAndModify sessions']);
  figures[`commands an append at ${age}, all that is done later included`] = await measureAll(tapped, append);
  return figures;
}

/** Counts what many appends come to with all that is left for later: messages moved on, request ids put away. */
async function measureAll({ store, commandsOf }: TappedEngine, append: () => Promise<unknown>): Promise<string> {
  const commands = await commandsOf(async () => {
    for (let appended = 0; appended < APPENDS; appended++) await append();
    while ((await store.finishCommits()) > 0);
  });
  return (commands.length / APPENDS).toFixed(2);
}

async function fill(tapped: TestEngine, sessionId: string, age: number): Promise<void> {
  const { engine, caller, store, clock } = tapped;
  await startSession(tapped, { sessionId });
  for (let filled = 0; filled < age; filled += BATCH) {
    const messages = Array.from({ length: Math.min(BATCH, age - filled) }, (_, place) =>
      messageOf(place % 2 === 0 ? 'USER' : 'ASSISTANT', `Message ${filled + place + 1} of many.`),
    );
    const base = { sessionId, requestId: '', expectedVersion: 0, statePatch: {}, startIfMissing: null };
    await addMessages(engine, caller, { ...base, messages, rewindThroughSequence: null });
  }
  clock.advance(MINUTE_MS);
  while ((await store.finishCommits()) > 0);
  await say(tapped, sessionId, 'USER', 'And on.');
}

function contextInput(sessionId: string): Parameters<typeof buildContext>[2] {
  return {
    ...{ sessionId, minVersion: 0, tokenLimit: 100_000, maxMessages: 20, format: 'NEUTRAL', strategy: 'RECENT' },
    ...{ systemPrompt: '', omitSummaries: false, includeFiles: false, ifTagNot: '', peek: false },
  };
}

function describe(commands: readonly string[]): string {
  return commands.length === 0 ? '0' : `${commands.length} (${commands.join(', ')})`;
}
