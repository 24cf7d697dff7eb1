import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import { freePort } from '../../support/servers/free-port.ts';
import { startTcpProxy, type TcpProxy } from '../../support/servers/tcp-proxy.ts';
import { viaPort } from '../../support/servers/via-port.ts';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.ts';

/** InstanceOptions says what an instance stands on; further settings as flags. */
export interface InstanceOptions {
  mongoUrl: string;
  mongoPort: number;
  redisPort: number;
  serveArguments: readonly string[];
}

/** Sessions is a client of the service. */
export type Sessions = ReturnType<typeof connectTo>['sessions'];

/** Instance is a service process on a port of its own, which it keeps over kills and starts. */
export class Instance {
  readonly port: number;
  readonly baseUrl: string;
  /** The ways to its MongoDB and its Redis. */
  readonly toMongo: TcpProxy;
  readonly toRedis: TcpProxy;
  readonly #serveArguments: readonly string[];
  readonly #connection: ReturnType<typeof connectTo>;
  #process: ServiceProcess | null = null;

  static async start(options: InstanceOptions): Promise<Instance> {
    const toMongo = await startTcpProxy({ port: options.mongoPort });
    const toRedis = await startTcpProxy({ port: options.redisPort });
    const instance = new Instance(options, await freePort(), toMongo, toRedis);
    await instance.start();
    return instance;
  }

  private constructor(options: InstanceOptions, port: number, toMongo: TcpProxy, toRedis: TcpProxy) {
    this.port = port;
    this.baseUrl = `http://127.0.0.1:${port}`;
    this.toMongo = toMongo;
    this.toRedis = toRedis;
    const cache = `redis://127.0.0.1:${toRedis.port}`;
    const store = viaPort(options.mongoUrl, toMongo.port);
    this.#serveArguments = ['--store', store, '--cache', cache, ...options.serveArguments];
    this.#connection = connectTo(this.baseUrl);
  }

  /** A client of this instance, whose connection is made again when it broke. */
  get sessions(): Sessions {
    return this.#connection.sessions;
  }

  get process(): ServiceProcess {
    if (this.#process === null) throw new Error(`the instance at ${this.baseUrl} is down`);
    return this.#process;
  }

  /** Starts it, again after a kill or a stop; resolves when it listens. */
  async start(): Promise<void> {
    this.#process = await startServiceProcess(this.#serveArguments, { port: this.port, readyWithinMs: 60_000 });
  }

  /** Tells whether it says that it can serve. */
  async isReady(): Promise<boolean> {
    return fetch(`${this.baseUrl}/readyz`, { signal: AbortSignal.timeout(5000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Ends it and its proxies for good. */
  async close(): Promise<void> {
    this.#connection.manager.abort();
    await this.#process?.kill();
    await Promise.all([this.toMongo.close(), this.toRedis.close()]);
  }
}

function connectTo(baseUrl: string) {
  const manager = new Http2SessionManager(baseUrl, { pingIntervalMs: 5000, pingTimeoutMs: 5000 });
  return { manager, sessions: createClient(SessionService, createGrpcTransport({ baseUrl, sessionManager: manager })) };
}
