import { timestampMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'vitest';
import { IfExists } from '../../../gen/threadkeep/v1/lifecycle_pb.ts';
import { Role } from '../../../gen/threadkeep/v1/message_pb.ts';
import { Outcome, SessionStatus } from '../../../gen/threadkeep/v1/session_pb.ts';
import { failureOf } from '../../rpc/error-facts.ts';
import type { ConformanceCase } from '../conformance-case.ts';

const HOUR_SECONDS = 3600n;

/** Start, Resume, Get, List, Touch, Update, End, Delete. */
export const lifecycleCases: readonly ConformanceCase[] = [
  {
    rpc: 'start',
    fact: 'what is given comes back, with the deadlines as granted',
    async run({ sessions, sessionId, userId, service }) {
      const state = { mood: 'calm', nested: { list: [1, null, 'ü'] } };
      const { head, session, watchToken } = await sessions.start({
        sessionId,
        userId,
        agentId: 'helper',
        channel: 'web',
        conversationKey: `chat ${sessionId}`,
        title: 'A talk',
        labels: { team: 'blue' },
        metadata: { source: 'test' },
        state,
        model: 'gpt-4o',
        tokenLimit: 2000,
        ttl: { seconds: 2n * HOUR_SECONDS, nanos: 0 },
        dormantAfter: { seconds: HOUR_SECONDS, nanos: 0 },
      });
      expect(head).toMatchObject({ sessionId, created: true, resumed: false, version: 1, generation: 1 });
      expect(session).toMatchObject({
        sessionId,
        userId,
        agentId: 'helper',
        channel: 'web',
        conversationKey: `chat ${sessionId}`,
        title: 'A talk',
        labels: { team: 'blue' },
        metadata: { source: 'test' },
        state,
        model: 'gpt-4o',
        tokenLimit: 2000,
        status: SessionStatus.ACTIVE,
        outcome: Outcome.UNSPECIFIED,
      });
      const now = service.clock.wallAt();
      expect(timestampMs(session!.createTime!)).toBe(now);
      expect(timestampMs(head!.expireTime!)).toBeGreaterThanOrEqual(now + 7_200_000);
      expect(head!.expiresIn!.seconds).toBeGreaterThanOrEqual(2n * HOUR_SECONDS);
      expect(timestampMs(head!.dormantTime!)).toBeGreaterThanOrEqual(now + 3_600_000);
      expect(watchToken).not.toBe('');
    },
  },
  {
    rpc: 'start',
    fact: 'a session that is there is SESSION_EXISTS, or answered as if_exists says',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      expect(await failureOf(sessions.start({ sessionId }))).toMatchObject({
        code: 'AlreadyExists',
        reason: 'SESSION_EXISTS',
      });
      const { head } = await sessions.start({ sessionId, ifExists: IfExists.RETURN });
      expect(head).toMatchObject({ created: false, version: 1 });
    },
  },
  {
    rpc: 'start',
    fact: 'a request id answers the first answer again, and is refused with other content',
    async run({ sessions, sessionId }) {
      const request = { requestId: `r-${sessionId}`, title: 'once' };
      const first = await sessions.start(request);
      const second = await sessions.start(request);
      expect(second.head).toMatchObject({ sessionId: first.head!.sessionId, created: true });
      expect(await failureOf(sessions.start({ ...request, title: 'twice' }))).toMatchObject({
        code: 'FailedPrecondition',
        reason: 'REQUEST_ID_REUSED',
      });
    },
  },
  {
    rpc: 'resume',
    fact: 'brings a DORMANT session back with its messages and merges state',
    async run({ sessions, sessionId, service }) {
      await sessions.start({ sessionId, state: { kept: 1, changed: 1 }, dormantAfter: { seconds: 60n, nanos: 0 } });
      await sessions.addMessage({ sessionId, message: textMessage('hello') });
      await service.elapse(120_000);
      const { head, session, messages, previousGeneration } = await sessions.resume({
        sessionId,
        statePatch: { changed: null },
        historyLimit: 5,
      });
      expect(head).toMatchObject({ resumed: true, generation: 2, status: SessionStatus.ACTIVE });
      expect(previousGeneration).toBe(1);
      expect(session!.state).toEqual({ kept: 1, changed: null });
      expect(messages.map(({ sequence }) => sequence)).toEqual([1]);
    },
  },
  {
    rpc: 'get',
    fact: 'answers the session with its newest messages; one that is over needs peek',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      await sessions.addMessages({ sessionId, messages: ['a', 'b', 'c'].map(textMessage) });
      const { usable, messages, head } = await sessions.get({ sessionId, historyLimit: 2 });
      expect(usable).toBe(true);
      expect(head!.lastSequence).toBe(3);
      expect(messages.map(({ sequence }) => sequence)).toEqual([2, 3]);
      await sessions.end({ sessionId });
      expect(await failureOf(sessions.get({ sessionId }))).toMatchObject({ reason: 'SESSION_ENDED' });
      expect(await sessions.get({ sessionId, peek: true })).toMatchObject({ usable: false });
    },
  },
  {
    rpc: 'get',
    fact: 'a session that is not there is SESSION_NOT_FOUND',
    async run({ sessions, sessionId }) {
      expect(await failureOf(sessions.get({ sessionId }))).toMatchObject({
        code: 'NotFound',
        reason: 'SESSION_NOT_FOUND',
      });
    },
  },
  {
    rpc: 'list',
    fact: 'pages through the sessions of a user, newest first',
    async run({ sessions, sessionId, userId, service }) {
      for (const place of [1, 2, 3]) {
        await sessions.start({ sessionId: `${sessionId}-${place}`, userId });
        await service.elapse(1000);
      }
      const first = await sessions.list({ userId, pageSize: 2 });
      expect(first.sessions.map((session) => session.sessionId)).toEqual([`${sessionId}-3`, `${sessionId}-2`]);
      expect(first.watchToken).not.toBe('');
      const second = await sessions.list({ userId, pageSize: 2, pageToken: first.nextPageToken });
      expect(second.sessions.map((session) => session.sessionId)).toEqual([`${sessionId}-1`]);
      expect(second.nextPageToken).toBe('');
      const foreign = failureOf(sessions.list({ userId: `${userId}x`, pageToken: first.nextPageToken }));
      expect(await foreign).toMatchObject({ code: 'InvalidArgument', reason: 'PAGE_TOKEN_INVALID' });
    },
  },
  {
    rpc: 'touch',
    fact: 'slides the deadlines, and takes a new TTL as a new version',
    async run({ sessions, sessionId, service }) {
      const { head: before } = await sessions.start({ sessionId });
      await service.elapse(600_000);
      const { head: slid } = await sessions.touch({ sessionId });
      expect(timestampMs(slid!.expireTime!)).toBeGreaterThan(timestampMs(before!.expireTime!));
      expect(slid!.version).toBe(1);
      const { head: changed } = await sessions.touch({ sessionId, ttl: { seconds: 30n * HOUR_SECONDS, nanos: 0 } });
      expect(changed!.version).toBe(2);
    },
  },
  {
    rpc: 'update',
    fact: 'sets what the mask names, and nothing else',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId, title: 'old', model: 'm-1', state: { a: 1, b: 2 } });
      const { session, head } = await sessions.update({
        sessionId,
        expectedVersion: 1,
        session: { title: 'new', model: 'ignored', qualityScore: 4 },
        updateMask: { paths: ['title', 'quality_score'] },
        statePatch: { a: { deep: true } },
        stateRemove: ['b'],
      });
      expect(session).toMatchObject({ title: 'new', model: 'm-1', qualityScore: 4, state: { a: { deep: true } } });
      expect(Object.keys(session!.state!)).toEqual(['a']);
      expect(head!.version).toBe(2);
    },
  },
  {
    rpc: 'update',
    fact: 'a version that is not the current one is VERSION_MISMATCH, with the current one',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      const call = sessions.update({ sessionId, expectedVersion: 9, statePatch: { a: 1 } });
      const { code, reason, metadata } = await failureOf(call);
      expect({ code, reason }).toEqual({ code: 'Aborted', reason: 'VERSION_MISMATCH' });
      expect(Object.values(metadata)).toContain('1');
    },
  },
  {
    rpc: 'update',
    fact: 'a session without a mask, or with an empty one, is refused instead of lost',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      for (const mask of [{}, { updateMask: { paths: [] } }]) {
        const refused = await failureOf(sessions.update({ sessionId, session: { title: 'new' }, ...mask }));
        expect(refused).toMatchObject({ reason: 'INVALID_FIELD', fields: ['update_mask'] });
      }
    },
  },
  {
    rpc: 'end',
    fact: 'ending twice answers the first end',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      const failed = { outcome: Outcome.FAILED, errorMessage: 'the tool broke', qualityScore: 2 };
      const { session } = await sessions.end({ sessionId, ...failed });
      expect(session).toMatchObject({ status: SessionStatus.ENDED, ...failed });
      const again = await sessions.end({ sessionId, outcome: Outcome.COMPLETED });
      expect(again.session).toMatchObject(failed);
    },
  },
  {
    rpc: 'delete',
    fact: 'takes the session and all that hangs on it, at once',
    async run({ sessions, sessionId }) {
      await sessions.start({ sessionId });
      await sessions.addMessages({ sessionId, messages: ['a', 'b'].map(textMessage) });
      const requestId = 'r-1';
      const counts = { messagesDeleted: 2, summariesDeleted: 0 };
      expect(await sessions.delete({ sessionId, requestId })).toMatchObject(counts);
      expect(await failureOf(sessions.resume({ sessionId, requestId }))).toMatchObject({ reason: 'SESSION_NOT_FOUND' });
      expect(await failureOf(sessions.get({ sessionId, peek: true }))).toMatchObject({ reason: 'SESSION_NOT_FOUND' });
      expect(await sessions.delete({ sessionId, allowMissing: true })).toMatchObject({ messagesDeleted: 0 });
    },
  },
];

/** Makes a message of a user that says something. */
export function textMessage(text: string) {
  return { role: Role.USER, parts: [{ content: { case: 'text' as const, value: text } }] };
}
