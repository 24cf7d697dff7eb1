import type { Role, StoredMessage } from '../model/message.ts';
import type { Summary } from '../model/summary.ts';
import type { SessionHead } from './session-head.ts';

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

/** ListMessagesAnswer is one page, oldest first; summaries come on the first page. */
export interface ListMessagesAnswer {
  head: SessionHead;
  messages: StoredMessage[];
  summaries: Summary[];
  /** Empty on the last page. */
  nextPageToken: string;
}
