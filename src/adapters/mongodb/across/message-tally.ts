import { hideRange, isVisible, visibleSpans } from '../../../model/hidden-ranges.ts';
import type { Role } from '../../../model/message.ts';
import type { SequenceRange } from '../../../model/session.ts';
import type { MessageSample } from '../../../ports/statistics-store.ts';
import type { MongoContext } from '../context.ts';
import type { Filter } from '../database/database.ts';
import type { MessageFields, SessionDocument } from '../database/documents.ts';
import { messageId } from '../messages/message-id.ts';
import { MovedOn, readFields } from '../messages/message-pages.ts';
import { settledTokens } from '../messages/tail.ts';
import { decodeHeader } from '../sessions/session-codec.ts';

/** Window is the span of commit times that is counted, and its buckets. */
interface Window {
  fromAt: number;
  toAt: number;
  bucketMs: number;
}

/** One aggregation takes so many spans of messages. */
const SPANS_AT_ONCE = 500;

/**
 * MessageTally counts the visible messages of sessions by role and bucket: what a session's document says was moved is
 * counted in `messages`, the rest in its tail, so each once.
 */
export class MessageTally {
  readonly #context: MongoContext;
  readonly #window: Window;
  readonly #signal: AbortSignal | undefined;
  readonly #samples = new Map<string, MessageSample>();

  constructor(context: MongoContext, window: Window, signal: AbortSignal | undefined) {
    this.#context = context;
    this.#window = window;
    this.#signal = signal;
  }

  /** Counts the messages of a page of sessions. */
  async add(documents: readonly SessionDocument[]): Promise<void> {
    const ranges: Filter[] = [];
    for (const document of documents) {
      const counted = await this.#addApart(document);
      ranges.push(...visibleSpans(counted.hidden, counted.moved).map((span) => rangeOf(document.uid, span)));
    }
    for (let first = 0; first < ranges.length; first += SPANS_AT_ONCE) {
      await this.#addRanges(ranges.slice(first, first + SPANS_AT_ONCE));
    }
  }

  /** Returns what was counted, oldest bucket first. */
  samples(): MessageSample[] {
    return [...this.#samples.values()].sort((one, other) => one.bucketAt - other.bucketAt);
  }

  /** Counts one by one what is not in `messages` yet, or not with its exact count; answers the rest. */
  async #addApart(document: SessionDocument): Promise<{ hidden: SequenceRange[]; moved: SequenceRange }> {
    const { uid, floor = 0 } = document;
    const header = decodeHeader(document);
    const settled = settledTokens(document);
    const tail = await this.#readTail(document);
    const moved: SequenceRange = [floor + 1, tail === null ? header.lastSequence : document.moved];
    const pending = [...settled.keys()].filter((n) => n >= moved[0] && n <= moved[1]);
    const estimated = await this.#readMoved(pending.map((n) => messageId(uid, n)));
    for (const fields of [...(tail ?? []), ...estimated]) {
      if (!isVisible(header.hidden, fields.n) || fields.n <= floor) continue;
      this.#addOne({ ...fields, tok: settled.get(fields.n) ?? fields.tok });
    }
    return { hidden: pending.reduce((hidden, n) => hideRange(hidden, [n, n]), header.hidden), moved };
  }

  /** Reads what was not moved; null = all of it was since the document was read. */
  async #readTail(document: SessionDocument): Promise<MessageFields[] | null> {
    const life = { context: this.#context, document, signal: this.#signal };
    const span = { afterSequence: document.moved, beforeSequence: 0, limit: Number.MAX_SAFE_INTEGER } as const;
    try {
      const fields: MessageFields[] = [];
      for await (const each of readFields(life, { ...span, from: 'oldest' })) fields.push(each);
      return fields;
    } catch (error) {
      if (error instanceof MovedOn) return null;
      throw error;
    }
  }

  async #readMoved(ids: string[]): Promise<MessageFields[]> {
    if (ids.length === 0) return [];
    const projection = { body: 0, terms: 0 };
    return this.#context.collections.messages.find({ _id: { $in: ids } }, { projection, signal: this.#signal });
  }

  async #addRanges(ranges: Filter[]): Promise<void> {
    const { fromAt, toAt, bucketMs } = this.#window;
    const bucketAt = { $subtract: ['$at', { $mod: [{ $subtract: ['$at', fromAt] }, bucketMs] }] };
    const counted = await this.#context.collections.messages.aggregate<{ _id: Bucket; count: number; tokens: number }>(
      [
        { $match: { $or: ranges, at: { $gte: fromAt, $lt: toAt } } },
        { $group: { _id: { bucketAt, role: '$role' }, count: { $sum: 1 }, tokens: { $sum: '$tok' } } },
      ],
      { ...(this.#signal !== undefined && { signal: this.#signal }) },
    );
    for (const { _id, count, tokens } of counted) this.#count(_id, count, tokens);
  }

  #addOne({ at, role, tok }: MessageFields): void {
    const { fromAt, toAt, bucketMs } = this.#window;
    if (at < fromAt || at >= toAt) return;
    this.#count({ bucketAt: at - ((at - fromAt) % bucketMs), role }, 1, tok);
  }

  #count({ bucketAt, role }: Bucket, messageCount: number, tokenCount: number): void {
    const key = `${bucketAt} ${role}`;
    const sample = this.#samples.get(key) ?? { bucketAt, role, messageCount: 0, tokenCount: 0 };
    sample.messageCount += messageCount;
    sample.tokenCount += tokenCount;
    this.#samples.set(key, sample);
  }
}

interface Bucket {
  bucketAt: number;
  role: Role;
}

function rangeOf(uid: string, [first, last]: SequenceRange): Filter {
  return { _id: { $gte: messageId(uid, first), $lte: messageId(uid, last) } };
}
