import { Code } from '@connectrpc/connect';
import type { Reason } from '../model/session-error.ts';

/** WireReason is every reason that a client can meet: those of the model, and those of the transport itself. */
export type WireReason =
  | Reason
  | 'SERVICE_UNKNOWN'
  | 'UNSUPPORTED'
  | 'PROTOCOL_ERROR'
  | 'CANCELLED'
  | 'DEADLINE_EXCEEDED'
  | 'INTERNAL';

/** ErrorEntry says how a reason travels, and what it means to whoever meets it. */
export interface ErrorEntry {
  code: Code;
  meaning: string;
  remedy: string;
}

/** The one table of reasons: the errors on the wire and docs/errors.md are made from it. */
export const ERROR_TABLE: Record<WireReason, ErrorEntry> = {
  SESSION_NOT_FOUND: {
    code: Code.NotFound,
    meaning: "The session does not exist, was purged, or is another tenant's or user's",
    remedy: 'Check the id, or Start a session',
  },
  MESSAGE_NOT_FOUND: {
    code: Code.NotFound,
    meaning: 'The session has no such message or turn',
    remedy: 'Read the messages with ListMessages',
  },
  SESSION_EXISTS: {
    code: Code.AlreadyExists,
    meaning: 'There is a session under this id already',
    remedy: 'Set if_exists, or take another id',
  },
  SESSION_EXPIRED: {
    code: Code.FailedPrecondition,
    meaning: 'The session was idle for its TTL and is over; the metadata says since when',
    remedy: 'Start again with if_exists = RESTART, or read it with peek',
  },
  SESSION_ENDED: {
    code: Code.FailedPrecondition,
    meaning: 'The session was ended; the metadata says when and why',
    remedy: 'Resume it with reopen, or Start again with if_exists = RESTART',
  },
  REQUEST_ID_REUSED: {
    code: Code.FailedPrecondition,
    meaning: 'The request id was used before for a call with other content',
    remedy: 'Take a new request id for every new call',
  },
  VERSION_MISMATCH: {
    code: Code.Aborted,
    meaning: 'The session has another version than the call asks for; the metadata has the current one',
    remedy: 'Read the session again and decide anew',
  },
  STORE_CONTENDED: {
    code: Code.Aborted,
    meaning: 'Other writers kept winning until the deadline of the call',
    remedy: 'Try again, with the same request id',
  },
  INVALID_FIELD: {
    code: Code.InvalidArgument,
    meaning: 'A field or header is missing, unknown, malformed or out of its range; the field violation names it',
    remedy: 'Correct the field',
  },
  LIMIT_EXCEEDED: {
    code: Code.InvalidArgument,
    meaning: 'Something is larger or more than its limit; the metadata has limit, value and max',
    remedy: 'Send less, or have the operator raise the limit',
  },
  TOKEN_LIMIT_TOO_SMALL: {
    code: Code.InvalidArgument,
    meaning: 'Pinned messages and newest turn do not fit the token limit; the metadata has the needed count',
    remedy: 'Ask for a context of at least that many tokens',
  },
  PAGE_TOKEN_INVALID: {
    code: Code.InvalidArgument,
    meaning: 'The page token is not of this call, its filters and this tenant',
    remedy: 'Begin again with the first page',
  },
  RESUME_TOKEN_FOREIGN: {
    code: Code.InvalidArgument,
    meaning: 'The resume token is of another store or tenant, or was changed',
    remedy: 'Watch from another position and list the sessions once',
  },
  RESUME_TOKEN_COMPACTED: {
    code: Code.OutOfRange,
    meaning: 'Events after the resume token are no longer kept; the metadata has the earliest token',
    remedy: 'List the sessions once, then watch from the watch token of the list',
  },
  MESSAGE_TOO_LARGE: {
    code: Code.ResourceExhausted,
    meaning: 'A message, or the whole request, is larger than its limit',
    remedy: 'Send less at once; keep large files elsewhere and refer to them by uri',
  },
  USER_SESSION_LIMIT: {
    code: Code.ResourceExhausted,
    meaning: 'The user has as many live sessions as the service allows, and it is set to refuse more',
    remedy: 'End one of the sessions',
  },
  WATCHER_TOO_SLOW: {
    code: Code.ResourceExhausted,
    meaning: 'The stream was not read for too long',
    remedy: 'Read faster, and watch again from the last token',
  },
  TOO_MANY_WATCHERS: {
    code: Code.ResourceExhausted,
    meaning: 'The tenant has as many open watches as the service allows',
    remedy: 'Close some, or have the operator raise the limit',
  },
  OVERLOADED: {
    code: Code.ResourceExhausted,
    meaning: 'More calls wait than the service takes',
    remedy: 'Try again after the delay of RetryInfo, with the same request id',
  },
  CREDENTIAL_MISSING: {
    code: Code.Unauthenticated,
    meaning: 'The call carries no API key',
    remedy: 'Send the key as `Authorization: Bearer <key>` or `x-api-key: <key>`',
  },
  CREDENTIAL_INVALID: {
    code: Code.Unauthenticated,
    meaning: 'The API key is not one of the configured ones',
    remedy: 'Check the key',
  },
  SCOPE_MISSING: {
    code: Code.PermissionDenied,
    meaning: 'The API key lacks the scope that the call needs; the metadata names it',
    remedy: 'Have the operator add the scope to the key',
  },
  STORE_UNAVAILABLE: {
    code: Code.Unavailable,
    meaning: 'The store cannot be reached or written',
    remedy: 'Try again after the delay of RetryInfo, with the same request id',
  },
  DRAINING: {
    code: Code.Unavailable,
    meaning: 'This instance is about to stop, or the stream has reached its greatest age',
    remedy: 'Connect again; continue a watch from its last token',
  },
  STORE_CORRUPT: {
    code: Code.DataLoss,
    meaning: 'Stored data fails its check and is not served',
    remedy: 'Have the operator run threadkeep check-store and restore what it names',
  },
  SERVICE_UNKNOWN: {
    code: Code.NotFound,
    meaning: 'A health check names a service that is not served here',
    remedy: 'Ask with an empty name, or one that List answers',
  },
  UNSUPPORTED: {
    code: Code.Unimplemented,
    meaning: 'The request uses a compression or a form of call that the service does not know',
    remedy: 'Use gzip, brotli or no compression, and one request message for a unary call',
  },
  PROTOCOL_ERROR: {
    code: Code.Internal,
    meaning: 'A message of the request is marked as compressed, but the request names no compression',
    remedy: 'Name the compression in the headers, or send the message as it is',
  },
  CANCELLED: {
    code: Code.Canceled,
    meaning: 'The caller gave the call up',
    remedy: 'None is needed',
  },
  DEADLINE_EXCEEDED: {
    code: Code.DeadlineExceeded,
    meaning: "The call's deadline has passed; a write may have happened",
    remedy: 'Try again with the same request id, and with a longer deadline',
  },
  INTERNAL: {
    code: Code.Internal,
    meaning: "A fault of the service; its log has the cause under the call's x-request-id",
    remedy: 'Report it to the operator',
  },
};
