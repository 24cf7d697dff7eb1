import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Finding, Store } from '../../ports/store.ts';
import { MongoSearchIndex } from './across/search.ts';
import { MongoStatisticsStore } from './across/statistics.ts';
import { MongoAgentStore } from './agents.ts';
import type { MongoContext } from './context.ts';
import { createContext } from './create-context.ts';
import type { Database } from './database/database.ts';
import type { Collections } from './database/documents.ts';
import { Gate } from './gate.ts';
import { verify } from './inspection/verify.ts';
import { MongoEventLog } from './log/events.ts';
import { Outbox } from './log/outbox.ts';
import { MongoMessageStore } from './messages/messages.ts';
import { Mover } from './messages/mover.ts';
import { MongoPresence } from './presence.ts';
import { OrphanWalk } from './purge/orphan-walk.ts';
import { collectGarbage } from './purge/purge.ts';
import { Foundation } from './schema/foundation.ts';
import { MongoSessionStore } from './sessions/sessions.ts';

/** MongoStoreParts is what a store is made of; the driver brings collections and database (driver.ts). */
export interface MongoStoreParts {
  collections: Collections;
  database: Database;
  clock: Pick<Clock, 'wallAt' | 'monotonicMs'>;
  logger: Logger;
  metrics: Metrics;
  /** Whether schema and indexes are made at the first contact. */
  migrate: 'auto' | 'manual';
}

/** How many sessions one turn of finishing takes on of each kind. */
const FINISHED_MAX = 200;

/** MongoStore keeps everything in the collections of documents.ts, by conditional writes to single documents alone. */
export class MongoStore implements Store {
  readonly description: string;
  readonly isExclusive = false;
  readonly sessions: MongoSessionStore;
  readonly messages: MongoMessageStore;
  readonly events: MongoEventLog;
  readonly search: MongoSearchIndex;
  readonly statistics: MongoStatisticsStore;
  readonly agents: MongoAgentStore;
  readonly presence: MongoPresence;
  readonly #context: MongoContext;
  readonly #foundation: Foundation;
  readonly #gate = new Gate();
  readonly #events: MongoEventLog;
  readonly #outbox: Outbox;
  readonly #mover: Mover;
  readonly #orphans: OrphanWalk;
  #closing: Promise<void> | null = null;

  constructor({ migrate, ...parts }: MongoStoreParts) {
    this.#context = createContext(parts);
    this.description = `${parts.database.description} (durable: acknowledged by a majority)`;
    this.#foundation = new Foundation(this.#context, migrate);
    this.#outbox = new Outbox(this.#context);
    this.#mover = new Mover(this.#context);
    this.#orphans = new OrphanWalk(this.#context);
    this.#events = new MongoEventLog(this.#context, this.#outbox);
    const preparing = () => this.#foundation.prepare();
    this.sessions = this.#gate.guard(new MongoSessionStore(this.#context, this.#outbox, this.#mover), preparing);
    this.messages = this.#gate.guard(new MongoMessageStore(this.#context), preparing);
    this.events = this.#gate.guard(this.#events);
    this.search = this.#gate.guard(new MongoSearchIndex(this.#context), preparing);
    this.statistics = this.#gate.guard(new MongoStatisticsStore(this.#context), preparing);
    this.agents = this.#gate.guard(new MongoAgentStore(this.#context), preparing);
    this.presence = this.#gate.guard(new MongoPresence(this.#context));
  }

  get storeId(): string {
    return this.#foundation.identity.storeId;
  }

  get tokenSecret(): Uint8Array {
    return this.#foundation.identity.tokenSecret;
  }

  /** Tries to lay the foundation until the server lets it; resolves after the first attempt. */
  start(): Promise<void> {
    return this.#foundation.keepTrying();
  }

  check(signal?: AbortSignal): Promise<void> {
    return this.#gate.follow(async () => {
      signal?.throwIfAborted();
      await this.#foundation.lay();
      await this.#context.sampleNow(signal);
    });
  }

  async *verify(onProgress?: (share: number) => void, signal?: AbortSignal): AsyncIterable<Finding> {
    this.#gate.enter();
    yield* verify(this.#context, onProgress, signal);
  }

  finishCommits(): Promise<number> {
    return this.#gate.follow(async () => {
      await this.#foundation.lay();
      const drained = await this.#outbox.drainDue(FINISHED_MAX);
      return drained + (await this.#mover.moveDue(FINISHED_MAX));
    });
  }

  collectGarbage(rowsMax: number): Promise<number> {
    return this.#gate.follow(async () => {
      await this.#foundation.lay();
      const rows = await collectGarbage(this.#context, rowsMax);
      return rows < rowsMax ? rows + (await this.#orphans.step(rowsMax - rows)) : rows;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    this.#foundation.stop();
    await this.#gate.shut();
    await this.#outbox.settle();
    await this.#events.close();
    await this.#mover.close();
    await this.#context.database.close();
  }
}
