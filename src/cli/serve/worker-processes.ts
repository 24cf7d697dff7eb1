import cluster, { type Worker } from 'node:cluster';
import type { Logger } from '../../ports/logger.ts';
import { closeUntaken } from './close-untaken.ts';
import type { ToPrimary, ToWorker, UpFacts } from './worker-messages.ts';
import { WORKER_VARIABLE } from './worker-messages.ts';

/** WorkerProcessesOptions says how many workers there are, and who is told of those that die. */
export interface WorkerProcessesOptions {
  count: number;
  logger: Pick<Logger, 'warn'>;
}

/** A worker that dies is started again after the first, the pause doubling up to the second; one that lived longer than the third is forgiven. */
const RESTART_MIN_MS = 100;
const RESTART_MAX_MS = 10_000;
const FORGIVEN_MS = 30_000;

/** How long workers may take to tell what they counted. */
const TAKE_TIMEOUT_MS = 1000;

/** A place for a worker: processes come and go, the number stays. */
interface Slot {
  number: number;
  process: Worker | null;
  isBegun: boolean;
  isUp: boolean;
  startedMs: number;
  pauseMs: number;
}

/** WorkerProcesses are the processes that serve one port together, each the same command as this one. */
export class WorkerProcesses {
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #slots: Slot[];
  readonly #up = Promise.withResolvers<UpFacts>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #takes = new Map<number, (worker: Worker, snapshot: object[]) => void>();
  #lastId = 0;
  #areAllUp = false;
  #isStopping = false;

  constructor({ count, logger }: WorkerProcessesOptions) {
    this.#logger = logger;
    const slotAt = (index: number): Slot => ({
      number: index + 1,
      process: null,
      isBegun: false,
      isUp: false,
      startedMs: 0,
      pauseMs: RESTART_MIN_MS,
    });
    this.#slots = Array.from({ length: count }, (_, index) => slotAt(index));
  }

  /**
   * Starts all; resolves when all have their port open, and answers null when one of them cannot begin. The first goes
   * ahead: what keeps it from beginning is told once.
   */
  async start(): Promise<UpFacts | null> {
    this.#fork(this.#slots[0]!);
    return Promise.race([this.#up.promise, this.#ended.promise.then(() => null)]);
  }

  /** Lets all of them drain and end. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const { process } of this.#slots) tell(process, { kind: 'stop' });
    this.#endWhenGone();
    await this.#ended.promise;
  }

  #fork(slot: Slot): void {
    const worker = cluster.fork({ [WORKER_VARIABLE]: String(slot.number) });
    closeUntaken(worker.process);
    slot.process = worker;
    slot.isBegun = true;
    slot.isUp = false;
    slot.startedMs = performance.now();
    worker.on('message', (message: ToPrimary) => {
      if (message.kind === 'up') this.#markUp(slot, message);
      if (message.kind === 'gather') void this.#gather(worker, message.id);
      if (message.kind === 'taken') this.#takes.get(message.id)?.(worker, message.snapshot);
    });
    worker.once('exit', (code, signal) => this.#replace(slot, signal ?? code));
  }

  #markUp(slot: Slot, { port, storeDescription }: UpFacts): void {
    slot.isUp = true;
    for (const rest of this.#slots) if (!rest.isBegun) this.#fork(rest);
    if (!this.#areAllUp && this.#slots.some(({ isUp }) => !isUp)) return;
    const released = this.#areAllUp ? [slot] : this.#slots;
    this.#areAllUp = true;
    for (const { process } of released) tell(process, { kind: 'allUp' });
    this.#up.resolve({ port, storeDescription });
  }

  #replace(slot: Slot, cause: number | string): void {
    slot.process = null;
    slot.isUp = false;
    // What keeps one from beginning keeps all, and was told by it.
    if (!this.#areAllUp && !this.#isStopping) void this.stop();
    if (this.#isStopping) this.#endWhenGone();
    else this.#forkLater(slot, cause);
  }

  #forkLater(slot: Slot, cause: number | string): void {
    const livedMs = performance.now() - slot.startedMs;
    if (livedMs > FORGIVEN_MS) slot.pauseMs = RESTART_MIN_MS;
    this.#logger.warn({ worker: slot.number, cause, pauseMs: slot.pauseMs }, 'a worker ended; it is started again');
    const timer = setTimeout(() => {
      if (!this.#isStopping) this.#fork(slot);
    }, slot.pauseMs);
    timer.unref();
    slot.pauseMs = Math.min(2 * slot.pauseMs, RESTART_MAX_MS);
  }

  #endWhenGone(): void {
    if (this.#slots.every(({ process }) => process === null)) this.#ended.resolve();
  }

  /** Asks all workers what they counted, and tells it to the one that wants to know. */
  async #gather(asker: Worker, id: number): Promise<void> {
    const asked = this.#slots.flatMap(({ process }) => (process?.isConnected() ? [process] : []));
    const snapshots = await this.#takeFrom(asked);
    tell(asker, { kind: 'gathered', id, snapshots });
  }

  #takeFrom(asked: readonly Worker[]): Promise<object[][]> {
    this.#lastId += 1;
    const id = this.#lastId;
    const snapshots = new Map<Worker, object[]>();
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.#takes.delete(id);
        resolve([...snapshots.values()]);
      };
      const timer = setTimeout(settle, TAKE_TIMEOUT_MS);
      this.#takes.set(id, (worker, snapshot) => {
        snapshots.set(worker, snapshot);
        if (snapshots.size === asked.length) settle();
      });
      for (const worker of asked) tell(worker, { kind: 'take', id });
    });
  }
}

function tell(worker: Worker | null, message: ToWorker): void {
  if (worker?.isConnected()) worker.send(message);
}
