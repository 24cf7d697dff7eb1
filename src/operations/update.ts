import type { SessionUpdate } from '../model/call.ts';
import { checkSessionId } from '../model/checks/check-id.ts';
import type { Caller } from './caller.ts';
import { conversationClaims } from './conversation-claims.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import { headOf, type SessionHead } from './session-head.ts';
import { type AskedUpdate, clearsSpans, updateFrom, withClearedSpans } from './session-update.ts';
import { type SessionView, VIEW_NEEDS, viewBasis } from './session-view.ts';
import { holdUserLimit, requireUserRoom } from './user-session-limit.ts';

/** UpdateInput asks to change a session. */
export interface UpdateInput extends AskedUpdate {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
}

/** UpdateAnswer holds the session after the call. */
export interface UpdateAnswer {
  head: SessionHead;
  session: SessionView;
}

/** Changes fields, state and metadata. An access, unless only what describes the session changes. */
export async function update(engine: Engine, caller: Caller, input: UpdateInput): Promise<UpdateAnswer> {
  checkSessionId('session_id', input.sessionId);
  const asked = updateFrom(input, engine.settings.limits);
  const conditions = conditionsOf(engine, 'Update', input);
  const prepared = await prepareUpdate(engine, caller, input, asked);
  const { sessionId } = input;
  const call = { kind: 'update', ...conditions, ...prepared } as const;
  const settled = await engine.submit({ ...caller, sessionId, view: VIEW_NEEDS, call });
  const hasNewUser = settled.before.header?.userId === '' && settled.header.userId !== '';
  if (hasNewUser) await holdUserLimit(engine, caller, settled.header);
  const time = engine.time();
  return { head: headOf(settled, time), session: viewBasis(settled.after(), time) };
}

/** What a user or a cleared span comes to depends on the session; where it is not there, the decision says so. */
async function prepareUpdate(
  engine: Engine,
  { tenant, signal }: Caller,
  input: UpdateInput,
  asked: SessionUpdate,
): Promise<{ update: SessionUpdate; claims: string[] }> {
  if (!asked.userId && !clearsSpans(input)) return { update: asked, claims: [] };
  const { header } = await engine.store.sessions.load(tenant, input.sessionId, {}, { signal });
  if (header === null || header.isTombstone) return { update: asked, claims: [] };
  const defaults = { current: header.terms, policy: engine.settings.terms };
  const update = { ...asked, terms: withClearedSpans(asked.terms, input, defaults) };
  if (!asked.userId || header.userId !== '') return { update, claims: [] };
  const owned = { ...header, userId: asked.userId };
  await requireUserRoom(engine, { tenant, signal }, owned);
  return { update, claims: conversationClaims(owned) };
}
