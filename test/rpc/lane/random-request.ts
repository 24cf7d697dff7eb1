import { gzipSync } from 'node:zlib';
import { type DescMethod, type DescService, type Message, toBinary, toJsonString } from '@bufbuild/protobuf';
import { envelope } from '../raw-requests.ts';
import type { HandmadeRequest } from './exchange.ts';
import { type Dice, pick, randomMessage } from './random-message.ts';

/** Makes a call of a random unary RPC in a random protocol; about half of them have something odd. */
export function randomRequest(dice: Dice, services: readonly DescService[], keys: readonly string[]): HandmadeRequest {
  const method = randomMethod(dice, services, 'unary');
  const version = pick(dice, ['http1', 'http2', 'http2'] as const);
  const form = pick(
    dice,
    version === 'http1' ? (['proto', 'json'] as const) : (['proto', 'json', 'grpc', 'grpc'] as const),
  );
  return perhapsOdd(dice, requestOf(dice, method, { version, form, key: pick(dice, keys) }));
}

/** Makes a call of a random RPC that answers a stream, with a deadline: some of the streams would have no end. */
export function randomWatch(dice: Dice, services: readonly DescService[], keys: readonly string[]): HandmadeRequest {
  const method = randomMethod(dice, services, 'server_streaming');
  const form = pick(dice, ['grpc', 'grpc', 'connect', 'connectJson'] as const);
  const request = requestOf(dice, method, { version: 'http2', form, key: pick(dice, keys) });
  const odd = perhapsOdd(dice, { ...request, headers: { ...request.headers, ...shortTimeouts } });
  const isLong = longTimeouts.has(String(odd.headers['grpc-timeout'] ?? odd.headers['connect-timeout-ms']));
  return isLong ? { ...odd, headers: { ...odd.headers, ...shortTimeouts } } : odd;
}

function randomMethod(dice: Dice, services: readonly DescService[], kind: DescMethod['methodKind']): DescMethod {
  return pick(
    dice,
    services.flatMap(({ methods }) => methods).filter(({ methodKind }) => methodKind === kind),
  );
}

interface RequestTerms {
  version: HandmadeRequest['version'];
  form: Form;
  key: string;
}

function requestOf(dice: Dice, method: DescMethod, { version, form, key }: RequestTerms): HandmadeRequest {
  return {
    version,
    verb: 'POST',
    path: `/${method.parent.typeName}/${method.name}`,
    headers: { 'content-type': contentTypes[form], authorization: `Bearer ${key}` },
    body: bodyOf(method, randomMessage(dice, method.input), form),
  };
}

function perhapsOdd(dice: Dice, request: HandmadeRequest): HandmadeRequest {
  return dice() < 0.5 ? request : pick(dice, oddities)(request, dice);
}

type Form = 'proto' | 'json' | 'grpc' | 'connect' | 'connectJson';
type Oddity = (request: HandmadeRequest, dice: Dice) => HandmadeRequest;

const contentTypes: Record<Form, string> = {
  proto: 'application/proto',
  json: 'application/json',
  grpc: 'application/grpc',
  connect: 'application/connect+proto',
  connectJson: 'application/connect+json',
};
const isEnveloped = (form: Form) => form === 'grpc' || form.startsWith('connect');
const shortTimeouts = { 'grpc-timeout': '200m', 'connect-timeout-ms': '200' };
const longTimeouts = new Set(['2000H', '99999999H', '5000000u', '9999999999']);

function bodyOf(method: DescMethod, message: Message, form: Form): Uint8Array {
  const isJson = form === 'json' || form === 'connectJson';
  const bytes = isJson ? jsonOf(method, message) : toBinary(method.input, message);
  return isEnveloped(form) ? envelope(bytes) : bytes;
}

function jsonOf(method: DescMethod, message: Message): Uint8Array {
  try {
    return Buffer.from(toJsonString(method.input, message));
  } catch {
    return Buffer.from('{}');
  }
}

const withHeader =
  (name: string, choices: readonly string[]): Oddity =>
  (request, dice) => ({ ...request, headers: { ...request.headers, [name]: pick(dice, choices) } });
const withBody =
  (change: (body: Uint8Array, dice: Dice) => Uint8Array): Oddity =>
  (request, dice) => ({ ...request, body: change(request.body, dice) });
