import { visibleSpans } from '../../model/hidden-ranges.ts';
import type { StoredMessage } from '../../model/message.ts';
import type { SequenceRange, SessionHeader } from '../../model/session.ts';
import type { MessageRange, MessageStore } from '../../ports/message-store.ts';

/** Enough of a header to read what a session shows: messages after its lastSequence are not seen. */
export type MessagesOwner = Pick<SessionHeader, 'tenant' | 'uid' | 'lastSequence' | 'hidden'>;

/** PageSpan is a range of which everything is read; `bytesMax` is of one page, 1 MiB by default. */
export interface PageSpan extends Pick<MessageRange, 'afterSequence' | 'beforeSequence' | 'from' | 'bytesMax'> {
  /** Messages of the first page; each further one has twice as many, up to 1,000. Default 1,000. */
  firstPageMessages?: number;
}

/** Reads the visible messages of a range, ascending; what is hidden is neither read nor counted by its bounds. */
export async function readVisible(
  messages: MessageStore,
  owner: MessagesOwner,
  range: MessageRange,
  signal?: AbortSignal,
): Promise<StoredMessage[]> {
  const pages: StoredMessage[][] = [];
  let room = { limit: range.limit, bytes: range.bytesMax ?? Number.POSITIVE_INFINITY };
  for (const [first, last] of orderedSpans(owner, range)) {
    if (room.limit <= 0 || room.bytes <= 0) break;
    const span = { from: range.from, afterSequence: first - 1, beforeSequence: last + 1, limit: room.limit };
    const bound = Number.isFinite(room.bytes) ? { bytesMax: room.bytes } : {};
    const page = await messages.read(owner.tenant, owner.uid, { ...span, ...bound }, signal);
    const bytes = bytesOf(page);
    // A read answers at least one message, which may be more than the rest of the room.
    if (pages.length > 0 && bytes > room.bytes) break;
    pages.push(page);
    room = { limit: room.limit - page.length, bytes: room.bytes - bytes };
    const isCutShort = page.length < last - first + 1;
    if (isCutShort) break;
  }
  return (range.from === 'newest' ? pages.reverse() : pages).flat();
}

/** Reads all visible messages of a span page by page, each ascending, from the end that `from` names. */
export async function* visiblePages(
  messages: MessageStore,
  owner: MessagesOwner,
  span: PageSpan,
  signal?: AbortSignal,
): AsyncGenerator<StoredMessage[]> {
  const { from, bytesMax = PAGE_BYTES, firstPageMessages = PAGE_MESSAGES } = span;
  let { afterSequence, beforeSequence } = span;
  for (let limit = firstPageMessages; ; limit = Math.min(2 * limit, PAGE_MESSAGES)) {
    const range = { from, afterSequence, beforeSequence, limit, bytesMax };
    const page = await readVisible(messages, owner, range, signal);
    const [first, last] = [page[0], page.at(-1)];
    if (first === undefined || last === undefined) return;
    yield page;
    if (from === 'newest') beforeSequence = first.sequence;
    else afterSequence = last.sequence;
    if (beforeSequence === 1) return;
  }
}

const PAGE_MESSAGES = 1000;
const PAGE_BYTES = 1024 * 1024;

function orderedSpans(owner: MessagesOwner, { afterSequence, beforeSequence, from }: MessageRange): SequenceRange[] {
  const last = beforeSequence === 0 ? owner.lastSequence : Math.min(beforeSequence - 1, owner.lastSequence);
  const spans = visibleSpans(owner.hidden, [afterSequence + 1, last]);
  return from === 'newest' ? spans.reverse() : spans;
}

function bytesOf(page: readonly StoredMessage[]): number {
  return page.reduce((sum, { body }) => sum + body.byteLength, 0);
}
