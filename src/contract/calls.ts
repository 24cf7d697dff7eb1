import { randomUUID } from 'node:crypto';
import type { Call, CallConditions, Cut, SessionSpec } from '../model/call.ts';
import type { JsonObject } from '../model/json.ts';
import type { NewMessage } from '../model/message.ts';
import { digestContent, digestRequestId } from '../model/request-digest.ts';
import type { Outcome } from '../model/session.ts';
import type { Summary } from '../model/summary.ts';
import { bytesOf } from './samples.ts';

/** Returns the conditions of a call with identities of its own. */
export function conditionsOf(conditions: Partial<CallConditions> = {}): CallConditions {
  return { fresh: { uid: randomUUID(), runId: randomUUID() }, ...conditions };
}

/** Returns the condition that makes a call idempotent; what it says is `content`. */
export function requestedAs(requestId: string, content: unknown = ''): Pick<CallConditions, 'request'> {
  const digest = digestRequestId(requestId);
  return { request: { digest, content: digestContent('Case', content), isServerMade: false } };
}

/** Returns what a session is made from: nothing given, unless said otherwise. */
export function specOf(overrides: Partial<SessionSpec> = {}): SessionSpec {
  return {
    userId: '',
    agentId: '',
    channel: '',
    conversationKey: '',
    title: '',
    labels: {},
    metadata: {},
    state: {},
    terms: {},
    model: '',
    tokenLimit: 0,
    ifExists: 'FAIL',
    ...overrides,
  };
}

/** Returns a Start. */
export function startCall(
  spec: Partial<SessionSpec> = {},
  conditions: Partial<CallConditions> = {},
  claims: string[] = [],
): Call {
  return { ...conditionsOf(conditions), kind: 'start', spec: specOf(spec), claims };
}

/** Returns an append of USER messages that say these texts, each word a search term. */
export function appendCall(
  texts: string[],
  conditions: Partial<CallConditions> = {},
  overrides: { cut?: Cut; state?: JsonObject; spec?: SessionSpec; message?: Partial<NewMessage> } = {},
): Call {
  const { cut = null, state = {}, spec, message } = overrides;
  return {
    ...conditionsOf(conditions),
    kind: 'append',
    messages: texts.map((text) => ({ ...messageOf(text), ...message })),
    state: { set: state, remove: [] },
    startIfMissing: spec === undefined ? null : { spec, claims: [] },
    cut,
    isImport: false,
  };
}

/** A USER message of a text: a token for each word. */
function messageOf(text: string): NewMessage {
  const terms = text.split(' ');
  return {
    role: 'USER',
    messageId: '',
    turnId: '',
    sentAt: null,
    tokenCount: terms.length,
    isTokenCountExact: true,
    hasFiles: false,
    terms,
    toolCalls: [],
    toolResults: [],
    body: bytesOf(text),
  };
}

/** Returns an access that changes nothing but deadlines. */
export function accessCall(conditions: Partial<CallConditions> = {}): Call {
  return { ...conditionsOf(conditions), kind: 'access' };
}

/** Returns a Resume; with `reopen` it brings an ENDED session back. */
export function resumeCall(reopen: boolean = false): Call {
  const [state, metadata] = [nothing(), nothing()];
  return { ...conditionsOf(), kind: 'resume', userId: '', agentId: '', reopen, state, metadata };
}

/** Returns an End. */
export function endCall(outcome: Outcome = 'COMPLETED', conditions: Partial<CallConditions> = {}): Call {
  return {
    ...conditionsOf(conditions),
    kind: 'end',
    outcome,
    errorMessage: outcome === 'FAILED' ? 'it broke' : '',
    qualityScore: 0,
    metadata: nothing(),
    reason: 'CALLER',
  };
}

/** Returns a Delete. */
export function deleteCall(conditions: Partial<CallConditions> = {}): Call {
  return { ...conditionsOf(conditions), kind: 'delete', reason: 'CALLER' };
}

/** Returns a Rewind. */
export function rewindCall(cut: Cut, conditions: Partial<CallConditions> = {}): Call {
  return { ...conditionsOf(conditions), kind: 'rewind', cut };
}

/** Returns a ClearMessages that drops the summaries, too. */
export function clearCall(): Call {
  return { ...conditionsOf(), kind: 'clearMessages', clearSummaries: true };
}

/** Returns an AddSummary of the messages `firstSequence..lastSequence`. */
export function summaryCall(firstSequence: number, lastSequence: number): Call {
  const summary: Omit<Summary, 'createdAt'> = {
    kind: 'COMPACTION',
    firstSequence,
    lastSequence,
    text: `about ${firstSequence} to ${lastSequence}`,
    tokenCount: 4,
    source: 'CALLER',
  };
  return { ...conditionsOf(), kind: 'addSummary', summary };
}

/** Returns a report of one tool call that took 5 ms. */
export function activityCall(callId: string, success: boolean = true): Call {
  const toolCall = { callId, name: 'search', durationMs: 5, success };
  return { ...conditionsOf(), kind: 'recordActivity', activity: { toolCall } };
}

/** Returns what the sweeper calls. */
export function sweepCall(): Call {
  return { ...conditionsOf(), kind: 'sweep' };
}

function nothing(): { set: JsonObject; remove: string[] } {
  return { set: {}, remove: [] };
}
