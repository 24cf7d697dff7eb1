import type { Db } from 'mongodb';
import type { MongoContext } from '../../../src/adapters/mongodb/context.ts';
import { openDriver } from '../../../src/adapters/mongodb/driver/driver.ts';
import { KnownUids } from '../../../src/adapters/mongodb/known-uids.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { PATIENCE_MS } from '../../support/open-mongo-store.ts';
import type { Skippable } from '../../support/require.ts';
import { type MongoServer, mongoServer } from '../../support/servers/mongo-server.ts';
import { ScratchDatabases } from '../../support/servers/scratch-databases.ts';
import { requireServer } from '../../support/servers/server-missing.ts';

const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const silentMetrics = { count() {}, observe() {}, gauge() {} };

/** Instances are any number of clients of one empty database, all on one manual clock, which is the server's, too. */
export class Instances implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly server: MongoServer;
  readonly #scratch: ScratchDatabases;
  readonly #name: string;
  readonly #opened: MongoContext[] = [];

  private constructor(server: MongoServer) {
    this.server = server;
    this.#scratch = new ScratchDatabases(server);
    this.#name = this.#scratch.next();
  }

  static async open(context: Skippable): Promise<Instances> {
    return new Instances(await requireServer(context, mongoServer));
  }

  /** The database as seen from outside. */
  get db(): Db {
    return this.#scratch.client.db(this.#name);
  }

  get url(): string {
    return this.server.urlOf(this.#name);
  }

  /** Returns the context of one more instance. */
  add({ clock = this.clock, logger = silentLogger }: { clock?: Clock; logger?: Logger } = {}): MongoContext {
    const { collections, database } = openDriver({
      url: this.url,
      metrics: silentMetrics,
      timeoutMs: PATIENCE_MS,
      maxPoolSize: 20,
    });
    const now = () => this.clock.wallAt();
    const clocked = { ...database, now: async () => now() };
    const sampleNow = async () => now();
    const shared = { collections, database: clocked, clock, logger, metrics: silentMetrics };
    const context = { ...shared, uids: new KnownUids(), now, sampleNow };
    this.#opened.push(context);
    return context;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { database } of this.#opened) await database.close();
    await this.#scratch.close();
  }
}
