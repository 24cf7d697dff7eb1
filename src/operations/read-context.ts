import type { Basis } from '../model/basis.ts';
import { type ContextHead, headTokens } from '../model/context/assemble-context.ts';
import { createContextWindow, type WindowCut } from '../model/context/context-window.ts';
import type { LoadedMessage } from '../model/context/loaded-message.ts';
import { coveredRanges } from '../model/context/summary-cover.ts';
import { visibleSpans } from '../model/hidden-ranges.ts';
import type { StoredMessage } from '../model/message.ts';
import type { SequenceRange, SessionHeader } from '../model/session.ts';
import type { Caller } from './caller.ts';
import { loadMessages } from './count-messages.ts';
import type { Engine } from './engine/engine.ts';
import { heldMessages } from './engine/held-messages.ts';
import { readVisible } from './engine/read-visible.ts';
import { withoutFileBytes } from './without-file-bytes.ts';

/** How much one step back through the history reads. */
const PAGE_MESSAGES = 64;
const PAGE_BYTES = 1024 * 1024;

/** How many messages one step reads at the head of a session, in search of the end of the pinned ones. */
const HEAD_PAGE_MESSAGES = 8;

/** ContextSource says of which session a context is made, and within which bounds. */
export interface ContextSource {
  header: SessionHeader;
  /** The session as it was read; holds the newest messages where the store has them beside the header. */
  basis: Basis;
  tokenLimit: number;
  /** 0 = no bound. */
  maxMessages: number;
  /** False = inline files are answered without their bytes. */
  includeFiles: boolean;
  /** What stands before the window, as far as it is known before anything is read. */
  head: Omit<ContextHead, 'pinned'>;
}

/** ContextMaterial is what was read for a context. */
export interface ContextMaterial {
  pinned: LoadedMessage[];
  window: WindowCut;
  /** All that was read and counted, what did not fit included. */
  loaded: LoadedMessage[];
  /** The same as stored, and their exact counts, by sequence. */
  stored: Map<number, StoredMessage>;
  tokenCounts: Map<number, number>;
  /** The tokens of all visible messages, exact for those that were read. */
  totalTokens: number;
}

/** Reads the pinned messages and, from the newest back, what can matter of the others: as little in an old session as in a young one. */
export async function readContext(engine: Engine, caller: Caller, source: ContextSource): Promise<ContextMaterial> {
  const { header, tokenLimit, maxMessages } = source;
  const stored = new Map<number, StoredMessage>();
  const load = (messages: readonly StoredMessage[]) => {
    for (const message of messages) stored.set(message.sequence, message);
    return loadMessages(engine, header.model, messages, caller.signal);
  };
  const readBack = pageReader(engine, caller, source);
  const newest = await readBack(0);
  const pinned = await load(await readPinned(engine, caller, source, newest));
  const pinnedThrough = pinned.at(-1)?.sequence ?? 0;
  const window = createContextWindow({
    budget: tokenLimit - headTokens({ ...source.head, pinned }),
    messagesMax: maxMessages === 0 ? 0 : Math.max(1, maxMessages - pinned.length),
    gridStart: sum(pinned, 'tokenCount'),
    totalTokens: visibleTokens(header, pinned),
  });
  const loaded = [...pinned];
  let oldest = header.lastSequence + 1;
  // A context that would be too large to answer is not read to its end.
  let bytesLeft = engine.settings.limits.answerBytesMax;
  const isEnough = () => window.isFull() || bytesLeft < 0;
  for (let page = newest; page.length > 0; page = isEnough() ? [] : await readBack(oldest)) {
    const batch = await load(page.filter(({ sequence }) => sequence > pinnedThrough));
    window.offer(batch);
    loaded.push(...batch);
    bytesLeft -= answeredBytes(engine, source, page);
    oldest = page[0]?.sequence ?? oldest;
  }
  const hasOlder = visibleSpans(coveredBy(source), [pinnedThrough + 1, oldest - 1]).length > 0;
  const tokenCounts = new Map(loaded.map(({ sequence, tokenCount }) => [sequence, tokenCount]));
  const totalTokens = visibleTokens(header, loaded);
  return { pinned, window: window.cut(hasOlder), loaded, stored, tokenCounts, totalTokens };
}

