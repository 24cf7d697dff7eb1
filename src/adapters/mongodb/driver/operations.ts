import { SessionError } from '../../../model/session-error.ts';
import type { Metrics } from '../../../ports/metrics.ts';
import { OutcomeUnknown } from '../database/errors.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Reach } from './reach.ts';
import {
  duplicateKeyFrom,
  isBareSocketError,
  isOutage,
  isRefusedAtTheDoor,
  isWaitForConnection,
  OperationTimeout,
  ownErrorOf,
} from './server-errors.ts';

/** How many times as long as usual an operation may take that looks at many documents. */
const LONG = 4;

/** OperationsOptions is what bounds operations: the client's reach and connections, and a usual one's time in ms. */
export interface OperationsOptions {
  reach: Pick<Reach, 'connect' | 'look' | 'wasAwaySince'>;
  pool: Pick<ConnectionPool, 'isExhausted'>;
  metrics: Metrics;
  timeoutMs: number;
}

/** Operations bounds every operation of a client in time and turns its errors into the adapter's. */
export class Operations {
  readonly #reach: OperationsOptions['reach'];
  readonly #pool: OperationsOptions['pool'];
  readonly #metrics: Metrics;
  readonly #timeoutMs: number;

  constructor({ reach, pool, metrics, timeoutMs }: OperationsOptions) {
    this.#reach = reach;
    this.#pool = pool;
    this.#metrics = metrics;
    this.#timeoutMs = timeoutMs;
  }

  /** Bounds a usual operation on the server, in ms. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Bounds one that looks at many documents, in ms. */
  get longTimeoutMs(): number {
    return LONG * this.#timeoutMs;
  }

  /**
   * Reads; throws STORE_UNAVAILABLE where no answer came in time, OVERLOADED where no connection was free, and the signal's
   * reason as soon as it is aborted.
   */
  async read<Answer>(
    name: string,
    operation: () => Promise<Answer>,
    signal?: AbortSignal,
    timeoutMs: number = this.#timeoutMs,
  ): Promise<Answer> {
    return this.readOnce(name, () => this.#repeat(name, operation), signal, timeoutMs);
  }

  /** Reads what cannot be asked for again where its connection was found broken, as the rest of a cursor. */
  async readOnce<Answer>(
    name: string,
    operation: () => Promise<Answer>,
    signal?: AbortSignal,
    timeoutMs: number = this.#timeoutMs,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    try {
      return await within(timeoutMs, operation(), signal);
    } catch (error) {
      throw this.#translate(name, error);
    }
  }

  /**
   * Writes; the signal is looked at before, never after. Throws DuplicateKey, STORE_UNAVAILABLE and OVERLOADED where it
   * surely was not written, and OutcomeUnknown where that cannot be told.
   */
  async write<Answer>(name: string, operation: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
    signal?.throwIfAborted();
    const before = this.#reach.look();
    try {
      return await within(this.#timeoutMs, this.#connected(operation));
    } catch (thrown) {
      const error = ownErrorOf(thrown);
      const duplicate = duplicateKeyFrom(error);
      if (duplicate !== null) throw duplicate;
      const isUnsent = isWaitForConnection(error) || isRefusedAtTheDoor(error) || this.#reach.wasAwaySince(before);
      if (!isOutage(error) || isUnsent) throw this.#translate(name, error);
      this.#count(name, error);
      throw new OutcomeUnknown('the write was sent and its answer never came', { cause: error });
    }
  }

  /** Turns an error that says nothing about the operation into what its caller can do; any other passes. */
  #translate(name: string, error: unknown): unknown {
    if (!isOutage(error)) return error;
    this.#count(name, error);
    return isWaitForConnection(error) && this.#pool.isExhausted ? overloaded(error) : unavailable(error);
  }

  /** The driver tries reads again, but where it found its connection broken: a read then takes another one. */
  async #repeat<Answer>(name: string, operation: () => Promise<Answer>): Promise<Answer> {
    try {
      return await this.#connected(operation);
    } catch (error) {
      if (!isBareSocketError(error)) throw error;
      this.#metrics.count('threadkeep_mongodb_retries_total', { operation: name });
      return operation();
    }
  }

  async #connected<Answer>(operation: () => Promise<Answer>): Promise<Answer> {
    await this.#reach.connect();
    return operation();
  }

  #count(operation: string, error: unknown): void {
    const cause = error instanceof Error ? error.name : 'unknown';
    this.#metrics.count('threadkeep_mongodb_failures_total', { operation, cause });
  }
}

function unavailable(cause: unknown): SessionError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new SessionError('STORE_UNAVAILABLE', `MongoDB cannot be reached (${detail}): try again in a moment`, {
    retryAfterMs: 1000,
    cause,
  });
}

/** A server that is there, and has more to do than its connections carry: nothing was sent. */
function overloaded(cause: unknown): SessionError {
  return new SessionError('OVERLOADED', 'all connections to MongoDB are in use: send fewer calls at a time', {
    retryAfterMs: 1000,
    cause,
  });
}

/** The operation itself goes on where it was given up: the driver ends it with its connection. */
function within<Answer>(timeoutMs: number, operation: Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const giveUp = () => end(() => reject(signal?.reason));
    const timer = setTimeout(
      () => end(() => reject(new OperationTimeout(`no answer within ${timeoutMs} ms`))),
      timeoutMs,
    );
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      settle();
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    operation.then(
      (answer) => end(() => resolve(answer)),
      (error) => end(() => reject(error)),
    );
  });
}
