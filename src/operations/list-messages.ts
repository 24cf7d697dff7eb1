import { checkSessionId } from '../model/checks/check-id.ts';
import { checkNumber, pageSizeOf } from '../model/checks/check-number.ts';
import { checkName } from '../model/checks/check-text.ts';
import { invalidField, limitExceeded } from '../model/checks/refusals.ts';
import type { Role, StoredMessage } from '../model/message.ts';
import { decodePageToken, encodePageToken, type PageScope } from '../model/page-token.ts';
import { digestContent } from '../model/request-digest.ts';
import type { Summary } from '../model/summary.ts';
import { takeWithin } from '../model/take-within.ts';
import type { Caller } from './caller.ts';
import type { Engine } from './engine/engine.ts';
import { readSession } from './engine/read-session.ts';
import { selectMessages } from './select-messages.ts';
import { headOf, type SessionHead } from './session-head.ts';

/** ListMessagesInput asks for a session's messages; 0, empty text, no entries and null filter nothing. */
export interface ListMessagesInput {
  sessionId: string;
  minVersion: number;
  /** Both bounds exclude. */
  afterSequence: number;
  beforeSequence: number;
  /** Only the newest so many, oldest first, in one answer. */
  last: number;
  messageIds: string[];
  roles: Role[];
  /** Compared with sentAt, else createdAt; excludes. */
  sentAfter: number | null;
  includeSummaries: boolean;
  /** False = inline files are answered without their bytes. */
  includeFiles: boolean;
  /** True = no access. */
  peek: boolean;
  /** 0 = the default. */
  pageSize: number;
  pageToken: string;
}

/** ListMessagesAnswer is one page, oldest first; summaries come on the first page, the newest that fit. */
export interface ListMessagesAnswer {
  head: SessionHead;
  messages: StoredMessage[];
  summaries: Summary[];
  /** Empty on the last page. */
  nextPageToken: string;
}

/** Lists a session's visible messages: an access unless `peek` is set. */
export async function listMessages(
  engine: Engine,
  caller: Caller,
  input: ListMessagesInput,
): Promise<ListMessagesAnswer> {
  const count = checkedCount(engine, input);
  const pages = pageScope(engine, caller, input);
  const after = input.pageToken === '' ? input.afterSequence : (decodePageToken(pages, input.pageToken) as number);
  const isFirst = input.pageToken === '';
  const { sessionId, peek, minVersion } = input;
  const view = { summaries: input.includeSummaries && isFirst, newest: input.messageIds.length === 0 };
  return readSession(engine, caller, { sessionId, peek, minVersion, view }, async (read) => {
    const { answerBytesMax, messageBytesMax } = engine.settings.limits;
    const summaries = newestWithin(read.basis.summaries ?? [], answerBytesMax - messageBytesMax);
    const bytesMax = answerBytesMax - bytesOf(summaries);
    const selection = { ...input, afterSequence: after, count, bytesMax };
    const { messages, next } = await selectMessages(engine, read, selection, caller.signal);
    return {
      head: headOf(read, engine.time()),
      messages,
      summaries,
      nextPageToken: next === null ? '' : encodePageToken(pages, next),
    };
  });
}

const MESSAGE_IDS_MAX = 100;

/** Checks the request, and returns how many messages it asks for at most. */
function checkedCount(engine: Engine, input: ListMessagesInput): number {
  checkSessionId('session_id', input.sessionId);
  checkNumber('min_version', input.minVersion);
  checkNumber('after_sequence', input.afterSequence);
  checkNumber('before_sequence', input.beforeSequence);
  checkNumber('last', input.last);
  if (input.messageIds.length > MESSAGE_IDS_MAX)
    throw limitExceeded('message_ids', { name: 'message_ids', value: input.messageIds.length, max: MESSAGE_IDS_MAX });
  for (const [index, messageId] of input.messageIds.entries()) checkName(`message_ids[${index}]`, messageId);
  const pageSize = pageSizeOf(input.pageSize, engine.settings.limits);
  if (input.last === 0) return pageSize;
  if (input.pageSize !== 0) throw invalidField('page_size', 'is set together with last', 'set one or the other');
  if (input.pageToken !== '') throw invalidField('page_token', 'is set together with last', 'set one or the other');
  return Math.min(input.last, engine.settings.limits.pageSizeMax);
}

/** A page may have another size than the one before, and wait for another version. */
function pageScope({ store }: Engine, { tenant }: Caller, input: ListMessagesInput): PageScope {
  const { minVersion, pageSize, pageToken, peek, includeSummaries, includeFiles, ...query } = input;
  return { secret: store.tokenSecret, tenant, query: digestContent('ListMessages', query) };
}

function newestWithin(summaries: readonly Summary[], bytesMax: number): Summary[] {
  return takeWithin(summaries.toReversed(), bytesMax, (summary) => bytesOf([summary])).reverse();
}

const SUMMARY_FIXED_BYTES = 128;

function bytesOf(summaries: readonly Summary[]): number {
  return summaries.reduce((sum, { text }) => sum + Buffer.byteLength(text) + SUMMARY_FIXED_BYTES, 0);
}
