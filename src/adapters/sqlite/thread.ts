import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { type ErrorFacts, errorFromFacts, factsFromError, unavailable } from './errors.ts';

interface Call {
  id: number;
  method: string;
  input: unknown;
}

type Reply = { id: number; value: unknown } | { id: number; error: ErrorFacts };

/** Handlers are the methods that a thread serves, by name; each runs to its end before the next call is looked at. */
// biome-ignore lint/suspicious/noExplicitAny: the input of each method is its own
export type Handlers = Record<string, (input: any) => unknown>;

const CLOSE = 'close';

interface Waiter {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Thread calls the methods of a worker thread; the process may end while no call is under way. */
export class Thread<Served extends Handlers> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiter>();
  readonly #name: string;
  #lastId = 0;
  #isDead = false;

  /** Starts the thread of a module that ends in `serveThread`, with `options` as its workerData. */
  constructor(name: string, module: URL, options: unknown) {
    this.#name = name;
    this.#worker = new Worker(module, { name, workerData: options });
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(undefined));
  }

  /** True once the thread ended, by itself or by `stop`: every call under way was rejected. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** Calls a method; rejects with STORE_UNAVAILABLE when the thread dies before it answered. */
  call<Name extends keyof Served & string>(
    method: Name,
    input: Parameters<Served[Name]>[0],
    transfer: ArrayBuffer[] = [],
  ): Promise<Awaited<ReturnType<Served[Name]>>> {
    return this.#send(method, input, transfer) as Promise<Awaited<ReturnType<Served[Name]>>>;
  }

  /** Lets the thread finish its calls, give back what it holds, and ends it. */
  async close(): Promise<void> {
    await this.#send(CLOSE, null, []).catch(() => null);
    await this.#worker.terminate();
  }

  #send(method: string, input: unknown, transfer: ArrayBuffer[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isDead) return reject(this.#ended());
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, method, input } satisfies Call, transfer);
    });
  }

  #settle(reply: Reply): void {
    const waiter = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('error' in reply) waiter?.reject(errorFromFacts(reply.error));
    else waiter?.resolve(reply.value);
  }

  #die(cause: unknown): void {
    this.#isDead = true;
    for (const waiter of this.#waiting.values()) waiter.reject(this.#ended(cause));
    this.#waiting.clear();
  }

  #ended(cause?: unknown): Error {
    return unavailable(`the thread ${this.#name} ended: call again`, cause);
  }
}

/** Serves calls in a worker thread, in the order in which they came; `close` gives back what the thread holds. */
export function serveThread(handlers: Handlers, close: () => void): void {
  if (isMainThread || parentPort === null) throw new Error('serveThread runs in a worker thread only');
  const port = parentPort;
  port.on('message', ({ id, method, input }: Call) => {
    port.postMessage(answer(id, () => (method === CLOSE ? close() : handlers[method]!(input))));
  });
}

function answer(id: number, work: () => unknown): Reply {
  try {
    return { id, value: work() };
  } catch (error) {
    return { id, error: factsFromError(error) };
  }
}
