import { type Kind, ValueFault } from './kind.ts';

/** StoreAddress says where everything is kept: in a SQLite file or memory of SQLite, or in plain memory. */
export type StoreAddress = { adapter: 'sqlite'; path: string } | { adapter: 'memory' };

/** The path by which SQLite knows its memory. */
export const SQLITE_MEMORY = ':memory:';

const RANGE = 'sqlite:PATH, sqlite::memory: or memory:';

/** A store's address. */
export function storeAddress(): Kind<StoreAddress> {
  return { name: 'url', range: RANGE, parse: parseStoreAddress, format: formatStoreAddress };
}

/** Reads a store's address; throws ValueFault with what is available. */
export function parseStoreAddress(text: string): StoreAddress {
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text) ?? [];
  if (scheme === 'memory' && rest === '') return { adapter: 'memory' };
  if (scheme === 'sqlite' && rest !== '') return { adapter: 'sqlite', path: rest.replace(/^\/\/(?=.)/, '') };
  throw new ValueFault(`not a store that is available: give ${RANGE}`);
}

/** Writes a store's address: `sqlite:./data/threadkeep.db`. */
export function formatStoreAddress(address: StoreAddress): string {
  return address.adapter === 'memory' ? 'memory:' : `sqlite:${address.path}`;
}
