/** Limits bound what callers may send and keep; the configuration can change each. Bytes are of UTF-8 or encoded form. */
export interface Limits {
  messageBytesMax: number;
  batchMessagesMax: number;
  batchBytesMax: number;
  metadataBytesMax: number;
  stateBytesMax: number;
  labelsMax: number;
  labelKeyLengthMax: number;
  labelValueLengthMax: number;
  summariesMax: number;
  hiddenRangesMax: number;
  requestBytesMax: number;
  answerBytesMax: number;
  pageSizeDefault: number;
  pageSizeMax: number;
  /** Live sessions per user; 0 = no limit. */
  sessionsPerUserMax: number;
  /** What gives way above sessionsPerUserMax: the least recently used session, or the Start. */
  sessionsPerUserPolicy: 'END_OLDEST' | 'REFUSE';
  watchersPerTenantMax: number;
}

/** The limits of api.md. */
export const DEFAULT_LIMITS: Limits = {
  messageBytesMax: 1024 * 1024,
  batchMessagesMax: 500,
  batchBytesMax: 3 * 1024 * 1024,
  metadataBytesMax: 32 * 1024,
  stateBytesMax: 32 * 1024,
  labelsMax: 32,
  labelKeyLengthMax: 64,
  labelValueLengthMax: 128,
  summariesMax: 16,
  hiddenRangesMax: 256,
  requestBytesMax: 8 * 1024 * 1024,
  answerBytesMax: 3.5 * 1024 * 1024,
  pageSizeDefault: 50,
  pageSizeMax: 1000,
  sessionsPerUserMax: 10,
  sessionsPerUserPolicy: 'END_OLDEST',
  watchersPerTenantMax: 2000,
};

/** What `never` comes to as a span: 1,000 years, in ms, an instant that every store and every protocol can hold. */
export const NEVER_MS = 1000 * 365 * 86_400_000;

/** TermsPolicy is the server's defaults and limits for the deadlines of sessions, in ms. */
export interface TermsPolicy {
  dormantAfterMs: number;
  /** NEVER_MS = sessions do not expire unless their callers say when; ttlMaxMs does not bound it. */
  ttlMs: number;
  ttlMinMs: number;
  ttlMaxMs: number;
  /** How long an EXPIRED or ENDED session stays readable. */
  retentionMs: number;
}

const HOUR_MS = 3_600_000;

/** The deadlines of semantics.md: idle after 10 h, gone after 20 h, kept 7 d. */
export const DEFAULT_TERMS_POLICY: TermsPolicy = {
  dormantAfterMs: 10 * HOUR_MS,
  ttlMs: 20 * HOUR_MS,
  ttlMinMs: 1,
  ttlMaxMs: 10 * 365 * 24 * HOUR_MS,
  retentionMs: 7 * 24 * HOUR_MS,
};
