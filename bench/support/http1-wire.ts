import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Next, type Sent, type Wire, type WireRequest, WireRun } from './wire.ts';

const HEAD_END = '\r\n\r\n';

/** Http1Wire sends calls over HTTP/1.1, each caller over a connection of its own, which it keeps. */
export class Http1Wire implements Wire {
  readonly #baseUrl: URL;
  readonly #headers: string;
  readonly #sockets: Socket[] = [];
  #run: WireRun | undefined;
  #calls: number[] = [];

  /** Every request is sent with these headers. */
  constructor(baseUrl: string, headers: Record<string, string>) {
    this.#baseUrl = new URL(baseUrl);
    const lines = Object.entries({ host: this.#baseUrl.host, ...headers }).map(([name, value]) => `${name}: ${value}`);
    this.#headers = lines.join('\r\n');
  }

  prepare(path: string, body: Uint8Array): WireRequest {
    const head = `POST ${path} HTTP/1.1\r\n${this.#headers}\r\ncontent-length: ${body.byteLength}${HEAD_END}`;
    return Buffer.concat([Buffer.from(head), body]);
  }

  async run(callers: number, next: Next): Promise<Sent> {
    while (this.#sockets.length < callers) this.#sockets.push(await this.#connect(this.#sockets.length));
    this.#run = new WireRun(callers, next);
    for (let caller = 0; caller < callers; caller += 1) this.#begin(caller);
    return this.#run.sent;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #connect(caller: number): Promise<Socket> {
    const socket = connect(Number(this.#baseUrl.port), this.#baseUrl.hostname);
    await once(socket, 'connect');
    let received = '';
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: string) => {
      received += text;
      if (!isWhole(received)) return;
      if (!received.startsWith('HTTP/1.1 200 ')) return this.#run?.fail(`a call was refused: ${received}`);
      received = '';
      this.#run!.end(this.#calls[caller]!);
      this.#begin(caller);
    });
    socket.on('close', () => this.#run?.fail('a connection was closed'));
    socket.on('error', (error) => this.#run?.fail(error.message));
    return socket;
  }

  #begin(caller: number): void {
    const begun = this.#run!.begin(caller);
    if (begun === undefined) return;
    this.#calls[caller] = begun.call;
    this.#sockets[caller]!.write(begun.request);
  }
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf(HEAD_END);
  if (headEnd < 0) return false;
  const length = /^content-length: (\d+)/im.exec(answer.slice(0, headEnd))?.[1];
  if (length === undefined) throw new Error(`an answer has no content-length:\n${answer.slice(0, headEnd)}`);
  return answer.length === headEnd + HEAD_END.length + Number(length);
}
