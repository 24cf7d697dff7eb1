import { setTimeout as wait } from 'node:timers/promises';
import { type Db, type Document, MongoClient } from 'mongodb';
import { type OwnMongoServer, startMongoServer } from '../../support/servers/mongo-server.ts';
import { type OwnRedisServer, startRedisServer } from '../../support/servers/redis-server.ts';
import { Instance } from './instance.ts';

/** InstancesOptions says how many instances there are, and with which settings. */
export interface InstancesOptions {
  count: number;
  serveArguments: readonly string[];
}

const DATABASE = 'instances';
const READY_WITHIN_MS = 60_000;

/** Instances are several services on one MongoDB and one Redis, all of them one proof's own. */
export class Instances {
  readonly mongo: OwnMongoServer;
  readonly redis: OwnRedisServer;
  readonly #all: Instance[] = [];
  readonly #client: MongoClient;

  static async open({ count, serveArguments }: InstancesOptions): Promise<Instances> {
    const instances = new Instances(await startMongoServer(), await startRedisServer());
    try {
      for (let place = 0; place < count; place += 1) await instances.#add(serveArguments);
      await instances.ready();
      return instances;
    } catch (error) {
      await instances.close();
      throw error;
    }
  }

  private constructor(mongo: OwnMongoServer, redis: OwnRedisServer) {
    this.mongo = mongo;
    this.redis = redis;
    this.#client = new MongoClient(mongo.url);
  }

  get all(): readonly Instance[] {
    return this.#all;
  }

  /** The database, past every instance and proxy. */
  get database(): Db {
    return this.#client.db(DATABASE);
  }

  /** Lets MongoDB fail commands as `data` says; `mode` is `off`, `alwaysOn` or so many times. */
  async failCommands(mode: 'off' | 'alwaysOn' | { times: number }, data: Document = {}): Promise<void> {
    await this.#client.db('admin').command({ configureFailPoint: 'failCommand', mode, data });
  }

  /** Resolves when every instance says that it can serve. */
  async ready(): Promise<void> {
    const giveUpAtMs = performance.now() + READY_WITHIN_MS;
    for (const instance of this.#all) {
      while (!(await instance.isReady())) {
        if (performance.now() > giveUpAtMs) throw new Error(`not ready:\n${instance.process.output()}`);
        await wait(20);
      }
    }
  }

  /** Ends everything and removes its data. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.#all.splice(0).map((instance) => instance.close()));
    await this.#client.close();
    await Promise.all([this.mongo.stop(), this.redis.stop()]);
  }

  async #add(serveArguments: readonly string[]): Promise<void> {
    const { mongo, redis } = this;
    const parts = { mongoUrl: mongo.urlOf(DATABASE), mongoPort: mongo.port, redisPort: redis.port };
    this.#all.push(await Instance.start({ ...parts, serveArguments }));
  }
}
