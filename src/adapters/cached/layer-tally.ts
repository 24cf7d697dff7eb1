import type { Metrics } from '../../ports/metrics.ts';
import type { CacheLayerFigures } from '../../ports/store.ts';

/** LayerOutcome: `stale` had an older one than was wanted, `partial` one that lacked something. */
type LayerOutcome = 'hit' | 'miss' | 'stale' | 'partial';

/** LayerTally counts how often one layer of the cache had what was asked for. */
export class LayerTally {
  readonly #name: string;
  readonly #metrics: Metrics;
  #hits = 0;
  #misses = 0;

  constructor(name: string, metrics: Metrics) {
    this.#name = name;
    this.#metrics = metrics;
  }

  count(outcome: LayerOutcome): void {
    if (outcome === 'hit') this.#hits += 1;
    else this.#misses += 1;
    this.#metrics.count('threadkeep_cache_loads_total', { layer: this.#name, outcome });
  }

  figures(): Omit<CacheLayerFigures, 'entryCount'> {
    return { name: this.#name, hits: this.#hits, misses: this.#misses };
  }
}
