import { create, type DescMethod } from '@bufbuild/protobuf';
import { createMethodSerializationLookup, createMethodUrl } from '@connectrpc/connect/protocol';
import type { Scope } from '../authenticate.ts';
import type { Call } from '../call.ts';
import type { RpcCaller } from '../caller.ts';
import type { ServedService } from '../handlers.ts';
import { ANSWER_BYTES_MAX, JSON_OPTIONS } from '../wire-rules.ts';

/** LaneMethod is an RPC as the lane serves it: unary, or one that answers steps. */
export interface LaneMethod<Answered = Promise<unknown>> {
  desc: DescMethod;
  /** Null = everybody may call it. */
  scope: Scope | null;
  requestBytesMax: number;
  handle(request: unknown, caller: RpcCaller, call: Call): Answered;
  /** Reads a request; throws the transport library's own errors. */
  parse(message: Uint8Array, isBinary: boolean): unknown;
  /** Writes an answer, or a step of it; throws the transport library's own errors. */
  serialize(answer: unknown, isBinary: boolean): Uint8Array;
}

/** Returns the RPCs of a kind of services by their paths. */
export function laneMethodsOf<Answered>(
  kind: DescMethod['methodKind'],
  services: readonly ServedService[],
  requestBytesMax: number,
): ReadonlyMap<string, LaneMethod<Answered>> {
  const found = new Map<string, LaneMethod<Answered>>();
  for (const served of services) {
    for (const desc of served.service.methods) {
      if (desc.methodKind === kind) found.set(createMethodUrl('/', desc), laneMethodOf(desc, served, requestBytesMax));
    }
  }
  return found;
}

function laneMethodOf<Answered>(
  desc: DescMethod,
  { handlers, scopes }: ServedService,
  requestBytesMax: number,
): LaneMethod<Answered> {
  const serialization = createMethodSerializationLookup(desc, undefined, JSON_OPTIONS, {
    readMaxBytes: requestBytesMax,
    writeMaxBytes: ANSWER_BYTES_MAX,
  });
  return {
    desc,
    scope: scopes?.[desc.localName] ?? null,
    requestBytesMax,
    handle: handlers[desc.localName] as LaneMethod<Answered>['handle'],
    parse: (message, isBinary) => serialization.getI(isBinary).parse(message),
    serialize: (answer, isBinary) => serialization.getO(isBinary).serialize(create(desc.output, answer as never)),
  };
}
