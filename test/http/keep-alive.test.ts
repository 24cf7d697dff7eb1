import { once } from 'node:events';
import { connect, createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { type AddressInfo, connect as connectSocket, createServer as createRelay, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepAlive } from '../../src/http/keep-alive.ts';

const sessions: ServerHttp2Session[] = [];
let server: Http2Server;
beforeAll(async () => {
  server = createServer().on('session', (session) => {
    sessions.push(session);
    keepAlive(session, { everyMs: 20, timeoutMs: 1000 });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

test('a peer that answers pings stays', async () => {
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(client, 'connect');
  for (let pings = 0; pings < 4; pings += 1) await once(client, 'ping');
  expect(sessions.at(-1)!.destroyed).toBe(false);
  client.close();
  await once(client, 'close');
});

test('a peer behind a path that swallows everything is cut off', async () => {
  const { port } = server.address() as AddressInfo;
  const legs: Socket[] = [];
  const relay = createRelay((near) => {
    const far = connectSocket(port, '127.0.0.1');
    legs.push(near, far);
    near.pipe(far).pipe(near);
    for (const leg of [near, far]) leg.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const client = connect(`http://127.0.0.1:${(relay.address() as AddressInfo).port}`);
  client.on('error', () => {});
  await once(client, 'ping');
  const session = sessions.at(-1)!;
  const closed = once(session, 'close');
  for (const leg of legs) leg.unpipe();
  for (const leg of legs) leg.resume();
  await closed;
  expect(session.destroyed).toBe(true);
  client.destroy();
  for (const leg of legs) leg.destroy();
  relay.close();
});
