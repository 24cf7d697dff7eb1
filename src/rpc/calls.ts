import { ConnectError } from '@connectrpc/connect';
import { SessionError } from '../model/session-error.ts';
import { OutOfTime } from '../operations/out-of-time.ts';
import { untilAborted } from '../operations/until-aborted.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import { type Authenticate, requireScope, type Scope } from './authenticate.ts';
import type { ArrivedCall, Call } from './call.ts';
import type { RpcCaller } from './caller.ts';
import { connectErrorFrom, type DescribeError, describeInPlace } from './connect-error.ts';
import { faultOf } from './fault.ts';
import { type AskedTimeout, grantedTimeout, type TimeoutBounds } from './granted-timeout.ts';
import { createLeash, type Leash, StreamLeashes, type TimeLimit } from './leash.ts';
import { reportCall } from './report-call.ts';

/** CallsOptions is what guards every call. */
export interface CallsOptions {
  authenticate: Authenticate;
  logger: Logger;
  metrics: Metrics;
  random: Random;
  /** Deadline of a unary call that brings none, and the longest one. */
  requestTimeoutMs: number;
  requestTimeoutMaxMs: number;
  /** Unary calls that are worked on at a time; those that everybody may make, as of Health, are not counted. */
  callsInFlightMax: number;
  /** Age, ± 10 %, at which a stream is ended with DRAINING. */
  streamAgeMaxMs: number;
  /** How errors travel. Default: with details to act on. */
  describe?: DescribeError;
}

const REQUEST_ID_BYTES = 12;
const OVERLOADED_RETRY_MS = 1000;

/**
 * Calls takes every RPC through the same steps, whatever way it came in: `open`, `admit` before the request is read,
 * `answer` or `follow` around the handler, and `settle` when it is over.
 */
