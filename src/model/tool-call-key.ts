import { hash } from 'node:crypto';

const PLAIN_BYTES_MAX = 256;

/** Returns what a tool call is remembered by: its id, or the id's hash where it is long, as ids that carry signatures are. */
export function toolCallKey(callId: string): string {
  return Buffer.byteLength(callId) <= PLAIN_BYTES_MAX ? callId : `sha256:${hash('sha256', callId, 'base64url')}`;
}
