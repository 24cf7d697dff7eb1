import { Code, ConnectError } from '@connectrpc/connect';
import { SessionError } from '../model/session-error.ts';
import { OutOfTime } from '../operations/out-of-time.ts';
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
  if (error instanceof OutOfTime) return { reason: 'DEADLINE_EXCEEDED', message: error.message, metadata: {} };
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
      return faultOfRequest(message);
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

/** What a decoder's sentence says is wrong, where it names the culprit, and what to do about it. */
const culprits: readonly { sentence: RegExp; remedy: string }[] = [
  { sentence: /key "(?<field>[^"]*)" is unknown/, remedy: 'check its spelling, or leave it out' },
  { sentence: /duplicate object key "(?<field>[^"]*)"/, remedy: 'give it once' },
  { sentence: /cannot decode oneof [\w.]+\.(?<field>\w+) from JSON/, remedy: 'set one of its fields' },
  { sentence: /cannot decode field [\w.]+\.(?<field>\w+) from JSON/, remedy: 'send what the contract says' },
  { sentence: /cannot decode enum/, remedy: "send the full name of one of the enum's values" },
  { sentence: /cannot decode message google\.protobuf\.Duration/, remedy: 'send seconds with an s, such as "36000s"' },
  { sentence: /cannot decode message google\.protobuf\.Timestamp/, remedy: 'send one such as "2030-12-31T23:59:59Z"' },
  { sentence: /maximum recursion depth/, remedy: 'nest it less deeply' },
  { sentence: /cannot decode message/, remedy: 'send a JSON object as the contract has it' },
];

function faultOfRequest(message: string): Fault {
  for (const { sentence, remedy } of culprits) {
    const found = sentence.exec(message);
    if (found === null) continue;
    const field = found.groups?.field;
    const named = field === undefined ? {} : { field };
    return { reason: 'INVALID_FIELD', message: `${message}; ${remedy}`, metadata: {}, ...named };
  }
  return { reason: 'INVALID_FIELD', message, metadata: {} };
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
