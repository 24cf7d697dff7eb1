import type { Socket } from 'node:net';

/** HttpVersion is the protocol that a connection speaks. */
export type HttpVersion = 'http1' | 'http2';

/** Every HTTP/2 connection begins with this (RFC 9113, 3.4); no HTTP/1.1 method begins with its first three bytes. */
const PREFACE_START = Buffer.from('PRI');

/**
 * Tells the protocol of a plain connection by its first bytes, which stay readable. Rejects when the peer leaves or
 * says nothing in time.
 */
export function detectProtocol(socket: Socket, timeoutMs: number): Promise<HttpVersion> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      socket.off('readable', look).off('end', leave).off('close', leave).off('error', leave);
      outcome();
    };
    const leave = () => settle(() => reject(new Error('the connection ended before its first request')));
    const look = () => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      seen = Buffer.concat([seen, chunk]);
      const version = versionOf(seen);
      if (version === null) return;
      settle(() => {
        socket.unshift(seen);
        resolve(version);
      });
    };
    const timer = setTimeout(leave, timeoutMs);
    socket.on('readable', look).on('end', leave).on('close', leave).on('error', leave);
  });
}

/** Null while the bytes can still become either. */
function versionOf(seen: Buffer): HttpVersion | null {
  const length = Math.min(seen.length, PREFACE_START.length);
  if (!seen.subarray(0, length).equals(PREFACE_START.subarray(0, length))) return 'http1';
  return length === PREFACE_START.length ? 'http2' : null;
}
