import { Code, ConnectError } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import type { Call } from '../call.ts';
import { type Calls, deadlineOf } from '../calls.ts';
import { LateHeaders } from '../late-headers.ts';
import type { TimeLimit } from '../leash.ts';
import { type Carrier, type CarrierEvents, headerOf } from './carrier.ts';
import type { LaneMethod } from './lane-method.ts';
import type { AnswerTerms, LaneProtocol } from './lane-protocol.ts';
import { RequestBody } from './request-body.ts';

/** LaneCallParts are a request, with what tells how to answer it. */
export interface LaneCallParts {
  calls: Calls;
  method: LaneMethod;
  protocol: LaneProtocol;
  carrier: Carrier;
  compression: Compression | null;
}

/** LaneCall takes one unary call through the steps of Calls, and answers it once. */
export class LaneCall implements CarrierEvents {
  readonly #parts: LaneCallParts;
  readonly #controller = new AbortController();
  readonly #call: Call;
  readonly #headers: LateHeaders;
  readonly #body = new RequestBody();
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(parts: LaneCallParts) {
    const { calls, method, protocol, carrier } = parts;
    this.#parts = parts;
    const header = (name: string) => headerOf(carrier.headers, name);
    this.#headers = new LateHeaders(carrier.headers);
    const { name, isBinary } = protocol;
    const arrived = { method: method.desc, protocol: name, isBinary, header, headers: this.#headers };
    this.#call = calls.open({ ...arrived, signal: this.#controller.signal }, method.scope);
  }

  /** Refuses the call before its request is read, or has it read. */
  start(): void {
    const { calls, protocol, carrier } = this.#parts;
    carrier.open(this);
    const text = headerOf(carrier.headers, protocol.timeoutHeader);
    try {
      calls.admit(this.#call, text === null ? null : { name: protocol.timeoutHeader, text });
    } catch (error) {
      this.#fail(error);
    }
    if (!this.#isOver) carrier.read(this);
  }

  piece(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#body.add(bytes);
    try {
      this.#parts.protocol.checkArriving(this.#body, this.#parts.method.requestBytesMax);
    } catch (error) {
      this.#fail(error);
    }
  }

  whole(): void {
    if (this.#isOver) return;
    const { method, protocol } = this.#parts;
    try {
      const parse = (message: Uint8Array) => method.parse(message, protocol.isBinary);
      this.#handle(protocol.readMessage(this.#body.join(), method.requestBytesMax, parse));
    } catch (error) {
      this.#fail(error);
    }
  }

  gone(): void {
    if (this.#isOver) return;
    const reason = new ConnectError('the caller left', Code.Canceled);
    this.#settle(this.#parts.calls.refuse(this.#call, reason));
    this.#controller.abort(reason);
  }

  #handle(request: unknown): void {
    const limit = deadlineOf(this.#call);
    if (limit !== null) this.#timer = setTimeout(() => this.#expire(limit), limit.ms);
    this.#parts.method.handle(request, this.#call.caller, this.#call).then(
      (answer) => this.#succeed(answer),
      (error) => {
        if (!this.#isOver) this.#fail(this.#parts.calls.refuse(this.#call, error));
      },
    );
  }

  /** The handler says what it waits for; one that does not notice is not waited for. */
  #expire({ graceMs, reason }: TimeLimit): void {
    const outOfTime = reason();
    this.#timer = setTimeout(() => this.#fail(this.#parts.calls.refuse(this.#call, outOfTime)), graceMs);
    this.#controller.abort(outOfTime);
  }

  #succeed(answer: unknown): void {
    if (this.#isOver) return;
    const { method, protocol, carrier } = this.#parts;
    this.#call.isAnswered = true;
    try {
      const sent = protocol.succeed(method.serialize(answer, protocol.isBinary), this.#terms());
      this.#settle(null);
      carrier.send(sent);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Settling gives an error its details. */
  #fail(error: unknown): void {
    if (this.#isOver) return;
    const { protocol, carrier } = this.#parts;
    this.#settle(error);
    const told = error instanceof ConnectError ? error : new ConnectError('internal error', Code.Internal);
    carrier.send(protocol.fail(told, this.#terms()));
  }

  #settle(error: unknown): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#parts.calls.settle(this.#call, error);
  }

  #terms(): AnswerTerms {
    return { requestId: this.#call.requestId, added: this.#headers.added, compression: this.#parts.compression };
  }
}
