import type { Outage } from '../../model/store-time.ts';
import type { InstanceSighting, Presence } from '../../ports/presence.ts';
import type { MongoContext } from './context.ts';
import type { MetaDocument } from './database/documents.ts';
import { knowOutcome } from './database/know-outcome.ts';

const DAY_MS = 24 * 3_600_000;
const OUTAGES_KEPT_MS = 7 * DAY_MS;

/** Instances that were not seen for so long are forgotten. */
const INSTANCES_KEPT_MS = 7 * DAY_MS;

/** MongoPresence keeps signs of life and outages in `meta`, one document each; the clock is the server's. */
export class MongoPresence implements Presence {
  readonly #context: MongoContext;
  #prunedAt = Number.NEGATIVE_INFINITY;

  constructor(context: MongoContext) {
    this.#context = context;
  }

  async now(signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted();
    return this.#context.sampleNow(signal);
  }

  async instances(seenSince: number): Promise<InstanceSighting[]> {
    const documents = await this.#read('instance', { seen: { $gte: seenSince } });
    return documents.map(({ _id, seen }) => ({ instanceId: _id.slice('instance/'.length), seenAt: Number(seen) }));
  }

  async beat(instanceId: string, at: number): Promise<void> {
    const { meta } = this.#context.collections;
    await knowOutcome(meta.updateOne({ _id: `instance/${instanceId}` }, { $set: { seen: at } }, { upsert: true }));
    if (at - this.#prunedAt < DAY_MS) return;
    this.#prunedAt = at;
    await knowOutcome(meta.deleteMany({ ...named('instance'), seen: { $lt: at - INSTANCES_KEPT_MS } }));
    await knowOutcome(meta.deleteMany({ ...named('outage'), to: { $lt: at - OUTAGES_KEPT_MS } }));
  }

  async lastSeenAt(): Promise<number | null> {
    const documents = await this.#read('instance');
    return documents.length === 0 ? null : documents.reduce((last, { seen }) => Math.max(last, Number(seen)), 0);
  }

  async outages(): Promise<Outage[]> {
    const documents = await this.#read('outage', { to: { $gte: this.#context.now() - OUTAGES_KEPT_MS } });
    return documents
      .map(({ from, to }) => ({ from: Number(from), to: Number(to) }))
      .sort((one, other) => one.from - other.from);
  }

  async addOutage({ from, to }: Outage): Promise<void> {
    // Its id is what it is, so that it is there once however often it is added.
    const { meta } = this.#context.collections;
    await knowOutcome(meta.updateOne({ _id: `outage/${from}-${to}` }, { $set: { from, to } }, { upsert: true }));
  }

  #read(kind: 'instance' | 'outage', filter: object = {}): Promise<MetaDocument[]> {
    return this.#context.collections.meta.find({ ...named(kind), ...filter }, { sort: { _id: 1 } });
  }
}

/** Selects the documents whose `_id` is `kind/…`: `0` is what comes after `/`. */
function named(kind: 'instance' | 'outage') {
  return { _id: { $gte: `${kind}/`, $lt: `${kind}0` } };
}
