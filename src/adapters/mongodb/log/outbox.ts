import type { MongoContext } from '../context.ts';
import type { Filter } from '../database/database.ts';
import type { OutboxEntry, SessionDocument } from '../database/documents.ts';
import { EventAppender } from './event-appender.ts';
import { tenantOf } from './event-rows.ts';
import { OutboxEmptier } from './outbox-emptier.ts';

/** Whoever committed has so long to log its events; then any instance does. */
const OWN_TIME_MS = 5000;

/** So many sessions are finished at a time, so that foreground calls find a connection. */
const FINISHED_AT_ONCE = 32;

/** So many tenants' appenders are kept, each with the tail of its log. */
const APPENDERS_MAX = 10_000;

/**
 * Outbox carries events from the session that they were committed with to its tenant's log. The commit is the only
 * moment of truth; append and pull can be repeated by anybody, and nothing is lost or doubled (watch-log.md).
 */
export class Outbox {
  readonly #context: MongoContext;
  readonly #emptier: OutboxEmptier;
  readonly #appenders = new Map<string, EventAppender>();
  readonly #listeners = new Set<(tenant: string) => void>();

  constructor(context: MongoContext) {
    this.#context = context;
    this.#emptier = new OutboxEmptier(context);
  }

  /**
   * Appends the entries of a session's outbox, oldest first, then pulls them. Throws what the store threw: what is left
   * is done by `drainDue` of any instance.
   */
  async drainSession(documentId: string, uid: string, outbox: readonly OutboxEntry[]): Promise<void> {
    if (outbox.length === 0) return;
    await this.#log(documentId, outbox);
    await this.#emptier.pull(documentId, uid, outbox);
  }

  /**
   * Appends the entries of a session's outbox, oldest first, and leaves it to be emptied in a moment, together with others:
   * nobody has to wait for that. Throws what the store threw at the append.
   */
  async logSession(documentId: string, uid: string, outbox: readonly OutboxEntry[]): Promise<void> {
    if (outbox.length === 0) return;
    await this.#log(documentId, outbox);
    this.#emptier.pull(documentId, uid, outbox).catch((error: unknown) => this.#leave(documentId, error));
  }

  /** Drains what any instance left for more than 5 s, at most `limit` sessions; answers how many it finished. */
  async drainDue(limit: number): Promise<number> {
    const now = this.#context.now();
    const left = await this.#findLeft({ 'outbox.at': { $lt: now - OWN_TIME_MS } }, limit);
    const oldestAt = left.reduce((oldest, { outbox }) => Math.min(oldest, outbox[0]?.at ?? now), now);
    this.#context.metrics.gauge('threadkeep_outbox_age_seconds', (now - oldestAt) / 1000);
    return this.#drainAll(left);
  }

  /** Drains what a tenant's sessions have, however new, at most `limit` sessions; answers how many it finished. */
  async drainTenant(tenant: string, limit: number): Promise<number> {
    return this.#drainAll(await this.#findLeft({ 'outbox.at': { $gt: 0 }, t: tenant }, limit));
  }

  /** Calls back with each tenant to whose log this instance added. */
  onAppend(listener: (tenant: string) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves when the outboxes of all that was logged were emptied, as far as the store let it. */
  settle(): Promise<void> {
    return this.#emptier.settle();
  }

  async #log(documentId: string, outbox: readonly OutboxEntry[]): Promise<void> {
    const tenant = tenantOf(documentId);
    await this.#appenderOf(tenant).append(outbox.filter((entry) => !this.#emptier.isLogged(documentId, entry)));
    for (const listener of this.#listeners) listener(tenant);
  }

  #leave(documentId: string, error: unknown): void {
    this.#context.logger.debug({ session: documentId, error: String(error) }, 'an outbox is left to be emptied later');
  }

  #findLeft(filter: Filter, limit: number): Promise<SessionDocument[]> {
    return this.#context.collections.sessions.find(filter, { projection: { uid: 1, outbox: 1 }, limit });
  }

  async #drainAll(left: readonly SessionDocument[]): Promise<number> {
    let finished = 0;
    for (let place = 0; place < left.length; place += FINISHED_AT_ONCE) {
      const outcomes = left.slice(place, place + FINISHED_AT_ONCE).map((session) => this.#finish(session));
      finished += (await Promise.all(outcomes)).filter(Boolean).length;
    }
    return finished;
  }

  /** One session that cannot be drained keeps nobody else's events back. */
  async #finish({ _id, uid, outbox }: SessionDocument): Promise<boolean> {
    try {
      await this.drainSession(_id, uid, outbox);
      return true;
    } catch (error) {
      this.#context.logger.warn(
        { session: _id, error: String(error) },
        'events were not logged yet; it is tried again',
      );
      return false;
    }
  }

  #appenderOf(tenant: string): EventAppender {
    const known = this.#appenders.get(tenant);
    if (known !== undefined) return known;
    if (this.#appenders.size >= APPENDERS_MAX) this.#forgetIdle();
    const appender = new EventAppender(this.#context, tenant);
    this.#appenders.set(tenant, appender);
    return appender;
  }

  #forgetIdle(): void {
    for (const [tenant, appender] of this.#appenders) if (appender.isIdle) this.#appenders.delete(tenant);
  }
}
