import { hash } from 'node:crypto';
import type { EventKind } from './event.ts';

/** How many random bytes the name of a session takes: eight base32 characters. */
export const SESSION_ID_RANDOM_BYTES = 5;

/** How many random bytes a uid and a run id take: enough that two never meet. */
export const UNIQUE_ID_RANDOM_BYTES = 16;

/** Names a session `{agent_id}_{unix seconds}_{8 random base32}`, `session_…` without an agent, from 5 random bytes. */
export function sessionIdFrom(agentId: string, createdAt: number, random: Uint8Array): string {
  return `${agentId || 'session'}_${Math.floor(createdAt / 1000)}_${encodeBase32(random)}`;
}

/** Names one life of a session id, for what hangs on it, from 16 random bytes. */
export function uidFrom(random: Uint8Array): string {
  return encodeBase32(random);
}

/** Names one continuous life of a session between lapses, from 16 random bytes. */
export function runIdFrom(random: Uint8Array): string {
  return `run_${encodeBase32(random)}`;
}

/** Names an event, the same whoever finds it first: a hash of the session's uid, generation, kind and deadline. */
export function eventIdFrom(uid: string, generation: number, kind: EventKind, deadlineAt: number): string {
  return hash('sha256', JSON.stringify([uid, generation, kind, deadlineAt]), 'hex').slice(0, 32);
}

/** Crockford's alphabet: no letter that reads like a digit. */
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';

function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    pendingBits += 8;
    for (; pendingBits >= 5; pendingBits -= 5) text += BASE32[(pending >> (pendingBits - 5)) & 31];
    pending &= (1 << pendingBits) - 1;
  }
  return pendingBits === 0 ? text : text + BASE32[(pending << (5 - pendingBits)) & 31];
}
