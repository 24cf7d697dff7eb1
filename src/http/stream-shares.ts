import type { Http2Session, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';

/** CallLoad is how much of what can be worked on at a time is taken. */
export interface CallLoad {
  readonly inFlight: number;
  readonly inFlightMax: number;
  /** Has somebody told of each call that is refused because all places are taken. */
  onFull(listener: () => void): void;
}

/** A client's calls share one connection, its watches included; what it has beyond waits with the client. */
export const STREAMS_MAX = 256;
const LOOK_MS = 250;

/**
 * StreamShares lets each HTTP/2 connection have STREAMS_MAX streams open, and while calls are refused for want of a place
 * no more than its share of the places: refusals cost nearly what answers do, and what waits with a client costs nothing.
 * Streams that last, as watches do, take no place and come on top.
 */
export class StreamShares {
  readonly #load: CallLoad;
  readonly #lastingPaths: ReadonlySet<string>;
  readonly #connections = new Map<Http2Session, Connection>();
  #timer: NodeJS.Timeout | undefined;

  /** `lastingPaths` are those of the RPCs whose streams last. */
  constructor(load: CallLoad, lastingPaths: ReadonlySet<string>) {
    this.#load = load;
    this.#lastingPaths = lastingPaths;
    load.onFull(() => this.#divide());
  }

  /** Takes a connection in until it closes. */
  add(session: ServerHttp2Session): void {
    this.#connections.set(session, { hasCalled: false, lastingStreams: 0, streamsMax: STREAMS_MAX });
    session.once('close', () => this.#connections.delete(session));
  }

  /** Notes that a connection has opened a stream. */
  note(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const connection = stream.session === undefined ? undefined : this.#connections.get(stream.session);
    if (connection === undefined) return;
    connection.hasCalled = true;
    if (!this.#lastingPaths.has(headers[':path'] ?? '')) return;
    connection.lastingStreams += 1;
    stream.once('close', () => {
      connection.lastingStreams -= 1;
    });
  }

  #divide(): void {
    if (this.#timer !== undefined) return;
    this.#setShares();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  #look(): void {
    const { inFlight, inFlightMax } = this.#load;
    if (inFlight >= inFlightMax / 2) this.#setShares();
    else this.#free();
  }

  #free(): void {
    for (const [session, connection] of this.#connections) allow(session, connection, STREAMS_MAX);
    const areAllFree = [...this.#connections.values()].every(({ streamsMax }) => streamsMax === STREAMS_MAX);
    if (!areAllFree) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The places go to the connections that have called since the last look; one that comes later has as many. */
  #setShares(): void {
    const callers = [...this.#connections.values()].filter(({ hasCalled }) => hasCalled).length;
    const share = Math.max(1, Math.floor(this.#load.inFlightMax / Math.max(1, callers)));
    for (const [session, connection] of this.#connections) {
      connection.hasCalled = false;
      allow(session, connection, share + connection.lastingStreams);
    }
  }
}

interface Connection {
  /** Whether a stream was opened since the last look. */
  hasCalled: boolean;
  lastingStreams: number;
  streamsMax: number;
}

/** One change at a time: a peer that does not acknowledge what it was told is told nothing more. */
function allow(session: Http2Session, connection: Connection, streams: number): void {
  const streamsMax = Math.min(STREAMS_MAX, streams);
  if (streamsMax === connection.streamsMax || session.pendingSettingsAck || session.closed || session.destroyed) return;
  connection.streamsMax = streamsMax;
  session.settings({ maxConcurrentStreams: streamsMax });
}
