import type { AddressInfo } from 'node:net';
import type { DescService } from '@bufbuild/protobuf';
import { Connections } from '../../src/http/connections.ts';
import { type ListenOptions, listen } from '../../src/http/listen.ts';
import { createProbes } from '../../src/http/probes.ts';
import { StreamShares } from '../../src/http/stream-shares.ts';
import { type ApiKey, createAuthenticate, type Scope } from '../../src/rpc/authenticate.ts';
import { Calls } from '../../src/rpc/calls.ts';
import type { DescribeError } from '../../src/rpc/connect-error.ts';
import { type ServedService, streamPathsOf } from '../../src/rpc/handlers.ts';
import { Lane } from '../../src/rpc/lane/lane.ts';
import { createRpcListener, type RpcListenerOptions } from '../../src/rpc/rpc-listener.ts';
import { ServingStatus } from '../../src/rpc/serving-status.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { RecordingLogger, RecordingMetrics } from './recording-ports.ts';

/** What a test may set of a port that serves services of its own. */
export interface ServeOptions extends Partial<Omit<RpcListenerOptions, 'services' | 'calls' | 'lane' | 'fallback'>> {
  services: readonly ServedService[];
  apiKeys?: readonly ApiKey[];
  requestTimeoutMs?: number;
  callsInFlightMax?: number;
  streamAgeMaxMs?: number;
  lane?: 'on' | 'off';
  tls?: ListenOptions['tls'];
  describe?: DescribeError;
}

/** Serves services, real or made up, on a port of their own, with everything that stands around handlers. */
export async function serveServices(options: ServeOptions) {
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const serving = new ServingStatus();
  serving.set(true);
  const calls = new Calls({
    authenticate: createAuthenticate(options.apiKeys ?? []),
    logger,
    metrics,
    random: new SeededRandom(1),
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    requestTimeoutMaxMs: 60_000,
    callsInFlightMax: options.callsInFlightMax ?? 1024,
    streamAgeMaxMs: options.streamAgeMaxMs ?? 60_000,
    ...(options.describe === undefined ? {} : { describe: options.describe }),
  });
  const parts = { requestBytesMax: 8 * 1024 * 1024, ...options, calls };
  const lane = options.lane === 'off' ? null : new Lane(parts);
  const listener = createRpcListener({
    ...parts,
    lane,
    fallback: createProbes(serving, { contentType: 'text/plain', render: async () => 'metrics 1\n' }),
  });
  const connections = new Connections({
    listener,
    takeStream: (stream, headers) => lane?.takeStream(stream, headers) ?? false,
    shares: new StreamShares(calls, streamPathsOf(options.services)),
    keepAliveMs: 30_000,
  });
  const port = await listen({ host: '127.0.0.1', port: 0, tls: options.tls ?? null }, connections);
  const address = { host: '127.0.0.1', port: (port.address() as AddressInfo).port };
  return {
    address,
    url: `http://127.0.0.1:${address.port}`,
    logger,
    metrics,
    serving,
    calls,
    async close() {
      port.close();
      await connections.close(0);
    },
  };
}

/** A service with only some handlers; each RPC needs the scope that is given, or none. */
export function partlyServed(
  service: DescService,
  handlers: Record<string, unknown>,
  scope: Scope | null = null,
): ServedService {
  const scopes = Object.fromEntries(service.methods.map(({ localName }) => [localName, scope]));
  return { service, handlers, scopes: scope === null ? null : (scopes as Record<string, Scope>) };
}
