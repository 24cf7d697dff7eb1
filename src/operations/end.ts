import { checkSessionId } from '../model/checks/check-id.ts';
import { ERROR_LENGTH_MAX } from '../model/checks/check-new-session.ts';
import { checkQualityScore } from '../model/checks/check-number.ts';
import { checkMetadata } from '../model/checks/check-struct.ts';
import { checkText } from '../model/checks/check-text.ts';
import type { JsonObject } from '../model/json.ts';
import type { Outcome } from '../model/session.ts';
import type { Caller } from './caller.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import { headOf, type SessionHead } from './session-head.ts';
import { type SessionView, VIEW_NEEDS, viewBasis } from './session-view.ts';

/** EndInput asks to end a session; `outcome` null = COMPLETED, `qualityScore` 0 = not rated. */
export interface EndInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  outcome: Outcome | null;
  errorMessage: string;
  qualityScore: number;
  metadataPatch: JsonObject;
}

/** EndAnswer holds the session as it first ended; `watchToken` was taken before the call. */
export interface EndAnswer {
  head: SessionHead;
  session: SessionView;
  watchToken: string;
}

/** Ends a session, DORMANT too. No access; ending twice answers the first end. */
export async function end(engine: Engine, caller: Caller, input: EndInput): Promise<EndAnswer> {
  checkSessionId('session_id', input.sessionId);
  checkText('error_message', input.errorMessage, ERROR_LENGTH_MAX);
  checkQualityScore('quality_score', input.qualityScore);
  checkMetadata('metadata_patch', input.metadataPatch, engine.settings.limits);
  const conditions = conditionsOf(engine, 'End', input);
  const watchToken = await engine.events.token(caller.tenant, caller.signal);
  const settled = await engine.submit({
    ...caller,
    sessionId: input.sessionId,
    view: VIEW_NEEDS,
    call: {
      kind: 'end',
      ...conditions,
      outcome: input.outcome ?? 'COMPLETED',
      errorMessage: input.errorMessage,
      qualityScore: input.qualityScore,
      metadata: { set: input.metadataPatch, remove: [] },
      reason: 'CALLER',
    },
  });
  const time = engine.time();
  return { head: headOf(settled, time), session: viewBasis(settled.after(), time), watchToken };
}
