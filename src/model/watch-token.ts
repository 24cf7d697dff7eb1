import { createHash } from 'node:crypto';
import type { EventRow } from './event.ts';
import { oncePer } from './once-per.ts';
import { SessionError } from './session-error.ts';
import { isSameSignature, SIGNATURE_BYTES, signatureOf } from './signature.ts';

/** WatchScope is where a resume token holds: one store and one tenant of it. */
export interface WatchScope {
  secret: Uint8Array;
  storeId: string;
  tenant: string;
}

/**
 * WatchPosition is a place in a tenant's event log: right after row `number` (0 = before the first). `rowHash` tells
 * that row from the one that another history of the same store has under its number.
 */
export interface WatchPosition {
  number: number;
  rowHash: string;
}

/** The place before the first row. */
export const LOG_START: WatchPosition = { number: 0, rowHash: '0'.repeat(16) };

/** Returns the place right after a row: one object for all that watch it. */
export const positionAfter: (row: EventRow) => WatchPosition = oncePer((row: EventRow) => ({
  number: row.number,
  rowHash: hashRow(row),
}));

/** Writes a place as a signed token, URL-safe. */
export function encodeWatchToken(scope: WatchScope, position: WatchPosition): string {
  const payload = Buffer.alloc(PAYLOAD_BYTES);
  payload.writeBigUInt64BE(BigInt(position.number));
  payload.write(position.rowHash, NUMBER_BYTES, 'hex');
  return Buffer.concat([sign(scope, payload), payload]).toString('base64url');
}

/** Reads the place out of a token; throws RESUME_TOKEN_FOREIGN when it is of another store or tenant, or tampered with. */
export function decodeWatchToken(scope: WatchScope, token: string): WatchPosition {
  const bytes = Buffer.from(token, 'base64url');
  const payload = bytes.subarray(SIGNATURE_BYTES);
  // Of several texts with the same bytes, only one was given out.
  const isWhole = payload.length === PAYLOAD_BYTES && bytes.toString('base64url') === token;
  const isOurs = isWhole && isSameSignature(bytes.subarray(0, SIGNATURE_BYTES), sign(scope, payload));
  if (!isOurs) throw foreignToken();
  return { number: Number(payload.readBigUInt64BE()), rowHash: payload.toString('hex', NUMBER_BYTES) };
}

/** Returns the refusal of a resume token that this log never gave out. */
export function foreignToken(): SessionError {
  return new SessionError(
    'RESUME_TOKEN_FOREIGN',
    'resume_token is of another store or tenant, or of a history that was restored away; start with a position or time',
    { field: 'resume_token' },
  );
}

const NUMBER_BYTES = 8;
const PAYLOAD_BYTES = 16;

/** Users are left out: EraseUser blanks them in place. */
function hashRow(row: EventRow): string {
  const hash = createHash('sha256').update(String(row.number));
  for (const event of row.events) hash.update('/').update(event.eventId);
  return hash.digest('hex').slice(0, 2 * (PAYLOAD_BYTES - NUMBER_BYTES));
}

function sign(scope: WatchScope, payload: Uint8Array): Buffer {
  return signatureOf(scope.secret, ['watch', scope.storeId, scope.tenant, payload]);
}
