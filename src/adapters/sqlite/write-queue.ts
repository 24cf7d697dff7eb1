import { availableParallelism } from 'node:os';
import { SessionError } from '../../model/session-error.ts';
import { type BatchResult, sizeOf } from './batch.ts';
import { errorFromFacts, unavailable } from './errors.ts';
import type { Write, WriteAnswer, WriteAnswers } from './write.ts';

/** WriteRunner commits one batch after the other; it never rejects. */
export interface WriteRunner {
  run(writes: readonly Write[]): Promise<BatchResult>;
}

/**
 * WriteQueueLimits bounds what waits and what one transaction takes; sizes in bytes. From `enough` on, writes are sent
 * before the turn in which they come is over.
 */
export interface WriteQueueLimits {
  enough: number;
  waitingMax: number;
  waitingBytesMax: number;
  batchMax: number;
  batchBytesMax: number;
}

/**
 * The limits of a queue unless a test says otherwise. A second core commits the first calls of a turn while this one is at
 * the others; on a single one that makes nothing but more transactions.
 */
export const DEFAULT_QUEUE_LIMITS: WriteQueueLimits = {
  enough: availableParallelism() > 1 ? 16 : Number.POSITIVE_INFINITY,
  waitingMax: 10_000,
  waitingBytesMax: 64 * 1024 * 1024,
  batchMax: 1024,
  batchBytesMax: 8 * 1024 * 1024,
};

/** UnknownOutcome is thrown for a write whose COMMIT failed: it may have been written. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
}

interface Waiting {
  write: Write;
  size: number;
  signal: AbortSignal | undefined;
  resolve(answer: WriteAnswer): void;
  reject(error: unknown): void;
}

const RETRY_AFTER_MS = 250;
/** One batch is committed while the next is on its way. */
const UNDER_WAY_MAX = 2;

/** WriteQueue gathers the writes of one turn of the event loop, or enough of them, into batches and hands them to the runner in order. */
export class WriteQueue {
  readonly #runner: WriteRunner;
  readonly #limits: WriteQueueLimits;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #underWay = 0;
  #isTurnOpen = false;
  #isClosed = false;
  #onIdle: (() => void) | null = null;

  constructor(runner: WriteRunner, limits: WriteQueueLimits = DEFAULT_QUEUE_LIMITS) {
    this.#runner = runner;
    this.#limits = limits;
  }

  /**
   * Writes and answers after COMMIT. Throws OVERLOADED when too much waits, the signal's reason when it was aborted
   * before the write was sent, and UnknownOutcome when COMMIT failed.
   */
  submit<Kind extends Write['kind']>(
    write: Extract<Write, { kind: Kind }>,
    signal?: AbortSignal,
  ): Promise<WriteAnswers[Kind]> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#isClosed) throw unavailable('the store is closed: open it again');
      const size = sizeOf(write);
      this.#refuseOverload(size);
      this.#waiting.push({ write, size, signal, resolve: resolve as Waiting['resolve'], reject });
      this.#waitingBytes += size;
      if (this.#waiting.length >= this.#limits.enough) this.#send();
      else this.#openTurn();
    });
  }

  /** Refuses what comes from here on and resolves when what came before was answered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#underWay === 0 && this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #refuseOverload(size: number): void {
    const { waitingMax, waitingBytesMax } = this.#limits;
    if (this.#waiting.length === 0) return;
    if (this.#waiting.length < waitingMax && this.#waitingBytes + size <= waitingBytesMax) return;
    throw new SessionError(
      'OVERLOADED',
      `${this.#waiting.length} writes (${this.#waitingBytes} bytes) wait for the disk already: call again later`,
      { retryAfterMs: RETRY_AFTER_MS },
    );
  }

  #openTurn(): void {
    if (this.#isTurnOpen) return;
    this.#isTurnOpen = true;
    setImmediate(() => {
      this.#isTurnOpen = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#underWay < UNDER_WAY_MAX && this.#waiting.length > 0) {
      const batch = this.#take();
      if (batch.length > 0) void this.#run(batch);
    }
    if (this.#underWay === 0) this.#onIdle?.();
  }

  #take(): Waiting[] {
    const { batchMax, batchBytesMax } = this.#limits;
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && count < batchMax) {
      const { size } = this.#waiting[count]!;
      if (count > 0 && bytes + size > batchBytesMax) break;
      bytes += size;
      count++;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count).filter((waiting) => !rejectAborted(waiting));
  }

  async #run(batch: Waiting[]): Promise<void> {
    this.#underWay++;
    settle(batch, await this.#runner.run(batch.map(({ write }) => write)));
    this.#underWay--;
    this.#send();
  }
}

function rejectAborted({ signal, reject }: Waiting): boolean {
  if (signal?.aborted !== true) return false;
  reject(signal.reason);
  return true;
}

function errorOf({ state, error }: Exclude<BatchResult, { state: 'committed' }>): Error {
  return state === 'failed' ? errorFromFacts(error) : new UnknownOutcome(error.message);
}

function settle(batch: readonly Waiting[], result: BatchResult): void {
  for (const [place, { resolve, reject }] of batch.entries()) {
    if (result.state !== 'committed') {
      reject(errorOf(result));
      continue;
    }
    const own = result.results[place]!;
    if ('error' in own) reject(errorFromFacts(own.error));
    else resolve(own.answer);
  }
}
