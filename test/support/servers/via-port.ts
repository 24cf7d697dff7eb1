/** Host is where a server listens. */
export interface Host {
  host: string;
  port: number;
}

/** Returns the only host of a MongoDB's connection string; null where a proxy cannot stand in for it: several hosts, a service record, TLS. */
export function onlyHostOf(url: string): Host | null {
  const [, host, port] = /^mongodb:\/\/(?:[^@/]*@)?([^:,/?]+)(?::(\d+))?(?:[/?]|$)/.exec(url) ?? [];
  if (host === undefined || /[?&](tls|ssl)=true/.test(url)) return null;
  return { host, port: Number(port ?? 27_017) };
}

/** Returns a connection string that leads to a loopback port instead of its host, and to nowhere else. */
export function viaPort(url: string, port: number): string {
  const replaced = url.replace(/^(mongodb:\/\/(?:[^@/]*@)?)[^/?]+/, `$1127.0.0.1:${port}`);
  if (replaced.includes('directConnection=true')) return replaced;
  return `${replaced}${replaced.includes('?') ? '&' : '?'}directConnection=true`;
}
