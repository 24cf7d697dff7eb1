import type { Readable } from 'node:stream';

/** Clients that are refused early rarely stop at once, and some read no answer before they have sent everything. */
const UNWANTED_BYTES_MAX = 16 * 1024 * 1024;

/** Reads what still comes of a request that has its answer; whoever sends much more is cut off. */
export function readOff(request: Readable, cutOff: () => void): void {
  if (request.readableEnded || request.destroyed) return;
  let unwanted = 0;
  request.on('data', (bytes: Uint8Array) => {
    unwanted += bytes.byteLength;
    if (unwanted > UNWANTED_BYTES_MAX) cutOff();
  });
}