function answeredBytes({ codec }: Engine, { includeFiles }: ContextSource, page: readonly StoredMessage[]): number {
  const bytesOf = (message: StoredMessage) =>
    (includeFiles ? message : withoutFileBytes(codec, message)).body.byteLength;
  return page.reduce((bytes, message) => bytes + bytesOf(message), 0);
}

/** Sums the tokens of all visible messages: as the counters hold them, and exactly for those that were counted just now. */
function visibleTokens({ counters }: SessionHeader, counted: readonly LoadedMessage[]): number {
  return counters.inputTokens + counters.outputTokens + sum(counted, 'tokenCount') - sum(counted, 'countedTokens');
}

/** Reads pages of what is neither hidden nor summarised, ending before a sequence; 0 = the newest. */
function pageReader(engine: Engine, caller: Caller, source: ContextSource) {
  const owner = { ...source.header, hidden: coveredBy(source) };
  const messages = heldMessages(engine.store.messages, source.basis);
  const limit = source.maxMessages === 0 ? PAGE_MESSAGES : Math.min(PAGE_MESSAGES, source.maxMessages);
  return (beforeSequence: number): Promise<StoredMessage[]> => {
    const range = { from: 'newest' as const, afterSequence: 0, beforeSequence, limit, bytesMax: PAGE_BYTES };
    return readVisible(messages, owner, range, caller.signal);
  };
}

function coveredBy({ header, head }: ContextSource): SequenceRange[] {
  return coveredRanges(header.hidden, head.summaries);
}

/**
 * Finds the SYSTEM and DEVELOPER messages that lead the session: in the newest page where that holds its beginning, or
 * all that there are of them; else as remembered, else at the head of the session.
 */
async function readPinned(
  engine: Engine,
  caller: Caller,
  source: ContextSource,
  newest: readonly StoredMessage[],
): Promise<readonly StoredMessage[]> {
  const { header } = source;
  const first = visibleSpans(header.hidden, [1, header.lastSequence])[0]?.[0];
  if (first === undefined || newest[0]?.sequence === first) return leadingInstructions(newest);
  const { SYSTEM, DEVELOPER } = header.counters.messagesByRole;
  if (newest.filter(isInstruction).length === SYSTEM + DEVELOPER) return [];
  return engine.pinned.find(header) ?? readHead(engine, caller, source);
}

async function readHead(
  engine: Engine,
  { signal }: Caller,
  { header, basis, tokenLimit }: ContextSource,
): Promise<StoredMessage[]> {
  const messages = heldMessages(engine.store.messages, basis);
  const pinned: StoredMessage[] = [];
  for (;;) {
    const afterSequence = pinned.at(-1)?.sequence ?? 0;
    const range = { from: 'oldest' as const, afterSequence, beforeSequence: 0, limit: HEAD_PAGE_MESSAGES };
    const page = await readVisible(messages, header, range, signal);
    const leading = leadingInstructions(page);
    pinned.push(...leading);
    const end = page[leading.length];
    if (end !== undefined) engine.pinned.keep(header, { pinned, endSequence: end.sequence });
    if (end !== undefined || page.length === 0 || sum(pinned, 'tokenCount') > tokenLimit) return pinned;
  }
}

function leadingInstructions(messages: readonly StoredMessage[]): StoredMessage[] {
  const end = messages.findIndex((message) => !isInstruction(message));
  return messages.slice(0, end === -1 ? messages.length : end);
}

function isInstruction({ role }: StoredMessage): boolean {
  return role === 'SYSTEM' || role === 'DEVELOPER';
}

function sum<Field extends string>(messages: readonly Record<Field, number>[], field: Field): number {
  return messages.reduce((total, message) => total + message[field], 0);
}
