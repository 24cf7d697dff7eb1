import { connect as connectHttp2, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { StartRequestSchema, StartResponseSchema } from '../../../gen/threadkeep/v1/lifecycle_pb.ts';
import { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import { OutOfTime } from '../../../src/operations/out-of-time.ts';
import type { RpcCaller } from '../../../src/rpc/caller.ts';
import { envelope, grpcRaw, postRaw } from '../raw-requests.ts';
import { partlyServed, serveServices } from '../serve-services.ts';

const START = '/threadkeep.v1.SessionService/Start';
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const request = toBinary(StartRequestSchema, create(StartRequestSchema, { title: 'x' }));

let port: Awaited<ReturnType<typeof serveServices>>;
afterEach(() => port.close());

/** Serves a Start that never answers, and tells how its signal aborts. */
async function serveSilence(lane: 'on' | 'off') {
  const callers: RpcCaller[] = [];
  const start = (_: unknown, caller: RpcCaller) => {
    callers.push(caller);
    return new Promise<never>(() => {});
  };
  port = await serveServices({ services: [partlyServed(SessionService, { start })], lane });
  return callers;
}

const counted = () => port.metrics.counts.map(({ labels: { code, reason } }) => ({ code, reason }));

describe.each(['on', 'off'] as const)('with the lane %s', (lane) => {
  test('a deadline answers DEADLINE_EXCEEDED and aborts the signal, though the handler goes on', async () => {
    const callers = await serveSilence(lane);
    const timeLeft = { 'connect-timeout-ms': '30' };
    expect(
      await postRaw(`${port.url}${START}`, { 'content-type': 'application/json', ...timeLeft }, '{}'),
    ).toMatchObject({
      status: 504,
      reason: 'DEADLINE_EXCEEDED',
    });
    expect(await grpcRaw(port.url, START, { 'grpc-timeout': '30m' }, envelope(request))).toMatchObject({
      code: '4',
      reason: 'DEADLINE_EXCEEDED',
    });
    expect(callers.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(counted()).toEqual(Array(2).fill({ code: 'deadline_exceeded', reason: 'DEADLINE_EXCEEDED' }));
  });

  test('a handler that says in time what it waits for is answered by that', async () => {
    const start = (_: unknown, { signal }: RpcCaller) =>
      new Promise<never>((_, reject) => {
        const away = new SessionError('STORE_UNAVAILABLE', 'away', { retryAfterMs: 1000 });
        signal.addEventListener('abort', () => reject(signal.reason instanceof OutOfTime ? away : signal.reason));
      });
    port = await serveServices({ services: [partlyServed(SessionService, { start })], lane });
    const sentMs = performance.now();
    expect(await grpcRaw(port.url, START, { 'grpc-timeout': '1S' }, envelope(request))).toMatchObject({
      code: '14',
      reason: 'STORE_UNAVAILABLE',
    });
    expect(performance.now() - sentMs).toBeGreaterThan(500);
  });

  test('a stream that its client resets aborts the signal and counts as CANCELLED', async () => {
    const callers = await serveSilence(lane);
    const session = connectHttp2(port.url);
    const headers = { ':method': 'POST', ':path': START, 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request(headers);
    stream.on('error', () => {});
    stream.end(envelope(request));
    await vi.waitFor(() => expect(callers).toHaveLength(1));
    stream.close(constants.NGHTTP2_CANCEL);
    await vi.waitFor(() => expect(callers[0]!.signal.aborted).toBe(true));
    expect(counted()).toEqual([{ code: 'canceled', reason: 'CANCELLED' }]);
    session.close();
  });

  test('a client that leaves an HTTP/1.1 call, or an unfinished request, counts as CANCELLED', async () => {
    const callers = await serveSilence(lane);
    const { host, port: number } = port.address;
    const head = `POST ${START} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n`;
    for (const [text, handled] of [
      [`${head}{}`, 1],
      [`${head}{`, 1],
    ] as const) {
      const before = port.metrics.counts.length;
      const socket = connectSocket(number, host);
      socket.on('error', () => {});
      socket.write(text);
      await vi.waitFor(() => expect(callers).toHaveLength(handled));
      await new Promise((resolve) => setTimeout(resolve, 30));
      socket.destroy();
      await vi.waitFor(() => expect(port.metrics.counts.length).toBe(before + 1));
    }
    expect(callers[0]!.signal.aborted).toBe(true);
    expect(counted()).toEqual(Array(2).fill({ code: 'canceled', reason: 'CANCELLED' }));
  });

  test('an answer of 16 MiB leaves in full, and not one byte more', async () => {
    const answerOf = (bytes: number) => {
      const encode = (length: number) =>
        toBinary(StartResponseSchema, create(StartResponseSchema, { session: { title: 'x'.repeat(length) } }));
      const length = 2 * bytes - encode(bytes).byteLength;
      expect(encode(length).byteLength).toBe(bytes);
      return { session: { title: 'x'.repeat(length) } };
    };
    let bytes = ANSWER_BYTES_MAX;
    port = await serveServices({
      services: [partlyServed(SessionService, { start: async () => answerOf(bytes) })],
      lane,
    });
    expect(await grpcRaw(port.url, START, {}, envelope(request))).toMatchObject({ code: '0' });
    bytes += 1;
    expect(await grpcRaw(port.url, START, {}, envelope(request))).toMatchObject({ code: '8' });
  });
});
