/** WireRequest is a request as it goes over a connection, made ready before anything is measured. */
export type WireRequest = Uint8Array;

/** Next hands a caller its next request; undefined = the caller is done. */
export type Next = (caller: number) => WireRequest | undefined;

/** Sent is what came of a run: how long it took, and how long each call did, in the order in which they were begun. */
export interface Sent {
  elapsedMs: number;
  timesMs: readonly number[];
}

/**
 * Wire sends ready-made requests with as little work a call as can be, for what h2load cannot do: bodies that differ, and
 * callers that wait for one answer before they ask the next. Runs come one after another; a refused call fails its run.
 */
export interface Wire {
  prepare(path: string, body: Uint8Array): WireRequest;
  /** Lets so many callers call, each one call at a time, until all are done. */
  run(callers: number, next: Next): Promise<Sent>;
  close(): void;
}

/** WireRun counts the calls of one run, and settles it. */
export class WireRun {
  readonly #timesMs: number[] = [];
  readonly #startedAt = performance.now();
  readonly #next: Next;
  readonly #settled = Promise.withResolvers<Sent>();
  #callers: number;

  constructor(callers: number, next: Next) {
    this.#callers = callers;
    this.#next = next;
  }

  get sent(): Promise<Sent> {
    return this.#settled.promise;
  }

  /** Begins the next call of a caller; undefined when there is none. */
  begin(caller: number): { request: WireRequest; call: number } | undefined {
    const request = this.#next(caller);
    if (request === undefined) {
      this.#callers -= 1;
      if (this.#callers === 0) this.#settle();
      return undefined;
    }
    return { request, call: this.#timesMs.push(-performance.now()) - 1 };
  }

  /** Ends a call that was answered. */
  end(call: number): void {
    this.#timesMs[call]! += performance.now();
  }

  fail(reason: string): void {
    this.#settled.reject(new Error(reason));
  }

  #settle(): void {
    this.#settled.resolve({ elapsedMs: performance.now() - this.#startedAt, timesMs: this.#timesMs });
  }
}

/** Returns a Next for `count` calls in all, over requests in turn. */
export function inTurn(requests: readonly WireRequest[], count: number): Next {
  let place = 0;
  return () => (place < count ? requests[place++ % requests.length] : undefined);
}
