import { createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdminService } from '../../gen/threadkeep/v1/admin_service_pb.ts';
import { type Message, Role } from '../../gen/threadkeep/v1/message_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { openTestService, type TestService } from '../conformance/open-test-service.ts';

const LANES = ['on', 'off'] as const;
const PROTOCOLS = ['gRPC', 'gRPC-Web', 'Connect', 'Connect over HTTP/2'] as const;
const CASES = LANES.flatMap((lane) =>
  PROTOCOLS.flatMap((protocol) => ['binary', 'JSON'].map((encoding) => ({ lane, protocol, encoding }))),
);

const services = new Map<(typeof LANES)[number], TestService>();
const connections: Http2SessionManager[] = [];
beforeAll(async () => {
  for (const lane of LANES) services.set(lane, await openTestService({ server: { lane } }));
});
afterAll(async () => {
  for (const connection of connections) connection.abort();
  for (const service of services.values()) await service.close();
});

describe.each(CASES)('with the lane $lane, over $protocol in $encoding', ({ lane, protocol, encoding }) => {
  test('every answer with messages tells them whole', async () => {
    const { url } = services.get(lane)!;
    const transport = openTransport(protocol, url, encoding === 'binary');
    const sessions = createClient(SessionService, transport);
    const { sessionId } = (await sessions.start({})).head!;
    await sessions.addMessages({ sessionId, messages: SAID.map(messageOf) });

    const answers = [
      await sessions.buildContext({ sessionId }),
      await sessions.listMessages({ sessionId }),
      await sessions.get({ sessionId, historyLimit: 3 }),
      await sessions.resume({ sessionId, historyLimit: 3 }),
      { messages: await exported(transport, sessionId) },
      { messages: [messageOf(SAID[0]!), ...(await watched(transport, sessionId))] },
    ];
    for (const { messages } of answers) expect(messages).toMatchObject(SAID.map(messageOf));
    const { removedMessages } = await sessions.rewind({ sessionId, cut: { case: 'lastMessages', value: 2 } });
    expect(removedMessages).toMatchObject(SAID.slice(1).map(messageOf));
    expect(removedMessages.map(({ sequence }) => sequence)).toEqual([2, 3]);
  });
});

const SAID = [
  { role: Role.SYSTEM, text: 'answer briefly' },
  { role: Role.USER, text: 'grüße' },
  { role: Role.ASSISTANT, text: 'hello' },
];

function messageOf({ role, text }: (typeof SAID)[number]) {
  return { role, messageId: text, parts: [{ content: { case: 'text' as const, value: text } }] };
}

function openTransport(protocol: (typeof PROTOCOLS)[number], baseUrl: string, useBinaryFormat: boolean): Transport {
  const sessionManager = new Http2SessionManager(baseUrl);
  connections.push(sessionManager);
  switch (protocol) {
    case 'gRPC':
      return createGrpcTransport({ baseUrl, useBinaryFormat, sessionManager });
    case 'gRPC-Web':
      return createGrpcWebTransport({ baseUrl, useBinaryFormat, httpVersion: '1.1' });
    case 'Connect':
      return createConnectTransport({ baseUrl, useBinaryFormat, httpVersion: '1.1' });
    case 'Connect over HTTP/2':
      return createConnectTransport({ baseUrl, useBinaryFormat, httpVersion: '2', sessionManager });
  }
}

async function exported(transport: Transport, sessionId: string): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const { record } of createClient(AdminService, transport).export({ sessionIds: [sessionId] }))
    messages.push(...(record?.messages ?? []));
  return messages;
}

/** Reads what a watch that has seen the first message is told of the others. */
async function watched(transport: Transport, sessionId: string): Promise<Message[]> {
  for await (const { event } of createClient(SessionService, transport).watch({ sessionId, afterSequence: 1 }))
    if (event.case === 'messagesAdded') return event.value.messages;
  return [];
}
