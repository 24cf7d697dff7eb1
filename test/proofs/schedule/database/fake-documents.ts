import type { Document } from 'mongodb';
import type {
  Documents,
  FilteredUpdate,
  ReadOptions,
  WriteOptions,
} from '../../../../src/adapters/mongodb/database/database.ts';
import type { Connection } from '../connection.ts';
import { aggregate } from './aggregate.ts';
import type { FakeCollection } from './fake-collection.ts';
import { project } from './project.ts';
import type { Fields, Value } from './values.ts';

/** FakeDocuments is one instance's view of a collection: each method is one call over its connection. */
export class FakeDocuments<Doc extends { _id: unknown }> implements Documents<Doc> {
  readonly #name: string;
  readonly #collection: FakeCollection;
  readonly #connection: Connection;

  constructor(name: string, collection: FakeCollection, connection: Connection) {
    this.#name = name;
    this.#collection = collection;
    this.#connection = connection;
  }

  async findOne(filter: Document, options: ReadOptions = {}): Promise<Doc | null> {
    const [found] = await this.#find('findOne', filter, { ...options, limit: 1 });
    return found ?? null;
  }

  find(filter: Document, options: ReadOptions = {}): Promise<Doc[]> {
    return this.#find('find', filter, options);
  }

  async *scan(filter: Document, options: ReadOptions & { batchSize?: number } = {}): AsyncIterable<Doc> {
    const { batchSize = 100, ...rest } = options;
    const found = await this.#find('scan', filter, rest);
    for (const [place, document] of found.entries()) {
      if (place > 0 && place % batchSize === 0) await this.#read('getMore', {}, options.signal, () => null);
      yield document;
    }
  }

  findOneAndUpdate(filter: Document, update: Document, options: WriteOptions = {}): Promise<Doc | null> {
    return this.#write('findOneAndUpdate', [filter, update], options.signal, () => {
      const found = this.#collection.updateOne(filter as Fields, update as Fields, optionsOf(options));
      return found === null ? null : asDocument<Doc>(project(found, options.projection as Fields));
    });
  }

  updateOne(filter: Document, update: Document, options: WriteOptions = {}): Promise<number> {
    return this.#write('updateOne', [filter, update], options.signal, () =>
      this.#collection.updateOne(filter as Fields, update as Fields, optionsOf(options)) === null ? 0 : 1,
    );
  }

  updateEach(updates: readonly FilteredUpdate[]): Promise<number> {
    return this.#write('updateEach', updates, undefined, (partly) => {
      const made = beginningOf(updates, partly).map(({ filter, update }) =>
        this.#collection.updateOne(filter as Fields, update as Fields, {}),
      );
      return made.filter((found) => found !== null).length;
    });
  }

  updateMany(filter: Document, update: Document, options: WriteOptions = {}): Promise<number> {
    return this.#write('updateMany', [filter, update], options.signal, (partly) => {
      const ids = beginningOf(this.#collection.idsOf(filter as Fields), partly);
      for (const _id of ids) this.#collection.updateOne({ _id }, update as Fields, optionsOf(options));
      return ids.length;
    });
  }

  insertOne(document: Doc): Promise<void> {
    return this.#write('insertOne', [document], undefined, () => this.#collection.insert(asFields(document)));
  }

  insertMany(documents: readonly Doc[]): Promise<void> {
    return this.#write('insertMany', documents, undefined, (partly) => {
      for (const document of beginningOf(documents, partly)) this.#collection.insert(asFields(document));
    });
  }

  putMany(documents: readonly Doc[]): Promise<void> {
    return this.#write('putMany', documents, undefined, (partly) => {
      for (const document of beginningOf(documents, partly)) this.#collection.put(asFields(document));
    });
  }

  deleteMany(filter: Document): Promise<number> {
    return this.#write('deleteMany', [filter], undefined, (partly) => {
      const ids = beginningOf(this.#collection.idsOf(filter as Fields), partly);
      for (const id of ids) this.#collection.delete(id);
      return ids.length;
    });
  }

  count(filter: Document, { limit = 0, signal }: { limit?: number; signal?: AbortSignal } = {}): Promise<number> {
    return this.#read('count', filter, signal, () => {
      const count = this.#collection.count(filter as Fields);
      return limit > 0 ? Math.min(limit, count) : count;
    });
  }

  aggregate<Result extends Document>(stages: Document[], { signal }: { signal?: AbortSignal } = {}): Promise<Result[]> {
    return this.#read('aggregate', stages, signal, () => aggregate(this.#collection.documents, stages) as Result[]);
  }

  #find(name: string, filter: Document, { signal, ...options }: ReadOptions): Promise<Doc[]> {
    return this.#read(name, filter, signal, () =>
      this.#collection.find(filter as Fields, options).map(asDocument<Doc>),
    );
  }

  #read<Answer>(name: string, what: unknown, signal: AbortSignal | undefined, perform: () => Answer): Promise<Answer> {
    return this.#connection.call({ name: this.#title(name, what), isWrite: false, signal, perform });
  }

  #write<Answer>(
    name: string,
    what: readonly unknown[],
    signal: AbortSignal | undefined,
    perform: (partly: boolean) => Answer,
  ): Promise<Answer> {
    return this.#connection.call({ name: this.#title(name, what), isWrite: true, signal, perform });
  }

  #title(name: string, what: unknown): string {
    return this.#connection.isTraced ? `${this.#name}.${name} ${JSON.stringify(what)}` : name;
  }
}

function optionsOf({ upsert, arrayFilters }: WriteOptions) {
  return { ...(upsert !== undefined && { upsert }), ...(arrayFilters && { arrayFilters: arrayFilters as Fields[] }) };
}

/** Of several writes in one call, a lost connection may leave the first half done. */
function beginningOf<Element>(elements: readonly Element[], partly: boolean): readonly Element[] {
  return partly ? elements.slice(0, Math.floor(elements.length / 2)) : elements;
}

function asFields(document: { _id: unknown }): Fields {
  return document as unknown as Fields;
}

function asDocument<Doc>(fields: Fields | Value): Doc {
  return fields as unknown as Doc;
}
