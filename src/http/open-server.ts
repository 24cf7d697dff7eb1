import type { AddressInfo, Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../operations/engine/engine.ts';
import { type ApiKey, createAuthenticate } from '../rpc/authenticate.ts';
import { Calls } from '../rpc/calls.ts';
import { streamPathsOf } from '../rpc/handlers.ts';
import { Lane } from '../rpc/lane/lane.ts';
import { createRpcListener } from '../rpc/rpc-listener.ts';
import { createServices } from '../rpc/services.ts';
import { ServingStatus } from '../rpc/serving-status.ts';
import { Connections } from './connections.ts';
import { corsHeaders, withCors } from './cors.ts';
import { type ListenOptions, listen } from './listen.ts';
import { createProbes, type MetricsPage } from './probes.ts';
import { Readiness } from './readiness.ts';
import { StreamShares } from './stream-shares.ts';

/** ServerOptions is what a server serves, where, and how it treats its callers; durations in ms. */
export interface ServerOptions extends ListenOptions {
  engine: Engine;
  /** None = everybody is tenant `default` with all scopes. */
  apiKeys: readonly ApiKey[];
  /** Origins of web pages that may call; `*` = all. */
  corsOrigins: readonly string[];
  /** Whether the usual calls take the lane, or the transport library serves everything. */
  lane: 'on' | 'off';
  /** Deadline of a unary call that brings none, and the longest one. */
  requestTimeoutMs: number;
  requestTimeoutMaxMs: number;
  /** Unary calls that are worked on at a time, before OVERLOADED. */
  callsInFlightMax: number;
  /** Age, ± 10 %, at which a stream is ended. */
  streamAgeMaxMs: number;
  /** Pause between two pings of an HTTP/2 connection. */
  keepAliveMs: number;
  /** How long `drain` says NOT_SERVING before it turns anything away. */
  probePeriodMs: number;
  /** How long calls in flight may take once the server closes. */
  drainPeriodMs: number;
  metrics: MetricsPage;
  /** Says NOT_SERVING until this resolves; absent = at once as the store is. */
  heldBack?: Promise<void>;
}

/** The defaults of the options that have one. */
export const DEFAULT_SERVER_OPTIONS = {
  tls: null,
  apiKeys: [],
  corsOrigins: [],
  lane: 'on',
  requestTimeoutMs: 10_000,
  requestTimeoutMaxMs: 60_000,
  callsInFlightMax: 1024,
  streamAgeMaxMs: 30 * 60_000,
  keepAliveMs: 30_000,
  probePeriodMs: 0,
  drainPeriodMs: 10_000,
} satisfies Partial<ServerOptions>;

/** Server is the open port. */
export interface Server {
  readonly address: { host: string; port: number };
  /** What probes are told. */
  readonly serving: ServingStatus;
  /** Says NOT_SERVING for the probe period, then closes. Idempotent. */
  drain(): Promise<void>;
  /**
   * Stops sweeping, ends streams with `closing` and DRAINING, lets calls in flight finish for the drain period, and
   * cuts off the rest. The engine is drained, not closed. Idempotent.
   */
  close(): Promise<void>;
}

/** How often the store is asked whether it can be used. */
const READINESS_PACE = { servingMs: 5000, awayMs: 500 };

/** Opens the one port for gRPC, gRPC-Web, Connect and JSON, over either version of HTTP; rejects where it cannot be had. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { engine, keepAliveMs, corsOrigins } = options;
  const { logger, metrics, random } = engine;
  const serving = new ServingStatus();
  const calls = new Calls({ ...options, authenticate: createAuthenticate(options.apiKeys), logger, metrics, random });
  const parts = {
    services: createServices(engine, serving),
    calls,
    requestBytesMax: engine.settings.limits.requestBytesMax,
  };
  const lane = options.lane === 'on' ? new Lane(parts) : null;
  const rpcListener = createRpcListener({ ...parts, lane, fallback: createProbes(serving, options.metrics) });
  const connections = new Connections({
    listener: withCors(corsOrigins, rpcListener),
    takeStream: (stream, headers) =>
      lane?.takeStream(stream, headers, corsHeaders(corsOrigins, headers.origin)) ?? false,
    shares: new StreamShares(calls, streamPathsOf(parts.services)),
    keepAliveMs,
  });
  const port = await listen(options, connections);
  const readiness = new Readiness(serving, checkOf(options), READINESS_PACE);
  engine.availability.onChange(() => void readiness.look());
  await readiness.look();
  void options.heldBack?.then(() => readiness.look());
  return closable({ options, serving, readiness, calls, connections, port });
}

/** The store must answer, calls must be let through to it, its time must be known, and whoever holds the server back must have let it go. */
function checkOf({ engine, heldBack }: ServerOptions): (signal: AbortSignal) => Promise<void> {
  let isHeldBack = heldBack !== undefined;
  void heldBack?.then(() => {
    isHeldBack = false;
  });
  return async (signal) => {
    await engine.availability.check(signal);
    engine.time();
    if (isHeldBack) throw new Error('held back');
  };
}

interface OpenParts {
  options: ServerOptions;
  serving: ServingStatus;
  readiness: Readiness;
  calls: Calls;
  connections: Connections;
  port: NetServer;
}

function closable({ options, serving, readiness, calls, connections, port }: OpenParts): Server {
  const { address: host, port: number } = port.address() as AddressInfo;
  let drained: Promise<void> | undefined;
  let closed: Promise<void> | undefined;
  const close = async () => {
    readiness.stop();
    await options.engine.drain();
    calls.drain();
    port.close();
    await connections.close(options.drainPeriodMs);
  };
  const server: Server = {
    address: { host, port: number },
    serving,
    async drain() {
      drained ??= (async () => {
        readiness.stop();
        await sleep(options.probePeriodMs);
        await server.close();
      })();
      await drained;
    },
    async close() {
      closed ??= close();
      await closed;
    },
  };
  return server;
}
