import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeCache } from '../../compose/compose-store.ts';
import type { Configuration } from '../../config/settings.ts';
import type { Cache } from '../../ports/cache.ts';
import { type Finding, judge } from './finding.ts';

const TRIAL_TTL_MS = 10_000;
const PATIENCE_MS = 2000;
const LOOK_MS = 20;

/** Examines the cache that instances share: whether what is put there is found again, and how soon. */
export async function examineCache({ cache, cacheTimeoutMs }: Configuration): Promise<Finding> {
  const patient = await composeCache({ cache, cacheTimeoutMs: PATIENCE_MS });
  if (patient === null) return judge('cache', 'each process has its own memory alone', OWN_MEMORY_REMEDY);
  try {
    await reached(patient);
    const [key, bytes] = [`doctor-${randomBytes(8).toString('hex')}`, randomBytes(16)];
    await patient.put(key, bytes, TRIAL_TTL_MS);
    const startedMs = performance.now();
    const found = await patient.get(key);
    const tookMs = Math.ceil(performance.now() - startedMs);
    if (found === null || Buffer.compare(found, bytes) !== 0) {
      return judge('cache', `${patient.description} does not give back what was put there`, AWAY_REMEDY);
    }
    return judge('cache', `${patient.description} answers in ${tookMs} ms`, tookMs > cacheTimeoutMs && SLOW_REMEDY);
  } finally {
    await patient.close();
  }
}

/** It connects by itself, and is a miss until then. */
async function reached(cache: Cache): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!cache.isReachable() && performance.now() < untilMs) await sleep(LOOK_MS);
}

const OWN_MEMORY_REMEDY = {
  level: 'hint',
  remedy: 'with several instances set THREADKEEP_CACHE=redis://…, so that one finds what another has read',
} as const;

const AWAY_REMEDY = {
  level: 'broken',
  remedy: 'see that Redis runs, and that address and password are right; until then the store answers everything',
} as const;

const SLOW_REMEDY = {
  level: 'hint',
  remedy:
    'it is slower than cache-timeout, so that the store is asked instead: bring it nearer, or raise cache-timeout',
} as const;
