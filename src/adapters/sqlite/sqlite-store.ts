import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionError } from '../../model/session-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Finding, Store } from '../../ports/store.ts';
import { SqliteAgentStore } from './agents.ts';
import type { Backend } from './backend.ts';
import type { Connection } from './connection.ts';
import { SqliteEventLog } from './events.ts';
import { damageFrom } from './file-check.ts';
import type { Identity } from './identity.ts';
import { SqliteMessageStore } from './messages.ts';
import { SqlitePresence } from './presence.ts';
import { Reader } from './reader.ts';
import type { Scanner } from './scans.ts';
import { SqliteSearchIndex } from './search-index.ts';
import { SqliteSessionStore } from './sessions.ts';
import { SqliteStatisticsStore } from './statistics-store.ts';
import { VERIFY_ROWS, VERIFY_START, type VerifyPlace, type VerifyStep } from './verify.ts';
import { WriteQueue, type WriteQueueLimits } from './write-queue.ts';

/** StoreParts is what an opened file, or a database in memory, gives a store to work with. */
export interface StoreParts {
  description: string;
  identity: Identity;
  connection: Connection;
  backend: Backend;
  clock: Pick<Clock, 'wallAt'>;
  logger: Logger;
  queueLimits?: WriteQueueLimits;
  /** Given back after everything else. */
  release(): void;
}

const CHECKPOINT_EVERY_MS = 1000;
const VERIFY_AFTER_MS = 1000;
/** Past this the log begins anew at the next checkpoint, so it holds at most a second of writing more. */
const LOG_BYTES_MAX = 32 * 1024 * 1024;
const GARBAGE_AT_ONCE = 500;

/** SqliteStore is one file, or one database in memory, behind the port. */
export class SqliteStore implements Store {
  readonly description: string;
  readonly storeId: string;
  readonly tokenSecret: Uint8Array;
  readonly isExclusive = true;
  readonly sessions: SqliteSessionStore;
  readonly messages: SqliteMessageStore;
  readonly events: SqliteEventLog;
  readonly search: SqliteSearchIndex;
  readonly statistics: SqliteStatisticsStore;
  readonly agents: SqliteAgentStore;
  readonly presence: SqlitePresence;
  readonly #parts: StoreParts;
  readonly #reader: Reader;
  readonly #queue: WriteQueue;
  readonly #checkpoints: NodeJS.Timeout;
  readonly #closing = new AbortController();
  #damage: Error | null = null;
  #closed: Promise<void> | null = null;

  constructor(parts: StoreParts) {
    const { backend, clock, connection, identity, queueLimits } = parts;
    const reader = new Reader(connection);
    const queue = new WriteQueue(backend, queueLimits);
    this.#parts = parts;
    this.#reader = reader;
    this.#queue = queue;
    this.description = parts.description;
    this.storeId = identity.storeId;
    this.tokenSecret = identity.tokenSecret;
    this.events = new SqliteEventLog(reader, queue, backend);
    this.sessions = new SqliteSessionStore(reader, queue, backend, (tenant) => this.events.announce(tenant));
    this.messages = new SqliteMessageStore(reader);
    this.search = new SqliteSearchIndex(reader, backend);
    this.statistics = new SqliteStatisticsStore(reader, backend);
    this.agents = new SqliteAgentStore(reader, queue);
    this.presence = new SqlitePresence(reader, queue, clock);
    this.#checkpoints = setInterval(() => void this.#checkpoint(), CHECKPOINT_EVERY_MS);
    this.#checkpoints.unref();
  }

  async check(signal?: AbortSignal): Promise<void> {
    this.#reader.read((connection) => connection.get('SELECT count(*) FROM meta'), signal);
    if (this.#damage !== null) throw this.#damage;
    await this.#parts.backend.probe();
  }

  async *verify(onProgress?: (share: number) => void, signal?: AbortSignal): AsyncGenerator<Finding> {
    this.#reader.enter(signal);
    const scanner = await this.#parts.backend.openScanner();
    try {
      for await (const { findings, share } of this.#verifySteps(scanner, VERIFY_START, signal)) {
        yield* findings;
        onProgress?.(share);
      }
    } finally {
      await scanner.close();
    }
  }

  /**
   * Verifies beside the serving, once the start is over, and logs what is found; when the structure is damaged, `check`
   * throws it. The rows of a small file, whose structure was checked at the start, are looked at by the scanner that
   * serves, between its work.
   */
  async verifyInBackground(isStructureChecked: boolean): Promise<void> {
    const { backend, connection, logger } = this.#parts;
    const { signal } = this.#closing;
    await sleep(VERIFY_AFTER_MS, null, { ref: false, signal }).catch(() => null);
    if (signal.aborted) return;
    const scanner = isStructureChecked
      ? { scan: backend.scan.bind(backend), close: () => {} }
      : await backend.openScanner();
    const place = isStructureChecked ? VERIFY_ROWS : VERIFY_START;
    try {
      for await (const { findings, isStructural } of this.#verifySteps(scanner, place, signal)) {
        for (const finding of findings) logger.error({ ...finding, path: connection.path }, 'the store is damaged');
        if (isStructural && findings.length > 0) this.#damage = damageFrom(connection.path, findings);
      }
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ path: connection.path, error: String(error) }, 'the check of the store did not come to its end');
    } finally {
      await scanner.close();
    }
  }

  async *#verifySteps(
    scanner: Scanner,
    start: VerifyPlace,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<VerifyStep> {
    for (let place: VerifyPlace | null = start; place !== null; ) {
      this.#reader.enter(signal);
      const step: VerifyStep = await scanner.scan('verify', place);
      yield step;
      place = step.next;
    }
  }

  /** A commit is one transaction, and leaves nothing for later. */
  async finishCommits(): Promise<number> {
    this.#reader.enter();
    return 0;
  }

  async collectGarbage(rowsMax: number): Promise<number> {
    let removed = 0;
    while (removed < rowsMax) {
      this.#reader.enter();
      const limit = Math.min(GARBAGE_AT_ONCE, rowsMax - removed);
      const step = await this.#queue.submit<'collectGarbage'>({ kind: 'collectGarbage', limit });
      removed += step;
      if (step < limit) break;
    }
    return removed;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { backend, connection, release } = this.#parts;
    this.#reader.close();
    this.#closing.abort();
    clearInterval(this.#checkpoints);
    await this.#queue.close();
    // The writer goes last: the last connection that may write empties the log into the file.
    connection.close();
    await backend.close();
    release();
  }

  async #checkpoint(): Promise<void> {
    const { backend, connection, logger } = this.#parts;
    try {
      await backend.scan('checkpoint', LOG_BYTES_MAX);
    } catch (error) {
      const { message } = error as SessionError;
      logger.warn({ path: connection.path, error: message }, 'a checkpoint failed: the log grows until one succeeds');
    }
  }
}
