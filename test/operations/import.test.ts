import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { specOf } from '../../src/contract/calls.ts';
import { SessionError } from '../../src/model/session-error.ts';
import { CONVERSATION_BYTES_MAX, type ImportedPiece } from '../../src/operations/assemble-conversations.ts';
import { importConversations } from '../../src/operations/import.ts';
import { importConversation } from '../../src/operations/import-conversation.ts';
import { Conversations, conversationOf, messageAt } from '../support/conversations.ts';

let stage: Conversations;

beforeEach(async () => {
  stage = await Conversations.open();
});

async function* streamOf(pieces: ImportedPiece[]): AsyncGenerator<ImportedPiece> {
  yield* pieces;
}

function pieceOf(sessionId: string | null, texts: string[], more = false): ImportedPiece {
  const session = sessionId === null ? null : { sessionId, spec: specOf() };
  return { session, messages: texts.map(messageAt), summaries: [], more };
}

function bringAll(pieces: ImportedPiece[]) {
  return importConversations(stage.engine, stage.caller, streamOf(pieces));
}

test('importConversations: counts what became of each, and tells why one was refused', async () => {
  await importConversation(stage.engine, stage.caller, conversationOf(['a'], { sessionId: 'known' }));
  const answer = await bringAll([
    pieceOf('known', ['a']),
    pieceOf('known', ['a', 'b']),
    pieceOf('known', ['different']),
    pieceOf('new', ['a', 'b', 'c']),
    pieceOf('bad id', ['a']),
    pieceOf('x'.repeat(1_000_000), ['a']),
  ]);
  expect(answer).toMatchObject({
    importedCount: 1,
    appendedCount: 1,
    unchangedCount: 1,
    refusedCount: 3,
    messageCount: 4,
  });
  expect(answer.failures).toMatchObject([
    { position: 3, sessionId: 'known', reason: 'SESSION_EXISTS' },
    { position: 5, sessionId: 'bad id', reason: 'INVALID_FIELD' },
    { position: 6, sessionId: 'x'.repeat(256), reason: 'INVALID_FIELD' },
  ]);
});

test('importConversations: pieces come together however they are cut', async () => {
  const texts = ['a', 'b', 'c', 'd', 'e', 'f'];
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 5 })), async (cuts) => {
      stage = await Conversations.open();
      const ends = [...cuts.toSorted(), texts.length];
      const all = conversationOf(texts).messages;
      const pieces = ends.map((end, index): ImportedPiece => {
        const messages = all.slice(ends[index - 1] ?? 0, end);
        return { ...pieceOf(index === 0 ? 's' : null, [], end < texts.length), messages };
      });
      expect(await bringAll(pieces)).toMatchObject({ importedCount: 1, messageCount: 6, refusedCount: 0 });
      expect(await stage.textsOf()).toEqual(texts);
    }),
    { numRuns: 20 },
  );
});

test('importConversations: pieces that do not fit together refuse their conversation alone', async () => {
  const answer = await bringAll([
    pieceOf(null, ['a']),
    pieceOf('s1', ['a'], true),
    pieceOf('s2', ['b']),
    pieceOf('s3', ['a']),
    pieceOf('s4', ['a'], true),
  ]);
  expect(answer).toMatchObject({ importedCount: 1, refusedCount: 3 });
  expect(answer.failures.map(({ position, sessionId }) => `${position} ${sessionId}`)).toEqual(['1 ', '2 s1', '4 s4']);
});

test('importConversations: a piece that cannot be read refuses its conversation alone, to its last piece', async () => {
  const unreadable = (sessionId: string, more: boolean) => {
    const fault = new SessionError('INVALID_FIELD', 'record.messages[0].role is required', { field: 'role' });
    return { sessionId, fault, more };
  };
  const answer = await bringAll([
    pieceOf('s1', ['a']),
    unreadable('s2', true),
    pieceOf(null, ['b']),
    pieceOf('s3', ['a'], true),
    unreadable('', false),
    pieceOf('s4', ['a']),
  ]);
  expect(answer).toMatchObject({ importedCount: 2, refusedCount: 2, messageCount: 2 });
  expect(answer.failures).toMatchObject([
    { position: 2, sessionId: 's2', message: 'record.messages[0].role is required' },
    { position: 3, sessionId: 's3', message: 'record.messages[0].role is required' },
  ]);
});

test('importConversations: a conversation that is too large is refused, and the next one goes on', async () => {
  const huge = 'x'.repeat(1_000_000);
  const count = Math.ceil(CONVERSATION_BYTES_MAX / huge.length) + 1;
  const pieces = Array.from({ length: count }, (_, index) =>
    pieceOf(index === 0 ? 'huge' : null, [huge], index < count - 1),
  );
  const answer = await bringAll([...pieces, pieceOf('next', ['a'])]);
  expect(answer).toMatchObject({ importedCount: 1, refusedCount: 1, failures: [{ reason: 'LIMIT_EXCEEDED' }] });
});
