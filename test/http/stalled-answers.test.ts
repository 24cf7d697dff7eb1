import { once } from 'node:events';
import { get } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import { type AddressInfo, connect as connectSocket, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Connections } from '../../src/http/connections.ts';

const large = Buffer.alloc(16 * 1024 * 1024);
let port: Server;
let connections: Connections;
let baseUrl: string;
/** Resolves when an answer has lost its connection or stream before it was taken. */
let cutOff: Promise<void>;

beforeEach(async () => {
  const cut = Promise.withResolvers<void>();
  cutOff = cut.promise;
  connections = new Connections({
    keepAliveMs: 30_000,
    stallMs: 100,
    listener: (request, response) => {
      request.resume();
      response.on('close', () => {
        if (!response.writableFinished) cut.resolve();
      });
      if (request.url === '/later') setTimeout(() => response.end('patience'), 400);
      else response.end(large);
    },
  });
  port = createServer((socket) => connections.accept(socket)).listen(0, '127.0.0.1');
  await once(port, 'listening');
  baseUrl = `http://127.0.0.1:${(port.address() as AddressInfo).port}`;
});

afterEach(async () => {
  port.close();
  await connections.close(0);
});

test('HTTP/2: a stream whose answer nobody takes is closed, and the session goes on', async () => {
  const session = connect(baseUrl);
  session.request({ ':path': '/large' }).on('error', () => {});
  await cutOff;
  expect(await textOf(session, '/later')).toBe('patience');
  session.destroy();
});

test('HTTP/1.1: a connection whose answer nobody takes is cut off', async () => {
  const request = get(`${baseUrl}/large`, (response) => void response.pause().on('error', () => {}));
  request.on('error', () => {});
  await cutOff;
  request.destroy();
});

test('HTTP/1.1: a connection that waits for its answer stays', async () => {
  const answer = await fetch(`${baseUrl}/later`);
  expect(await answer.text()).toBe('patience');
});

test('HTTP/1.1: a connection that waits for its next request is closed', async () => {
  const socket = connectSocket(Number(new URL(baseUrl).port), '127.0.0.1');
  socket.resume().write('GET /later HTTP/1.1\r\nhost: here\r\n\r\n');
  await once(socket, 'end');
  expect(socket.bytesRead).toBeGreaterThan('patience'.length);
  socket.destroy();
});

async function textOf(session: ClientHttp2Session, path: string): Promise<string> {
  let text = '';
  for await (const chunk of session.request({ ':path': path }).setEncoding('utf8')) text += chunk;
  return text;
}
