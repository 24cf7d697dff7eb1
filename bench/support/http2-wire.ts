import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FLAG, FRAME, FRAME_HEAD, frameOf, indexedField, literalField, windowUpdateOf } from './http2-frames.ts';
import { type Next, type Sent, type Wire, type WireRequest, WireRun } from './wire.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const FIRST_WINDOW = 65_535;
/** The setting of how much a peer may send on a stream: RFC 9113, section 6.5.2. */
const INITIAL_WINDOW_SIZE = 4;
const WINDOW = 2 ** 30;
/** Places in the fixed table of headers: RFC 7541, appendix A. */
const [METHOD_POST, SCHEME_HTTP, STATUS_200] = [3, 6, 8];
/** Where the entry of a connection's own table stands that was made last. */
const LAST_ENTRY = 62;

interface Call {
  caller: number;
  call: number;
  hasStarted: boolean;
  hasBody: boolean;
}

/**
 * Http2Wire sends unary calls over one HTTP/2 connection, straight as frames. An answer is a success with status 200 and a
 * body: a gRPC call that fails has none. The headers that all requests share are sent once, as entries of the connection's
 * table, as clients do.
 */
export class Http2Wire implements Wire {
  readonly #socket: Socket;
  readonly #shared: readonly Buffer[];
  readonly #calls = new Map<number, Call>();
  #run: WireRun | undefined;
  #received: Buffer = Buffer.alloc(0);
  #toSend: Buffer[] = [];
  #held: { request: WireRequest; call: Call }[] = [];
  #stream = 1;
  #window = FIRST_WINDOW;
  #unacknowledged = 0;

  private constructor(socket: Socket, headers: Record<string, string>) {
    this.#socket = socket;
    this.#shared = Object.entries(headers).map(([name, value]) => literalField(name, value, { isKept: true }));
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('close', () => this.#run?.fail('the connection was closed'));
    socket.on('error', (error) => this.#run?.fail(error.message));
  }

  /** Connects; every request is sent with these headers. */
  static async connect(baseUrl: string, headers: Record<string, string>): Promise<Http2Wire> {
    const { host, hostname, port } = new URL(baseUrl);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const wire = new Http2Wire(socket, { ':authority': host, ...headers });
    const window = Buffer.alloc(6);
    window.writeUInt16BE(INITIAL_WINDOW_SIZE);
    window.writeUInt32BE(WINDOW, 2);
    socket.write(Buffer.concat([PREFACE, frameOf(FRAME.settings, 0, window), windowUpdateOf(WINDOW)]));
    return wire;
  }

  prepare(path: string, body: Uint8Array): WireRequest {
    const fields = [
      indexedField(METHOD_POST),
      indexedField(SCHEME_HTTP),
      literalField(':path', path, { isKept: false }),
    ];
    const shared = this.#shared.map((_, place) => indexedField(LAST_ENTRY + this.#shared.length - 1 - place));
    return Buffer.concat([
      frameOf(FRAME.headers, FLAG.endHeaders, Buffer.concat([...fields, ...shared])),
      frameOf(FRAME.data, FLAG.endStream, body),
    ]);
  }

  run(callers: number, next: Next): Promise<Sent> {
    this.#run = new WireRun(callers, next);
    for (let caller = 0; caller < callers; caller += 1) this.#begin(caller);
    this.#flush();
    return this.#run.sent;
  }

  close(): void {
    this.#socket.destroy();
  }

  #begin(caller: number): void {
    const begun = this.#run!.begin(caller);
    if (begun === undefined) return;
    this.#send(begun.request, { caller, call: begun.call, hasStarted: false, hasBody: false });
  }

  #send(request: WireRequest, call: Call): void {
    const isFirst = this.#stream === 1;
    const frames = isFirst ? this.#withSharedHeaders(Buffer.from(request)) : Buffer.from(request);
    const dataAt = FRAME_HEAD + frames.readUIntBE(0, 3);
    const size = frames.readUIntBE(dataAt, 3);
    if (size > this.#window) {
      this.#held.push({ request, call });
      return;
    }
    this.#window -= size;
    frames.writeUInt32BE(this.#stream, 5);
    frames.writeUInt32BE(this.#stream, dataAt + 5);
    this.#calls.set(this.#stream, call);
    this.#toSend.push(frames);
    this.#stream += 2;
  }

  /** Writes the shared headers out, which makes them entries of the table. */
  #withSharedHeaders(request: Buffer): Buffer {
    const dataAt = FRAME_HEAD + request.readUIntBE(0, 3);
    const fields = request.subarray(FRAME_HEAD, dataAt - this.#shared.length);
    const headers = frameOf(FRAME.headers, FLAG.endHeaders, Buffer.concat([fields, ...this.#shared]));
    return Buffer.concat([headers, request.subarray(dataAt)]);
  }

  #flush(): void {
    if (this.#toSend.length > 0) this.#socket.write(Buffer.concat(this.#toSend));
    this.#toSend = [];
  }

  #receive(bytes: Buffer): void {
    const all = this.#received.byteLength === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    let at = 0;
    while (all.byteLength - at >= FRAME_HEAD) {
      const end = at + FRAME_HEAD + all.readUIntBE(at, 3);
      if (end > all.byteLength) break;
      this.#take(all, at, end);
      at = end;
    }
    this.#received = all.subarray(at);
    this.#flush();
  }

  #take(bytes: Buffer, at: number, end: number): void {
    const [type, flags] = [bytes[at + 3]!, bytes[at + 4]!];
    const payload = at + FRAME_HEAD;
    if (type === FRAME.data || type === FRAME.headers) this.#takeAnswer(bytes, at, end);
    else if (type === FRAME.windowUpdate && bytes.readUInt32BE(at + 5) === 0) this.#widen(bytes.readUInt32BE(payload));
    else if (type === FRAME.settings && flags === 0)
      this.#toSend.push(frameOf(FRAME.settings, FLAG.acknowledged, new Uint8Array()));
    else if (type === FRAME.ping && flags === 0)
      this.#toSend.push(frameOf(type, FLAG.acknowledged, bytes.subarray(payload, end)));
    else if (type === FRAME.reset || type === FRAME.goAway) this.#run?.fail(`the server sent a frame of type ${type}`);
  }

  #takeAnswer(bytes: Buffer, at: number, end: number): void {
    const stream = bytes.readUInt32BE(at + 5);
    const call = this.#calls.get(stream)!;
    if (bytes[at + 3] === FRAME.data) {
      call.hasBody ||= end > at + FRAME_HEAD;
      this.#acknowledge(end - at - FRAME_HEAD);
    } else if (!call.hasStarted) {
      call.hasStarted = true;
      if (bytes[at + FRAME_HEAD] !== (0x80 | STATUS_200)) this.#run?.fail('a call was answered with a status but 200');
    }
    if ((bytes[at + 4]! & FLAG.endStream) === 0) return;
    this.#calls.delete(stream);
    if (!call.hasBody) this.#run?.fail('a call was refused');
    this.#run!.end(call.call);
    this.#begin(call.caller);
  }

  #widen(bytes: number): void {
    this.#window += bytes;
    const held = this.#held;
    this.#held = [];
    for (const { request, call } of held) this.#send(request, call);
  }

  #acknowledge(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < WINDOW / 4) return;
    this.#toSend.push(windowUpdateOf(this.#unacknowledged));
    this.#unacknowledged = 0;
  }
}
