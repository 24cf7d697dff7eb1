import { createServer as createHttp1Server, type Server as Http1Server } from 'node:http';
import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { HttpListener } from '../rpc/http-listener.ts';
import { Later } from '../rpc/later.ts';
import { detectProtocol } from './detect-protocol.ts';
import { keepAlive } from './keep-alive.ts';
import { STREAMS_MAX, type StreamShares } from './stream-shares.ts';

/** ConnectionsOptions says what is served, and how long a silent peer is put up with; durations in ms. */
export interface ConnectionsOptions {
  listener: HttpListener;
  /** Serves a request over HTTP/2 in place of the listener, or leaves it untouched and returns false. */
  takeStream?: TakeStream;
  /** Says how many streams a connection may have open; absent = as many as it may have at rest. */
  shares?: StreamShares;
  /** The pause between two pings of an HTTP/2 session, and before TCP probes a silent connection. */
  keepAliveMs: number;
  /** How long a request may not come on, or not come at all (HTTP/1.1), and an answer not be taken. Default 60 s. */
  stallMs?: number;
}

type TakeStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean;

/** How long a peer may take, in ms: to say anything, to send the headers and the whole of a request, to answer a ping. */
const FIRST_BYTES_MS = 10_000;
const HEADERS_MS = 10_000;
const REQUEST_MS = 120_000;
const PING_MS = 10_000;
const STALL_MS = 60_000;
const CLOSING_LOOK_MS = 20;
const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_MAX = 100;
/** In MB. Requests of 8 MiB each can be on their way on one session. */
const SESSION_MEMORY_MAX = 64;

/** Connections serves a listener on sockets of either version of HTTP, and can end them softly. */
export class Connections {
  readonly #http1: Http1Server;
  readonly #http2: Http2Server;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #keepAliveMs: number;
  #isClosing = false;

  constructor({ listener, takeStream = () => false, shares, keepAliveMs, stallMs = STALL_MS }: ConnectionsOptions) {
    this.#keepAliveMs = keepAliveMs;
    this.#http1 = createHttp1({ listener, stallMs });
    this.#http2 = createHttp2({ listener, stallMs }, (stream, headers) => {
      shares?.note(stream, headers);
      return takeStream(stream, headers);
    });
    this.#http2.on('session', (session) => {
      this.#sessions.add(session);
      shares?.add(session);
      session.once('close', () => this.#sessions.delete(session));
      session.on('error', () => session.destroy());
      keepAlive(session, { everyMs: keepAliveMs, timeoutMs: PING_MS });
      if (this.#isClosing) session.close();
    });
  }

  /** Serves a plain connection, by what its first bytes say. */
  accept(socket: Socket): void {
    this.#track(socket);
    detectProtocol(socket, FIRST_BYTES_MS).then(
      (version) => this.#serverOf(version).emit('connection', socket),
      () => socket.destroy(),
    );
  }

  /** Serves a TLS connection, by what its handshake agreed on. */
  acceptSecure(socket: TLSSocket): void {
    this.#track(socket);
    this.#serverOf(socket.alpnProtocol === 'h2' ? 'http2' : 'http1').emit('connection', socket);
  }

  /** Tells peers to send nothing more, waits for what is in flight, and cuts off the rest after `patienceMs`. */
  async close(patienceMs: number): Promise<void> {
    this.#isClosing = true;
    for (const session of this.#sessions) session.close();
    this.#http1.close();
    await this.#gone(patienceMs);
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serverOf(version: 'http1' | 'http2'): Http1Server | Http2Server {
    return version === 'http2' ? this.#http2 : this.#http1;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    socket.setKeepAlive(true, this.#keepAliveMs);
  }

  /** Resolves when every connection has ended, at the latest after `patienceMs`. */
  async #gone(patienceMs: number): Promise<void> {
    const deadlineMs = performance.now() + patienceMs;
    while (this.#sockets.size > 0 && performance.now() < deadlineMs) {
      await sleep(CLOSING_LOOK_MS);
      // A connection whose answer has just ended is kept for the next request, which will not be served.
      this.#http1.closeIdleConnections();
    }
  }
}

type StreamListener = (...event: [stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest: unknown[]]) => void;

interface ServerParts {
  listener: HttpListener;
  stallMs: number;
}

function createHttp1({ listener, stallMs }: ServerParts): Http1Server {
  const server = createHttp1Server(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: stallMs,
      maxHeaderSize: HEADER_BYTES_MAX,
      connectionsCheckingInterval: 5000,
    },
    listener,
  );
  server.maxHeadersCount = HEADERS_MAX;
  // On the answer, not the server: a listener there would keep connections that wait for no answer open for ever.
  server.on('request', (_, response) => {
    response.setTimeout(stallMs, () => {
      if (response.writableLength > 0) response.destroy();
    });
  });
  // The timeouts are watched from this event on, though the server is handed its sockets and listens to no port.
  server.emit('listening');
  return server;
}

function createHttp2({ listener, stallMs }: ServerParts, takeStream: TakeStream): Http2Server {
  const server = createHttp2Server(
    {
      maxSessionMemory: SESSION_MEMORY_MAX,
      maxHeaderListPairs: HEADERS_MAX,
      settings: { maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: HEADER_BYTES_MAX },
    },
    listener,
  );
  // What node does with a stream to make it a request: the listener that it registers for itself.
  const [serveAsRequest] = server.listeners('stream') as StreamListener[];
  server.removeAllListeners('stream');
  // Most streams are closed two turns after they came: the answer is made in the first, and sent in the second.
  const lasting = new Later<ServerHttp2Stream>(2, (stream) => endStalled(stream, stallMs));
  server.on('stream', (...event) => {
    event[0].on('error', () => {});
    lasting.add(event[0]);
    if (!takeStream(event[0], event[1])) serveAsRequest?.apply(server, event);
  });
  server.on('sessionError', () => {});
  return server;
}

/** A request that does not come to its end, or an answer that is not taken, holds memory for nothing; waiting is no stall. */
function endStalled(stream: ServerHttp2Stream, stallMs: number): void {
  if (stream.closed || stream.destroyed) return;
  stream.setTimeout(stallMs, () => {
    if (!stream.readableEnded || stream.writableLength > 0) stream.close(constants.NGHTTP2_CANCEL);
  });
}
