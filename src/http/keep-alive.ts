import type { Http2Session } from 'node:http2';

/** KeepAlive says how often a peer is asked for a sign of life, and how long it may take to give it, in ms. */
export interface KeepAlive {
  everyMs: number;
  timeoutMs: number;
}

/** Pings an HTTP/2 session, and cuts it off when a ping is not answered: a peer behind a dead path gives no other sign. */
export function keepAlive(session: Http2Session, { everyMs, timeoutMs }: KeepAlive): void {
  let deadline: NodeJS.Timeout | undefined;
  const pause = setInterval(() => {
    if (session.destroyed || deadline !== undefined) return;
    deadline = setTimeout(() => session.destroy(), timeoutMs);
    session.ping(() => {
      clearTimeout(deadline);
      deadline = undefined;
    });
  }, everyMs);
  session.once('close', () => {
    clearInterval(pause);
    clearTimeout(deadline);
  });
}
