import { readFileSync } from 'node:fs';
import { Client, credentials, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';

const CONFIG = readFileSync('proto/service-config.json', 'utf8');
const PATH = '/threadkeep.v1.SessionService/Get';
const bytes = { serialize: (value: Buffer) => value, deserialize: (value: Buffer) => value };

let server: Server;
let client: Client;
let calls: number;
/** What the first calls are answered with. */
let refusals: number[];

beforeEach(async () => {
  calls = 0;
  server = new Server();
  const definition = {
    path: PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes.serialize,
    requestDeserialize: bytes.deserialize,
    responseSerialize: bytes.serialize,
    responseDeserialize: bytes.deserialize,
  };
  server.addService({ get: definition } as never, {
    get(_: unknown, answer: (error: object | null, value?: Buffer) => void) {
      calls += 1;
      const code = refusals.shift();
      if (code === undefined) answer(null, Buffer.from('fine'));
      else answer({ code, details: 'refused' });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, found: number) => (error === null ? resolve(found) : reject(error));
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), bound);
  });
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.service_config': CONFIG });
});

afterEach(() => {
  client.close();
  server.forceShutdown();
});

function get(): Promise<number> {
  return new Promise((resolve) => {
    const answered = (error: { code: number } | null) => resolve(error?.code ?? status.OK);
    client.makeUnaryRequest(PATH, bytes.serialize, bytes.deserialize, Buffer.from(''), answered);
  });
}

test('service-config.json: a call is made up to four times while the service is UNAVAILABLE', async () => {
  refusals = [status.UNAVAILABLE, status.UNAVAILABLE, status.UNAVAILABLE];
  expect([await get(), calls]).toEqual([status.OK, 4]);
});

test('service-config.json: the fourth UNAVAILABLE is told to the caller', async () => {
  refusals = Array(9).fill(status.UNAVAILABLE);
  expect([await get(), calls]).toEqual([status.UNAVAILABLE, 4]);
});

test('service-config.json: nothing but UNAVAILABLE is called again', async () => {
  for (const code of [status.ABORTED, status.RESOURCE_EXHAUSTED, status.DEADLINE_EXCEEDED, status.INTERNAL]) {
    refusals = [code];
    calls = 0;
    expect([await get(), calls]).toEqual([code, 1]);
  }
});
