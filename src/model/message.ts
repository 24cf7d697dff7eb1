import type { JsonObject } from './json.ts';

/** Role says who speaks in a message. */
export type Role = 'SYSTEM' | 'DEVELOPER' | 'USER' | 'ASSISTANT' | 'TOOL';

/** ToolCall asks for a tool; `arguments` is JSON text, kept byte for byte. */
export interface ToolCall {
  kind: 'toolCall';
  id: string;
  name: string;
  arguments: string;
}

/** ToolResult answers the tool call `callId`; `content` is kept byte for byte. */
export interface ToolResult {
  kind: 'toolResult';
  callId: string;
  name: string;
  content: string;
  parts: Part[];
  isError: boolean;
}

/** FilePart is a file by reference (`uri`) or inline (`data`); exactly one of the two is set. */
export interface FilePart {
  kind: 'file';
  mimeType: string;
  filename: string;
  uri?: string;
  data?: Uint8Array;
}

/** PartContent is what a part says, one of the six kinds of api.md. */
export type PartContent =
  | { kind: 'text'; text: string }
  | { kind: 'reasoning'; text: string }
  | ToolCall
  | ToolResult
  | FilePart
  | { kind: 'data'; type: string; json: string };

/** Part is one piece of a message; `providerData` is JSON text that must go back to the provider verbatim. */
export type Part = PartContent & { partId?: string; providerData?: string };

/** Usage is what the model reported for a message, in tokens. */
interface Usage {
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
}

/** Message is what a caller says: everything known before the commit gives it a sequence. Empty text = not given. */
export interface Message {
  messageId: string;
  turnId: string;
  role: Role;
  author: string;
  parts: Part[];
  /** Tokens as counted by the caller; 0 = the service counts. */
  tokenCount: number;
  model: string;
  usage?: Usage;
  metadata?: JsonObject;
  /** When the caller says it was sent, ms since the epoch. */
  sentAt: number | null;
  /** The original as the framework had it, byte for byte; neither counted nor searched. */
  native?: { format: string; json: string };
  /** The caller's request id of the append that brought it. */
  requestId: string;
}

/** NewMessage is a message ready to be appended: its encoded body and what the engine must know without decoding it. */
export interface NewMessage {
  role: Role;
  messageId: string;
  turnId: string;
  sentAt: number | null;
  tokenCount: number;
  /** False while tokenCount is an estimate. */
  isTokenCountExact: boolean;
  /** True when a part holds inline file data. */
  hasFiles: boolean;
  /** Search terms of the searchable text, in order, with repetitions (model/search/terms). */
  terms: string[];
  toolCalls: { callId: string; name: string }[];
  toolResults: { callId: string; name: string; isError: boolean }[];
  /** The encoded Message (ports/message-codec), copied through on reads. */
  body: Uint8Array;
}

/** StoredMessage is a committed message; but for an estimate made exact it never changes. */
export interface StoredMessage {
  sequence: number;
  createdAt: number;
  runId: string;
  role: Role;
  messageId: string;
  turnId: string;
  sentAt: number | null;
  tokenCount: number;
  isTokenCountExact: boolean;
  hasFiles: boolean;
  /** True when this message begins a turn: a USER message, or the first of its turn_id. */
  startsTurn: boolean;
  body: Uint8Array;
}
