import type { Connection } from './connection.ts';
import { isBusy, translateError, unavailable } from './errors.ts';

/** Reader reads by key on the serving thread, and sees every commit that was answered. */
export class Reader {
  readonly #connection: Connection;
  #isClosed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Throws STORE_UNAVAILABLE after close and the signal's reason after an abort: the first step of every method. */
  enter(signal?: AbortSignal): void {
    if (this.#isClosed) throw unavailable(`the store ${this.#connection.path} is closed: open it again`);
    signal?.throwIfAborted();
  }

  /** Reads; what SQLite throws becomes a SessionError. */
  read<Value>(look: (connection: Connection) => Value, signal?: AbortSignal): Value {
    this.enter(signal);
    try {
      return this.#retryBusy(look);
    } catch (error) {
      throw translateError(error, this.#connection.path);
    }
  }

  /** Refuses whatever comes from here on. Idempotent. */
  close(): void {
    this.#isClosed = true;
  }

  // A reader meets BUSY for the moment in which another connection begins the log anew.
  #retryBusy<Value>(look: (connection: Connection) => Value): Value {
    try {
      return look(this.#connection);
    } catch (error) {
      if (!isBusy(error)) throw error;
      return look(this.#connection);
    }
  }
}
