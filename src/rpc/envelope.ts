/** A byte of flags and four of the length stand before every message of gRPC and of Connect's streams. */
export const ENVELOPE_HEAD_BYTES = 5;

/** Puts a message into its envelope. */
export function envelope(flags: number, message: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(ENVELOPE_HEAD_BYTES + message.byteLength);
  bytes.writeUInt8(flags, 0);
  bytes.writeUInt32BE(message.byteLength, 1);
  bytes.set(message, ENVELOPE_HEAD_BYTES);
  return bytes;
}
