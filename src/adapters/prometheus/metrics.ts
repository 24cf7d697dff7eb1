import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from '../../ports/metrics.ts';
import { METRIC_HELP } from './metric-help.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
const COUNTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** How often the event loop is timed, in ms: each time wakes the process, at rest too. Lags are told with this on top. */
const EVENT_LOOP_SAMPLE_MS = 100;

type Labels = Record<string, string>;

/** PrometheusMetrics keeps what was counted and writes it in Prometheus' text form; the label names of a metric are those of its first use. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  /** `labels` are those of everything it counts. */
  constructor(labels: Labels = {}) {
    this.#registry.setDefaultLabels(labels);
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
  }

  /** The media type of what `render` returns. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  count(name: string, labels: Labels = {}, by = 1): void {
    const counter = remembered(this.#counters, name, () => new Counter(this.#describe(name, labels)));
    counter.inc(labels, by);
  }

  observe(name: string, value: number, labels: Labels = {}): void {
    const make = () => new Histogram({ ...this.#describe(name, labels), buckets: bucketsFor(name) });
    remembered(this.#histograms, name, make).observe(labels, value);
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    remembered(this.#gauges, name, () => new Gauge(this.#describe(name, labels))).set(labels, value);
  }

  /** Writes everything in Prometheus' text form. */
  async render(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Returns everything as plain values, for `mergeSnapshots`. */
  async snapshot(): Promise<object[]> {
    return this.#registry.getMetricsAsJSON();
  }

  #describe(name: string, labels: Labels) {
    return { name, help: METRIC_HELP[name] ?? name, labelNames: Object.keys(labels), registers: [this.#registry] };
  }
}

function bucketsFor(name: string): number[] {
  if (name.endsWith('_seconds')) return SECONDS;
  return name.endsWith('_bytes') ? BYTES : COUNTS;
}

function remembered<Metric>(known: Map<string, Metric>, name: string, make: () => Metric): Metric {
  const metric = known.get(name) ?? make();
  known.set(name, metric);
  return metric;
}
