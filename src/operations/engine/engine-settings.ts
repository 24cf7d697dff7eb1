import type { DecideSettings } from '../../model/call.ts';
import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from '../../model/limits.ts';

/** EngineSettings is the configuration that operations and background work depend on; durations in ms. */
export interface EngineSettings extends DecideSettings {
  /** How long event rows are kept, counted from their record time; the window of resume tokens. Default 72 h. */
  eventRetentionMs: number;
  /** How sure a deadline must be past on a store that several machines share. Default 1 s; 0 where the store is exclusive. */
  uncertaintyMs: number;
  /** How long ago the store may have been asked for what a read answers. Default 2 s. */
  readStalenessMs: number;
  /** How long a call may lose against other writers before it is STORE_CONTENDED. Default 10 s. */
  contentionMs: number;
  /** Calls that may wait for one session, and in all, before OVERLOADED. Defaults 1,000 and 20,000. */
  queuedCallsPerSessionMax: number;
  queuedCallsMax: number;
  /** Bytes of messages that may wait in all, before OVERLOADED. Default 256 MiB. */
  queuedBytesMax: number;
  /** Pause between two looks for due sessions; on a shared store up to four times as long while there are none. Default 250 ms. */
  sweepIntervalMs: number;
  /** Sessions that are swept at a time on a store that several machines share. Default 32; 500 where it is exclusive. */
  sweepsAtOnceMax: number;
  /** Expiries a second while the backlog of an outage is swept. Default 1,000. */
  catchUpPerSecond: number;
  watch: WatchSettings;
}

/** WatchSettings bound what watchers get and hold; durations in ms. */
export interface WatchSettings {
  /** Polling of an event log starts at the first and slows down to the second while nothing comes. Default 50 and 1,000. */
  pollMinMs: number;
  pollMaxMs: number;
  /** Rows of a tenant kept in memory for its watchers. Default 4,096. */
  ringRowsMax: number;
  /** Bytes of one step of a stream, about. Default 256 KiB. */
  stepBytesMax: number;
  /** A watcher that takes nothing for this long is WATCHER_TOO_SLOW. Default 10 s. */
  stallMs: number;
  /** Bounds of the hint between two progress steps, and its default. 5 s, 60 s and 30 s. */
  progressMinMs: number;
  progressMaxMs: number;
  progressMs: number;
  /** How often Watch looks at its session without a hint, on a store that others may write to. Default 2 s. */
  sessionPollMs: number;
}

/** The settings of semantics.md, watch-log.md and api.md. */
export const DEFAULT_ENGINE_SETTINGS: EngineSettings = {
  limits: DEFAULT_LIMITS,
  terms: DEFAULT_TERMS_POLICY,
  eventRetentionMs: 72 * 3_600_000,
  uncertaintyMs: 1000,
  readStalenessMs: 2000,
  contentionMs: 10_000,
  queuedCallsPerSessionMax: 1000,
  queuedCallsMax: 20_000,
  queuedBytesMax: 256 * 1024 * 1024,
  sweepIntervalMs: 250,
  sweepsAtOnceMax: 32,
  catchUpPerSecond: 1000,
  watch: {
    pollMinMs: 50,
    pollMaxMs: 1000,
    ringRowsMax: 4096,
    stepBytesMax: 256 * 1024,
    stallMs: 10_000,
    progressMinMs: 5000,
    progressMaxMs: 60_000,
    progressMs: 30_000,
    sessionPollMs: 2000,
  },
};
