import type { WorkerGroup } from '../../compose.ts';
import type { ToPrimary, ToWorker, UpFacts } from './worker-messages.ts';
import { WORKER_VARIABLE } from './worker-messages.ts';

const GATHER_TIMEOUT_MS = 2000;

/** WorkerLink is a worker's side of what it and the first process say to each other. */
export class WorkerLink implements WorkerGroup {
  readonly worker = Number(process.env[WORKER_VARIABLE]);
  /** Resolves when all workers have their port open. */
  readonly heldBack: Promise<void>;
  /** Resolves when this worker is to drain and end. */
  readonly stopped: Promise<void>;
  readonly #gathers = new Map<number, (snapshots: object[][]) => void>();
  #takeSnapshot: () => Promise<object[]> = async () => [];
  #lastId = 0;

  constructor() {
    const allUp = Promise.withResolvers<void>();
    const stop = Promise.withResolvers<void>();
    this.heldBack = allUp.promise;
    this.stopped = stop.promise;
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'allUp') allUp.resolve();
      if (message.kind === 'stop') stop.resolve();
      if (message.kind === 'take') void this.#tellSnapshot(message.id);
      if (message.kind === 'gathered') this.#gathers.get(message.id)?.(message.snapshots);
    });
    process.on('SIGTERM', () => stop.resolve());
    // A terminal sends it to every process of a group: the first process passes it on.
    process.on('SIGINT', () => {});
  }

  /** Tells that the port is open. */
  tellUp(facts: UpFacts): void {
    tell({ kind: 'up', ...facts });
  }

  /** Lets this process end when it has nothing else to do. */
  letGo(): void {
    process.channel?.unref();
  }

  shareSnapshots(take: () => Promise<object[]>): void {
    this.#takeSnapshot = take;
  }

  gatherSnapshots(): Promise<object[][]> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const settle = (snapshots: object[][]) => {
        clearTimeout(timer);
        this.#gathers.delete(id);
        resolve(snapshots);
      };
      const timer = setTimeout(async () => settle([await this.#takeSnapshot()]), GATHER_TIMEOUT_MS);
      this.#gathers.set(id, settle);
      tell({ kind: 'gather', id });
    });
  }

  async #tellSnapshot(id: number): Promise<void> {
    tell({ kind: 'taken', id, snapshot: await this.#takeSnapshot() });
  }
}

function tell(message: ToPrimary): void {
  if (process.connected) process.send!(message);
}
