import { type Client, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { messageCodec } from '../../src/rpc/message-codec.ts';
import { errorFacts } from '../rpc/error-facts.ts';
import { textMessage } from './cases/lifecycle.ts';
import { openTestService, type TestService } from './open-test-service.ts';
import { WAYS } from './ways.ts';

type Sessions = Client<typeof SessionService>;

const MIB = 1024 * 1024;
const KIB = 1024;

/** A text message whose encoded form, with its request id, has exactly so many bytes. */
function messageOf(bytes: number, requestId: string) {
  const encoded = (length: number) => {
    const parts = [{ kind: 'text' as const, text: 'x'.repeat(length) }];
    const message = { role: 'USER' as const, messageId: '', turnId: '', author: '', model: '', tokenCount: 0 };
    return messageCodec.encode({ ...message, parts, sentAt: null, requestId }).byteLength;
  };
  const text = 'x'.repeat(2 * bytes - encoded(bytes));
  expect(encoded(text.length)).toBe(bytes);
  return textMessage(text);
}

/** An object whose JSON text has exactly so many bytes. */
const objectOf = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });
const labelsOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, place) => [`k${place}`, 'v']));

interface Limit {
  name: string;
  max: number;
  reason: string;
  /** Sends as much as is said; a session s-1 is there. */
  send(sessions: Sessions, amount: number): Promise<unknown>;
}

const limits: readonly Limit[] = [
  {
    name: 'a message of 1 MiB',
    max: MIB,
    reason: 'MESSAGE_TOO_LARGE',
    send: (sessions, bytes) =>
      sessions.addMessage({ sessionId: 's-1', requestId: 'r-1', message: messageOf(bytes, 'r-1') }),
  },
  {
    name: '500 messages at once',
    max: 500,
    reason: 'LIMIT_EXCEEDED',
    send: (sessions, count) =>
      sessions.addMessages({ sessionId: 's-1', messages: Array.from({ length: count }, () => textMessage('x')) }),
  },
  {
    name: 'messages of 3 MiB at once',
    max: 3 * MIB,
    reason: 'LIMIT_EXCEEDED',
    send: (sessions, bytes) => {
      const sizes = [MIB, MIB - 1000, bytes - 2 * MIB + 1000].map((size) => Math.min(size, MIB));
      sizes.push(bytes - sizes.reduce((sum, size) => sum + size, 0));
      const messages = sizes.filter((size) => size > 0).map((size) => messageOf(size, 'r-1'));
      return sessions.addMessages({ sessionId: 's-1', requestId: 'r-1', messages });
    },
  },
  {
    name: 'state of 32 KiB',
    max: 32 * KIB,
    reason: 'LIMIT_EXCEEDED',
    send: (sessions, bytes) => sessions.start({ state: objectOf(bytes) }),
  },
  {
    name: 'metadata of 32 KiB',
    max: 32 * KIB,
    reason: 'LIMIT_EXCEEDED',
    send: (sessions, bytes) => sessions.start({ metadata: objectOf(bytes) }),
  },
  {
    name: '32 labels',
    max: 32,
    reason: 'LIMIT_EXCEEDED',
    send: (sessions, count) => sessions.start({ labels: labelsOf(count) }),
  },
  {
    name: 'a label key of 64 characters',
    max: 64,
    reason: 'LIMIT_EXCEEDED',
    send: (sessions, length) => sessions.start({ labels: { ['k'.repeat(length)]: 'v' } }),
  },
  {
    name: 'a label of 128 characters',
    max: 128,
    reason: 'LIMIT_EXCEEDED',
    send: (sessions, length) => sessions.start({ labels: { k: 'ü'.repeat(length) } }),
  },
];

describe.each(WAYS)('$name', (way) => {
  let service: TestService;
  let opened: ReturnType<typeof way.open>;
  let sessions: Sessions;
  beforeAll(async () => {
    service = await openTestService();
    opened = way.open(service.server.address);
    sessions = createClient(SessionService, opened.transport);
  });
  afterAll(async () => {
    opened.close();
    await service.close();
  });

  test.each(limits)('$name can be used in full, and not exceeded by one', async ({ max, reason, send }) => {
    await sessions.delete({ sessionId: 's-1', allowMissing: true });
    await sessions.start({ sessionId: 's-1' });
    const refused = await send(sessions, max + 1).then(() => null, errorFacts);
    expect(refused).toMatchObject({ reason });
    expect((await sessions.get({ sessionId: 's-1', peek: true })).session!.counters!.messageCount).toBe(0);
    await send(sessions, max);
  });
});
