import { type Client, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import type { OwnMongoServer } from '../../support/servers/mongo-server.ts';
import type { OwnRedisServer } from '../../support/servers/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../../support/servers/tcp-proxy.ts';
import { viaPort } from '../../support/servers/via-port.ts';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.ts';

/** InstanceOptions say which servers an instance uses, each through a proxy of its own. */
export interface InstanceOptions {
  name: string;
  mongo: OwnMongoServer;
  redis: OwnRedisServer;
  /** A module that is loaded into the process before anything else; absent = the service as it is. */
  preload?: string;
}

/** Instance is one process of the service, which can be killed and started again, and its ways to MongoDB and Redis. */
export class Instance {
  readonly name: string;
  readonly toMongo: TcpProxy;
  readonly toRedis: TcpProxy;
  readonly #storeUrl: string;
  readonly #preload: string | undefined;
  #running: Running;
  #kills = 0;

  private constructor(
    { name, mongo, preload }: InstanceOptions,
    proxies: Pick<Instance, 'toMongo' | 'toRedis'>,
    running: Running,
  ) {
    this.name = name;
    this.toMongo = proxies.toMongo;
    this.toRedis = proxies.toRedis;
    this.#storeUrl = viaPort(mongo.urlOf('faults'), proxies.toMongo.port);
    this.#preload = preload;
    this.#running = running;
  }

  /** Starts an instance, and resolves when it listens. */
  static async start(options: InstanceOptions): Promise<Instance> {
    const { mongo, redis } = options;
    const toMongo = await startTcpProxy({ port: mongo.port });
    const toRedis = await startTcpProxy({ port: redis.port });
    const storeUrl = viaPort(mongo.urlOf('faults'), toMongo.port);
    return new Instance(options, { toMongo, toRedis }, await run(storeUrl, toRedis.port, options.preload));
  }

  /** Calls the process that runs, or the one that ran last. */
  get client(): Client<typeof SessionService> {
    return this.#running.client;
  }

  /** How often it was killed: a call that it went through a kill with may break without an answer. */
  get kills(): number {
    return this.#kills;
  }

  /** Everything that the running process printed. */
  get output(): string {
    return this.#running.process.output();
  }

  /** Ends the process at once (kill -9). */
  async kill(): Promise<void> {
    this.#kills += 1;
    await this.#running.process.kill();
  }

  /** Starts it again. */
  async restart(): Promise<void> {
    this.#running.connection.abort();
    this.#running = await run(this.#storeUrl, this.toRedis.port, this.#preload);
    this.#kills += 1;
  }

  async close(): Promise<void> {
    this.#running.connection.abort();
    await this.#running.process.kill();
    await Promise.all([this.toMongo.close(), this.toRedis.close()]);
  }
}

type Running = { process: ServiceProcess; connection: Http2SessionManager; client: Client<typeof SessionService> };

async function run(storeUrl: string, redisPort: number, preload: string | undefined): Promise<Running> {
  const node = globalThis.process.execPath;
  // What is preloaded changes modules of the sources, and finds none in the bundle.
  const way = preload === undefined ? {} : { command: [node, '--import', preload], entry: 'src/main.ts' };
  const process = await startServiceProcess(
    ['--store', storeUrl, '--cache', `redis://127.0.0.1:${redisPort}`, '--log-level', 'error'],
    way,
  );
  const { baseUrl } = process;
  const connection = new Http2SessionManager(baseUrl);
  const client = createClient(SessionService, createGrpcTransport({ baseUrl, sessionManager: connection }));
  return { process, connection, client };
}
