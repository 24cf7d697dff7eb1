import type { AppendedMessage } from '../../model/basis.ts';
import type { StoredMessage } from '../../model/message.ts';
import type { MessageRange, MessageStore } from '../../ports/message-store.ts';
import type { Life, MemoryRecords } from './records.ts';

/** MemoryMessageStore reads messages from the lives that they hang on. */
export class MemoryMessageStore implements MessageStore {
  readonly #records: MemoryRecords;

  constructor(records: MemoryRecords) {
    this.#records = records;
  }

  async read(tenant: string, uid: string, range: MessageRange, signal?: AbortSignal): Promise<StoredMessage[]> {
    this.#records.enter(signal);
    return withinBytes(sliceRange(this.#messagesOf(tenant, uid), range), range).map(copyStored);
  }

  async findById(
    tenant: string,
    uid: string,
    messageIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<StoredMessage[]> {
    this.#records.enter(signal);
    return this.#messagesOf(tenant, uid)
      .filter(({ messageId }) => messageIds.includes(messageId))
      .map(copyStored);
  }

  async findTurn(tenant: string, uid: string, turnId: string, afterSequence: number): Promise<StoredMessage | null> {
    this.#records.enter();
    const found = this.#messagesOf(tenant, uid).find(
      (message) => message.turnId === turnId && message.sequence > afterSequence,
    );
    return found === undefined ? null : copyStored(found);
  }

  #messagesOf(tenant: string, uid: string): AppendedMessage[] {
    return this.#records.of(tenant).livesByUid.get(uid)?.messages ?? [];
  }
}

/** How many messages, and how many bytes of them, an answer has beside the header. */
const NEWEST = { afterSequence: 0, beforeSequence: 0, from: 'newest', limit: 32, bytesMax: 64 * 1024 } as const;

/** Returns a life's newest messages as they go with its header. */
export function newestMessages({ messages }: Life): StoredMessage[] {
  return withinBytes(sliceRange(messages, NEWEST), NEWEST).map(copyStored);
}

/** Copies a message as callers see it: without the terms, which only the search reads. */
export function copyStored({ terms: _, ...message }: AppendedMessage): StoredMessage {
  return { ...message, body: new Uint8Array(message.body) };
}

// Sequences have no holes, so a sequence is a place: the cost does not grow with the age of the session.
function sliceRange(messages: AppendedMessage[], { afterSequence, beforeSequence, from, limit }: MessageRange) {
  const offset = messages[0]?.sequence ?? 0;
  const first = Math.max(0, afterSequence + 1 - offset);
  const end = Math.min(messages.length, beforeSequence === 0 ? messages.length : Math.max(0, beforeSequence - offset));
  return from === 'oldest'
    ? messages.slice(first, Math.min(end, first + limit))
    : messages.slice(Math.max(first, end - limit), end);
}

function withinBytes(messages: AppendedMessage[], { from, bytesMax }: MessageRange): AppendedMessage[] {
  if (bytesMax === undefined) return messages;
  const inReadingOrder = from === 'oldest' ? messages : messages.toReversed();
  let bytes = 0;
  const tooFar = inReadingOrder.findIndex(({ body }, place) => {
    bytes += body.length;
    return bytes > bytesMax && place > 0;
  });
  const kept = tooFar === -1 ? inReadingOrder : inReadingOrder.slice(0, tooFar);
  return from === 'oldest' ? kept : kept.toReversed();
}
