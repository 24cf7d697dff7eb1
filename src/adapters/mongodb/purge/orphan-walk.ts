import type { MongoContext } from '../context.ts';
import { uidOfBody } from '../messages/bodies.ts';

/** So many documents are looked at in one step. */
const STEP = 500;

/** What was written so long ago is of no commit that is still on its way. */
const DAY_MS = 86_400_000;

/**
 * OrphanWalk releases bodies and texts of sessions that never came to be: their instance died between writing them and
 * the first header. Nothing else tells of such a uid, so all bodies are walked through, a step at a time, over and over.
 */
export class OrphanWalk {
  readonly #context: MongoContext;
  #after = '';

  constructor(context: MongoContext) {
    this.#context = context;
  }

  /** Looks at the next documents, at most `rowsMax`, and answers how many of them it released. */
  async step(rowsMax: number): Promise<number> {
    const { bodies } = this.#context.collections;
    const limit = Math.min(STEP, rowsMax);
    const options = { projection: { at: 1, gcAt: 1 }, sort: { _id: 1 }, limit } as const;
    const found = await bodies.find({ _id: { $gt: this.#after } }, options);
    this.#after = found.length < limit ? '' : (found.at(-1)?._id ?? '');
    const before = this.#context.now() - DAY_MS;
    const old = found.filter(({ at, gcAt }) => gcAt === undefined && at < before).map(({ _id }) => _id);
    const orphans = await this.#withoutSession(old);
    if (orphans.length === 0) return 0;
    const filter = { _id: { $in: orphans }, at: { $lt: before } };
    return bodies.updateMany(filter, { $set: { gcAt: new Date(this.#context.now()) } });
  }

  async #withoutSession(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const uids = [...new Set(ids.map(uidOfBody))];
    const held = await this.#context.collections.sessions.find({ uid: { $in: uids } }, { projection: { uid: 1 } });
    const there = new Set(held.map(({ uid }) => uid));
    return ids.filter((id) => !there.has(uidOfBody(id)));
  }
}
