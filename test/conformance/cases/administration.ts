import { expect } from 'vitest';
import { Role } from '../../../gen/threadkeep/v1/message_pb.ts';
import { SessionStatus } from '../../../gen/threadkeep/v1/session_pb.ts';
import { failureOf } from '../../rpc/error-facts.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { textMessage } from './lifecycle.ts';

/** Cleanup, Export, Import, EraseUser. */
export const administrationCases: readonly ConformanceCase[] = [
  {
    rpc: 'cleanup',
    fact: 'deletes what is over, after counting it when asked to',
    async run({ sessions, admin, sessionId }) {
      await sessions.start({ sessionId });
      await sessions.addMessage({ sessionId, message: textMessage('a') });
      await sessions.end({ sessionId });
      const request = { olderThan: { seconds: 0n, nanos: 0 }, sessionIds: [sessionId] };
      const counts = { sessionsDeleted: 1, messagesDeleted: 1, more: false };
      expect(await admin.cleanup({ ...request, dryRun: true })).toMatchObject(counts);
      expect(await admin.cleanup(request)).toMatchObject(counts);
      expect(await failureOf(sessions.get({ sessionId, peek: true }))).toMatchObject({ reason: 'SESSION_NOT_FOUND' });
      expect(await failureOf(admin.cleanup({}))).toMatchObject({ fields: ['older_than'] });
    },
  },
  {
    rpc: 'export',
    fact: 'streams a conversation with its messages, inline files and summaries',
    async run({ sessions, admin, sessionId }) {
      await sessions.start({ sessionId, title: 'kept' });
      const data = Uint8Array.of(1, 2, 3);
      const file = { mimeType: 'image/png', source: { case: 'data' as const, value: data } };
      const message = { role: Role.USER, parts: [{ content: { case: 'file' as const, value: file } }] };
      await sessions.addMessages({ sessionId, messages: [textMessage('a'), message] });
      await sessions.addSummary({ sessionId, summary: { firstSequence: 1, lastSequence: 1, text: 'It was a' } });
      const records = [];
      for await (const { record } of admin.export({ sessionIds: [sessionId] })) records.push(record!);
      expect(records[0]!.session).toMatchObject({ sessionId, title: 'kept', status: SessionStatus.ACTIVE });
      expect(records.flatMap(({ messages }) => messages)).toMatchObject([textMessage('a'), message]);
      expect(records.at(-1)!.summaries).toMatchObject([{ text: 'It was a' }]);
      expect(records.map(({ more }) => more)).toEqual(records.map((_, place) => place < records.length - 1));
    },
  },
  {
    rpc: 'import',
    fact: 'stores conversations, leaves alone what is there, and refuses what differs',
    async run({ sessions, admin, sessionId }) {
      const record = (texts: string[]) => ({
        record: { session: { sessionId, title: 'brought' }, messages: texts.map(textMessage) },
      });
      async function* stream(...records: ReturnType<typeof record>[]) {
        yield* records;
      }
      expect(await admin.import(stream(record(['a', 'b'])))).toMatchObject({ importedCount: 1, messageCount: 2 });
      expect(await admin.import(stream(record(['a', 'b'])))).toMatchObject({ unchangedCount: 1, messageCount: 0 });
      expect(await admin.import(stream(record(['a', 'b', 'c']), record(['x'])))).toMatchObject({
        appendedCount: 1,
        refusedCount: 1,
        messageCount: 1,
        failures: [{ position: 2, sessionId, reason: 'SESSION_EXISTS' }],
      });
      const { session, messages } = await sessions.get({ sessionId, peek: true, historyLimit: 10 });
      expect(session!.title).toBe('brought');
      expect(messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    },
  },
  {
    rpc: 'import',
    fact: 'refuses a conversation that cannot be read, by name, and goes on with the next',
    async run({ sessions, admin, sessionId }) {
      async function* stream() {
        yield { record: { session: { sessionId: 'no-role' }, messages: [{ parts: [] }] } };
        yield {};
        yield { record: { session: { sessionId }, messages: [textMessage('a')] } };
      }
      expect(await admin.import(stream())).toMatchObject({
        importedCount: 1,
        refusedCount: 2,
        failures: [
          { position: 1, sessionId: 'no-role', reason: 'INVALID_FIELD' },
          { position: 2, sessionId: '', reason: 'INVALID_FIELD' },
        ],
      });
      expect((await sessions.get({ sessionId, peek: true })).session!.counters!.messageCount).toBe(1);
    },
  },
  {
    rpc: 'eraseUser',
    fact: "deletes all of a user's sessions and gives a receipt",
    async run({ sessions, admin, sessionId, userId }) {
      await sessions.start({ sessionId, userId });
      await sessions.addMessage({ sessionId, message: textMessage('a') });
      const receipt = await admin.eraseUser({ userId });
      expect(receipt).toMatchObject({ sessionsDeleted: 1, messagesDeleted: 1 });
      expect(receipt.receiptId).not.toBe('');
      expect((await sessions.list({ userId })).sessions).toEqual([]);
      expect(await failureOf(admin.eraseUser({}))).toMatchObject({ fields: ['user_id'] });
    },
  },
];
