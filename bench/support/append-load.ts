import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { appendRequest } from './append-request.ts';
import { pathOf } from './method-path.ts';
import { encodable, type Protocol } from './protocol.ts';
import type { Next, Wire, WireRequest } from './wire.ts';

/** SESSION_COUNT is over how many sessions appends go in turn. */
export const SESSION_COUNT = 200;

const STAMP = 'request-000000000000';
let stamped = 0;

/** Returns the sessions to which appends go. */
export function appendSessions(): string[] {
  return Array.from({ length: SESSION_COUNT }, (_, place) => `append-${place}`);
}

/** Makes the appends ready that a wire is to send: one for each session. */
export function prepareAppends(wire: Wire, protocol: Protocol, sessionIds: readonly string[]): WireRequest[] {
  const method = SessionService.method.addMessage;
  return sessionIds.map((sessionId) => {
    const request = { ...appendRequest(sessionId), requestId: STAMP };
    return wire.prepare(pathOf(method), protocol.encode(encodable(method, request)));
  });
}

/** Returns a Next for `count` appends in all, over the sessions in turn, each with a request id of its own. */
export function appendsInTurn(appends: readonly WireRequest[], count: number): Next {
  const stampAt = appends.map((append) => Buffer.from(append).indexOf(STAMP));
  let sent = 0;
  return () => {
    if (sent === count) return undefined;
    const place = sent++ % appends.length;
    const append = Buffer.from(appends[place]!);
    append.write(`request-${String(stamped++).padStart(12, '0')}`, stampAt[place]!, 'latin1');
    return append;
  };
}
