import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let echo: Server;
let proxy: TcpProxy;
const clients: Socket[] = [];

beforeAll(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
});

beforeEach(async () => {
  proxy = await startTcpProxy({ port: (echo.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
});

afterAll(() => void echo.close());

test('a proxy without a fault carries bytes both ways', async () => {
  expect(await ask(await open(), 'hello')).toBe('hello');
});

test('a cut breaks what is open and refuses what comes, until it is joined', async () => {
  const before = await open();
  await ask(before, 'hello');
  proxy.cut();
  await expect(ask(before, 'there?')).rejects.toThrow();
  await expect(open().then((client) => ask(client, 'there?'))).rejects.toThrow();
  proxy.join();
  expect(await ask(await open(), 'again')).toBe('again');
});

test('a drop breaks what is open and serves what comes', async () => {
  const before = await open();
  await ask(before, 'hello');
  proxy.drop();
  await expect(ask(before, 'there?')).rejects.toThrow();
  expect(await ask(await open(), 'again')).toBe('again');
});

test('a delay counts for each direction', async () => {
  const client = await open();
  await ask(client, 'hello');
  proxy.delay(60);
  const sentAt = performance.now();
  await ask(client, 'slow');
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(119);
});

test('what was delayed arrives before what is sent once the delay is lifted', async () => {
  const client = await open();
  proxy.delay(80, 'toServer');
  client.write('slow');
  await wait(20);
  proxy.delay(0, 'toServer');
  expect(await ask(client, 'fast', 8)).toBe('slowfast');
});

test.each(['toServer', 'toClient'] as const)(
  'a black hole %s swallows silently, and breaks when joined',
  async (way) => {
    const client = await open();
    await ask(client, 'hello');
    proxy.blackHole(way);
    const answer = ask(client, 'there?');
    const late = Symbol('no answer');
    expect(await Promise.race([answer, wait(100, late)])).toBe(late);
    expect(client.destroyed).toBe(false);
    proxy.join();
    await expect(answer).rejects.toThrow();
    expect(await ask(await open(), 'again')).toBe('again');
  },
);

async function open(): Promise<Socket> {
  const client = connect(proxy.port, '127.0.0.1').on('error', () => {});
  clients.push(client);
  await once(client, 'connect');
  return client;
}

/** Sends a text and reads so many bytes back, by default as many as were sent. */
function ask(client: Socket, text: string, length = text.length): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = '';
    const onBytes = (bytes: Buffer) => {
      read += bytes;
      if (read.length < length) return;
      client.off('data', onBytes);
      resolve(read);
    };
    client.on('data', onBytes);
    client.once('close', () => reject(new Error('the connection broke')));
    if (client.destroyed) reject(new Error('the connection is broken'));
    else client.write(text);
  });
}
