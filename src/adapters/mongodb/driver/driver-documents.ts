import type { Collection, Document, Filter as DriverFilter, OptionalUnlessRequiredId } from 'mongodb';
import { SessionError } from '../../../model/session-error.ts';
import type { Documents, Filter, FilteredUpdate, ReadOptions, Update, WriteOptions } from '../database/database.ts';
import { DuplicateKey, OutcomeUnknown } from '../database/errors.ts';
import type { Operations } from './operations.ts';

/** DriverDocuments is one collection of the `mongodb` driver, bounded and with the adapter's errors. */
export class DriverDocuments<Doc extends { _id: unknown }> implements Documents<Doc> {
  readonly #collection: Collection;
  readonly #operations: Operations;

  constructor(collection: Collection, operations: Operations) {
    this.#collection = collection;
    this.#operations = operations;
  }

  findOne(filter: Filter, { signal, ...options }: ReadOptions = {}): Promise<Doc | null> {
    const bounds = { ...options, maxTimeMS: this.#operations.timeoutMs };
    return this.#operations.read(
      'findOne',
      () => this.#collection.findOne(filter, bounds) as Promise<unknown> as Promise<Doc | null>,
      signal,
    );
  }

  find(filter: Filter, { signal, ...options }: ReadOptions = {}): Promise<Doc[]> {
    const bounds = { ...options, maxTimeMS: this.#operations.longTimeoutMs };
    return this.#operations.read(
      'find',
      () => this.#collection.find(filter, bounds).toArray() as Promise<unknown> as Promise<Doc[]>,
      signal,
      this.#operations.longTimeoutMs,
    );
  }

  async *scan(filter: Filter, options: ReadOptions & { batchSize?: number } = {}): AsyncIterable<Doc> {
    const { signal, ...rest } = options;
    signal?.throwIfAborted();
    const { longTimeoutMs } = this.#operations;
    let cursor = this.#collection.find(filter, rest);
    const open = () => {
      cursor = this.#collection.find(filter, rest);
      return next();
    };
    const next = () => cursor.next() as Promise<unknown> as Promise<Doc | null>;
    try {
      let document = await this.#operations.read('scan', open, signal, longTimeoutMs);
      while (document !== null) {
        yield document;
        for (const buffered of cursor.readBufferedDocuments()) yield buffered as unknown as Doc;
        // A cursor that failed says that it is at its end when it is asked again.
        document = await this.#operations.readOnce('scan', next, signal, longTimeoutMs);
      }
    } finally {
      void cursor.close().catch(() => {});
    }
  }

  async findOneAndUpdate(filter: Filter, update: Update, options: WriteOptions = {}): Promise<Doc | null> {
    const { signal, ...rest } = options;
    const operation = () =>
      this.#collection.findOneAndUpdate(filter, update, {
        ...rest,
        returnDocument: 'after',
        maxTimeMS: this.#operations.timeoutMs,
      });
    return (await this.#write('findOneAndUpdate', operation, options)) as unknown as Doc | null;
  }

  async updateOne(filter: Filter, update: Update, options: WriteOptions = {}): Promise<number> {
    const { signal, projection, ...rest } = options;
    const operation = () => this.#collection.updateOne(filter, update, rest);
    const { matchedCount, upsertedCount } = await this.#write('updateOne', operation, options);
    return matchedCount + upsertedCount;
  }

  async updateEach(updates: readonly FilteredUpdate[]): Promise<number> {
    const writes = updates.map((updateOne) => ({ updateOne }));
    try {
      const operation = () => this.#collection.bulkWrite(writes, { ordered: false });
      return (await this.#write('updateEach', operation)).matchedCount;
    } catch (error) {
      if (error instanceof OutcomeUnknown || error instanceof SessionError) throw error;
      throw new OutcomeUnknown('an update was refused, and others of its command may have been made', { cause: error });
    }
  }

  async updateMany(filter: Filter, update: Update, options: WriteOptions = {}): Promise<number> {
    const { signal, projection, upsert, ...rest } = options;
    const operation = () => this.#collection.updateMany(filter, update, rest);
    return (await this.#write('updateMany', operation, options)).matchedCount;
  }

  async insertOne(document: Doc): Promise<void> {
    await this.#write('insertOne', () => this.#collection.insertOne(document as OptionalUnlessRequiredId<Document>));
  }

  async insertMany(documents: readonly Doc[]): Promise<void> {
    if (documents.length === 0) return;
    await this.#write('insertMany', () =>
      this.#collection.insertMany(documents as readonly unknown[] as Document[], { ordered: true }),
    );
  }

  async putMany(documents: readonly Doc[]): Promise<void> {
    if (documents.length === 0) return;
    const writes = documents.map((replacement) => ({
      replaceOne: { filter: { _id: replacement._id } as DriverFilter<Document>, replacement, upsert: true },
    }));
    await this.#write('putMany', () => this.#collection.bulkWrite(writes, { ordered: false }), { upsert: true });
  }

  async deleteMany(filter: Filter): Promise<number> {
    return (await this.#write('deleteMany', () => this.#collection.deleteMany(filter))).deletedCount;
  }

  count(filter: Filter, { limit, signal }: { limit?: number; signal?: AbortSignal } = {}): Promise<number> {
    const { longTimeoutMs } = this.#operations;
    const bounds = { maxTimeMS: longTimeoutMs, ...(limit !== undefined && { limit }) };
    return this.#operations.read('count', () => this.#collection.countDocuments(filter, bounds), signal, longTimeoutMs);
  }

  aggregate<Result extends Document>(pipeline: Document[], { signal }: { signal?: AbortSignal } = {}) {
    const { longTimeoutMs } = this.#operations;
    return this.#operations.read(
      'aggregate',
      () => this.#collection.aggregate<Result>(pipeline, { maxTimeMS: longTimeoutMs }).toArray(),
      signal,
      longTimeoutMs,
    );
  }

  /** Two upserts of one `_id` may both find nothing and both insert: the one that lost finds the other's at its second try. */
  async #write<Answer>(
    name: string,
    operation: () => Promise<Answer>,
    { signal, upsert = false }: WriteOptions = {},
  ): Promise<Answer> {
    try {
      return await this.#operations.write(name, operation, signal);
    } catch (error) {
      if (!upsert || !(error instanceof DuplicateKey)) throw error;
      return this.#operations.write(name, operation);
    }
  }
}
