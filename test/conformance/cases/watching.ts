import { expect } from 'vitest';
import { SessionEventKind, SessionEventReason } from '../../../gen/threadkeep/v1/event_pb.ts';
import { failureOf } from '../../rpc/error-facts.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { textMessage } from './lifecycle.ts';

/** Watch, WatchExpiry. */
export const watchingCases: readonly ConformanceCase[] = [
  {
    rpc: 'watch',
    fact: 'begins with the session and its messages, then follows every change',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId, title: 'old' });
      await sessions.addMessages({ sessionId, messages: ['a', 'b'].map(textMessage) });
      const steps = read((options) => sessions.watch({ sessionId, afterSequence: 1 }, options));
      expect(await steps.next()).toMatchObject({ head: { sessionId }, event: { case: 'opened' } });
      expect(await steps.next()).toMatchObject({
        event: { case: 'messagesAdded', value: { messages: [{ sequence: 2 }] } },
      });
      await sessions.update({ sessionId, session: { title: 'new' }, updateMask: { paths: ['title'] } });
      expect(await steps.next()).toMatchObject({
        event: { case: 'sessionChanged', value: { session: { title: 'new' } } },
      });
      await sessions.rewind({ sessionId, cut: { case: 'lastMessages', value: 1 } });
      expect(await steps.next()).toMatchObject({
        event: { case: 'messagesRemoved', value: { ranges: [{ firstSequence: 2, lastSequence: 2 }] } },
      });
      await sessions.delete({ sessionId });
      expect(await failureOf(steps.next())).toMatchObject({ reason: 'SESSION_NOT_FOUND' });
    },
  },
  {
    rpc: 'watch',
    fact: 'a session that is not there is SESSION_NOT_FOUND',
    async run({ sessions, sessionId }) {
      const steps = read((options) => sessions.watch({ sessionId }, options));
      expect(await failureOf(steps.next())).toMatchObject({ code: 'NotFound', reason: 'SESSION_NOT_FOUND' });
    },
  },
  {
    rpc: 'watchExpiry',
    fact: 'tells of an expiry, and goes on from a token without a gap',
    async run({ sessions, sessionId, service }) {
      await sessions.start({
        sessionId,
        ttl: { seconds: 100n, nanos: 0 },
        dormantAfter: { seconds: 50n, nanos: 0 },
        expiringLead: { seconds: 0n, nanos: 0 },
      });
      const filter = { sessionIds: [sessionId] };
      const steps = read((options) => sessions.watchExpiry(filter, options));
      const opened = await steps.next();
      expect(opened).toMatchObject({ event: { case: 'opened' } });
      await service.elapse(60_000);
      expect((await steps.nextEvent()).event).toMatchObject(eventOf(sessionId, 'DORMANT', 'IDLE'));
      await service.elapse(60_000);
      expect((await steps.nextEvent()).event).toMatchObject(eventOf(sessionId, 'EXPIRED', 'TTL'));
      await steps.leave();
      const start = { case: 'resumeToken' as const, value: opened.resumeToken };
      const again = read((options) =>
        sessions.watchExpiry({ ...filter, kinds: [SessionEventKind.EXPIRED], start }, options),
      );
      expect(await again.next()).toMatchObject({ event: { case: 'opened' } });
      expect((await again.nextEvent()).event).toMatchObject(eventOf(sessionId, 'EXPIRED', 'TTL'));
      await again.leave();
    },
  },
  {
    rpc: 'watchExpiry',
    fact: 'a token that was changed is RESUME_TOKEN_FOREIGN',
    async run({ sessions }) {
      const steps = read((options) =>
        sessions.watchExpiry({ start: { case: 'resumeToken', value: 'bm9uZQ' } }, options),
      );
      expect(await failureOf(steps.next())).toMatchObject({ code: 'InvalidArgument', reason: 'RESUME_TOKEN_FOREIGN' });
    },
  },
];

function eventOf(sessionId: string, kind: 'DORMANT' | 'EXPIRED', reason: 'IDLE' | 'TTL') {
  const event = { sessionId, kind: SessionEventKind[kind], reason: SessionEventReason[reason], generation: 1 };
  return { case: 'events', value: { events: [event] } };
}

/** Opens a stream and reads it step by step; whoever does not read to its end must leave it. */
export function read<Step extends { event: { case: string | undefined } }>(
  open: (options: { signal: AbortSignal }) => AsyncIterable<Step>,
) {
  const left = new AbortController();
  const iterator = open({ signal: left.signal })[Symbol.asyncIterator]();
  return {
    async next(): Promise<Step> {
      const { done, value } = await iterator.next();
      if (done) throw new Error('the stream ended');
      return value;
    },
    /** The next step but for signs of life. */
    async nextEvent(): Promise<Step> {
      for (;;) {
        const step = await this.next();
        if (step.event.case !== 'progress') return step;
      }
    },
    async leave(): Promise<void> {
      left.abort();
      await iterator.next().catch(() => {});
    },
  };
}
