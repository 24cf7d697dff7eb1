import { SessionError } from '../../model/session-error.ts';

const RETRY_AFTER_MS = 1000;

/** Returns the refusal of a call that the store cannot serve at the moment. */
export function storeUnavailable(cause?: unknown): SessionError {
  return new SessionError(
    'STORE_UNAVAILABLE',
    'the store cannot be reached; send the call again, it is served by itself when the store is back',
    {
      retryAfterMs: RETRY_AFTER_MS,
      cause,
    },
  );
}

/** Returns the refusal of a call that the store left without an answer until its deadline. */
export function storeSilent(): SessionError {
  return new SessionError(
    'STORE_UNAVAILABLE',
    'the store did not answer before the deadline; send the call again, it is served by itself when the store is back',
    {
      retryAfterMs: RETRY_AFTER_MS,
    },
  );
}

/** Returns the refusal of a call of which the store left open until the deadline whether it was done. */
export function outcomeUnknown(): SessionError {
  return new SessionError(
    'STORE_UNAVAILABLE',
    'the store did not say whether the call was done; send it again with its request_id',
    {
      retryAfterMs: RETRY_AFTER_MS,
    },
  );
}

/** Tells whether a fault is the store's absence. */
export function isStoreUnavailable(fault: unknown): boolean {
  return fault instanceof SessionError && fault.reason === 'STORE_UNAVAILABLE';
}
