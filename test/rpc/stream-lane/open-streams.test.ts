import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { setTimeout as wait } from 'node:timers/promises';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import { WatchExpiryRequestSchema, WatchExpiryResponseSchema } from '../../../gen/threadkeep/v1/watch_pb.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import { untilAborted } from '../../../src/operations/until-aborted.ts';
import type { Call } from '../../../src/rpc/call.ts';
import type { RpcCaller } from '../../../src/rpc/caller.ts';
import { envelope, grpcRaw } from '../raw-requests.ts';
import { partlyServed, serveServices } from '../serve-services.ts';

const WATCH = '/threadkeep.v1.SessionService/WatchExpiry';
const request = envelope(toBinary(WatchExpiryRequestSchema, create(WatchExpiryRequestSchema)));

type Handler = (request: unknown, caller: RpcCaller, call: Call) => AsyncIterable<object>;

let port: Awaited<ReturnType<typeof serveServices>>;
let session: ClientHttp2Session;
afterEach(async () => {
  session.destroy();
  await port.close();
});

async function serveWatch(lane: 'on' | 'off', watchExpiry: Handler) {
  port = await serveServices({ services: [partlyServed(SessionService, { watchExpiry })], lane });
  session = connect(port.url);
  session.on('error', () => {});
}

function openWatch(headers: Record<string, string> = {}): ClientHttp2Stream {
  const sent = { ':method': 'POST', ':path': WATCH, 'content-type': 'application/grpc', te: 'trailers', ...headers };
  const stream = session.request(sent);
  stream.on('error', () => {});
  stream.end(request);
  return stream;
}

/** All that comes of a stream until it ends. */
async function readOut(stream: ClientHttp2Stream) {
  const pieces: Uint8Array[] = [];
  let headers: Record<string, unknown> = {};
  let trailers: Record<string, unknown> = {};
  stream.on('response', (got) => {
    headers = got;
  });
  stream.on('trailers', (got) => {
    trailers = got;
  });
  stream.on('data', (piece) => pieces.push(piece));
  await new Promise((resolve) => stream.on('close', resolve));
  return { headers, trailers, body: Buffer.concat(pieces) };
}

const counted = () => port.metrics.counts.map(({ labels: { code, reason } }) => ({ code, reason }));
const waitFor = (signal: AbortSignal) => untilAborted(new Promise<never>(() => {}), signal);

describe.each(['on', 'off'] as const)('with the lane %s', (lane) => {
  test('a deadline ends an open stream with DEADLINE_EXCEEDED, after what was sent', async () => {
    await serveWatch(lane, async function* (_, { signal }) {
      yield { resumeToken: 'first' };
      await waitFor(signal);
    });
    const { trailers, body } = await readOut(openWatch({ 'grpc-timeout': '100m' }));
    expect(fromBinary(WatchExpiryResponseSchema, body.subarray(5)).resumeToken).toBe('first');
    expect(trailers).toMatchObject({ 'grpc-status': '4' });
    expect(counted()).toEqual([{ code: 'deadline_exceeded', reason: 'DEADLINE_EXCEEDED' }]);
  });

  test('a stream that its client resets runs the end of its handler and counts as CANCELLED', async () => {
    const ended = vi.fn();
    await serveWatch(lane, async function* (_, { signal }) {
      try {
        yield { resumeToken: 'first' };
        await waitFor(signal);
      } finally {
        ended();
      }
    });
    const stream = openWatch();
    await new Promise((resolve) => stream.once('data', resolve));
    stream.close(constants.NGHTTP2_CANCEL);
    await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
    expect(counted()).toEqual([{ code: 'canceled', reason: 'CANCELLED' }]);
  });

  test('a client that does not read is sent no more than its window, and its handler ends when it dies', async () => {
    let steps = 0;
    const ended = vi.fn();
    await serveWatch(lane, async function* (_) {
      try {
        for (;;) yield { resumeToken: `${steps++}`.padEnd(10_000, 'x') };
      } finally {
        ended();
      }
    });
    openWatch().pause();
    await vi.waitFor(() => expect(steps).toBeGreaterThan(5));
    await wait(100);
    const held = steps;
    await wait(100);
    expect([steps, ended.mock.calls.length]).toEqual([held, 0]);
    expect(held).toBeLessThan(40);
    session.destroy();
    await vi.waitFor(() => expect(counted()).toEqual([{ code: 'canceled', reason: 'CANCELLED' }]));
    if (lane === 'on') await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
  });

  test('what a handler adds goes out before the first message and after the last', async () => {
    await serveWatch(lane, async function* (_, __, { headers }) {
      headers.responseHeader.set('x-before', 'one');
      yield {};
      headers.responseTrailer.set('x-after', 'two');
    });
    const { headers, trailers } = await readOut(openWatch());
    expect(headers).toMatchObject({ ':status': 200, 'x-before': 'one' });
    expect(trailers).toMatchObject({ 'grpc-status': '0', 'x-after': 'two' });
    expect(counted()).toEqual([{ code: 'ok', reason: '' }]);
  });

  test('a refusal before the first message travels as headers alone, with its details', async () => {
    await serveWatch(lane, () => {
      throw new SessionError('TOO_MANY_WATCHERS', 'too many', { retryAfterMs: 5000 });
    });
    const { headers, trailers } = await readOut(openWatch());
    expect([headers['grpc-status'], trailers]).toEqual(['8', {}]);
    expect(await grpcRaw(port.url, WATCH, {}, request)).toMatchObject({ code: '8', reason: 'TOO_MANY_WATCHERS' });
  });

  test('a step of more than 16 MiB ends the stream', async () => {
    const ended = vi.fn();
    await serveWatch(lane, async function* () {
      try {
        yield { resumeToken: 'x'.repeat(16 * 1024 * 1024) };
      } finally {
        ended();
      }
    });
    expect(await readOut(openWatch())).toMatchObject({ headers: { 'grpc-status': '8' } });
    expect(ended).toHaveBeenCalledOnce();
  });
});

test('with the lane on, a step that several streams are told is written once', async () => {
  const step = { resumeToken: 'shared' };
  const read = vi.fn();
  Object.defineProperty(step, 'resumeToken', { enumerable: true, get: () => read() ?? 'shared' });
  await serveWatch('on', async function* () {
    yield step;
  });
  const bodies = await Promise.all(
    [openWatch(), openWatch(), openWatch()].map(async (one) => (await readOut(one)).body),
  );
  for (const body of bodies) expect(fromBinary(WatchExpiryResponseSchema, body.subarray(5)).resumeToken).toBe('shared');
  expect(read.mock.calls.length).toBeLessThan(3);
});
