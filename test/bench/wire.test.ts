import { once } from 'node:events';
import { createServer as createHttp1Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Http1Wire } from '../../bench/support/http1-wire.ts';
import { Http2Wire } from '../../bench/support/http2-wire.ts';
import { inTurn, type Wire } from '../../bench/support/wire.ts';

/** Answers a body with itself, and fails where it is "refuse me", as gRPC does: without a body. */
function echoHttp2() {
  const seen: string[] = [];
  const server = createHttp2Server().on('stream', async (stream, { ':path': path, authorization }) => {
    const body = Buffer.concat(await stream.toArray()).toString();
    seen.push(`${path} ${authorization} ${body}`);
    if (body === 'refuse me') return stream.respond({ ':status': 200, 'grpc-status': '5' }, { endStream: true });
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(body);
  });
  return { server, seen };
}

function echoHttp1() {
  const seen: string[] = [];
  const server = createHttp1Server(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    seen.push(`${request.url} ${request.headers.authorization} ${body}`);
    response.writeHead(body === 'refuse me' ? 404 : 200, { 'content-length': Buffer.byteLength(body) }).end(body);
  });
  return { server, seen };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const headers = { authorization: 'Bearer key' };
const ways = {
  'HTTP/2': { echo: echoHttp2, open: (baseUrl: string) => Http2Wire.connect(baseUrl, headers) },
  'HTTP/1.1': { echo: echoHttp1, open: async (baseUrl: string) => new Http1Wire(baseUrl, headers) },
};

async function openWire({ echo, open }: (typeof ways)[keyof typeof ways]): Promise<{ wire: Wire; seen: string[] }> {
  const { server, seen } = echo();
  const wire = await open(await listen(server as Server));
  onTestFinished(() => wire.close());
  return { wire, seen };
}

test.for(Object.entries(ways))('%s wire: sends each request once, and times each call', async ([, way]) => {
  const { wire, seen } = await openWire(way);
  const requests = ['one', 'two', 'three'].map((body) => wire.prepare('/echo', Buffer.from(body)));
  const { timesMs } = await wire.run(2, inTurn(requests, 5));
  expect(seen.toSorted()).toEqual(['one', 'one', 'three', 'two', 'two'].map((body) => `/echo Bearer key ${body}`));
  expect(timesMs).toHaveLength(5);
  expect(timesMs.every((time) => time > 0)).toBe(true);
});

test.for(Object.entries(ways))('%s wire: a refused call fails the run', async ([, way]) => {
  const { wire } = await openWire(way);
  const requests = ['well', 'refuse me'].map((body) => wire.prepare('/echo', Buffer.from(body)));
  await expect(wire.run(1, inTurn(requests, 2))).rejects.toThrow(/refused/);
});

test.for(Object.entries(ways))(
  '%s wire: a caller has one call at a time, and the next after its answer',
  async ([, way]) => {
    const { wire, seen } = await openWire(way);
    const left = [
      ['a1', 'a2', 'a3'],
      ['b1', 'b2', 'b3'],
    ].map((bodies) => bodies.map((body) => wire.prepare('/echo', Buffer.from(body))));
    await wire.run(2, (caller) => left[caller]!.shift());
    const bodies = seen.map((line) => line.split(' ').at(-1)!);
    expect(bodies.filter((body) => body.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(bodies.filter((body) => body.startsWith('b'))).toEqual(['b1', 'b2', 'b3']);
  },
);

test('HTTP/2 wire: more than fits into the window of a connection waits until there is room', async () => {
  const { wire, seen } = await openWire(ways['HTTP/2']);
  const request = wire.prepare('/echo', Buffer.alloc(10_000, 'x'));
  await wire.run(64, inTurn([request], 256));
  expect(seen).toHaveLength(256);
});
