import type { IfExists } from '../model/call.ts';
import { checkSessionId } from '../model/checks/check-id.ts';
import type { Caller } from './caller.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import { findOrStart } from './find-or-start.ts';
import { type NewSessionInput, specFrom } from './new-session.ts';
import { headOf, type SessionHead } from './session-head.ts';
import { type SessionView, viewBasis } from './session-view.ts';
import { giveBackStarted, holdUserLimit } from './user-session-limit.ts';

/** StartInput asks for a session, found by request id, id or key, else made. */
export interface StartInput extends NewSessionInput {
  sessionId: string;
  requestId: string;
}

/** StartAnswer holds the session after the call; `watchToken` was taken before it. */
export interface StartAnswer {
  head: SessionHead;
  session: SessionView;
  watchToken: string;
}

/** Finds a session by request id, session id or key, or makes it; what is done with one that is there, `ifExists` says. */
export async function start(engine: Engine, caller: Caller, input: StartInput): Promise<StartAnswer> {
  if (input.sessionId !== '') checkSessionId('session_id', input.sessionId);
  const spec = specFrom(input, { prefix: '', limits: engine.settings.limits, ifExists: defaultIfExists(input) });
  const conditions = conditionsOf(engine, 'Start', input);
  const watchToken = await engine.events.token(caller.tenant, caller.signal);
  const settled = await findOrStart(engine, caller, { sessionId: input.sessionId, spec, conditions });
  if (settled.created && !settled.isRepeated) {
    await holdUserLimit(engine, caller, settled.header, () => giveBackStarted(engine, caller, settled));
  }
  const time = engine.time();
  return { head: headOf(settled, time), session: viewBasis(settled.after(), time), watchToken };
}

function defaultIfExists({ sessionId, conversationKey }: StartInput): IfExists {
  return sessionId === '' && conversationKey !== '' ? 'RESTART' : 'FAIL';
}
