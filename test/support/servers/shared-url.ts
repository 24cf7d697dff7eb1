import { ServerMissing } from './server-missing.ts';

/** SharedKind names a server that tests share. */
export type SharedKind = 'mongodb' | 'redis';

/** Names the variable that tells the processes of a test run where its shared servers are asked for. */
export const HOST_VARIABLE = 'THREADKEEP_TEST_SERVERS';

/** The status with which the host says that a server cannot be had. */
export const MISSING_STATUS = 404;

const started = new Map<SharedKind, Promise<string>>();

/** Returns the URL of a shared server, which its first use starts: once for a run of the tests or its worker, else once in this process. */
export function sharedUrl(kind: SharedKind, start: () => Promise<string>): Promise<string> {
  const host = process.env[HOST_VARIABLE];
  const url = started.get(kind) ?? (host === undefined ? start() : askHost(host, kind));
  started.set(kind, url);
  return url;
}

/** A server that stands in for MongoDB keeps one processor busy: each worker of a run has one for itself. */
async function askHost(host: string, kind: SharedKind): Promise<string> {
  const place = kind === 'mongodb' ? `${kind}/${process.env.VITEST_POOL_ID ?? ''}` : kind;
  const response = await fetch(`${host}/${place}`);
  const text = await response.text();
  if (response.ok) return text;
  throw response.status === MISSING_STATUS ? new ServerMissing(text) : new Error(text);
}
