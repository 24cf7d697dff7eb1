import { checksum } from './checksum.ts';
import type { Connection } from './connection.ts';
import { corruptRow } from './errors.ts';

/** TenantKey is a tenant with the small number that stands for it in the rows of a file. */
export interface TenantKey {
  key: number;
  name: string;
}

interface TenantRow extends TenantKey {
  crc: number;
}

const KNOWN_MAX = 10_000;
const PAGE_SIZE = 1000;
const known = new WeakMap<Connection, Map<string, TenantKey>>();

/** Finds a tenant's key; null when nothing was ever written for it. */
export function findTenant(connection: Connection, name: string): TenantKey | null {
  const keys = knownKeys(connection);
  const remembered = keys.get(name);
  if (remembered !== undefined) return remembered;
  const row = connection.get<TenantRow>('SELECT key, name, crc FROM tenants WHERE name = ?', name);
  if (row === undefined) return null;
  const tenant = decodeTenant(connection.path, row);
  if (keys.size >= KNOWN_MAX) keys.clear();
  keys.set(name, tenant);
  return tenant;
}

/** Finds a tenant's key or gives it one, inside the transaction that is open. */
export function ensureTenant(connection: Connection, name: string): TenantKey {
  const found = findTenant(connection, name);
  if (found !== null) return found;
  const key = connection.insert('INSERT INTO tenants (name, crc) VALUES (?, 0)', name);
  connection.run('UPDATE tenants SET crc = ? WHERE key = ?', checksum([key, name]), key);
  return { key, name };
}

/** Forgets the keys a connection knows: those given inside a transaction that was rolled back are void. */
export function forgetTenants(connection: Connection): void {
  known.delete(connection);
}

/** Reads all tenants, page by page, in the order of their keys. */
export function* allTenants(connection: Connection): Generator<TenantKey> {
  for (let page = readPage(connection, 0); page.length > 0; ) {
    yield* page;
    page = page.length < PAGE_SIZE ? [] : readPage(connection, page.at(-1)!.key);
  }
}

function readPage(connection: Connection, afterKey: number): TenantKey[] {
  const sql = `SELECT key, name, crc FROM tenants WHERE key > ? ORDER BY key LIMIT ${PAGE_SIZE}`;
  return connection.all<TenantRow>(sql, afterKey).map((row) => decodeTenant(connection.path, row));
}

function decodeTenant(path: string, { key, name, crc }: TenantRow): TenantKey {
  if (checksum([key, name]) !== crc) throw corruptRow(path, 'tenants', String(key));
  return { key, name };
}

function knownKeys(connection: Connection): Map<string, TenantKey> {
  let keys = known.get(connection);
  if (keys === undefined) {
    keys = new Map();
    known.set(connection, keys);
  }
  return keys;
}
