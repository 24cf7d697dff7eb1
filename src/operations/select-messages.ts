import { isVisible } from '../model/hidden-ranges.ts';
import type { Role, StoredMessage } from '../model/message.ts';
import type { ReadSession } from './engine/access-session.ts';
import type { Engine } from './engine/engine.ts';
import { heldMessages } from './engine/held-messages.ts';
import { readVisible } from './engine/read-visible.ts';
import { withoutFileBytes } from './without-file-bytes.ts';

/** MessageSelection says which messages are wanted, how many at most, and how many bytes of them. */
export interface MessageSelection {
  /** Both bounds exclude; 0 = no upper one. */
  afterSequence: number;
  beforeSequence: number;
  /** 0 = from the oldest on, else from the newest back. */
  last: number;
  messageIds: readonly string[];
  roles: readonly Role[];
  sentAfter: number | null;
  includeFiles: boolean;
  count: number;
  bytesMax: number;
}

/** MessagesSource is the session whose messages are selected, as it was read. */
export type MessagesSource = Pick<ReadSession, 'header' | 'basis'>;

/** SelectedMessages are in order, oldest first; `next` is the sequence after which they go on, null at the end. */
export interface SelectedMessages {
  messages: StoredMessage[];
  next: number | null;
}

/**
 * Selects visible messages from the oldest on, or with `last` from the newest back. A page also ends, perhaps empty,
 * after it has looked at 10,000 messages, so that its cost does not grow with the session.
 */
export async function selectMessages(
  engine: Engine,
  source: MessagesSource,
  selection: MessageSelection,
  signal: AbortSignal,
): Promise<SelectedMessages> {
  const isBackward = selection.last > 0;
  const selected: StoredMessage[] = [];
  let lookedAt = 0;
  let bytes = 0;
  let next = selection.afterSequence;
  for await (const batch of batchesOf(engine, source, selection, signal)) {
    for (const message of isBackward ? batch.toReversed() : batch) {
      if (isWanted(message, selection)) {
        const answered = selection.includeFiles ? message : withoutFileBytes(engine.codec, message);
        bytes += answered.body.byteLength + FIXED_BYTES;
        const isFull = selected.length === selection.count || (bytes > selection.bytesMax && selected.length > 0);
        if (isFull) return isBackward ? { messages: selected.reverse(), next: null } : { messages: selected, next };
        selected.push(answered);
      }
      next = message.sequence;
    }
    lookedAt += batch.length;
    if (lookedAt >= LOOKED_AT_MAX && !isBackward) return { messages: selected, next };
  }
  return { messages: isBackward ? selected.reverse() : selected, next: null };
}

/** Selects the newest visible messages, oldest first, inline files without their bytes. */
export async function selectNewest(
  engine: Engine,
  source: MessagesSource,
  bounds: Pick<MessageSelection, 'count' | 'bytesMax'>,
  signal: AbortSignal,
): Promise<StoredMessage[]> {
  if (bounds.count === 0) return [];
  const any = { afterSequence: 0, beforeSequence: 0, messageIds: [], roles: [], sentAfter: null, includeFiles: false };
  const { messages } = await selectMessages(engine, source, { ...any, ...bounds, last: bounds.count }, signal);
  return messages;
}

const LOOKED_AT_MAX = 10_000;

/** What the service sets on a message takes so much of an answer, at most. */
const FIXED_BYTES = 160;

const FILTERED_BATCH_SIZE = 500;

/** Visible messages in batches, each ascending; the batches from the newest back with `last`. */
async function* batchesOf(
  engine: Engine,
  source: MessagesSource,
  selection: MessageSelection,
  signal: AbortSignal,
): AsyncGenerator<StoredMessage[]> {
  if (selection.messageIds.length > 0) {
    yield await findByIds(engine, source.header, selection, signal);
    return;
  }
  const isFiltered = selection.roles.length > 0 || selection.sentAfter !== null;
  // One more than asked for tells whether the page is the last.
  const limit = isFiltered ? FILTERED_BATCH_SIZE : selection.count + 1;
  const from = selection.last > 0 ? 'newest' : 'oldest';
  const messages = heldMessages(engine.store.messages, source.basis);
  let { afterSequence, beforeSequence } = selection;
  for (;;) {
    const range = { from, afterSequence, beforeSequence, limit, bytesMax: selection.bytesMax } as const;
    const batch = await readVisible(messages, source.header, range, signal);
    const [first, last] = [batch[0], batch.at(-1)];
    if (first === undefined || last === undefined) return;
    yield batch;
    if (from === 'oldest') afterSequence = last.sequence;
    else if (first.sequence === 1) return;
    else beforeSequence = first.sequence;
  }
}

async function findByIds(
  { store }: Engine,
  { tenant, uid, hidden, lastSequence }: MessagesSource['header'],
  { messageIds, afterSequence, beforeSequence }: MessageSelection,
  signal: AbortSignal,
): Promise<StoredMessage[]> {
  const found = await store.messages.findById(tenant, uid, messageIds, signal);
  const end = beforeSequence === 0 ? lastSequence + 1 : Math.min(beforeSequence, lastSequence + 1);
  return found.filter(({ sequence }) => sequence > afterSequence && sequence < end && isVisible(hidden, sequence));
}

function isWanted(message: StoredMessage, { roles, sentAfter }: MessageSelection): boolean {
  if (roles.length > 0 && !roles.includes(message.role)) return false;
  return sentAfter === null || (message.sentAt ?? message.createdAt) > sentAfter;
}
