import type { ConnectError } from '@connectrpc/connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { readableMessage } from './readable-status.ts';

/** Returns the trailers that end a gRPC call: what its handler added, and the status; without an error that is OK. */
export function grpcTrailers(error: ConnectError | null, added: Record<string, string> | null): Record<string, string> {
  if (error === null) return { ...added, 'grpc-status': '0' };
  const trailer = setTrailerStatus(new Headers(added ?? {}), error);
  trailer.set('grpc-message', readableMessage(trailer.get('grpc-message') ?? ''));
  return Object.fromEntries(trailer);
}
