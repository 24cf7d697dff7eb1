import { DuplicateKey } from '../../../../src/adapters/mongodb/database/errors.ts';
import type { SeededRandom } from '../../../support/seeded-random.ts';
import { applyUpdate } from './apply-update.ts';
import { matchesFilter } from './match-filter.ts';
import { project } from './project.ts';
import { compareValues, copyValue, type Fields, isFields, type Value } from './values.ts';

/** CollectionIndex is an index as `createIndexes` is asked for it. */
export interface CollectionIndex {
  key: Record<string, number>;
  name: string;
  unique?: boolean;
  expireAfterSeconds?: number;
}

/** FindOptions are those of a read. */
export interface FindOptions {
  projection?: Fields;
  sort?: Record<string, 1 | -1>;
  limit?: number;
}

/** Called after each write with a document before and after it; null = it was not or is no more there. */
export type WriteListener = (before: Fields | null, after: Fields | null) => void;

/** FakeCollection holds documents and does to them, at once, what a MongoDB server would. */
export class FakeCollection {
  readonly #documents = new Map<string, Fields>();
  readonly #random: SeededRandom;
  readonly #indexes = new Map<string, CollectionIndex>();
  readonly #unique: { index: CollectionIndex; taken: Map<string, string> }[] = [];
  readonly #listeners: WriteListener[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Every document, as it is. */
  get documents(): Fields[] {
    return [...this.#documents.values()];
  }

  get indexes(): CollectionIndex[] {
    return [...this.#indexes.values()];
  }

  onWrite(listener: WriteListener): void {
    this.#listeners.push(listener);
  }

  createIndex(index: CollectionIndex): void {
    if (this.#indexes.has(index.name)) return;
    this.#indexes.set(index.name, index);
    if (index.unique !== true) return;
    const taken = new Map<string, string>();
    for (const document of this.#documents.values()) taken.set(keyOf(document, index), String(document._id));
    this.#unique.push({ index, taken });
  }

  dropIndex(name: string): void {
    this.#indexes.delete(name);
    const place = this.#unique.findIndex(({ index }) => index.name === name);
    if (place >= 0) this.#unique.splice(place, 1);
  }

  /** Without a sort, documents come in any order. */
  find(filter: Fields, { projection, sort, limit = 0 }: FindOptions = {}): Fields[] {
    const found = [...this.#matching(filter)];
    if (sort !== undefined) found.sort((first, second) => compareBy(sort, first, second));
    else shuffle(found, this.#random);
    const limited = limit > 0 ? found.slice(0, limit) : found;
    return limited.map((document) => project(document, projection));
  }

  count(filter: Fields): number {
    return [...this.#matching(filter)].length;
  }

  /** Updates one document that matches, or makes it, and answers it as it is afterwards; null = none matched. */
  updateOne(filter: Fields, update: Fields, { upsert = false, arrayFilters }: UpdateOneOptions = {}): Fields | null {
    const [found] = this.#matching(filter);
    if (found !== undefined) return this.#update(found, update, arrayFilters);
    if (!upsert) return null;
    if (Object.keys(filter).join() !== '_id' || isFields(filter._id)) throw new Error('an upsert on more than _id');
    const made = applyUpdate({ _id: filter._id as Value }, update, { isInsert: true, arrayFilters });
    this.#put(null, made);
    return made;
  }

  /** Answers those that match now, to be updated one after the other. */
  idsOf(filter: Fields): Value[] {
    return [...this.#matching(filter)].map(({ _id }) => _id as Value);
  }

  /** Throws DuplicateKey. */
  insert(document: Fields): void {
    if (this.#documents.has(String(document._id))) throw new DuplicateKey(['_id']);
    this.#put(null, copyValue(document) as Fields);
  }

  put(document: Fields): void {
    this.#put(this.#documents.get(String(document._id)) ?? null, copyValue(document) as Fields);
  }

  delete(id: Value): void {
    const document = this.#documents.get(String(id));
    if (document === undefined) return;
    this.#documents.delete(String(id));
    for (const { index, taken } of this.#unique) taken.delete(keyOf(document, index));
    this.#tell(document, null);
  }

  /** Deletes what TTL indexes let go of by an instant. */
  expire(now: number): void {
    for (const { key, expireAfterSeconds } of this.#indexes.values()) {
      if (expireAfterSeconds === undefined) continue;
      const [field] = Object.keys(key) as [string];
      const cutoff = new Date(now - expireAfterSeconds * 1000);
      for (const id of this.idsOf({ [field]: { $lte: cutoff } })) this.delete(id);
    }
  }

  *#matching(filter: Fields): Generator<Fields> {
    const { _id: id } = filter;
    if (typeof id === 'string') {
      const document = this.#documents.get(id);
      if (document !== undefined && matchesFilter(document, filter)) yield document;
      return;
    }
    for (const document of this.#documents.values()) if (matchesFilter(document, filter)) yield document;
  }

  #update(found: Fields, update: Fields, arrayFilters?: Fields[]): Fields {
    const changed = applyUpdate(found, update, { isInsert: false, arrayFilters });
    this.#put(found, changed);
    return changed;
  }

  #put(before: Fields | null, after: Fields): void {
    const id = String(after._id);
    for (const { index, taken } of this.#unique) {
      const holder = taken.get(keyOf(after, index));
      if (holder !== undefined && holder !== id) throw new DuplicateKey(Object.keys(index.key));
    }
    for (const { index, taken } of this.#unique) {
      if (before !== null) taken.delete(keyOf(before, index));
      taken.set(keyOf(after, index), id);
    }
    this.#documents.set(id, after);
    this.#tell(before, after);
  }

  #tell(before: Fields | null, after: Fields | null): void {
    for (const listener of this.#listeners) listener(before, after);
  }
}

/** UpdateOneOptions are those of a write to one document. */
export interface UpdateOneOptions {
  upsert?: boolean;
  arrayFilters?: Fields[];
}

function keyOf(document: Fields, { key }: CollectionIndex): string {
  return JSON.stringify(Object.keys(key).map((field) => document[field] ?? null));
}

function compareBy(sort: Record<string, 1 | -1>, first: Fields, second: Fields): number {
  for (const [path, direction] of Object.entries(sort)) {
    const order = compareValues(valueAt(first, path), valueAt(second, path));
    if (order !== 0) return order * direction;
  }
  return 0;
}

function valueAt(document: Fields, path: string): Value | undefined {
  return path
    .split('.')
    .reduce<Value | undefined>((value, name) => (isFields(value) ? value[name] : undefined), document);
}

function shuffle(list: unknown[], random: SeededRandom): void {
  for (let place = list.length - 1; place > 0; place -= 1) {
    const other = random.integer(place + 1);
    [list[place], list[other]] = [list[other], list[place]];
  }
}
