import type { Summary } from '../model/summary.ts';
import type { SessionHead } from './session-head.ts';

/** AddSummaryInput asks to keep a caller's summary; `tokenCount` 0 = the service counts. */
export interface AddSummaryInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  summary: Omit<Summary, 'createdAt' | 'source'>;
}

/** AddSummaryAnswer holds the summary as stored. */
export interface AddSummaryAnswer {
  head: SessionHead;
  summary: Summary;
}
