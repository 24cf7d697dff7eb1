/** Reason is the closed set of things that can be wrong; api.md says what each means and its code. */
export type Reason =
  | 'SESSION_NOT_FOUND'
  | 'MESSAGE_NOT_FOUND'
  | 'SESSION_EXISTS'
  | 'SESSION_EXPIRED'
  | 'SESSION_ENDED'
  | 'REQUEST_ID_REUSED'
  | 'VERSION_MISMATCH'
  | 'STORE_CONTENDED'
  | 'INVALID_FIELD'
  | 'LIMIT_EXCEEDED'
  | 'TOKEN_LIMIT_TOO_SMALL'
  | 'PAGE_TOKEN_INVALID'
  | 'RESUME_TOKEN_FOREIGN'
  | 'RESUME_TOKEN_COMPACTED'
  | 'MESSAGE_TOO_LARGE'
  | 'USER_SESSION_LIMIT'
  | 'WATCHER_TOO_SLOW'
  | 'TOO_MANY_WATCHERS'
  | 'OVERLOADED'
  | 'CREDENTIAL_MISSING'
  | 'CREDENTIAL_INVALID'
  | 'SCOPE_MISSING'
  | 'STORE_UNAVAILABLE'
  | 'DRAINING'
  | 'STORE_CORRUPT';

/** SessionErrorOptions is what a client may act on without reading the message. */
export interface SessionErrorOptions {
  /** The request field at fault, as in the contract: `message.parts[0].tool_call.name`. */
  field?: string;
  /** Facts for ErrorInfo.metadata, such as {current_version: "7"}. */
  metadata?: Record<string, string>;
  /** When a retry makes sense, ms from now; absent = a retry will not help. */
  retryAfterMs?: number;
  /** What the error is about, for ResourceInfo. */
  resource?: { type: string; name: string };
  cause?: unknown;
}

/** SessionError is the one error that operations throw; its message names the value and the remedy. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly reason: Reason;
  readonly field: string | undefined;
  readonly metadata: Record<string, string>;
  readonly retryAfterMs: number | undefined;
  readonly resource: { type: string; name: string } | undefined;

  constructor(reason: Reason, message: string, options: SessionErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.field = options.field;
    this.metadata = options.metadata ?? {};
    this.retryAfterMs = options.retryAfterMs;
    this.resource = options.resource;
  }
}
