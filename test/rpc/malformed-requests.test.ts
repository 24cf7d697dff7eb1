import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StartRequestSchema } from '../../gen/threadkeep/v1/lifecycle_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { envelope, grpcRaw, postRaw, type RawAnswer } from './raw-requests.ts';
import { partlyServed, serveServices } from './serve-services.ts';

const REQUEST_BYTES_MAX = 100_000;
const START = '/threadkeep.v1.SessionService/Start';

let port: Awaited<ReturnType<typeof serveServices>>;
let callsServed = 0;
beforeAll(async () => {
  const handlers = {
    start: async () => {
      callsServed += 1;
      return {};
    },
    list: async () => ({}),
  };
  port = await serveServices({
    services: [partlyServed(SessionService, handlers)],
    requestBytesMax: REQUEST_BYTES_MAX,
  });
});
afterAll(() => port.close());

const json = (body: string, headers: Record<string, string> = {}) =>
  postRaw(`${port.url}${START}`, { 'content-type': 'application/json', ...headers }, body);
const proto = (body: Uint8Array, headers: Record<string, string> = {}) =>
  postRaw(`${port.url}${START}`, { 'content-type': 'application/proto', ...headers }, body);
const grpc = (body: Uint8Array, headers: Record<string, string> = {}) => grpcRaw(port.url, START, headers, body);

describe('what cannot be read is INVALID_FIELD, with the field as far as it is known and a remedy', () => {
  test.each([
    ['an unknown field', '{"sesionId":"s-1"}', ['sesionId'], 'check its spelling'],
    ['an unknown field beside a map of JSON', '{"metadata":{"a":1},"lables":{}}', ['lables'], 'check its spelling'],
    ['a number out of its range', '{"tokenLimit":-1}', ['token_limit'], 'send what the contract says'],
    ['a wrong type', '{"labels":[]}', ['labels'], 'send what the contract says'],
    ['an unknown enum value', '{"ifExists":"MAYBE"}', [], 'send the full name of one'],
    ['a duration without unit', '{"ttl":"12"}', [], 'such as "36000s"'],
    ['no object', '[1]', [], 'send a JSON object'],
    ['broken JSON', '{"sessionId":', [], 'send a JSON object'],
    [
      'JSON that is nested too deeply',
      `{"state":{"a":${'['.repeat(500)}${']'.repeat(500)}}}`,
      [],
      'nest it less deeply',
    ],
    ['a key given twice', '{"title":"a","title":"b"}', ['title'], 'give it once'],
  ])('%s', async (_, body, fields, remedy) => {
    expect(await json(body)).toMatchObject({
      ...{ code: 'invalid_argument', reason: 'INVALID_FIELD', fields },
      message: expect.stringContaining(remedy),
    });
  });
});

describe('bytes that are no message are INVALID_FIELD', () => {
  const broken = Uint8Array.of(0x0a, 5, 1);
  test('Connect', async () => {
    expect(await proto(broken)).toMatchObject({ status: 400, code: 'invalid_argument', reason: 'INVALID_FIELD' });
  });
  test('gRPC', async () => {
    expect(await grpc(envelope(broken))).toMatchObject({ code: '3', reason: 'INVALID_FIELD' });
  });
  test('gRPC, an envelope that ends early', async () => {
    expect(await grpc(envelope(new Uint8Array(10)).subarray(0, 9))).toMatchObject({
      code: '3',
      reason: 'INVALID_FIELD',
    });
  });
});

