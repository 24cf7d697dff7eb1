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
const LOOK_MS = 500;
/** A change is given so long, in ms, to be heard of before the next refusal brings another. */
const CHANGE_MS = 100;

/**
 * StreamShares lets each HTTP/2 connection have STREAMS_MAX streams open, and while calls are refused for want of a place
 * no more than its share of the places: refusing takes the processor from who has one, and what waits with a client costs
 * nothing.
 * When less than half of the places is taken, shares are doubled from look to look. Streams that last, as watches do, take
 * no place and come on top.
 */
export class StreamShares {
  readonly #load: CallLoad;
  readonly #lastingPaths: ReadonlySet<string>;
  readonly #connections = new Map<Http2Session, Connection>();
  #share = STREAMS_MAX;
  #changedMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** `lastingPaths` are those of the RPCs whose streams last. */
  constructor(load: CallLoad, lastingPaths: ReadonlySet<string>) {
    this.#load = load;
    this.#lastingPaths = lastingPaths;
    load.onFull(() => {
      if (performance.now() - this.#changedMs > CHANGE_MS) this.#divide();
    });
  }

  /** Takes a connection in until it closes. */
  add(session: ServerHttp2Session): void {
    const connection = { hasCalled: false, lastingStreams: 0, streamsMax: STREAMS_MAX };
    this.#connections.set(session, connection);
    session.once('close', () => this.#connections.delete(session));
    allow(session, connection, this.#share);
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

  /** Each of the connections that have called of late gets as many of the places, and one that comes later, too. */
  #divide(): void {
    const connections = [...this.#connections.values()];
    const callers = connections.filter(({ hasCalled }) => hasCalled).length;
    this.#set(Math.max(1, Math.floor(this.#load.inFlightMax / Math.max(1, callers))));
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  #look(): void {
    const { inFlight, inFlightMax } = this.#load;
    if (inFlight >= inFlightMax / 2) this.#divide();
    else this.#set(2 * this.#share);
    for (const connection of this.#connections.values()) connection.hasCalled = false;
    if ([...this.#connections.values()].some(({ streamsMax }) => streamsMax < STREAMS_MAX)) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #set(share: number): void {
    this.#share = Math.min(STREAMS_MAX, share);
    this.#changedMs = performance.now();
    for (const [session, connection] of this.#connections) allow(session, connection, this.#share);
  }
}

interface Connection {
  /** Whether a stream was opened since the last look. */
  hasCalled: boolean;
  lastingStreams: number;
  streamsMax: number;
}

/** One change at a time: a peer that does not acknowledge what it was told is told nothing more. */
function allow(session: Http2Session, connection: Connection, share: number): void {
  const streamsMax = Math.min(STREAMS_MAX, share + connection.lastingStreams);
  if (streamsMax === connection.streamsMax || session.pendingSettingsAck || session.closed || session.destroyed) return;
  connection.streamsMax = streamsMax;
  session.settings({ maxConcurrentStreams: streamsMax });
}
