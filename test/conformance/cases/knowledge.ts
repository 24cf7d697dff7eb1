import { expect } from 'vitest';
import { ContextFormat } from '../../../gen/threadkeep/v1/context_pb.ts';
import { Role } from '../../../gen/threadkeep/v1/message_pb.ts';
import { failureOf } from '../../rpc/error-facts.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { textMessage } from './lifecycle.ts';

const system = { ...textMessage('Be brief.'), role: Role.SYSTEM };

/** RecordActivity, BuildContext, Search, Stats. */
export const knowledgeCases: readonly ConformanceCase[] = [
  {
    rpc: 'recordActivity',
    fact: 'counts tool calls once and errors, without a new version',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId, agentId: 'helper' });
      const toolCall = { callId: 'c-1', name: 'look', duration: { seconds: 0n, nanos: 1_500_000 }, success: true };
      await sessions.recordActivity({ sessionId, toolCall });
      const { head, counters } = await sessions.recordActivity({ sessionId, toolCall, error: { message: 'broke' } });
      expect(head!.version).toBe(1);
      expect(counters).toMatchObject({ toolCallCount: 1, errorCount: 1 });
      const alone = await sessions.recordActivity({ agentId: 'helper', agentStatus: 'thinking' });
      expect(alone.head).toBeUndefined();
      expect(await failureOf(sessions.recordActivity({ sessionId }))).toMatchObject({ reason: 'INVALID_FIELD' });
    },
  },
  {
    rpc: 'buildContext',
    fact: 'renders for a provider, names its tag, and says when nothing changed',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      await sessions.addMessages({ sessionId, messages: [system, textMessage('hi')] });
      const request = { sessionId, format: ContextFormat.OPENAI_CHAT, tokenLimit: 1000 };
      const context = await sessions.buildContext(request);
      expect(JSON.parse(context.rendered)).toMatchObject([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hi' },
      ]);
      expect(context).toMatchObject({ tokenLimit: 1000, unchanged: false, report: { keptMessages: 2 } });
      expect(context.messages.map(({ sequence }) => sequence)).toEqual([1, 2]);
      expect(context.tokenCount).toBeGreaterThan(0);
      expect(await sessions.buildContext({ ...request, ifTagNot: context.tag })).toMatchObject({
        unchanged: true,
        rendered: '',
        messages: [],
        tag: context.tag,
      });
    },
  },
  {
    rpc: 'buildContext',
    fact: 'a limit that the newest turn does not fit is TOKEN_LIMIT_TOO_SMALL',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      await sessions.addMessage({ sessionId, message: textMessage('word '.repeat(500)) });
      expect(await failureOf(sessions.buildContext({ sessionId, tokenLimit: 20 }))).toMatchObject({
        code: 'InvalidArgument',
        reason: 'TOKEN_LIMIT_TOO_SMALL',
      });
    },
  },
  {
    rpc: 'search',
    fact: 'finds words whatever their case, and marks them',
    async run({ sessions, sessionId, userId }) {
      await sessions.start({ sessionId, userId });
      await sessions.addMessages({ sessionId, messages: [textMessage('The blue Heron'), textMessage('a red fox')] });
      for (const scope of [
        { case: 'sessionId' as const, value: sessionId },
        { case: 'userId' as const, value: userId },
      ]) {
        const { hits } = await sessions.search({ query: 'heron', scope });
        expect(hits).toMatchObject([
          { sessionId, sequence: 1, role: Role.USER, why: ['heron'], marks: [{ start: 9, length: 5 }] },
        ]);
      }
    },
  },
  {
    rpc: 'stats',
    fact: 'answers the figures of a session, a user, the tenant and the instance',
    async run({ sessions, sessionId, userId }) {
      await sessions.start({ sessionId, userId, channel: 'web' });
      await sessions.addMessage({ sessionId, message: { ...textMessage('hi'), tokenCount: 3 } });
      const ofSession = await sessions.stats({ scope: { case: 'sessionId', value: sessionId } });
      expect(ofSession.figures).toMatchObject({
        case: 'session',
        value: {
          sessionId,
          counters: { messageCount: 1, inputTokens: 3n },
          roles: [{ role: Role.USER, messageCount: 1 }],
        },
      });
      const ofUser = await sessions.stats({ scope: { case: 'userId', value: userId } });
      expect(ofUser.figures).toMatchObject({
        case: 'group',
        value: { sessionCount: 1, messageCount: 1, totalTokens: 3n, channels: [{ channel: 'web', sessionCount: 1 }] },
      });
      expect((await sessions.stats({})).figures.case).toBe('group');
      const ofInstance = await sessions.stats({ scope: { case: 'instance', value: true } });
      expect(ofInstance.figures).toMatchObject({ case: 'instance', value: { dualTtl: true, sliding: true } });
      expect(await failureOf(sessions.stats({ scope: { case: 'tenant', value: false } }))).toMatchObject({
        fields: ['tenant'],
      });
    },
  },
];
