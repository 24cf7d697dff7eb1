import { SessionError } from '../../model/session-error.ts';
import type { BatchResult, WriteResult } from './batch.ts';
import type { CommitCount } from './commit-count.ts';
import type { Connection } from './connection.ts';
import { type ErrorFacts, factsFromError, isFailure, translateError, unavailable } from './errors.ts';
import { performWrite } from './perform-write.ts';
import { forgetTenants } from './tenants.ts';
import type { Write } from './write.ts';

/** WriterOptions says how the writer gets its connection and where it notes the number of commits. */
export interface WriterOptions {
  path: string;
  open: () => Connection;
  commitCount: CommitCount;
}

/**
 * Writer commits batches on the one connection that writes: one transaction for a batch. A conflict writes nothing, so
 * it needs no savepoint, at each of which FTS5 would write a segment of its own; the rare fault repeats the batch singly.
 * States: ready → broken (COMMIT or the file failed) → ready (reopened, and a commit of its own went through).
 */
export class Writer {
  readonly #options: WriterOptions;
  #connection: Connection;
  #isBroken = false;
  #isClosed = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#connection = options.open();
  }

  /** Commits a batch; never throws. */
  run(writes: readonly Write[]): BatchResult {
    try {
      if (this.#isBroken) this.#recover();
    } catch (error) {
      return { state: 'failed', error: this.#facts(error) };
    }
    const result = this.#commit(writes);
    return result.state === 'failed' && !this.#isBroken ? this.#runEach(writes) : result;
  }

  /** Proves that a commit goes through, after reopening the file if need be. Throws what stands in the way. */
  probe(): void {
    if (this.#isBroken) this.#recover();
    const result = this.#commit([]);
    if (result.state !== 'committed') throw unavailable(result.error.message);
  }

  /** Gives the connection back. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#connection.close();
  }

  #commit(writes: readonly Write[]): BatchResult {
    const { database } = this.#connection;
    let results: WriteResult[];
    let count: number;
    try {
      this.#connection.run('BEGIN IMMEDIATE');
      results = writes.map((write) => ({ answer: performWrite(this.#connection, write) }));
      count = this.#options.commitCount.advance(this.#connection);
    } catch (error) {
      return this.#fail('failed', error);
    }
    try {
      this.#connection.run('COMMIT');
    } catch (error) {
      // What COMMIT left on the disk is anyone's guess until the file was opened again.
      this.#isBroken = true;
      return this.#fail('unknown', error);
    }
    if (database.isTransaction) return this.#fail('unknown', new Error('COMMIT left the transaction open'));
    this.#options.commitCount.note(count);
    return { state: 'committed', results };
  }

  /** One write's fault undid the batch: alone, each of them commits or fails for itself. */
  #runEach(writes: readonly Write[]): BatchResult {
    const results: WriteResult[] = [];
    for (const write of writes) {
      const result = this.#commit([write]);
      if (result.state === 'unknown') return result;
      results.push(result.state === 'committed' ? result.results[0]! : { error: result.error });
    }
    return { state: 'committed', results };
  }

  #fail(state: 'failed' | 'unknown', error: unknown): BatchResult {
    forgetTenants(this.#connection);
    this.#isBroken ||= isFailure(error);
    try {
      if (this.#connection.database.isTransaction) this.#connection.run('ROLLBACK');
    } catch {
      this.#isBroken = true;
    }
    return { state, error: this.#facts(error) };
  }

  #recover(): void {
    if (this.#isClosed) throw unavailable(`the store ${this.#options.path} is closed`);
    this.#connection.close();
    this.#connection = this.#options.open();
    const result = this.#commit([]);
    if (result.state !== 'committed') throw new SessionError(result.error.reason, result.error.message, result.error);
    this.#isBroken = false;
  }

  #facts(error: unknown): ErrorFacts {
    return factsFromError(translateError(error, this.#options.path));
  }
}
