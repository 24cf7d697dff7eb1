import { Code, ConnectError } from '@connectrpc/connect';
import type { Call } from '../call.ts';
import type { Calls } from '../calls.ts';
import { LateHeaders } from '../late-headers.ts';
import { RequestBody } from '../request-body.ts';
import { type Carrier, type CarrierEvents, headerOf } from './carrier.ts';
import type { Route } from './find-route.ts';
import type { LaneMethod } from './lane-method.ts';
import type { RequestProtocol } from './lane-protocol.ts';

/** ArrivingParts are a request, with what tells how to read it. */
export interface ArrivingParts extends Route<LaneMethod<unknown>, RequestProtocol> {
  calls: Calls;
  carrier: Carrier;
}

/** ArrivingCall takes a request through the steps of Calls until it is whole; `answer` and `fail` are the rest. */
export abstract class ArrivingCall<Parts extends ArrivingParts> implements CarrierEvents {
  protected readonly parts: Parts;
  protected readonly controller = new AbortController();
  protected readonly call: Call;
  protected readonly headers: LateHeaders;
  protected isOver = false;
  readonly #body = new RequestBody();

  constructor(parts: Parts) {
    const { calls, method, protocol, carrier } = parts;
    this.parts = parts;
    this.headers = new LateHeaders(carrier.headers);
    const header = (name: string) => headerOf(carrier.headers, name);
    const way = { method: method.desc, protocol: protocol.name, isBinary: protocol.isBinary };
    const arrived = { ...way, header, headers: this.headers, signal: this.controller.signal };
    this.call = calls.open(arrived, method.scope);
  }

  /** Refuses the call before its request is read, or has it read. */
  start(): void {
    const { calls, protocol, carrier } = this.parts;
    carrier.open(this);
    const text = headerOf(carrier.headers, protocol.timeoutHeader);
    try {
      calls.admit(this.call, text === null ? null : { name: protocol.timeoutHeader, text });
    } catch (error) {
      this.fail(error);
    }
    if (!this.isOver) carrier.read();
  }

  piece(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.#body.add(bytes);
    try {
      this.parts.protocol.checkArriving(this.#body, this.parts.method.requestBytesMax);
    } catch (error) {
      this.fail(error);
    }
  }

  whole(): void {
    if (this.isOver) return;
    try {
      this.answer(this.#readRequest());
    } catch (error) {
      this.fail(error);
    }
  }

  gone(): void {
    if (this.isOver) return;
    const reason = new ConnectError('the caller left', Code.Canceled);
    this.settle(this.parts.calls.refuse(this.call, reason));
    this.controller.abort(reason);
  }

  protected abstract answer(request: unknown): void;

  protected abstract fail(error: unknown): void;

  /** Settling gives an error its details. */
  protected settle(error: unknown): void {
    this.isOver = true;
    this.parts.calls.settle(this.call, error);
  }

  #readRequest(): unknown {
    const { method, protocol } = this.parts;
    const parse = (message: Uint8Array) => method.parse(message, protocol.isBinary);
    return protocol.readMessage(this.#body.take(), method.requestBytesMax, parse);
  }
}
