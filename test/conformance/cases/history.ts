import { expect } from 'vitest';
import { Role } from '../../../gen/threadkeep/v1/message_pb.ts';
import { SummaryKind, SummarySource } from '../../../gen/threadkeep/v1/summary_pb.ts';
import { failureOf } from '../../rpc/error-facts.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { textMessage } from './lifecycle.ts';

const fileBytes = Uint8Array.from({ length: 300 }, (_, place) => place % 256);
const wholeMessage = {
  role: Role.ASSISTANT,
  messageId: 'm-1',
  turnId: 't-1',
  author: 'Ada',
  model: 'gpt-4o',
  tokenCount: 77,
  usage: { inputTokens: 5, outputTokens: 6, cachedTokens: 3, reasoningTokens: 2 },
  metadata: { flags: [true, null, 1.5] },
  sentTime: { seconds: 1_700_000_000n, nanos: 123_000_000 },
  native: { format: 'openai.chat', json: '{ "role":"assistant"}' },
  parts: [
    { content: { case: 'reasoning' as const, value: 'hm' }, providerData: '{"signature":"x=="}', partId: 'p-1' },
    { content: { case: 'text' as const, value: 'ß \u0000 🧵' } },
    { content: { case: 'toolCall' as const, value: { id: 'c-1', name: 'look', arguments: '{ "a" : 1 }' } } },
    {
      content: {
        case: 'file' as const,
        value: { mimeType: 'image/png', filename: 'a.png', source: { case: 'data' as const, value: fileBytes } },
      },
    },
    {
      content: {
        case: 'file' as const,
        value: { mimeType: 'text/plain', source: { case: 'uri' as const, value: 'https://example.com/a' } },
      },
    },
    { content: { case: 'data' as const, value: { type: 'point', json: '{"x":1e3}' } } },
  ],
};
const toolMessage = {
  role: Role.TOOL,
  parts: [
    {
      content: {
        case: 'toolResult' as const,
        value: { callId: 'c-1', name: 'look', content: '[1, 2]', isError: true, parts: textMessage('more').parts },
      },
    },
  ],
};

