import { Code, ConnectError } from '@connectrpc/connect';
import { SessionError } from '../model/session-error.ts';
import type { WireReason } from './error-table.ts';

/** Fault is what is wrong with a call, in the terms of the error table; `cause` is for the log only. */
export interface Fault {
  reason: WireReason;
  message: string;
  /** The request field or header at fault. */
  field?: string;
  metadata: Record<string, string>;
  retryAfterMs?: number;
  resource?: { type: string; name: string };
  cause?: unknown;
}

/**
 * Tells what any thrown value means to the caller. Total: what nobody foresaw is INTERNAL and says nothing of itself.
 * `signal` is the call's: where it has aborted, its reason explains an AbortError.
 */
export function faultOf(error: unknown, signal?: AbortSignal): Fault {
  if (error instanceof SessionError) return faultOfSessionError(error);
  if (error instanceof ConnectError) return faultOfConnectError(error);
  if (isAbort(error)) {
    const reason: unknown = signal?.aborted ? signal.reason : undefined;
    if (reason !== error && reason !== undefined) return faultOf(reason);
    return { reason: 'CANCELLED', message: 'the call was cancelled', metadata: {} };
  }
  if (isBrokenQuery(error)) return { reason: 'INVALID_FIELD', message: error.message, field: 'message', metadata: {} };
  return internal(error);
}

function faultOfSessionError(error: SessionError): Fault {
  const { reason, message, metadata, cause } = error;
  return {
    reason,
    message,
    metadata,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.resource === undefined ? {} : { resource: error.resource }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Errors of the transport library have a code and a sentence only; their sentences are held by test/rpc/malformed-requests.test.ts. */
function faultOfConnectError(error: ConnectError): Fault {
  const message = error.rawMessage;
  switch (error.code) {
    case Code.Canceled:
    case Code.Aborted:
      return { reason: 'CANCELLED', message: 'the call was cancelled', metadata: {} };
    case Code.DeadlineExceeded:
      return { reason: 'DEADLINE_EXCEEDED', message: 'the deadline of the call has passed', metadata: {} };
    case Code.NotFound:
      return { reason: 'SERVICE_UNKNOWN', message, metadata: {} };
    case Code.Unimplemented:
      return { reason: 'UNSUPPORTED', message, metadata: {} };
    case Code.ResourceExhausted:
      return message.includes('readMaxBytes') ? tooLarge(message) : internal(error);
    case Code.InvalidArgument:
      return { reason: 'INVALID_FIELD', message, metadata: {}, ...fieldIn(message) };
    default:
      return faultOfDecoder(message) ?? internal(error);
  }
}

function tooLarge(message: string): Fault {
  const max = /readMaxBytes (\d+)/.exec(message)?.[1] ?? '';
  return {
    reason: 'MESSAGE_TOO_LARGE',
    message: `the request is larger than ${max} bytes; send less at once`,
    metadata: { limit: 'request_bytes', max },
  };
}

/** Where the sentence of a decoder names the culprit. */
const culprits = [
  /key "([^"]*)" is unknown/,
  /cannot decode (?:field|oneof) [\w.]+\.(\w+) from JSON/,
  /cannot decode (?:message|enum) ([\w.]+) from JSON/,
];

function fieldIn(message: string): { field?: string } {
  for (const culprit of culprits) {
    const name = culprit.exec(message)?.[1];
    if (name !== undefined) return { field: name };
  }
  return {};
}

/** Null where it is not the request that is at fault. */
function faultOfDecoder(message: string): Fault | null {
  if (message.startsWith('received compressed envelope')) return { reason: 'PROTOCOL_ERROR', message, metadata: {} };
  const isUnreadable = message.startsWith('parse binary:') || message === 'decompression failed';
  return isUnreadable ? { reason: 'INVALID_FIELD', message, metadata: {} } : null;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

/** The query of a GET holds its request in base64, which is decoded outside of all that makes typed errors. */
function isBrokenQuery(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('invalid base64 string');
}

function internal(cause: unknown): Fault {
  return { reason: 'INTERNAL', message: 'the service failed; its log has the cause', metadata: {}, cause };
}
