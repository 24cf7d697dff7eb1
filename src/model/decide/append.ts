import type { AppendedMessage } from '../basis.ts';
import type { Call } from '../call.ts';
import type { NewMessage } from '../message.ts';
import { SessionError } from '../session-error.ts';
import { addSummary } from './add-summary.ts';
import { countMessage } from './count-message.ts';
import { cutMessages } from './cut-messages.ts';
import { countVersion, type Draft, writeHeader } from './draft.ts';
import { enterSession } from './enter.ts';
import { limitExceeded } from './refusals.ts';
import { findOrCreate } from './start.ts';
import { countToolCalls, type ToolReport } from './tool-calls.ts';
import { patchState } from './write-details.ts';

type AppendCall = Extract<Call, { kind: 'append' }>;

/** Decides AddMessage and AddMessages: an access that may start the session, cuts, appends and patches the state in one commit. */
export function decideAppend(draft: Draft, call: AppendCall): void {
  if (call.startIfMissing === null) enterSession(draft);
  else startOrEnter(draft, call.startIfMissing);
  requireBatchSize(draft, call);
  if (call.cut !== null && !draft.facts.created) cutMessages(draft);
  appendMessages(draft, call.messages);
  countToolCalls(draft, call.messages.flatMap(toolReportsOf));
  patchState(draft, call.state);
  for (const summary of call.summaries ?? []) addSummary(draft, summary);
}

/** An append is an access, so that RETURN, which is none, comes to RESUME here. */
function startOrEnter(draft: Draft, start: NonNullable<AppendCall['startIfMissing']>): void {
  const { ifExists } = start.spec;
  findOrCreate(draft, start, ifExists === 'RETURN' ? 'RESUME' : ifExists);
}

function requireBatchSize(draft: Draft, { messages, isImport }: AppendCall): void {
  const { messageBytesMax, batchMessagesMax, batchBytesMax } = draft.settings.limits;
  const largest = messages.reduce((bytes, { body }) => Math.max(bytes, body.byteLength), 0);
  if (largest > messageBytesMax) {
    const problem = `a message has ${largest} bytes but at most ${messageBytesMax} are taken, send large files by reference`;
    const metadata = { limit: 'message_bytes', value: String(largest), max: String(messageBytesMax) };
    throw new SessionError('MESSAGE_TOO_LARGE', problem, { field: 'messages', metadata });
  }
  if (isImport) return;
  const remedy = 'split the batch';
  const count = messages.length;
  if (count > batchMessagesMax) {
    throw limitExceeded({ limit: 'batch_messages', field: 'messages', value: count, max: batchMessagesMax, remedy });
  }
  const bytes = messages.reduce((sum, { body }) => sum + body.byteLength, 0);
  if (bytes > batchBytesMax) {
    throw limitExceeded({ limit: 'batch_bytes', field: 'messages', value: bytes, max: batchBytesMax, remedy });
  }
}

/** Numbers the messages on without a hole and counts them. */
function appendMessages(draft: Draft, messages: readonly NewMessage[]): void {
  if (messages.length === 0) return;
  const first = draft.header.lastSequence + 1;
  let { lastTurnId, counters, lastSequence } = draft.header;
  for (const message of messages) {
    lastSequence += 1;
    const appended = appendedFrom(draft, message, lastSequence, lastTurnId);
    draft.asides.messages.push(appended);
    counters = countMessage(counters, appended, 1);
    lastTurnId = message.turnId;
  }
  draft.facts.sequences = [first, lastSequence];
  writeHeader(draft, { lastTurnId, counters, lastSequence });
  countVersion(draft);
}

function appendedFrom(draft: Draft, message: NewMessage, sequence: number, lastTurnId: string): AppendedMessage {
  const { role, messageId, turnId, sentAt, tokenCount, isTokenCountExact, hasFiles, terms, body } = message;
  return {
    ...{ role, messageId, turnId, sentAt, tokenCount, isTokenCountExact, hasFiles, terms, body },
    sequence,
    createdAt: draft.time.now,
    runId: draft.header.runId,
    startsTurn: turnId === '' ? role === 'USER' : turnId !== lastTurnId,
  };
}

function toolReportsOf({ toolCalls, toolResults }: NewMessage): ToolReport[] {
  return [
    ...toolCalls.map(({ callId, name }) => ({ callId, name, isFailed: false, durationMs: null })),
    ...toolResults.map(({ callId, name, isError }) => ({ callId, name, isFailed: isError, durationMs: null })),
  ];
}
