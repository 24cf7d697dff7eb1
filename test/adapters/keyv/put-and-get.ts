// Puts into the cache at the URL of its first argument, reads it back, and prints what came of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { openKeyvCache } from '../../../src/adapters/keyv/cache.ts';

const ignore = (): void => {};
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const metrics = { count: ignore, observe: ignore, gauge: ignore };

const cache = openKeyvCache({ url: process.argv[2] ?? '', metrics, logger, timeoutMs: 1000 });
for (let round = 0; round < 50 && !cache.isReachable(); round += 1) await sleep(20);
await cache.put('key', new Uint8Array([1, 2, 3]), 60_000);
const bytes = await cache.get('key');
process.stdout.write(bytes === null ? 'miss' : `hit of ${bytes.byteLength} bytes`);
await cache.close();
