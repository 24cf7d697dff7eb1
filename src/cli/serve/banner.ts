import { formatCacheAddress } from '../../config/cache-address.ts';
import { formatDuration } from '../../config/kind.ts';
import type { Configuration } from '../../config/settings.ts';
import { VERSION } from '../version.ts';

/** BannerFacts is what of a running service stands in its banner. */
export interface BannerFacts {
  configuration: Configuration;
  /** The port that it listens on. */
  port: number;
  /** The store's own description: adapter, place and durability. */
  storeDescription: string;
}

/** Returns what `serve` prints once it is ready: what runs where, for how long things live, who may call, and two lines to paste. */
export function banner(facts: BannerFacts): string {
  const { configuration, storeDescription } = facts;
  const { dormantAfterMs, ttlMs, retentionMs, store, workers } = configuration;
  const idleMs = Math.min(dormantAfterMs, ttlMs);
  return [
    `Threadkeep ${VERSION}`,
    `  address   ${urlOf(facts, configuration.host)} (gRPC, gRPC-Web, Connect and JSON)`,
    `  store     ${storeDescription}`,
    ...(store.adapter === 'mongodb' ? [`  cache     ${cacheOf(configuration)}`] : []),
    ...(workers > 1 ? [`  workers   ${workers} processes on this port`] : []),
    `  sessions  DORMANT after ${formatDuration(idleMs)} idle, ${expired(ttlMs)} (the TTL), ${deleted(retentionMs)}`,
    `  access    ${accessOf(configuration)}`,
    'Try it:',
    ...tryLines(facts).map((line) => `  ${line}`),
  ].join('\n');
}

function cacheOf({ cache }: Configuration): string {
  return cache.adapter === 'memory'
    ? 'the memory of each process alone; set THREADKEEP_CACHE'
    : formatCacheAddress(cache);
}

function expired(ttlMs: number): string {
  const written = formatDuration(ttlMs);
  return written === 'never' ? 'never EXPIRED' : `EXPIRED after ${written}`;
}

function deleted(retentionMs: number): string {
  const written = formatDuration(retentionMs);
  return written === 'never' ? 'never deleted' : `deleted ${written} later`;
}

function accessOf({ apiKeys }: Configuration): string {
  if (apiKeys.length === 0) {
    return 'NO API KEY: everybody on this machine may do everything, as tenant `default`; set THREADKEEP_API_KEYS';
  }
  const tenants = new Set(apiKeys.map(({ tenant }) => tenant)).size;
  return `API keys: ${apiKeys.length}, tenants: ${tenants}`;
}

function tryLines(facts: BannerFacts): string[] {
  const { apiKeys, tlsCertificatePath } = facts.configuration;
  const host = reachableHost(facts.configuration.host);
  const target = `${inUrl(host)}:${facts.port}`;
  const url = urlOf(facts, host);
  const grpcurl = `grpcurl ${tlsCertificatePath === null ? '-plaintext' : `-cacert ${tlsCertificatePath}`}`;
  const curl = tlsCertificatePath === null ? 'curl' : `curl --cacert ${tlsCertificatePath}`;
  // What needs a key cannot work as pasted, and a key is never printed.
  if (apiKeys.length > 0) return [`${grpcurl} ${target} list`, `${curl} ${url}/readyz`];
  const method = 'threadkeep.v1.SessionService/Start';
  return [
    `${grpcurl} -d '{"user_id": "ada"}' ${target} ${method}`,
    `${curl} ${url}/${method} -H 'content-type: application/json' -d '{"userId": "ada"}'`,
  ];
}

function urlOf({ configuration, port }: BannerFacts, host: string): string {
  return `${configuration.tlsCertificatePath === null ? 'http' : 'https'}://${inUrl(host)}:${port}`;
}

function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
