import type { Message } from '../../../src/model/message.ts';
import { messageOf, startInput } from '../../support/test-engine.ts';

/** PlannedCall is a call of a program, the same however often it is sent. */
export type PlannedCall = { sessionId: string; requestId: string } & (
  | { kind: 'start'; conversationKey: string; ifExists: 'FAIL' | 'RETURN' | 'RESUME' | 'RESTART'; spans: Spans }
  | { kind: 'append'; texts: string[]; bytes: number; expectedVersion: number; asBatch: boolean }
  | { kind: 'touch'; ttlMs: number | null }
  | { kind: 'activity'; callId: string }
  | { kind: 'rewind'; count: number; expectedVersion: number }
  | { kind: 'end' }
  | { kind: 'delete' }
  | { kind: 'get'; minVersion: number; peek: boolean }
  | { kind: 'list'; minVersion: number; peek: boolean }
  | { kind: 'context'; minVersion: number; peek: boolean }
);

/** Spans are the terms of a new session, in ms. */
export interface Spans {
  ttlMs: number;
  dormantAfterMs: number;
  expiringLeadMs: number;
}

/** KINDS_THAT_READ change no version. */
const readers = new Set<PlannedCall['kind']>(['get', 'list', 'context']);

/** Tells whether a call only reads. */
export function isRead(call: PlannedCall): call is Extract<PlannedCall, { minVersion: number }> {
  return readers.has(call.kind);
}

/** Returns the messages of an append: each begins with its text and is filled up to its bytes. */
export function messagesOf({ texts, bytes }: Extract<PlannedCall, { kind: 'append' }>): Message[] {
  return texts.map((text, place) => messageOf(place % 2 === 0 ? 'USER' : 'ASSISTANT', fill(text, bytes)));
}

/** Returns the text that a message began with. */
export function textFrom(filled: string): string {
  return filled.split(' ', 1)[0] as string;
}

/** Returns the input of a Start. */
export function startInputOf(call: Extract<PlannedCall, { kind: 'start' }>) {
  const { sessionId, requestId, conversationKey, ifExists, spans } = call;
  const who = conversationKey === '' ? {} : { agentId: 'agent', channel: 'web', userId: 'ada' };
  return startInput({ sessionId, requestId, conversationKey, ifExists, ...who, ...spans });
}

function fill(text: string, bytes: number): string {
  return bytes <= text.length + 1 ? text : `${text} ${'x'.repeat(bytes - text.length - 1)}`;
}
