import { checkAgentId, checkSessionId } from '../model/checks/check-id.ts';
import { checkMetadata, checkState } from '../model/checks/check-struct.ts';
import { checkName } from '../model/checks/check-text.ts';
import type { JsonObject } from '../model/json.ts';
import type { StoredMessage } from '../model/message.ts';
import type { Caller } from './caller.ts';
import { conversationClaims } from './conversation-claims.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import { checkHistoryLimit, readHistory } from './read-history.ts';
import { headOf, type SessionHead } from './session-head.ts';
import { type SessionView, VIEW_NEEDS, viewBasis } from './session-view.ts';
import { holdUserLimit, requireUserRoom } from './user-session-limit.ts';

/** ResumeInput asks to return to a session; empty text = not checked. */
export interface ResumeInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  statePatch: JsonObject;
  metadataPatch: JsonObject;
  userId: string;
  agentId: string;
  reopen: boolean;
  historyLimit: number;
}

/** ResumeAnswer holds the session after the call and its newest messages, oldest first. */
export interface ResumeAnswer {
  head: SessionHead;
  session: SessionView;
  previousGeneration: number;
  messages: StoredMessage[];
}

/** Returns to a session and merges state and metadata into it; with `reopen` also from ENDED. An access. */
export async function resume(engine: Engine, caller: Caller, input: ResumeInput): Promise<ResumeAnswer> {
  checkResume(engine, input);
  const conditions = conditionsOf(engine, 'Resume', input);
  const settled = await engine.submit({
    ...caller,
    sessionId: input.sessionId,
    view: { ...VIEW_NEEDS, newest: input.historyLimit > 0 },
    call: {
      kind: 'resume',
      ...conditions,
      userId: input.userId,
      agentId: input.agentId,
      reopen: input.reopen,
      state: { set: input.statePatch, remove: [] },
      metadata: { set: input.metadataPatch, remove: [] },
      claims: input.reopen ? await claimsOfEnded(engine, caller, input.sessionId) : [],
    },
  });
  if (settled.before.header?.status === 'ENDED') await holdUserLimit(engine, caller, settled.header);
  const time = engine.time();
  const session = viewBasis(settled.after(), time);
  const messages = await readHistory(engine, caller, {
    source: { header: settled.header, basis: settled.after() },
    session,
    limit: input.historyLimit,
  });
  return { head: headOf(settled, time), session, previousGeneration: settled.previousGeneration, messages };
}

function checkResume({ settings }: Engine, input: ResumeInput): void {
  checkSessionId('session_id', input.sessionId);
  checkName('user_id', input.userId);
  checkAgentId('agent_id', input.agentId);
  checkState('state_patch', input.statePatch, settings.limits);
  checkMetadata('metadata_patch', input.metadataPatch, settings.limits);
  checkHistoryLimit(input.historyLimit);
}

/** A session that comes back takes its conversation's claim again, and its place among its user's sessions. */
async function claimsOfEnded(engine: Engine, { tenant, signal }: Caller, sessionId: string): Promise<string[]> {
  const { header } = await engine.store.sessions.load(tenant, sessionId, {}, { signal });
  if (header === null || header.isTombstone || header.status !== 'ENDED') return [];
  await requireUserRoom(engine, { tenant, signal }, header);
  return conversationClaims(header);
}
