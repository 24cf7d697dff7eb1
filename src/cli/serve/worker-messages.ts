/** UpFacts is what a worker tells of itself once its port is open. */
export interface UpFacts {
  port: number;
  storeDescription: string;
}

/** ToWorker is what the first process says to a worker. */
export type ToWorker =
  | { kind: 'allUp' }
  | { kind: 'stop' }
  /** Asks for what the worker counted. */
  | { kind: 'take'; id: number }
  /** Answers `gather` with what each worker counted. */
  | { kind: 'gathered'; id: number; snapshots: object[][] };

/** ToPrimary is what a worker says to the first process. */
export type ToPrimary =
  | ({ kind: 'up' } & UpFacts)
  /** Asks for what all workers counted. */
  | { kind: 'gather'; id: number }
  /** Answers `take`. */
  | { kind: 'taken'; id: number; snapshot: object[] };

/** The environment variable that tells a worker its number. */
export const WORKER_VARIABLE = 'WORKER_OF_THREADKEEP';
