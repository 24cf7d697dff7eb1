import { NEVER_MS } from '../model/limits.ts';
import { formatCacheAddress } from './cache-address.ts';
import type { Fault } from './configuration-error.ts';
import { formatDuration, formatSize } from './kind.ts';
import type { Configuration } from './settings.ts';
import type { Given } from './sources.ts';

/** TogetherInput is a configuration whose single values were read; `faulty` names those that could not be. */
export interface TogetherInput {
  configuration: Configuration;
  given: ReadonlyMap<string, Given>;
  faulty: ReadonlySet<string>;
}

/** Checks what single values cannot tell: settings that contradict each other. */
export function checkTogether({ configuration, given, faulty }: TogetherInput): Fault[] {
  const faults: Fault[] = [];
  const refuse: Refuse = (name, message) => {
    const { source, text } = given.get(name) ?? { source: name, text: null };
    faults.push({ source, value: text, message });
  };
  for (const { names, check } of CHECKS) {
    if (!names.some((name) => faulty.has(name))) check(configuration, refuse, given);
  }
  return faults;
}

/** Tells what is allowed and of no use, a line each. */
export function warnTogether({ store, cache }: Configuration): string[] {
  if (store.adapter === 'mongodb' || cache.adapter === 'memory') return [];
  const place = formatCacheAddress(cache);
  return [
    `cache=${place} is not used: an embedded store is its own cache, for one instance; it pays with store=mongodb://…`,
  ];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

type Refuse = (name: string, message: string) => void;
type Check = (configuration: Configuration, refuse: Refuse, given: ReadonlyMap<string, Given>) => void;

const CHECKS: readonly { names: readonly string[]; check: Check }[] = [
  { names: ['host', 'api-keys', 'api-keys-file'], check: checkAccess },
  { names: ['tls-cert', 'tls-key'], check: checkTls },
  { names: ['ttl', 'ttl-min', 'ttl-max', 'dormant-after'], check: checkTerms },
  { names: ['request-timeout', 'request-timeout-max'], check: checkTimeouts },
  { names: ['message-bytes', 'batch-bytes', 'request-bytes'], check: checkSizes },
  { names: ['page-size', 'page-size-max'], check: checkPages },
  { names: ['store', 'workers'], check: checkWorkers },
];

function checkAccess({ host, apiKeys }: Configuration, refuse: Refuse): void {
  if (apiKeys.length === 0 && !isLoopback(host)) {
    refuse('host', 'open to others without any API key: set THREADKEEP_API_KEYS=<key>:<tenant> or listen on 127.0.0.1');
  }
  if (new Set(apiKeys.map(({ key }) => key)).size < apiKeys.length) {
    refuse('api-keys-file', 'holds a key that THREADKEEP_API_KEYS holds, too: give each key once');
  }
}

function checkTls({ tlsCertificatePath, tlsKeyPath }: Configuration, refuse: Refuse): void {
  if (tlsCertificatePath !== null && tlsKeyPath === null) refuse('tls-cert', 'without its key: give tls-key, too');
  if (tlsKeyPath !== null && tlsCertificatePath === null)
    refuse('tls-key', 'without a certificate: give tls-cert, too');
}

function checkTerms(configuration: Configuration, refuse: Refuse, given: ReadonlyMap<string, Given>): void {
  const { dormantAfterMs, ttlMs, ttlMinMs, ttlMaxMs } = configuration;
  if (ttlMinMs > ttlMaxMs) refuse('ttl-min', `above ttl-max: give at most ${formatDuration(ttlMaxMs)}`);
  else if (ttlMs < ttlMinMs) refuse('ttl', `below ttl-min: give at least ${formatDuration(ttlMinMs)}`);
  else if (ttlMs > ttlMaxMs && ttlMs < NEVER_MS)
    refuse('ttl', `above ttl-max: give at most ${formatDuration(ttlMaxMs)}`);
  if (given.has('dormant-after') && dormantAfterMs > ttlMs) {
    refuse('dormant-after', `above ttl: give at most ${formatDuration(ttlMs)}`);
  }
}

function checkTimeouts({ requestTimeoutMs, requestTimeoutMaxMs }: Configuration, refuse: Refuse): void {
  const most = formatDuration(requestTimeoutMaxMs);
  if (requestTimeoutMs > requestTimeoutMaxMs)
    refuse('request-timeout', `above request-timeout-max: give at most ${most}`);
}

function checkSizes({ messageBytesMax, batchBytesMax, requestBytesMax }: Configuration, refuse: Refuse): void {
  if (messageBytesMax > batchBytesMax) {
    refuse('message-bytes', `above batch-bytes: give at most ${formatSize(batchBytesMax)}`);
  }
  if (batchBytesMax > requestBytesMax) {
    refuse('batch-bytes', `above request-bytes: give at most ${formatSize(requestBytesMax)}`);
  }
}

function checkPages({ pageSizeDefault, pageSizeMax }: Configuration, refuse: Refuse): void {
  if (pageSizeDefault > pageSizeMax) refuse('page-size', `above page-size-max: give at most ${pageSizeMax}`);
}

function checkWorkers({ store, workers }: Configuration, refuse: Refuse): void {
  if (workers > 1 && store.adapter !== 'mongodb') {
    refuse('workers', 'one process alone can use an embedded store: leave it out, or give store=mongodb://…');
  }
}
