import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { oncePer } from '../../model/once-per.ts';
import type { LaneMethod } from '../lane/lane-method.ts';

/** StreamMethod is an RPC that answers steps. */
export interface StreamMethod extends LaneMethod<AsyncIterable<object>> {
  /** Returns a step as it travels: the same bytes for all that are told the same step. Throws as `serialize` does. */
  frame(step: object, isBinary: boolean): Uint8Array;
}

/** Makes a method that writes each step once. */
export function streamMethodFrom(method: LaneMethod<AsyncIterable<object>>): StreamMethod {
  // In memory of its own: a frame may be kept for long, and a part of a pool would keep all of it.
  const frameAs = (isBinary: boolean) => oncePer((step: object) => encodeEnvelope(0, method.serialize(step, isBinary)));
  const [binary, json] = [frameAs(true), frameAs(false)];
  return { ...method, frame: (step, isBinary) => (isBinary ? binary : json)(step) };
}
