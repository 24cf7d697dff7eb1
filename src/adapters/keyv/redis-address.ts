/** RedisNode is one server to begin with. */
interface RedisNode {
  host: string;
  port: number;
}

/** RedisAddress is what a URL says: how the servers hang together, where they are, and who asks. */
export interface RedisAddress {
  kind: 'standalone' | 'sentinel' | 'cluster';
  isEncrypted: boolean;
  nodes: RedisNode[];
  username?: string;
  password?: string;
  /** 0 unless the path says otherwise; a cluster has one alone. */
  database: number;
  /** The name under which the sentinels watch the server. */
  masterName?: string;
  /** The sentinels' own, by `sentinel_username` and `sentinel_password`. */
  sentinelUsername?: string;
  sentinelPassword?: string;
}

const URL_FORM = /^redis(s)?(?:\+(sentinel|cluster))?:\/\/(?:([^@]*)@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/s;

const STANDALONE_PORT = 6379;
const SENTINEL_PORT = 26_379;

/** Reads a URL in one of the forms of README.md; throws an Error, without the secrets, that says what is wrong. */
export function parseRedisUrl(url: string): RedisAddress {
  const [, tls, scheme, login = '', hosts = '', path = '', query = ''] =
    URL_FORM.exec(url) ?? refuse('is no Redis URL');
  const kind = scheme === 'sentinel' || scheme === 'cluster' ? scheme : 'standalone';
  const nodes = hosts.split(',').map((host) => nodeOf(host, kind === 'sentinel' ? SENTINEL_PORT : STANDALONE_PORT));
  if (kind === 'standalone' && nodes.length > 1) {
    refuse('has several hosts: write redis+sentinel:// or redis+cluster://');
  }
  const parts = path.split('/').map(decodeURIComponent);
  const masterName = kind === 'sentinel' ? parts.shift() : undefined;
  if (masterName === '') refuse('lacks the name under which the sentinels watch: redis+sentinel://HOST,HOST/NAME');
  const options = new URLSearchParams(query);
  return {
    kind,
    isEncrypted: tls !== undefined,
    nodes,
    ...named('username', 'password', ...loginOf(login)),
    database: databaseOf(parts[0] ?? '', kind),
    ...(masterName !== undefined && { masterName }),
    ...named(
      'sentinelUsername',
      'sentinelPassword',
      options.get('sentinel_username'),
      options.get('sentinel_password'),
    ),
  };
}

/** Writes an address for people: without its secrets. */
export function describeRedis({ kind, isEncrypted, nodes, database, masterName }: RedisAddress): string {
  const scheme = `redis${isEncrypted ? 's' : ''}${kind === 'standalone' ? '' : `+${kind}`}`;
  const hosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join();
  const path = [masterName, database === 0 ? undefined : database].filter((part) => part !== undefined).join('/');
  return `${scheme}://${hosts}${path === '' ? '' : `/${path}`}`;
}

function nodeOf(text: string, defaultPort: number): RedisNode {
  const [, bracketed, plain, port] =
    /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text) ?? refuse('has a host that is none');
  return { host: bracketed ?? plain ?? '', port: port === undefined ? defaultPort : Number(port) };
}

function loginOf(login: string): [string | null, string | null] {
  const colon = login.indexOf(':');
  if (colon === -1) return [login === '' ? null : decodeURIComponent(login), null];
  return [decodeURIComponent(login.slice(0, colon)), decodeURIComponent(login.slice(colon + 1))];
}

/** Returns those of a name and a secret that are given. */
function named<Name extends string, Secret extends string>(
  name: Name,
  secret: Secret,
  nameGiven: string | null,
  secretGiven: string | null,
): { [Key in Name | Secret]?: string } {
  const given = { ...(nameGiven && { [name]: nameGiven }), ...(secretGiven && { [secret]: secretGiven }) };
  return given as { [Key in Name | Secret]?: string };
}

function databaseOf(text: string, kind: RedisAddress['kind']): number {
  if (text === '') return 0;
  if (!/^\d{1,4}$/.test(text)) refuse(`has a database that is no number: "${text}"`);
  if (kind === 'cluster' && text !== '0') refuse('names a database: a cluster has number 0 alone');
  return Number(text);
}

function refuse(what: string): never {
  throw new Error(`the cache's URL ${what}`);
}
