import type { Message, Part, Role, ToolCall } from '../message.ts';
import type { LoadedMessage } from './loaded-message.ts';
import { type AnsweredCall, isCallOf, matchToolResults } from './match-tool-results.ts';

/** Tokens charged for the result that stands in for one that was never recorded. */
export const STAND_IN_TOKENS = 24;

const STAND_IN_CONTENT = 'No result of this call was recorded.';

/** RepairedMessage is a message in a place and shape that providers accept. */
export interface RepairedMessage {
  /** 0 = put in by the repair. */
  sequence: number;
  message: Message;
  /** False when it is the stored message as it is. */
  isChanged: boolean;
}

/** Repair says what was done to the message `sequence`. */
export interface Repair {
  sequence: number;
  reason: string;
  /** True when nothing of the message is left in the context. */
  isLeftOut: boolean;
}

/** RepairedHistory is a history in which each call is directly followed by its one result. */
export interface RepairedHistory {
  messages: RepairedMessage[];
  repairs: Repair[];
  /** How many results stand in for missing ones, at STAND_IN_TOKENS each. */
  standInCount: number;
}

/**
 * Puts results directly behind their calls, gives a stand-in to calls that have none (so that the model knows of a call
 * whose effect is open), and leaves out results that answer no call before them.
 * Sources: the rules on tool use of OpenAI's chat completions, Anthropic's messages and Gemini's function calling.
 */
export function repairToolCalls(history: readonly LoadedMessage[]): RepairedHistory {
  const callsOf = matchToolResults(history);
  const answering = answeringParts(callsOf);
  const repaired: RepairedHistory = { messages: [], repairs: [], standInCount: 0 };
  for (const loaded of history) {
    const { parts } = loaded.message;
    if (!parts.some(isOfTools)) {
      repaired.messages.push({ sequence: loaded.sequence, message: loaded.message, isChanged: false });
      continue;
    }
    const staying = parts.filter((part) => staysInPlace(loaded.message, part));
    if (staying.length > 0) repaired.messages.push(reshape(loaded, staying, loaded.message.role));
    noteLeftOut(repaired, loaded, answering);
    addResults(repaired, loaded, callsOf.get(loaded) ?? []);
  }
  for (const [caller, calls] of callsOf) noteMoved(repaired, history, caller, calls);
  return repaired;
}

function isOfTools({ kind }: Part): boolean {
  return kind === 'toolCall' || kind === 'toolResult';
}

function answeringParts(callsOf: Map<LoadedMessage, AnsweredCall[]>): Set<Part> {
  return new Set([...callsOf.values()].flat().flatMap(({ result }) => result?.part ?? []));
}

function staysInPlace(message: Message, part: Part): boolean {
  return part.kind === 'toolCall' ? isCallOf(message, part) : part.kind !== 'toolResult';
}

function reshape({ sequence, message }: LoadedMessage, parts: Part[], role: Role): RepairedMessage {
  const isChanged = parts.length !== message.parts.length || role !== message.role;
  return { sequence, message: isChanged ? { ...message, parts, role } : message, isChanged };
}

function noteLeftOut(repaired: RepairedHistory, loaded: LoadedMessage, answering: Set<Part>): void {
  const { message, sequence } = loaded;
  const leftOut = message.parts.filter((part) => !staysInPlace(message, part) && !answering.has(part));
  for (const part of leftOut) {
    const reason =
      part.kind === 'toolResult'
        ? `the context holds no open call ${part.callId} before it`
        : 'only the assistant calls tools';
    repaired.repairs.push({ sequence, reason, isLeftOut: leftOut.length === message.parts.length });
  }
}

function addResults(repaired: RepairedHistory, caller: LoadedMessage, calls: AnsweredCall[]): void {
  for (const source of sourcesOf(calls)) {
    const parts = calls.flatMap(({ result }) => (result?.source === source ? [result.part] : []));
    const inOrder = source.message.parts.filter((part) => parts.some((answer) => answer === part));
    repaired.messages.push(reshape(source, inOrder, 'TOOL'));
  }
  for (const { call } of calls.filter(({ result }) => result === null)) {
    repaired.messages.push({ sequence: 0, message: standIn(call), isChanged: true });
    repaired.repairs.push({
      sequence: caller.sequence,
      reason: `call ${call.id} has no result: a stand-in says so`,
      isLeftOut: false,
    });
    repaired.standInCount += 1;
  }
}

function sourcesOf(calls: AnsweredCall[]): LoadedMessage[] {
  const sources = new Set(calls.flatMap(({ result }) => result?.source ?? []));
  return [...sources].sort((one, other) => one.sequence - other.sequence);
}

function standIn(call: ToolCall): Message {
  return {
    messageId: '',
    turnId: '',
    role: 'TOOL',
    author: '',
    parts: [
      { kind: 'toolResult', callId: call.id, name: call.name, content: STAND_IN_CONTENT, parts: [], isError: true },
    ],
    tokenCount: STAND_IN_TOKENS,
    model: '',
    sentAt: null,
    requestId: '',
  };
}

/** A result was moved when anything but results of the same caller stood between the two. */
function noteMoved(
  repaired: RepairedHistory,
  history: readonly LoadedMessage[],
  caller: LoadedMessage,
  calls: AnsweredCall[],
): void {
  const sources = sourcesOf(calls);
  const start = history.indexOf(caller) + 1;
  sources.forEach((source, place) => {
    if (history[start + place] === source) return;
    repaired.repairs.push({
      sequence: source.sequence,
      reason: `moved behind its call in message ${caller.sequence}`,
      isLeftOut: false,
    });
  });
}