export class Calls {
  readonly #options: CallsOptions;
  readonly #describe: DescribeError;
  readonly #streams: StreamLeashes;
  #inFlight = 0;
  #onFull: () => void = () => {};

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#describe = options.describe ?? connectErrorFrom;
    this.#streams = new StreamLeashes(options.streamAgeMaxMs);
  }

  /** Unary calls that are being worked on. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many may be, before OVERLOADED. */
  get inFlightMax(): number {
    return this.#options.callsInFlightMax;
  }

  /** Has one listener told of each call that is refused because all places are taken. */
  onFull(listener: () => void): void {
    this.#onFull = listener;
  }

  /** Begins a call; never throws. `scope` null = everybody may call it. */
  open(arrived: ArrivedCall, scope: Scope | null): Call {
    return {
      ...arrived,
      scope,
      requestId: requestIdOf(arrived.header('x-request-id')) ?? this.#freshRequestId(),
      startedMs: performance.now(),
      timeoutMs: null,
      caller: { tenant: '', scopes: new Set(), signal: arrived.signal },
      isAnswered: false,
      isInFlight: false,
      isSettled: false,
      fault: null,
    };
  }

  /** Checks who calls, whether they may, and until when; throws the error to answer. */
  admit(call: Call, timeout: AskedTimeout | null): void {
    try {
      if (call.scope !== null) {
        this.#takePlace(call);
        this.#authorize(call, call.scope);
      }
      call.timeoutMs = grantedTimeout(timeout, this.#timeoutBounds(call));
    } catch (error) {
      throw this.refuse(call, error);
    }
  }

  /** Runs a handler that answers once, at the latest at the call's deadline; throws the error to answer. */
  answer<Response>(call: Call, handle: (caller: RpcCaller, call: Call) => Promise<Response>): Promise<Response> {
    const deadline = deadlineOf(call);
    return this.#finish(call, createLeash(call.signal, deadline), deadline?.graceMs ?? 0, handle);
  }

  /** Runs a handler that takes a stream and answers once: as `answer`, and age and drain end it. */
  collect<Response>(call: Call, handle: (caller: RpcCaller, call: Call) => Promise<Response>): Promise<Response> {
    return this.#finish(call, this.#streams.take(call.signal, deadlineOf(call)), 0, handle);
  }

  /** Runs a handler that answers a stream; deadline, age and drain end it; throws the error to answer. */
  async *follow<Step>(
    call: Call,
    handle: (caller: RpcCaller, call: Call) => AsyncIterable<Step>,
  ): AsyncGenerator<Step> {
    const { signal, release } = this.#streams.take(call.signal, deadlineOf(call));
    try {
      yield* handle({ ...call.caller, signal }, call);
      signal.throwIfAborted();
      call.isAnswered = true;
    } catch (error) {
      throw this.refuse(call, error, signal);
    } finally {
      release();
    }
  }

  /** Notes why a call fails, and returns the error to answer. */
  refuse(call: Call, error: unknown, signal = call.signal): ConnectError {
    call.fault = faultOf(error, signal);
    return this.#describe(call.fault, error);
  }

  /** Logs and counts a call that is over, once. An error born outside of the handlers gets its details here. */
  settle(call: Call, error: unknown): void {
    if (call.isSettled) return;
    call.isSettled = true;
    if (call.isInFlight) this.#inFlight -= 1;
    if (!call.isAnswered) {
      call.fault ??= faultOf(error, call.signal);
      if (isBare(error)) describeInPlace(error, this.#describe(call.fault, error));
    }
    reportCall(call, this.#options);
  }

  /** Ends every open stream with DRAINING. */
  drain(): void {
    this.#streams.pullAll(
      new SessionError('DRAINING', 'this instance is about to stop; connect again', { retryAfterMs: 1000 }),
    );
  }

  async #finish<Response>(
    call: Call,
    { signal, release }: Leash,
    graceMs: number,
    handle: (caller: RpcCaller, call: Call) => Promise<Response>,
  ): Promise<Response> {
    try {
      const response = await untilAborted(handle({ ...call.caller, signal }, call), signal, graceMs);
      call.isAnswered = true;
      return response;
    } catch (error) {
      throw this.refuse(call, error, signal);
    } finally {
      release();
    }
  }

  /** What is more than can be worked on is refused while that costs little: nobody waits for what would come too late. */
  #takePlace(call: Call): void {
    if (call.method.methodKind !== 'unary') return;
    const { callsInFlightMax } = this.#options;
    if (this.#inFlight >= callsInFlightMax) {
      this.#onFull();
      throw new SessionError('OVERLOADED', `${callsInFlightMax} calls are being worked on already: call again later`, {
        retryAfterMs: OVERLOADED_RETRY_MS,
      });
    }
    this.#inFlight += 1;
    call.isInFlight = true;
  }

  #authorize(call: Call, scope: Scope): void {
    const { tenant, scopes } = this.#options.authenticate(call.header);
    call.caller = { tenant, scopes, signal: call.signal };
    requireScope(scopes, scope);
  }

  /** A stream is bounded by its age, so that the deadline which its caller sets must only fit a timer. */
  #timeoutBounds({ method }: Call): TimeoutBounds {
    const { requestTimeoutMs: defaultMs, requestTimeoutMaxMs: maxMs } = this.#options;
    return method.methodKind === 'unary' ? { defaultMs, maxMs } : { defaultMs: null, maxMs: Number.POSITIVE_INFINITY };
  }

  #freshRequestId(): string {
    const { buffer, byteOffset } = this.#options.random.bytes(REQUEST_ID_BYTES);
    return Buffer.from(buffer, byteOffset, REQUEST_ID_BYTES).toString('base64url');
  }
}

/** Most of a call's time, in ms, that is kept for saying what it was spent on. */
const GRACE_MAX_MS = 250;

/**
 * Returns what is left of a call's time; its request may have taken some of it to arrive. The last tenth is for the answer:
 * its own deadline tells a caller nothing.
 */
export function deadlineOf({ timeoutMs, startedMs }: Call): TimeLimit | null {
  if (timeoutMs === null) return null;
  const leftMs = Math.max(0, startedMs + timeoutMs - performance.now());
  const graceMs = Math.min(GRACE_MAX_MS, leftMs / 10);
  return { ms: leftMs - graceMs, graceMs, reason: () => new OutOfTime(timeoutMs) };
}

/** Tells errors that do not have the form that travels; a DOMException cannot be given it. */
function isBare(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof DOMException) return false;
  return !(error instanceof ConnectError) || error.details.length === 0;
}

function requestIdOf(header: string | null): string | null {
  return header !== null && /^[!-~]{1,128}$/.test(header) ? header : null;
}
