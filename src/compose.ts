import { readFileSync } from 'node:fs';
import { composeStore, type StoreParts, systemClock } from './compose/compose-store.ts';
import type { Configuration } from './config/settings.ts';
import type { ServerOptions } from './http/open-server.ts';
import type { MetricsPage } from './http/probes.ts';
import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from './model/limits.ts';
import type { Engine } from './operations/engine/engine.ts';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from './operations/engine/engine-settings.ts';
import type { Logger } from './ports/logger.ts';
import type { Metrics } from './ports/metrics.ts';

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
interface CountedMetrics extends Metrics, MetricsPage {
  snapshot(): Promise<object[]>;
}

/** WorkerGroup is what a worker knows of the processes that serve its port with it. */
export interface WorkerGroup {
  /** Its number; a label of everything that it counts. */
  worker: number;
  /** It says NOT_SERVING until this resolves. */
  heldBack: Promise<void>;
  /** Takes the way by which the group learns what this worker counted. */
  shareSnapshots(take: () => Promise<object[]>): void;
  /** Asks what each of the group counted. */
  gatherSnapshots(): Promise<object[][]>;
}

/** Parts are what whoever composes may bring. */
export interface Parts extends Omit<StoreParts, 'metrics'> {
  /** Those with whom this process serves its port; absent = it serves alone. */
  group?: WorkerGroup;
}

/**
 * Starts the service of a configuration; rejects, with everything closed again, where it cannot. On a shared store that
 * is away it starts all the same, and says NOT_SERVING until the store is there.
 */
export async function composeService(configuration: Configuration, parts: Parts = {}): Promise<Service> {
  const { engine, metrics, close } = await composeEngine(configuration, {
    address: addressOf(configuration),
    ...parts,
  });
  try {
    const { openServer } = await import('./http/open-server.ts');
    const server = await openServer({
      ...configuration,
      tls: readTls(configuration),
      engine,
      ...(await metricsOf(metrics, parts.group)),
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

/** Whichever worker is asked answers for all. */
async function metricsOf(
  metrics: CountedMetrics,
  group: WorkerGroup | undefined,
): Promise<Pick<ServerOptions, 'metrics' | 'heldBack'>> {
  if (group === undefined) return { metrics };
  const { mergeSnapshots } = await import('./adapters/prometheus/merge-snapshots.ts');
  group.shareSnapshots(() => metrics.snapshot());
  const render = async () => mergeSnapshots(await group.gatherSnapshots());
  return { metrics: { contentType: metrics.contentType, render }, heldBack: group.heldBack };
}

const WARM_UP_AFTER_MS = 250;

/** The tokenizer's tables stop the event loop while they load: soon after the start, not within somebody's first context. */
function warmUp({ tokenizer }: Engine): void {
  setTimeout(() => void tokenizer.count('warm-up', ''), WARM_UP_AFTER_MS).unref();
}

/** Opens the store of a configuration and puts an engine on it, which does nothing by itself until it is started. */
export async function composeEngine(configuration: Configuration, parts: Parts = {}): Promise<ComposedEngine> {
  const { PrometheusMetrics } = await import('./adapters/prometheus/metrics.ts');
  const clock = parts.clock ?? (await systemClock());
  const metrics = new PrometheusMetrics(parts.group === undefined ? {} : { worker: String(parts.group.worker) });
  const logger = parts.logger ?? (await composeLogger(configuration));
  const store = await composeStore(configuration, { ...parts, clock, logger, metrics });
  try {
    // What takes long to load comes after the store, whose threads start meanwhile.
    const { systemRandom } = await import('./adapters/system/random.ts');
    const { createTokenizer } = await import('./adapters/tokenizer/tokenizer.ts');
    const { createEngine } = await import('./operations/engine/create-engine.ts');
    const { messageCodec } = await import('./rpc/message-codec.ts');
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

/** Returns the logger of a configuration. */
export async function composeLogger({ logLevel }: Pick<Configuration, 'logLevel'>): Promise<Logger> {
  const { createPinoLogger } = await import('./adapters/pino/logger.ts');
  return createPinoLogger({ level: logLevel });
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
