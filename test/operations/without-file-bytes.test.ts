import { beforeEach, expect, test } from 'vitest';
import type { StoredMessage } from '../../src/model/message.ts';
import { get } from '../../src/operations/get.ts';
import { resume } from '../../src/operations/resume.ts';
import { rewind } from '../../src/operations/rewind.ts';
import { watch } from '../../src/operations/watch.ts';
import { jsonCodec } from '../support/json-codec.ts';
import { takeSteps } from '../support/take-steps.ts';
import { openTestEngine, say, startSession, type TestEngine, withLimits } from '../support/test-engine.ts';

const FILE_BYTES = 5000;
const MESSAGES = 3;
const bare = { kind: 'file', mimeType: 'image/png', filename: 'a.png' } as const;
const file = { ...bare, data: new Uint8Array(FILE_BYTES) };

let world: TestEngine;
/** An answer has room for one of the files at most. */
beforeEach(async () => {
  world = await openTestEngine({ settings: withLimits({ answerBytesMax: 4096 + FILE_BYTES }) });
  await startSession(world, { sessionId: 's' });
  for (let said = 0; said < MESSAGES; said += 1) await say(world, 's', 'USER', '', { message: { parts: [file] } });
});

const change = { sessionId: 's', requestId: '', expectedVersion: 0 };
const plain = { statePatch: {}, metadataPatch: {}, userId: '', agentId: '', reopen: false };

const answers: [string, () => Promise<StoredMessage[]>][] = [
  [
    'Get',
    async () =>
      (await get(world.engine, world.caller, { sessionId: 's', minVersion: 0, peek: true, historyLimit: 9 })).messages,
  ],
  ['Resume', async () => (await resume(world.engine, world.caller, { ...change, ...plain, historyLimit: 9 })).messages],
  [
    'Rewind',
    async () => {
      const cut = { kind: 'lastMessages', count: 9 } as const;
      return (await rewind(world.engine, world.caller, { ...change, cut })).removedMessages;
    },
  ],
  [
    'Watch',
    async () => {
      const [, step] = await takeSteps(watch(world.engine, world.caller, { sessionId: 's', afterSequence: 0 }), 2);
      return step?.event.kind === 'messagesAdded' ? step.event.messages : [];
    },
  ],
];

test.each(answers)('%s answers inline files without their bytes, which take no room in its answer', async (_, ask) => {
  const parts = (await ask()).flatMap(({ body }) => jsonCodec.decode(body).parts);
  expect(parts).toEqual(Array.from({ length: MESSAGES }, () => bare));
});
