import type { DescMethod } from '@bufbuild/protobuf';
import type { HeaderLookup, Scope } from './authenticate.ts';
import type { RpcCaller } from './caller.ts';
import type { Fault } from './fault.ts';

/** ArrivedCall is what is known of a call before its request is read. */
export interface ArrivedCall {
  method: DescMethod;
  /** `connect`, `grpc` or `grpc-web`. */
  protocol: string;
  /** True where the answer will be written in protobuf's binary form; false where it is not known to be. */
  isBinary: boolean;
  header: HeaderLookup;
  headers: CallHeaders;
  /** Aborts when the caller leaves or the call is over. */
  signal: AbortSignal;
}

/** CallHeaders travel beside the messages of a call; what its handler adds goes out with the answer or the error. */
export interface CallHeaders {
  readonly requestHeader: Headers;
  readonly responseHeader: Headers;
  readonly responseTrailer: Headers;
}

/** Call is an RPC in flight; it is logged and counted once, when it is settled. */
export interface Call extends ArrivedCall {
  /** The caller's x-request-id, or one made here: finds the call's lines in the log. */
  readonly requestId: string;
  /** Null = everybody may call it. */
  readonly scope: Scope | null;
  /** On performance.now()'s scale. */
  readonly startedMs: number;
  /** The deadline, in ms from the start; null = none. */
  timeoutMs: number | null;
  caller: RpcCaller;
  /** True once the handler has given all that it has to give. */
  isAnswered: boolean;
  /** True once it has one of the places of callsInFlightMax, which it gives back when it is settled. */
  isInFlight: boolean;
  isSettled: boolean;
  /** What went wrong, once something did. */
  fault: Fault | null;
}
