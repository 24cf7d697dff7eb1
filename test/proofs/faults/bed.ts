import { type Document, MongoClient } from 'mongodb';
import { sendRedis } from '../../adapters/keyv/redis-command-line.ts';
import { type OwnMongoServer, startMongoServer } from '../../support/servers/mongo-server.ts';
import { type OwnRedisServer, startRedisServer } from '../../support/servers/redis-server.ts';
import { Instance } from './instance.ts';

/** Bed is what the faults are done to: three instances on one MongoDB and one Redis, all of them its own. */
export interface Bed {
  readonly mongo: OwnMongoServer;
  readonly redis: OwnRedisServer;
  readonly instances: readonly Instance[];
  /** Has MongoDB fail commands of the instances from now on, as a failCommand fail point says; null = none any more. */
  failCommands(how: Document | null): Promise<void>;
  /** Sends Redis a command. */
  commandRedis(...words: string[]): Promise<void>;
  close(): Promise<void>;
}

/** The commands that the service sends in its work; heartbeats stay whole. */
const COMMANDS = ['find', 'findAndModify', 'update', 'insert', 'delete', 'aggregate', 'getMore', 'count'];

/** Starts servers and instances; `preload` is a module that is loaded into each instance first. */
export async function openBed({ preload }: { preload?: string } = {}): Promise<Bed> {
  const [mongo, redis] = await Promise.all([startMongoServer(), startRedisServer()]);
  const options = { mongo, redis, ...(preload !== undefined && { preload }) };
  const instances = await Promise.all(['one', 'two', 'three'].map((name) => Instance.start({ ...options, name })));
  const client = new MongoClient(mongo.url);
  return {
    mongo,
    redis,
    instances,
    failCommands: async (how) => {
      const data = { failCommands: COMMANDS, appName: 'threadkeep', ...how };
      const mode = how === null ? 'off' : 'alwaysOn';
      await client.db('admin').command({ configureFailPoint: 'failCommand', mode, data });
    },
    commandRedis: (...words) => sendRedis(redis.port, ...words),
    close: async () => {
      await Promise.all(instances.map((instance) => instance.close()));
      await client.close();
      await Promise.all([mongo.stop(), redis.stop()]);
    },
  };
}
