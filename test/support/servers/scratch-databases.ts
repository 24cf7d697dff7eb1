import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import type { MongoServer } from './mongo-server.ts';

/** ScratchDatabases gives names of databases that nobody else uses, and drops what came to lie in them. */
export class ScratchDatabases {
  readonly #client: MongoClient;
  readonly #prefix = `threadkeep_scratch_${randomBytes(6).toString('hex')}`;
  readonly #undropped: string[] = [];
  #given = 0;

  constructor(server: MongoServer) {
    this.#client = new MongoClient(server.url);
  }

  /** The client that looks at the databases from outside. */
  get client(): MongoClient {
    return this.#client;
  }

  /** Returns the name of a database that is not there yet. */
  next(): string {
    this.#given += 1;
    const name = `${this.#prefix}_${this.#given}`;
    this.#undropped.push(name);
    return name;
  }

  /** Drops all databases whose names were given; their stores are closed. */
  async drop(): Promise<void> {
    for (const name of this.#undropped.splice(0)) await this.#client.db(name).dropDatabase();
  }

  /** Drops them and lets the connections go. */
  async close(): Promise<void> {
    await this.drop();
    await this.#client.close();
  }
}
