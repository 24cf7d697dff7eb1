import { MongoBulkWriteError, MongoError, MongoServerError } from 'mongodb';
import { DuplicateKey } from '../database/errors.ts';

/** Errors of the client itself where there is no connection, or none any more. */
const CLIENT_OUTAGES = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'PoolClearedOnNetworkError',
  'MongoServerSelectionError',
  'MongoServerClosedError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoOperationTimeoutError',
  'MongoUnexpectedServerResponseError',
  'MongoStalePrimaryError',
  // Of what a connection brought: operations parse nothing else.
  'MongoParseError',
]);

/** Codes of the system's errors (EPIPE, ECONNRESET), and of Node's own about streams and sockets that are over. */
const SOCKET_CODE = /^(?:E(?!RR_)[A-Z]+|ERR_(?:STREAM|SOCKET)_[A-Z_]+)$/;

/** Codes with which a server says that it cannot serve at the moment: stepping down, shutting down, interrupted, too slow. */
const SERVER_OUTAGES = new Set([
  6, 7, 50, 63, 64, 89, 91, 100, 112, 133, 134, 136, 189, 202, 237, 262, 317, 358, 384, 402, 462, 9001, 10058, 10107,
  11600, 11601, 11602, 13388, 13435, 13436, 50915,
]);

/** Codes with which a server turns a client away before it looks at what it asks: credentials and rights. */
const DOOR = new Set([13, 18, 33, 8000]);

const DUPLICATE_KEY = 11000;

/** OperationTimeout says that no answer came in time. */
export class OperationTimeout extends Error {
  override readonly name = 'OperationTimeout';
}

/** Tells whether an error says nothing about the operation, but that the server cannot be had at the moment. */
export function isOutage(error: unknown): boolean {
  if (error instanceof OperationTimeout || isBareSocketError(error)) return true;
  if (!(error instanceof MongoError)) return false;
  if (CLIENT_OUTAGES.has(error.name) || isRefusedAtTheDoor(error)) return true;
  return SERVER_OUTAGES.has(Number(error.code)) || error.hasErrorLabel('RetryableWriteError');
}

/** Tells whether a connection was found broken at a write to it: the driver hands that on as it is, and does not try again. */
export function isBareSocketError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof MongoError) return false;
  return 'syscall' in error || ('code' in error && SOCKET_CODE.test(String(error.code)));
}

/** Returns what went wrong with an operation: the driver dresses whatever happens to a bulk write as the server's answer. */
export function ownErrorOf(error: unknown): unknown {
  const response: unknown = error instanceof MongoBulkWriteError ? error.errorResponse : undefined;
  return response instanceof Error ? response : error;
}

/** Tells whether an operation waited for a connection in vain, so that nothing was sent. */
export function isWaitForConnection(error: unknown): boolean {
  return error instanceof MongoError && error.name === 'MongoWaitQueueTimeoutError';
}

/** Tells whether the server let the client not even in. */
export function isRefusedAtTheDoor(error: unknown): boolean {
  return error instanceof MongoServerError && DOOR.has(Number(error.code));
}

/** Returns a unique index' refusal; null where the error is another. */
export function duplicateKeyFrom(error: unknown): DuplicateKey | null {
  if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) return null;
  return new DuplicateKey(keysOf(error), { cause: error });
}

function keysOf(error: MongoServerError): string[] {
  const pattern = error.keyPattern ?? (error instanceof MongoBulkWriteError ? firstPattern(error) : undefined);
  if (pattern !== undefined) return Object.keys(pattern);
  const named = /dup key: \{ (.*) \}/.exec(error.message)?.[1] ?? '';
  return [...named.matchAll(/(\w+): /g)].map(([, key]) => key as string);
}

function firstPattern(error: MongoBulkWriteError): object | undefined {
  const [first] = [error.writeErrors].flat();
  return first?.err?.errInfo?.keyPattern ?? (first?.err as { keyPattern?: object } | undefined)?.keyPattern;
}
