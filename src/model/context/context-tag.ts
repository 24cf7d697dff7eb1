import { createHash } from 'node:crypto';
import type { JsonValue } from '../json.ts';
import type { Summary } from '../summary.ts';
import type { RepairedMessage } from './repair-tool-calls.ts';

const HASH_LENGTH = 32;

/** ContextStart is what a context begins with: it stays until a summary comes or the cut jumps. */
export interface ContextStart {
  /** Of the session: with a sequence it names a message, which never changes. */
  uid: string;
  format: string;
  includeFiles: boolean;
  systemPrompt: string;
  pinned: readonly number[];
  summaries: readonly Summary[];
  /** The sequence of the first message of the window; 0 = none. */
  firstSequence: number;
}

/** Hashes what a context begins with; while it stays the same, the context only grows at its end. */
export function prefixHash(start: ContextStart): string {
  const { uid, format, includeFiles, systemPrompt, pinned, firstSequence } = start;
  const summaries = start.summaries.map(({ firstSequence: first, lastSequence: last, text }) => [first, last, text]);
  return hash([uid, format, includeFiles, systemPrompt, [...pinned], summaries, firstSequence]);
}

/** Hashes a whole context: its start, its options, and each message in its place and shape. */
export function contextTag(prefix: string, options: JsonValue, messages: readonly RepairedMessage[]): string {
  return hash([
    prefix,
    options,
    messages.map(({ sequence, message, isChanged }) => (isChanged ? [sequence, partKeys(message)] : sequence)),
  ]);
}

/** Tells which parts of a message a repair left or put in. */
function partKeys({ parts }: RepairedMessage['message']): string[] {
  return parts.map((part) => (part.kind === 'toolResult' ? `${part.kind} ${part.callId}` : part.kind));
}

function hash(value: JsonValue): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, HASH_LENGTH);
}