/** AddMessage, AddMessages, ListMessages, Rewind, ClearMessages, AddSummary. */
export const historyCases: readonly ConformanceCase[] = [
  {
    rpc: 'addMessage',
    fact: 'a message comes back as it was said, byte for byte',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      const added = await sessions.addMessage({ sessionId, message: wholeMessage, requestId: 'r-1' });
      expect(added).toMatchObject({ sequence: 1, tokenCount: 77, counters: { messageCount: 1, outputTokens: 77n } });
      await sessions.addMessage({ sessionId, message: toolMessage });
      const { messages } = await sessions.listMessages({ sessionId, includeFiles: true });
      expect(messages[0]).toMatchObject({ ...wholeMessage, sequence: 1, requestId: 'r-1' });
      expect(messages[0]!.createTime).toEqual(added.createTime);
      expect(messages[0]!.runId).toBe(added.head!.runId);
      expect(messages[1]).toMatchObject(toolMessage);
    },
  },
  {
    rpc: 'addMessage',
    fact: 'a repeated request id answers the first number again and appends nothing',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      const request = { sessionId, requestId: 'r-1', message: textMessage('once') };
      expect(await sessions.addMessage(request)).toMatchObject({ sequence: 1 });
      expect(await sessions.addMessage(request)).toMatchObject({ sequence: 1, head: { lastSequence: 1 } });
    },
  },
  {
    rpc: 'addMessage',
    fact: 'starts the session if it is missing, when asked to',
    async run({ sessions, sessionId, userId }) {
      const message = textMessage('hello');
      expect(await failureOf(sessions.addMessage({ sessionId, message }))).toMatchObject({
        reason: 'SESSION_NOT_FOUND',
      });
      const { head } = await sessions.addMessage({ sessionId, message, startIfMissing: { userId, title: 'made' } });
      expect(head).toMatchObject({ created: true, lastSequence: 1 });
      expect((await sessions.get({ sessionId, peek: true })).session).toMatchObject({ userId, title: 'made' });
    },
  },
  {
    rpc: 'addMessage',
    fact: 'a message without role or content is INVALID_FIELD, with the path',
    async run({ sessions, sessionId }) {
      const { parts } = textMessage('a');
      expect(await failureOf(sessions.addMessage({ sessionId }))).toMatchObject({ fields: ['message'] });
      expect(await failureOf(sessions.addMessage({ sessionId, message: { parts } }))).toMatchObject({
        reason: 'INVALID_FIELD',
        fields: ['message.role'],
      });
      const empty = { role: Role.USER, parts: [...parts, {}] };
      expect(await failureOf(sessions.addMessage({ sessionId, message: empty }))).toMatchObject({
        fields: ['message.parts[1]'],
      });
    },
  },
  {
    rpc: 'addMessages',
    fact: 'cuts and appends in one commit, with consecutive numbers',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      await sessions.addMessages({ sessionId, messages: ['a', 'b', 'c'].map(textMessage) });
      const answer = await sessions.addMessages({
        sessionId,
        messages: ['d', 'e'].map(textMessage),
        rewindThroughSequence: 1,
        statePatch: { edited: true },
      });
      expect(answer).toMatchObject({ removedCount: 2, counters: { messageCount: 3, lastSequence: 5 } });
      expect(answer.messages.map(({ sequence }) => sequence)).toEqual([4, 5]);
      const { messages } = await sessions.listMessages({ sessionId });
      expect(messages.map(({ sequence }) => sequence)).toEqual([1, 4, 5]);
    },
  },
  {
    rpc: 'listMessages',
    fact: 'filters, pages and leaves inline files out',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      await sessions.addMessages({ sessionId, messages: [textMessage('a'), wholeMessage, textMessage('b')] });
      const page = await sessions.listMessages({ sessionId, pageSize: 2 });
      expect(page.messages.map(({ sequence }) => sequence)).toEqual([1, 2]);
      expect(page.messages[1]!.parts[3]!.content.value).toMatchObject({ source: { case: undefined } });
      const rest = await sessions.listMessages({ sessionId, pageSize: 2, pageToken: page.nextPageToken });
      expect(rest.messages.map(({ sequence }) => sequence)).toEqual([3]);
      const filters = [{ roles: [Role.ASSISTANT] }, { messageIds: ['m-1'] }, { afterSequence: 1, beforeSequence: 3 }];
      for (const filter of filters) {
        const { messages } = await sessions.listMessages({ sessionId, ...filter });
        expect(messages.map(({ sequence }) => sequence)).toEqual([2]);
      }
      const { messages } = await sessions.listMessages({ sessionId, last: 1 });
      expect(messages.map(({ sequence }) => sequence)).toEqual([3]);
    },
  },
  {
    rpc: 'rewind',
    fact: 'removes by each kind of cut, and answers what it removed',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      const turn = { ...textMessage('e'), turnId: 'last' };
      await sessions.addMessages({ sessionId, messages: [...['a', 'b', 'c', 'd'].map(textMessage), turn] });
      const byTurn = await sessions.rewind({ sessionId, cut: { case: 'turnId', value: 'last' } });
      expect(byTurn).toMatchObject({ removedCount: 1, removedTruncated: false });
      expect(byTurn.removedMessages).toMatchObject([{ sequence: 5, turnId: 'last' }]);
      expect(await sessions.rewind({ sessionId, cut: { case: 'lastTurns', value: 1 } })).toMatchObject({
        removedCount: 1,
      });
      expect(await sessions.rewind({ sessionId, cut: { case: 'lastMessages', value: 1 } })).toMatchObject({
        removedCount: 1,
      });
      expect(await sessions.rewind({ sessionId, cut: { case: 'throughSequence', value: 0 } })).toMatchObject({
        removedCount: 2,
        head: { lastSequence: 5 },
      });
      expect(await failureOf(sessions.rewind({ sessionId }))).toMatchObject({ fields: ['cut'] });
      const unknown = sessions.rewind({ sessionId, cut: { case: 'turnId', value: 'none' } });
      expect(await failureOf(unknown)).toMatchObject({ code: 'NotFound', reason: 'MESSAGE_NOT_FOUND' });
    },
  },
  {
    rpc: 'clearMessages',
    fact: 'removes all messages; their numbers are not used again',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      await sessions.addMessages({ sessionId, messages: ['a', 'b'].map(textMessage) });
      expect(await sessions.clearMessages({ sessionId })).toMatchObject({ removedCount: 2 });
      expect(await sessions.addMessage({ sessionId, message: textMessage('c') })).toMatchObject({ sequence: 3 });
    },
  },
  {
    rpc: 'addSummary',
    fact: 'keeps a summary, which reads answer when asked to',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      await sessions.addMessages({ sessionId, messages: ['a', 'b'].map(textMessage) });
      const summary = { firstSequence: 1, lastSequence: 2, text: 'They said a and b', tokenCount: 9 };
      const stored = { ...summary, kind: SummaryKind.COMPACTION, source: SummarySource.CALLER };
      expect((await sessions.addSummary({ sessionId, summary })).summary).toMatchObject(stored);
      const { summaries } = await sessions.listMessages({ sessionId, includeSummaries: true });
      expect(summaries).toMatchObject([stored]);
      expect(await failureOf(sessions.addSummary({ sessionId }))).toMatchObject({ fields: ['summary'] });
    },
  },
];
