import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { createMethodUrl } from '@connectrpc/connect/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GetRequestSchema } from '../../gen/threadkeep/v1/lookup_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { STREAMS_MAX } from '../../src/http/stream-shares.ts';
import { partlyServed, serveServices } from '../rpc/serve-services.ts';

const IN_FLIGHT_MAX = 8;
const { get, watchExpiry } = SessionService.method;

let waiting: (() => void)[];
let port: Awaited<ReturnType<typeof serveServices>>;
let clients: ClientHttp2Session[];

beforeEach(async () => {
  waiting = [];
  clients = [];
  const handlers = {
    async get() {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return {};
    },
    async *watchExpiry(_: unknown, { signal }: { signal: AbortSignal }) {
      yield {};
      await once(signal, 'abort');
    },
  };
  const services = [partlyServed(SessionService, handlers, 'read')];
  port = await serveServices({ services, callsInFlightMax: IN_FLIGHT_MAX });
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await port.close();
});

async function openClient(): Promise<ClientHttp2Session> {
  const client = connect(port.url);
  clients.push(client);
  await once(client, 'remoteSettings');
  return client;
}

/** Sends a call; `status` is that of its answer over Connect. */
function send(client: ClientHttp2Session, method: typeof get | typeof watchExpiry) {
  const type = method === get ? 'application/proto' : 'application/connect+proto';
  const headers = { ':method': 'POST', ':path': createMethodUrl('/', method), 'content-type': type };
  const stream: ClientHttp2Stream = client.request(headers);
  stream.on('error', () => {});
  const status = once(stream, 'response').then(([{ ':status': code }]) => code as number);
  stream.end(
    method === get ? toBinary(GetRequestSchema, create(GetRequestSchema, { sessionId: 's' })) : new Uint8Array(5),
  );
  return { stream, status };
}

async function fill(client: ClientHttp2Session): Promise<void> {
  const before = waiting.length;
  for (let call = before; call < IN_FLIGHT_MAX; call++) send(client, get);
  await vi.waitFor(() => expect(waiting).toHaveLength(IN_FLIGHT_MAX));
}

async function streamsMaxOf(client: ClientHttp2Session, streams: number): Promise<void> {
  await vi.waitFor(() => expect(client.remoteSettings.maxConcurrentStreams).toBe(streams), 10_000);
}

describe('what a connection may have open', () => {
  test('is as much as it likes while there are places', async () => {
    const client = await openClient();
    await fill(client);
    expect(client.remoteSettings.maxConcurrentStreams).toBe(STREAMS_MAX);
  });

  test('is its share of the places from the first call on that is refused, and all of it again when there is room', async () => {
    const [one, other] = [await openClient(), await openClient()];
    await fill(one);
    expect(await send(other, get).status).toBe(429);
    await streamsMaxOf(one, IN_FLIGHT_MAX / 2);
    await streamsMaxOf(other, IN_FLIGHT_MAX / 2);
    for (const answer of waiting.splice(0)) answer();
    await streamsMaxOf(one, STREAMS_MAX);
    await streamsMaxOf(other, STREAMS_MAX);
  });

  test('is a share among those who call: connections that are silent do not count', async () => {
    const [one, silent] = [await openClient(), await openClient()];
    await fill(one);
    expect(await send(one, get).status).toBe(429);
    await streamsMaxOf(one, IN_FLIGHT_MAX);
    await streamsMaxOf(silent, IN_FLIGHT_MAX);
  });

  test('is a stream at least, however many connections there are', async () => {
    const many = await Promise.all(Array.from({ length: IN_FLIGHT_MAX + 1 }, openClient));
    for (const client of many.slice(1)) send(client, get);
    await vi.waitFor(() => expect(waiting).toHaveLength(IN_FLIGHT_MAX));
    expect(await send(many[0]!, get).status).toBe(429);
    await streamsMaxOf(many[0]!, 1);
    await streamsMaxOf(many[1]!, 1);
  });

  test('is more by its watches, which take no place', async () => {
    const client = await openClient();
    const watches = [send(client, watchExpiry), send(client, watchExpiry)];
    for (const { status } of watches) expect(await status).toBe(200);
    await fill(client);
    expect(await send(client, get).status).toBe(429);
    await streamsMaxOf(client, IN_FLIGHT_MAX + watches.length);
    watches[0]!.stream.close();
    await streamsMaxOf(client, IN_FLIGHT_MAX + 1);
  });
});