const without =
  (name: string): Oddity =>
  (request) => ({
    ...request,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([key]) => key !== name)),
  });
const compressed =
  (encoding: string): Oddity =>
  (request) => {
    const { headers, body } = request;
    const form = Object.entries(contentTypes).find(([, type]) => type === headers['content-type'])?.[0] as Form;
    if (!isEnveloped(form)) {
      return { ...request, headers: { ...headers, 'content-encoding': encoding }, body: gzipSync(body) };
    }
    const packed = envelope(gzipSync(body.subarray(5)), 1);
    const name = form === 'grpc' ? 'grpc-encoding' : 'connect-content-encoding';
    return { ...request, headers: { ...headers, [name]: encoding }, body: packed };
  };

const oddities: readonly Oddity[] = [
  without('authorization'),
  without('content-type'),
  withHeader('authorization', ['Bearer nobody', 'Basic abc', 'bearer   key-of-acme', ' Bearer key-of-acme ', '']),
  (request, dice) =>
    withHeader('x-api-key', ['key-of-acme', 'nobody', 'grüße'])(without('authorization')(request, dice), dice),
  withHeader('threadkeep-tenant', ['acme', 'globex', 'no/tenant', '']),
  withHeader('x-request-id', ['r-1', 'with space', 'x'.repeat(128), 'x'.repeat(129), '~!@']),
  withHeader('grpc-timeout', ['1S', '2000H', '99999999H', '1 hour', '', '100000000S', '5000000u']),
  withHeader('connect-timeout-ms', ['1000', '9999999999', '99999999999', '-1', 'soon', '']),
  withHeader('accept-encoding', ['gzip', 'br', 'deflate, gzip;q=1.0, br', 'identity', '*', '', 'zip,br']),
  withHeader('connect-accept-encoding', ['gzip', 'br,gzip', 'identity', '']),
  withHeader('grpc-accept-encoding', ['gzip', 'br,gzip', 'identity,deflate,gzip', 'identity', '', 'zip']),
  withHeader('content-type', [
    ...['application/grpc+proto', 'application/grpc+json', 'Application/Proto', 'application/json; charset=utf-8'],
    ...['application/grpc-web+proto', 'text/plain', 'application/connect+proto', 'application/json;charset=latin1', ''],
  ]),
  withHeader('connect-protocol-version', ['1', '2']),
  withHeader('content-encoding', ['identity', 'zip', '']),
  withHeader('grpc-encoding', ['identity', 'zip', '']),
  withHeader('origin', ['https://app.example.com', 'https://evil.example.com']),
  withHeader('te', ['trailers']),
  compressed('gzip'),
  compressed('br'),
  withBody((body, dice) => body.subarray(0, Math.floor(dice() * body.byteLength))),
  withBody((body) => Buffer.concat([body, Buffer.of(0)])),
  withBody((body) => Buffer.concat([body, Buffer.of(0, 0, 0, 0)])),
  withBody((body) => Buffer.concat([body, body])),
  withBody((body) => Buffer.concat([body, envelope(Buffer.of(0x0a, 9))])),
  withBody((body) => Buffer.concat([body, envelope(body, 1)])),
  withBody((body) => Buffer.concat([Buffer.of(0xff, 0xff), body])),
  withBody((body) => envelope(body.subarray(5), 1)),
  withBody((body) => envelope(body.subarray(5), 0x82)),
  withBody((body) => Buffer.concat([body, envelope(Buffer.from('{}'), 2)])),
  withBody(() => new Uint8Array()),
  withBody(() => Buffer.from('{"noSuchField":1}')),
  withBody((_, dice) => envelope(Buffer.alloc(pick(dice, [19_999, 20_000, 20_001, 60_000])))),
  withBody((_, dice) => Buffer.alloc(pick(dice, [20_000, 20_001, 60_000]), 0x20)),
  (request, dice) => ({ ...request, verb: pick(dice, ['GET', 'PUT', 'OPTIONS', 'DELETE']), body: new Uint8Array() }),
  (request, dice) => ({
    ...request,
    path: pick(dice, [`${request.path}?a=b`, `${request.path}/`, '/', '/no.Such/Rpc']),
  }),
  (request, dice) => ({ ...request, headers: { ...request.headers, 'x-more': pick(dice, [['a', 'b'], ['ü']]) } }),
];
