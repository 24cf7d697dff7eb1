import { create, type DescMethodUnary } from '@bufbuild/protobuf';
import { createMethodSerializationLookup, createMethodUrl } from '@connectrpc/connect/protocol';
import type { Scope } from '../authenticate.ts';
import type { Call } from '../call.ts';
import type { RpcCaller } from '../caller.ts';
import type { ServedService } from '../handlers.ts';
import { ANSWER_BYTES_MAX, JSON_OPTIONS } from '../wire-rules.ts';

/** LaneMethod is a unary RPC as the lane serves it. */
export interface LaneMethod {
  desc: DescMethodUnary;
  /** Null = everybody may call it. */
  scope: Scope | null;
  requestBytesMax: number;
  handle(request: unknown, caller: RpcCaller, call: Call): Promise<unknown>;
  /** Reads a request; throws the transport library's own errors. */
  parse(message: Uint8Array, isBinary: boolean): unknown;
  /** Writes an answer; throws the transport library's own errors. */
  serialize(answer: unknown, isBinary: boolean): Uint8Array;
}

/** Returns the unary RPCs of services by their paths. */
export function laneMethodsOf(
  services: readonly ServedService[],
  requestBytesMax: number,
): ReadonlyMap<string, LaneMethod> {
  const found = new Map<string, LaneMethod>();
  for (const served of services) {
    for (const desc of served.service.methods) {
      if (desc.methodKind !== 'unary') continue;
      found.set(createMethodUrl('/', desc), laneMethodOf(desc as DescMethodUnary, served, requestBytesMax));
    }
  }
  return found;
}

function laneMethodOf(desc: DescMethodUnary, { handlers, scopes }: ServedService, requestBytesMax: number): LaneMethod {
  const serialization = createMethodSerializationLookup(desc, undefined, JSON_OPTIONS, {
    readMaxBytes: requestBytesMax,
    writeMaxBytes: ANSWER_BYTES_MAX,
  });
  return {
    desc,
    scope: scopes?.[desc.localName] ?? null,
    requestBytesMax,
    handle: handlers[desc.localName] as LaneMethod['handle'],
    parse: (message, isBinary) => serialization.getI(isBinary).parse(message),
    serialize: (answer, isBinary) => serialization.getO(isBinary).serialize(create(desc.output, answer as never)),
  };
}
