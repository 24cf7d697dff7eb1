import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';

const RETRIED: ReadonlySet<string> = new Set([
  'STORE_UNAVAILABLE',
  'DRAINING',
  'STORE_CONTENDED',
  'OVERLOADED',
  'WATCHER_TOO_SLOW',
  'DEADLINE_EXCEEDED',
]);

/** Tells the reason of a refusal; null where the connection broke or the caller's own deadline passed. Throws what is neither. */
export function reasonOf(error: unknown): string | null {
  if (!(error instanceof ConnectError)) throw error;
  const [info] = error.findDetails(ErrorInfoSchema);
  if (info !== undefined) return info.reason;
  if (error.code === Code.Unimplemented || error.code === Code.InvalidArgument) throw error;
  return null;
}

/** Tells whether what failed is to be tried again, here or on another instance. */
export function isToBeTriedAgain(error: unknown): boolean {
  const reason = reasonOf(error);
  return reason === null || RETRIED.has(reason);
}
