import { Agent, request as requestHttp1 } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';

/** A request made by hand, for either version of HTTP. */
export interface HandmadeRequest {
  version: 'http1' | 'http2';
  verb: string;
  path: string;
  headers: Record<string, string | string[]>;
  body: Uint8Array;
}

/** All that came back for a request, but what differs from one moment to the next. */
export interface Exchanged {
  status: number;
  headers: Record<string, unknown>;
  body: string;
  trailers: Record<string, unknown>;
  /** How the stream or connection broke; '' = it did not. */
  broke: string;
}

const FLEETING = new Set(['date', 'connection', 'keep-alive', ':status', 'transfer-encoding']);

/** Exchanges sends requests to one server, over one connection of each version. */
export class Exchanges {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #session: ClientHttp2Session;

  constructor(url: string) {
    this.#url = url;
    this.#session = connect(url);
  }

  send(request: HandmadeRequest): Promise<Exchanged> {
    return request.version === 'http1' ? this.#sendHttp1(request) : this.#sendHttp2(request);
  }

  close(): void {
    this.#agent.destroy();
    this.#session.close();
  }

  #sendHttp1({ verb, path, headers, body }: HandmadeRequest): Promise<Exchanged> {
    return new Promise((resolve) => {
      const sent = requestHttp1(`${this.#url}${path}`, { method: verb, headers, agent: this.#agent }, (response) => {
        const pieces: Uint8Array[] = [];
        response.on('data', (piece) => pieces.push(piece));
        response.on('end', () =>
          resolve({ ...exchanged(response.statusCode, response.headers, pieces), trailers: { ...response.trailers } }),
        );
      });
      sent.on('error', (error) => resolve({ ...exchanged(0, {}, []), broke: error.message }));
      sent.end(body);
    });
  }

  #sendHttp2({ verb, path, headers, body }: HandmadeRequest): Promise<Exchanged> {
    return new Promise((resolve) => {
      const stream = this.#session.request({ ':method': verb, ':path': path, ...headers });
      const pieces: Uint8Array[] = [];
      let answered: Record<string, unknown> = {};
      let trailers: Record<string, unknown> = {};
      stream.on('response', (got) => {
        answered = got;
      });
      stream.on('trailers', (got) => {
        trailers = { ...got };
      });
      stream.on('data', (piece) => pieces.push(piece));
      stream.on('error', () => {});
      stream.on('close', () => {
        const broke = stream.rstCode === 0 ? '' : `code ${stream.rstCode}`;
        resolve({ ...exchanged(answered[':status'], answered, pieces), trailers, broke });
      });
      stream.end(body);
    });
  }
}

function exchanged(status: unknown, headers: Record<string, unknown>, pieces: readonly Uint8Array[]): Exchanged {
  const lasting = Object.entries(headers).filter(([name]) => !FLEETING.has(name));
  return {
    status: Number(status),
    headers: Object.fromEntries(lasting.sort()),
    body: Buffer.concat(pieces).toString('latin1'),
    trailers: {},
    broke: '',
  };
}
