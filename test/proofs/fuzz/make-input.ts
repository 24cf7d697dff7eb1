import { gzipSync } from 'node:zlib';
import { type DescMethod, toBinary, toJsonString } from '@bufbuild/protobuf';
import { AdminService } from '../../../gen/threadkeep/v1/admin_service_pb.ts';
import { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import { envelope } from '../../rpc/raw-requests.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { mutateBytes, mutateHeaders, mutateText } from './mutate.ts';
import { randomMessage } from './random-message.ts';

/** A request to be sent as it is. */
export interface FuzzInput {
  http: 1 | 2;
  path: string;
  headers: Record<string, string>;
  body: Uint8Array;
  isStream: boolean;
}

const methods: readonly DescMethod[] = [...SessionService.methods, ...AdminService.methods];

/** Makes the next input: a call of any RPC in any protocol, with its body, its envelope and its headers changed. */
export function makeInput(random: SeededRandom): FuzzInput {
  const method = random.pick(methods);
  const isStream = method.methodKind !== 'unary';
  const encode = random.pick([connectProto, connectJson, grpc, grpcWeb]);
  const { headers, body } = encode(method, isStream, random);
  return {
    http: headers['content-type'] === 'application/grpc' || random.integer(2) === 0 ? 2 : 1,
    path: `/${method.parent.typeName}/${method.name}`,
    headers: mutateHeaders(headers, random),
    body: random.integer(10) === 0 ? mutateBytes(body, random) : body,
    isStream,
  };
}

type Encoded = Pick<FuzzInput, 'headers' | 'body'>;

function connectProto(method: DescMethod, isStream: boolean, random: SeededRandom): Encoded {
  const body = mutateBytes(bytesOf(method, random), random);
  if (isStream) return { headers: { 'content-type': 'application/connect+proto' }, body: envelope(body) };
  if (random.integer(5) > 0) return { headers: { 'content-type': 'application/proto' }, body };
  return { headers: { 'content-type': 'application/proto', 'content-encoding': 'gzip' }, body: gzipSync(body) };
}

function connectJson(method: DescMethod, isStream: boolean, random: SeededRandom): Encoded {
  const body = Buffer.from(mutateText(textOf(method, random), random));
  const type = isStream ? 'application/connect+json' : 'application/json';
  return { headers: { 'content-type': type }, body: isStream ? envelope(body) : body };
}

function grpc(method: DescMethod, _: boolean, random: SeededRandom): Encoded {
  const headers = { 'content-type': 'application/grpc', te: 'trailers' };
  return {
    headers,
    body: envelope(mutateBytes(bytesOf(method, random), random), random.pick([0, 0, 0, 0, 0, 0, 0, 0, 1, 255])),
  };
}

function grpcWeb(method: DescMethod, _: boolean, random: SeededRandom): Encoded {
  const headers = { 'content-type': 'application/grpc-web+proto' };
  return { headers, body: envelope(mutateBytes(bytesOf(method, random), random)) };
}

function bytesOf({ input }: DescMethod, random: SeededRandom): Uint8Array {
  return toBinary(input, randomMessage(input, random));
}

/** JSON cannot say all that a random message holds. */
function textOf({ input }: DescMethod, random: SeededRandom): string {
  try {
    return toJsonString(input, randomMessage(input, random));
  } catch {
    return '{"sessionId":"s-1","message":{"role":"ROLE_USER","parts":[{"text":"a"}]},"ttl":"5s","pageSize":3}';
  }
}
