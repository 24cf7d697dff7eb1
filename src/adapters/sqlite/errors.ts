import { SessionError } from '../../model/session-error.ts';

/** ErrorFacts is a SessionError in a form that crosses threads. */
export interface ErrorFacts {
  reason: SessionError['reason'];
  message: string;
  retryAfterMs: number | undefined;
  /** The stack of what was thrown first, for logs. */
  cause: string;
}

const RETRY_AFTER_MS = 1000;
const RESTORE = 'restore the file from a backup, or run `threadkeep check-store` to see all that is broken';

/** What SQLite's primary result codes (https://www.sqlite.org/rescode.html) mean for the operator, and the remedy. */
const REMEDIES: Record<number, string> = {
  3: 'the file may not be accessed: give this user the right to read and write it',
  5: 'the file is busy: call again',
  6: 'the file is locked: call again',
  7: 'memory ran out: give the process more',
  8: 'the file is read-only: give this user the right to write it and its folder',
  10: 'reading or writing the disk failed: look at the disk and the system log',
  13: 'the disk or the file size limit is full: make room',
  14: 'the file cannot be opened: look at the path and at its rights',
};
const CORRUPT_CODES = new Set([11, 26]);

/** Translates whatever node:sqlite threw into STORE_CORRUPT or STORE_UNAVAILABLE; other errors pass as they are. */
export function translateError(error: unknown, path: string): unknown {
  const code = primaryCode(error);
  if (code === null) return error;
  const detail = (error as Error).message;
  if (CORRUPT_CODES.has(code)) {
    return new SessionError('STORE_CORRUPT', `${path} is damaged (${detail}): ${RESTORE}`, { cause: error });
  }
  const remedy = REMEDIES[code] ?? 'this is unexpected: look at the log';
  return unavailable(`the store ${path} failed (${detail}): ${remedy}`, error);
}

/** Tells whether an error came from SQLite because another connection holds what was asked for. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 5 || code === 6;
}

/** Tells whether an error of SQLite concerns the file or the machine, so that the whole transaction is lost. */
export function isFailure(error: unknown): boolean {
  const code = primaryCode(error);
  return code !== null && (code in REMEDIES || CORRUPT_CODES.has(code));
}

/** Creates a STORE_UNAVAILABLE that asks the client to come back in a second. */
export function unavailable(message: string, cause?: unknown): SessionError {
  return new SessionError('STORE_UNAVAILABLE', message, { retryAfterMs: RETRY_AFTER_MS, cause });
}

/** Creates the STORE_CORRUPT for a row that fails its checksum. */
export function corruptRow(path: string, table: string, row: string): SessionError {
  return corruptFile(path, `row ${row} of table ${table} fails its checksum`);
}

/** Creates the STORE_CORRUPT for a file of which something is broken. */
export function corruptFile(path: string, what: string, remedy: string = RESTORE): SessionError {
  return new SessionError('STORE_CORRUPT', `${path} is damaged: ${what}: ${remedy}`);
}

/** Turns any error into facts that another thread can take. */
export function factsFromError(error: unknown): ErrorFacts {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error instanceof SessionError) {
    return { reason: error.reason, message: error.message, retryAfterMs: error.retryAfterMs, cause };
  }
  const detail = error instanceof Error ? error.message : String(error);
  const message = `the store failed unexpectedly (${detail}): look at the log`;
  return { reason: 'STORE_UNAVAILABLE', message, retryAfterMs: RETRY_AFTER_MS, cause };
}

/** Turns facts back into the error they came from. */
export function errorFromFacts(facts: ErrorFacts): SessionError {
  return new SessionError(facts.reason, facts.message, { retryAfterMs: facts.retryAfterMs, cause: facts.cause });
}

function primaryCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}