describe('the limit of a request', () => {
  const request = (bytes: number): Uint8Array => {
    const encode = (length: number) =>
      toBinary(StartRequestSchema, create(StartRequestSchema, { title: 'x'.repeat(length) }));
    const message = encode(2 * bytes - encode(bytes).byteLength);
    expect(message.byteLength).toBe(bytes);
    return message;
  };
  const tooLarge = { reason: 'MESSAGE_TOO_LARGE' };

  test.each([
    ['Connect', proto],
    ['gRPC', (body: Uint8Array) => grpc(envelope(body))],
  ])('%s: takes its last byte and no more', async (_, send: (body: Uint8Array) => Promise<RawAnswer>) => {
    expect(await send(request(REQUEST_BYTES_MAX))).toMatchObject({ status: 200, reason: '' });
    expect(await send(request(REQUEST_BYTES_MAX + 1))).toMatchObject(tooLarge);
  });

  test.each([
    ['Connect', (body: Uint8Array) => proto(gzipSync(body), { 'content-encoding': 'gzip' })],
    ['gRPC', (body: Uint8Array) => grpc(envelope(gzipSync(body), 1), { 'grpc-encoding': 'gzip' })],
  ])('%s: counts what a request is unpacked, so that a bomb of 1000:1 meets it', async (_, send) => {
    const bomb = request(REQUEST_BYTES_MAX * 100);
    expect(gzipSync(bomb).byteLength).toBeLessThan(bomb.byteLength / 900);
    expect(await send(request(REQUEST_BYTES_MAX))).toMatchObject({ status: 200, reason: '' });
    expect(await send(bomb)).toMatchObject(tooLarge);
  });
});

describe('other faults of a request are typed, too', () => {
  test('a compression that is none: UNSUPPORTED', async () => {
    expect(await proto(new Uint8Array(), { 'content-encoding': 'zip' })).toMatchObject({ reason: 'UNSUPPORTED' });
    expect(await grpc(envelope(new Uint8Array()), { 'grpc-encoding': 'zip' })).toMatchObject({
      code: '12',
      reason: 'UNSUPPORTED',
    });
  });
  test('a message that is marked as compressed without a compression: PROTOCOL_ERROR, as gRPC has it', async () => {
    expect(await grpc(envelope(Uint8Array.of(1), 1))).toMatchObject({ code: '13', reason: 'PROTOCOL_ERROR' });
  });
  test('bytes that are not compressed as they say: INVALID_FIELD', async () => {
    expect(await proto(Uint8Array.of(1, 2, 3), { 'content-encoding': 'gzip' })).toMatchObject({
      reason: 'INVALID_FIELD',
    });
    expect(await proto(gzipSync('{}').subarray(0, 9), { 'content-encoding': 'gzip' })).toMatchObject({
      reason: 'INVALID_FIELD',
    });
  });
  test('a timeout that cannot be read: INVALID_FIELD, the header named', async () => {
    expect(await json('{}', { 'connect-timeout-ms': 'soon' })).toMatchObject({ fields: ['connect-timeout-ms'] });
    expect(await grpc(envelope(new Uint8Array()), { 'grpc-timeout': '1 hour' })).toMatchObject({
      fields: ['grpc-timeout'],
    });
  });
  test('a timeout of 2,000 hours is cut to what a timer takes', async () => {
    expect(await grpc(envelope(new Uint8Array()), { 'grpc-timeout': '2000H' })).toMatchObject({ code: '0' });
    expect(await json('{}', { 'connect-timeout-ms': '9999999999' })).toMatchObject({ status: 200 });
  });
  test('two messages for a unary call: UNSUPPORTED', async () => {
    const message = envelope(new Uint8Array());
    expect(await grpc(Buffer.concat([message, message]))).toMatchObject({ code: '12', reason: 'UNSUPPORTED' });
  });
  test('a GET whose message is no base64: INVALID_FIELD', async () => {
    const response = await fetch(
      `${port.url}/threadkeep.v1.SessionService/List?connect=v1&encoding=proto&base64=1&message=!`,
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_argument' });
  });
});

test('no call that could not be read reaches a handler, and each is counted under its reason', () => {
  const counted = port.metrics.counts.filter(({ labels }) => labels.code === 'ok');
  expect(callsServed).toBe(counted.length);
  const refused = new Set(port.metrics.counts.map(({ labels }) => labels.reason));
  expect([...refused].sort()).toEqual(['', 'INVALID_FIELD', 'MESSAGE_TOO_LARGE', 'PROTOCOL_ERROR', 'UNSUPPORTED']);
});
