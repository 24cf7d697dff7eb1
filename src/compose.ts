import { readFileSync } from 'node:fs';
import { composeStore, type StoreParts, systemClock } from './compose/compose-store.ts';
import type { Configuration } from './config/settings.ts';
import type { MetricsPage } from './http/probes.ts';
import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from './model/limits.ts';
import { createEngine } from './operations/engine/create-engine.ts';
import type { Engine } from './operations/engine/engine.ts';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from './operations/engine/engine-settings.ts';
import type { Metrics } from './ports/metrics.ts';
import { messageCodec } from './rpc/message-codec.ts';

/** Service is a running service: everything wired, its port open. */
export interface Service {
  /** Where it listens. */
  address: { host: string; port: number };
  engine: Engine;
  /** Says NOT_SERVING for the probe period, then turns calls away and lets those in flight finish for the drain period. */
  drain(): Promise<void>;
  /** Closes port, engine and store. Idempotent. */
  close(): Promise<void>;
}

/** ComposedEngine is an engine on its open store, without a port. */
export interface ComposedEngine {
  engine: Engine;
  metrics: CountedMetrics;
  /** Closes engine and store. Idempotent. */
  close(): Promise<void>;
}

/** CountedMetrics is what one process counted: as a page, and as values that can be told to another process. */
export interface CountedMetrics extends Metrics, MetricsPage {
  snapshot(): Promise<object[]>;
}

/** Parts are what whoever composes may bring. */
export interface Parts extends Omit<StoreParts, 'metrics'> {
  /** The number of this process among those that serve the port together; absent = it serves alone. */
  worker?: number;
  /** The service says NOT_SERVING until this resolves; absent = it serves as soon as the store does. */
  heldBack?: Promise<void>;
  /** Makes the page of metrics from what this process counted; absent = that alone. */
  metricsPage?(own: CountedMetrics): MetricsPage;
}

/**
 * Starts the service of a configuration; rejects, with everything closed again, where it cannot. On a shared store that
 * is away it starts all the same, and says NOT_SERVING until the store is there.
 */
export async function composeService(configuration: Configuration, parts: Parts = {}): Promise<Service> {
  // The store's threads start while the server's modules load.
  const composed = composeEngine(configuration, { address: addressOf(configuration), ...parts });
  const [{ engine, metrics, close }, { openServer }] = await Promise.all([composed, import('./http/open-server.ts')]);
  try {
    const server = await openServer({
      ...configuration,
      tls: readTls(configuration),
      engine,
      metrics: parts.metricsPage?.(metrics) ?? metrics,
      ...(parts.heldBack && { heldBack: parts.heldBack }),
    });
    engine.start();
    warmUp(engine);
    return {
      address: server.address,
      engine,
      drain: () => server.drain(),
      close: async () => {
        await server.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const WARM_UP_AFTER_MS = 250;

/** The tokenizer's tables stop the event loop while they load: soon after the start, not within somebody's first context. */
function warmUp({ tokenizer }: Engine): void {
  setTimeout(() => void tokenizer.count('warm-up', ''), WARM_UP_AFTER_MS).unref();
}

/** Opens the store of a configuration and puts an engine on it, which does nothing by itself until it is started. */
export async function composeEngine(configuration: Configuration, parts: Parts = {}): Promise<ComposedEngine> {
  const { createPinoLogger } = await import('./adapters/pino/logger.ts');
  const { PrometheusMetrics } = await import('./adapters/prometheus/metrics.ts');
  const { createTokenizer } = await import('./adapters/tokenizer/tokenizer.ts');
  const { systemRandom } = await import('./adapters/system/random.ts');
  const clock = parts.clock ?? (await systemClock());
  const metrics = new PrometheusMetrics(parts.worker === undefined ? {} : { worker: String(parts.worker) });
  const logger = parts.logger ?? createPinoLogger({ level: configuration.logLevel });
  const store = await composeStore(configuration, { ...parts, clock, logger, metrics });
  try {
    const engine = await createEngine({
      store,
      clock,
      random: systemRandom,
      codec: messageCodec,
      tokenizer: createTokenizer(),
      logger,
      metrics,
      settings: engineSettingsOf(configuration),
    });
    const close = async () => {
      await engine.close();
      await store.close();
    };
    return { engine, metrics, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function engineSettingsOf(configuration: Configuration): EngineSettings {
  const { sessionsPerUserPolicy, watchStallMs, watchProgressMs, watchRingRowsMax } = configuration;
  const policy = sessionsPerUserPolicy === 'refuse' ? 'REFUSE' : 'END_OLDEST';
  const { watch } = DEFAULT_ENGINE_SETTINGS;
  return choose(DEFAULT_ENGINE_SETTINGS, {
    ...configuration,
    limits: choose(DEFAULT_LIMITS, { ...configuration, sessionsPerUserPolicy: policy }),
    terms: choose(DEFAULT_TERMS_POLICY, configuration),
    watch: { ...watch, stallMs: watchStallMs, progressMs: watchProgressMs, ringRowsMax: watchRingRowsMax },
  });
}

/** Takes what the defaults name, and nothing else: no secret gets further than it must. */
function choose<Settings extends object>(defaults: Settings, given: Partial<Settings>): Settings {
  const names = Object.keys(defaults) as (keyof Settings)[];
  return Object.fromEntries(names.map((name) => [name, given[name] ?? defaults[name]])) as Settings;
}

// A port that is still to be found cannot be told in advance.
function addressOf({ host, port, tlsCertificatePath }: Configuration): string {
  const scheme = tlsCertificatePath === null ? 'http' : 'https';
  return port === 0 ? '' : `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function readTls({ tlsCertificatePath, tlsKeyPath }: Configuration): { certificate: string; key: string } | null {
  if (tlsCertificatePath === null || tlsKeyPath === null) return null;
  return { certificate: readFileSync(tlsCertificatePath, 'utf8'), key: readFileSync(tlsKeyPath, 'utf8') };
}
