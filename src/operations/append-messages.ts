import type { Cut, IfExists } from '../model/call.ts';
import { checkSessionId } from '../model/checks/check-id.ts';
import { checkState } from '../model/checks/check-struct.ts';
import { invalidField, limitExceeded } from '../model/checks/refusals.ts';
import type { JsonObject } from '../model/json.ts';
import type { Limits } from '../model/limits.ts';
import type { Message, NewMessage } from '../model/message.ts';
import type { Caller } from './caller.ts';
import { conversationClaims } from './conversation-claims.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import { prepareMessage } from './engine/prepare-message.ts';
import type { SettledCall } from './engine/submission.ts';
import { type NewSessionInput, specFrom } from './new-session.ts';
import { giveBackStarted, holdUserLimit } from './user-session-limit.ts';

/** Append is what AddMessage and AddMessages have in common. */
export interface Append {
  rpc: 'AddMessage' | 'AddMessages';
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  /** With the place of each in the request. */
  messages: { field: string; message: Message }[];
  statePatch: JsonObject;
  startIfMissing: NewSessionInput | null;
  cut: Cut | null;
}

/** AddedMessage is what became of one appended message; `tokenCount` may be an estimate. */
export interface AddedMessage {
  sequence: number;
  tokenCount: number;
  createdAt: number;
}

/** Appended is what became of an append. */
export interface Appended {
  settled: SettledCall;
  messages: AddedMessage[];
}

/** Appends messages, all or none, to a session that it can start; an access. */
export async function appendMessages(engine: Engine, caller: Caller, append: Append): Promise<Appended> {
  const { sessionId, requestId, statePatch, cut } = append;
  checkSessionId('session_id', sessionId);
  checkState('state_patch', statePatch, engine.settings.limits);
  const start = startOf(append.startIfMissing, engine.settings.limits);
  const { rpc, ...content } = append;
  const conditions = conditionsOf(engine, rpc, content);
  const prepared = append.messages.map(({ field, message }) =>
    prepareMessage(engine, field, { ...message, requestId }),
  );
  checkBatchBytes(prepared, engine.settings.limits);
  const settled = await engine.submit({
    ...caller,
    sessionId,
    call: {
      kind: 'append',
      ...conditions,
      messages: prepared,
      state: { set: statePatch, remove: [] },
      startIfMissing: start,
      cut,
      isImport: false,
    },
  });
  if (settled.created && !settled.isRepeated) {
    await holdUserLimit(engine, caller, settled.header, () => giveBackStarted(engine, caller, settled));
  }
  return { settled, messages: await addedMessages(engine, caller, settled, prepared) };
}

/** An append never merely looks at what it finds: it resumes it, or starts it over. */
function startOf(input: NewSessionInput | null, limits: Limits) {
  if (input === null) return null;
  const allowed: (IfExists | null)[] = [null, 'RESTART', 'RESUME'];
  if (!allowed.includes(input.ifExists))
    throw invalidField('start_if_missing.if_exists', `is IF_EXISTS_${input.ifExists}`, 'send RESTART or RESUME');
  const spec = specFrom(input, { prefix: 'start_if_missing.', limits, ifExists: 'RESTART' });
  return { spec, claims: conversationClaims(spec) };
}

function checkBatchBytes(messages: readonly NewMessage[], { batchBytesMax }: Limits): void {
  const value = messages.reduce((sum, { body }) => sum + body.byteLength, 0);
  if (messages.length > 1 && value > batchBytesMax)
    throw limitExceeded('messages', { name: 'batch_bytes', value, max: batchBytesMax });
}

/** A repetition answers the same messages, their tokens as counted by now. */
async function addedMessages(
  engine: Engine,
  { tenant, signal }: Caller,
  { sequences, header, isRepeated, decidedAt }: SettledCall,
  prepared: readonly NewMessage[],
): Promise<AddedMessage[]> {
  const first = sequences?.[0] ?? 0;
  const added = prepared.map(({ tokenCount }, place) => ({
    sequence: first + place,
    tokenCount,
    createdAt: decidedAt,
  }));
  if (!isRepeated) return added;
  const span = { from: 'oldest', afterSequence: first - 1, beforeSequence: first + prepared.length } as const;
  const range = { ...span, limit: prepared.length };
  const stored = await engine.store.messages.read(tenant, header.uid, range, signal);
  const bySequence = new Map(stored.map((message) => [message.sequence, message]));
  return added.map(({ sequence, tokenCount }) => {
    const message = bySequence.get(sequence);
    return {
      sequence,
      tokenCount: message?.tokenCount ?? tokenCount,
      createdAt: message?.createdAt ?? header.createdAt,
    };
  });
}
