import type { MongoContext } from '../context.ts';

/** A holder that is gone keeps the others waiting for so long. */
const LEASE_MS = 15_000;

/**
 * Lease lets one instance at a time migrate. It only saves work: what two do at once does no harm, since the server makes
 * an index that is there already only once.
 */
export class Lease {
  readonly #context: MongoContext;
  readonly #owner: string;

  constructor(context: MongoContext, owner: string) {
    this.#context = context;
    this.#owner = owner;
  }

  /** Takes or renews the lease; false = another instance holds it. */
  async take(): Promise<boolean> {
    const { meta } = this.#context.collections;
    const now = this.#context.now();
    await meta.updateOne({ _id: 'schema' }, { $setOnInsert: { version: 0 } }, { upsert: true });
    const isFree = { $or: [{ owner: this.#owner }, { owner: { $exists: false } }, { until: { $lt: now } }] };
    const lease = { $set: { owner: this.#owner, until: now + LEASE_MS } };
    return (await meta.updateOne({ _id: 'schema', ...isFree }, lease)) > 0;
  }

  /** Does work while the lease is renewed, and gives it back. */
  async hold<Result>(work: () => Promise<Result>): Promise<Result> {
    const renewing = setInterval(() => void this.take().catch(() => {}), LEASE_MS / 3);
    renewing.unref();
    try {
      return await work();
    } finally {
      clearInterval(renewing);
      await this.#giveBack();
    }
  }

  /** Where it fails, the lease lapses by itself. */
  async #giveBack(): Promise<void> {
    const mine = { _id: 'schema', owner: this.#owner };
    await this.#context.collections.meta.updateOne(mine, { $unset: { owner: 1, until: 1 } }).catch(() => {});
  }
}
