import type { Metrics } from '../../../src/ports/metrics.ts';

/** CountingMetrics keeps counters by their labels' values, joined by spaces. */
export class CountingMetrics implements Metrics {
  readonly counts: Record<string, number> = {};

  count(_name: string, labels: Record<string, string> = {}, by = 1): void {
    const key = Object.values(labels).join(' ');
    this.counts[key] = (this.counts[key] ?? 0) + by;
  }

  observe(): void {}

  gauge(): void {}
}
