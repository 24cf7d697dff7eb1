import type { Collections } from '../../../../src/adapters/mongodb/database/documents.ts';
import { INDEXES, indexName } from '../../../../src/adapters/mongodb/schema/indexes.ts';
import { SCHEMA } from '../../../../src/adapters/mongodb/schema/schema.ts';
import type { SeededRandom } from '../../../support/seeded-random.ts';
import { FakeCollection } from './fake-collection.ts';

/** CollectionName names a collection of the adapter. */
export type CollectionName = keyof Collections;

/** FakeServer is a database with the adapter's schema: one copy of everything, each write at once whole for all. */
export class FakeServer {
  readonly collections: Record<CollectionName, FakeCollection>;

  constructor(random: SeededRandom) {
    const names = Object.keys(INDEXES) as CollectionName[];
    const made = names.map((name) => [name, new FakeCollection(random)] as const);
    this.collections = Object.fromEntries(made) as Record<CollectionName, FakeCollection>;
    for (const [name, collection] of made) {
      for (const index of INDEXES[name]) collection.createIndex({ ...index, name: indexName(index) });
    }
    this.collections.meta.insert({ _id: 'schema', version: SCHEMA.version });
  }

  /** Deletes what TTL indexes let go of, as the server does now and then. */
  expire(now: number): void {
    for (const collection of Object.values(this.collections)) collection.expire(now);
  }
}
