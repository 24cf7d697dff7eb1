import type { Document } from 'mongodb';
import type { Database } from '../../../../src/adapters/mongodb/database/database.ts';
import type { Collections } from '../../../../src/adapters/mongodb/database/documents.ts';
import type { Connection } from '../connection.ts';
import { FakeDocuments } from './fake-documents.ts';
import type { CollectionName, FakeServer } from './fake-server.ts';

/** Returns one instance's view of a server's collections. */
export function collectionsOf(server: FakeServer, connection: Connection): Collections {
  const names = Object.keys(server.collections) as CollectionName[];
  const views = names.map((name) => [name, new FakeDocuments(name, server.collections[name], connection)]);
  return Object.fromEntries(views) as Collections;
}

/** FakeDatabase is one instance's view of the server beside its documents; it has no change streams. */
export class FakeDatabase implements Database {
  readonly description = 'fake:';
  readonly #server: FakeServer;
  readonly #connection: Connection;
  readonly #now: () => number;

  constructor(server: FakeServer, connection: Connection, now: () => number) {
    this.#server = server;
    this.#connection = connection;
    this.#now = now;
  }

  now(signal?: AbortSignal): Promise<number> {
    return this.#connection.call({ name: 'hello', isWrite: false, signal, perform: () => this.#now() });
  }

  /** Knows `listIndexes` alone: the schema is there. */
  command({ listIndexes }: Document): Promise<Document> {
    const collection = this.#server.collections[listIndexes as CollectionName];
    const perform = () => ({ cursor: { firstBatch: collection.indexes } });
    return this.#connection.call({ name: 'listIndexes', isWrite: false, perform });
  }

  // biome-ignore lint/correctness/useYield: a server without change streams yields nothing
  async *watch(): AsyncGenerator<Document> {
    throw Object.assign(new Error('$changeStream is for replica sets'), { code: 40573 });
  }

  async close(): Promise<void> {}
}
