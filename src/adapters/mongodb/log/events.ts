import type { EventRow } from '../../../model/event.ts';
import type { EventLog, EventLogBounds } from '../../../ports/event-log.ts';
import type { MongoContext } from '../context.ts';
import type { Documents, Filter } from '../database/database.ts';
import type { EventDocument } from '../database/documents.ts';
import { knowOutcome } from '../database/know-outcome.ts';
import { decodeEventRow, KEPT } from './event-rows.ts';
import type { Outbox } from './outbox.ts';
import { Wakeups } from './wakeups.ts';

/** How many sessions of a tenant are drained in one step before its rows are blanked. */
const DRAINED_AT_ONCE = 256;

/** How much later an outbox may have been filled than the events in it were recorded, by the clocks of two instances. */
const SKEW_MS = 60_000;

/** MongoEventLog reads the rows that outboxes were drained into, and compacts them. */
export class MongoEventLog implements EventLog {
  readonly #context: MongoContext;
  readonly #outbox: Outbox;
  readonly #wakeups: Wakeups;

  constructor(context: MongoContext, outbox: Outbox) {
    this.#context = context;
    this.#outbox = outbox;
    this.#wakeups = new Wakeups(context);
    outbox.onAppend((tenant) => this.#wakeups.announce(tenant));
  }

  async read(tenant: string, afterNumber: number, limit: number, signal?: AbortSignal): Promise<EventRow[]> {
    signal?.throwIfAborted();
    if (limit <= 0) return [];
    const filter = { t: tenant, n: { $gt: afterNumber }, ...KEPT };
    return (await this.#rows.find(filter, { sort: { n: 1 }, limit, signal })).map(decodeEventRow);
  }

  async bounds(tenant: string, signal?: AbortSignal): Promise<EventLogBounds> {
    signal?.throwIfAborted();
    // The newest first: rows that come in between do not put the first above the last.
    const last = await this.#edge({ t: tenant }, -1, signal);
    const first = last === 0 ? 0 : await this.#edge({ t: tenant, ...KEPT }, 1, signal);
    return { firstNumber: first, lastNumber: last };
  }

  async find(tenant: string, number: number): Promise<EventRow | null> {
    const row = await this.#rows.findOne({ t: tenant, n: number, ...KEPT });
    return row === null ? null : decodeEventRow(row);
  }

  async findSince(tenant: string, recordedAt: number): Promise<EventRow | null> {
    const filter = { t: tenant, rec: { $gte: recordedAt }, ...KEPT };
    const [row] = await this.#rows.find(filter, { sort: { n: 1 }, limit: 1 });
    return row === undefined ? null : decodeEventRow(row);
  }

  async compact(recordedBefore: number, limit: number): Promise<number> {
    const tenants = await this.#rows.aggregate<{ _id: string }>([
      { $match: { rec: { $lt: recordedBefore }, ...KEPT } },
      { $group: { _id: '$t' } },
    ]);
    let removed = 0;
    for (const { _id: tenant } of tenants) {
      if (removed >= limit) break;
      removed += await this.#compactTenant(tenant, recordedBefore, limit - removed);
    }
    return removed;
  }

  async blankUser(tenant: string, userId: string): Promise<number> {
    // What lies in an outbox would be logged with the user after its rows were blanked.
    while ((await this.#outbox.drainTenant(tenant, DRAINED_AT_ONCE)) === DRAINED_AT_ONCE);
    let changed = 0;
    for await (const { _id, events } of this.#rows.scan({ t: tenant, 'events.userId': userId })) {
      changed += events.filter((event) => event.userId === userId).length;
      await knowOutcome(
        this.#rows.updateOne(
          { _id },
          { $set: { 'events.$[named].userId': '' } },
          { arrayFilters: [{ 'named.userId': userId }] },
        ),
      );
    }
    return changed;
  }

  onAppend(listener: (tenant: string) => void): () => void {
    return this.#wakeups.listen(listener);
  }

  /** Stops following the other instances' rows. Idempotent. */
  close(): Promise<void> {
    return this.#wakeups.close();
  }

  get #rows(): Documents<EventDocument> {
    return this.#context.collections.session_events;
  }

  /** Returns the lowest (1) or highest (-1) number among rows; 0 when there are none. */
  async #edge(filter: Filter, direction: 1 | -1, signal?: AbortSignal): Promise<number> {
    const options = { sort: { n: direction }, limit: 1, projection: { n: 1 }, signal };
    return (await this.#rows.find(filter, options))[0]?.n ?? 0;
  }

  /** Marks the first rows up to the newest or the first that is young; the numbers that stay have no hole. */
  async #compactTenant(tenant: string, recordedBefore: number, limit: number): Promise<number> {
    const { firstNumber, lastNumber } = await this.bounds(tenant);
    const young = await this.#edge({ t: tenant, rec: { $gte: recordedBefore }, ...KEPT }, 1);
    const end = Math.min(firstNumber + limit, lastNumber, young === 0 ? lastNumber : young);
    if (end <= firstNumber || (await this.#isLeftInOutbox(tenant, recordedBefore))) return 0;
    const first = { t: tenant, n: { $lt: end }, ...KEPT };
    return knowOutcome(this.#rows.updateMany(first, { $set: { gcAt: new Date(this.#context.now()) } }));
  }

  /**
   * Rows stay while an outbox holds events as old: without their row they would be logged a second time. What is left is
   * drained first: a commit leaves its outbox to be emptied a moment later.
   */
  async #isLeftInOutbox(tenant: string, recordedBefore: number): Promise<boolean> {
    const filter = { 'outbox.at': { $lt: recordedBefore + SKEW_MS }, t: tenant };
    const isLeft = async () => (await this.#context.collections.sessions.count(filter, { limit: 1 })) > 0;
    if (!(await isLeft())) return false;
    await this.#outbox.drainTenant(tenant, DRAINED_AT_ONCE);
    return isLeft();
  }
}
