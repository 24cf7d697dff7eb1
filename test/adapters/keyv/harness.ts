import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { openKeyvCache } from '../../../src/adapters/keyv/cache.ts';
import type { Cache } from '../../../src/ports/cache.ts';
import { CountingMetrics } from './counting-metrics.ts';

const ignore = (): void => {};
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Opens a cache that is closed after the test. */
export function openCache(url: string, timeoutMs = 50): { cache: Cache; metrics: CountingMetrics } {
  const metrics = new CountingMetrics();
  const cache = openKeyvCache({ url, metrics, logger, timeoutMs });
  onTestFinished(() => cache.close());
  return { cache, metrics };
}

/** Waits until something holds; throws after 20 s. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endAtMs = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > endAtMs) throw new Error('it never came to hold');
    await sleep(20);
  }
}

/** Returns bytes that are no text in any encoding. */
export function bytesOf(seed: number): Uint8Array {
  return Uint8Array.from({ length: 1000 }, (_, place) => (place * 7 + seed) % 256);
}
