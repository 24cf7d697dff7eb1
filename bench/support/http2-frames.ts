// Frames of HTTP/2 (RFC 9113, section 4.1) and fields of their header blocks (RFC 7541, section 6).

/** FRAME has the types of frames that matter here. */
export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;

/** FLAG has the flags of frames that matter here. */
export const FLAG = { endStream: 1, acknowledged: 1, endHeaders: 4 } as const;

/** FRAME_HEAD is how many bytes stand before a frame's payload. */
export const FRAME_HEAD = 9;

/** What a peer takes that has said nothing else. */
const PAYLOAD_MAX = 16_384;

/** Returns a frame; `stream` 0 = of the connection, or to be written in later. */
export function frameOf(type: number, flags: number, payload: Uint8Array, stream = 0): Buffer {
  if (payload.byteLength > PAYLOAD_MAX)
    throw new Error(`a frame takes ${PAYLOAD_MAX} bytes, and not ${payload.byteLength}`);
  const frame = Buffer.alloc(FRAME_HEAD + payload.byteLength);
  frame.writeUIntBE(payload.byteLength, 0, 3);
  frame.writeUInt8(type, 3);
  frame.writeUInt8(flags, 4);
  frame.writeUInt32BE(stream, 5);
  frame.set(payload, FRAME_HEAD);
  return frame;
}

/** Returns a frame that widens the window of a connection by so many bytes. */
export function windowUpdateOf(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frameOf(FRAME.windowUpdate, 0, payload);
}

/** Returns a field that is written out, and entered into the connection's table where `isKept`. */
export function literalField(name: string, value: string, { isKept }: { isKept: boolean }): Buffer {
  return Buffer.concat([Buffer.of(isKept ? 0x40 : 0x00), textOf(name), textOf(value)]);
}

/** Returns a field by its place in the tables: 1–61 are fixed, 62 is the entry that was made last. */
export function indexedField(place: number): Buffer {
  return Buffer.of(0x80 | place);
}

function textOf(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.byteLength >= 0x7f) throw new Error(`${text} is longer than a length of one byte can say`);
  return Buffer.concat([Buffer.of(bytes.byteLength), bytes]);
}
