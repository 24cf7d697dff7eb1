import type { FreshIds } from '../../model/call.ts';
import type { StoreTime } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MessageCodec } from '../../ports/message-codec.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import type { Tokenizer } from '../../ports/tokenizer.ts';
import type { EngineSettings } from './engine-settings.ts';
import type { EventTails } from './event-tails.ts';
import type { InstanceTally } from './instance-tally.ts';
import type { PinnedMemory } from './pinned-memory.ts';
import type { RecentKeys } from './recent-keys.ts';
import type { SessionSignals } from './session-signals.ts';
import type { StoreAvailability } from './store-availability.ts';
import type { SettledCall, Submission } from './submission.ts';
import type { Sweeper } from './sweeper.ts';
import type { Turns } from './turns.ts';
import type { Watchers } from './watchers.ts';

/** EngineOptions is what an engine is made from; settings that are not given are the defaults. */
export interface EngineOptions {
  /** Opened by the caller, who closes it after the engine. */
  store: Store;
  clock: Clock;
  random: Random;
  codec: MessageCodec;
  tokenizer: Tokenizer;
  logger: Logger;
  metrics: Metrics;
  settings?: Partial<EngineSettings>;
}

/** Engine is what every operation works with: the ports, the rules' settings, and the one way to change a session. */
export interface Engine {
  /** Names this process among those that use the store; random. */
  readonly instanceId: string;
  readonly store: Store;
  /** Whether calls are let through to the store. */
  readonly availability: StoreAvailability;
  readonly clock: Clock;
  readonly random: Random;
  readonly codec: MessageCodec;
  readonly tokenizer: Tokenizer;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly settings: EngineSettings;
  readonly signals: SessionSignals;
  readonly events: EventTails;
  readonly watchers: Watchers;
  readonly sweeper: Sweeper;
  /** One call at a time looks at how many sessions a user has. */
  readonly userTurns: Turns;
  /** What leads the sessions that contexts were made of. */
  readonly pinned: PinnedMemory;
  /** Conversation keys under which sessions were seen lately. */
  readonly recentKeys: RecentKeys;
  /** What this process has done so far. */
  readonly tally: InstanceTally;
  /** Aborts when the service is about to stop: watchers say goodbye. */
  readonly draining: AbortSignal;
  /** The store's now; never goes back. Throws STORE_UNAVAILABLE until a shared store was reached for the first time. */
  time(): StoreTime;
  /** Makes identities for a call. */
  fresh(): FreshIds;
  /** Loads, decides and commits a call, together with others for its session; throws the refusal as SessionError. */
  submit(submission: Submission): Promise<SettledCall>;
  /** Begins to give signs of life, sweep, finish commits and compact. */
  start(): void;
  /** Stops sweeping, and lets watchers end with `closing`; calls are still served. */
  drain(): Promise<void>;
  /** Drains, lets calls in flight finish and refuses others. Idempotent; the store stays open. */
  close(): Promise<void>;
}
