import { type Kind, ValueFault } from './kind.ts';
import { maskUrl } from './mask-url.ts';

/** StoreAddress says where everything is kept: in a SQLite file or memory of SQLite, in plain memory, or in MongoDB. */
export type StoreAddress = EmbeddedAddress | MongoAddress;

/** EmbeddedAddress is a store inside the process, which no other process can use. */
type EmbeddedAddress = { adapter: 'sqlite'; path: string } | { adapter: 'memory' };

/** MongoAddress is a MongoDB database, for any number of processes; the URL's path names it, `threadkeep` where it has none. */
export interface MongoAddress {
  adapter: 'mongodb';
  url: string;
}

/** The path by which SQLite knows its memory. */
export const SQLITE_MEMORY = ':memory:';

const RANGE = 'mongodb://HOST[,HOST]/DATABASE, mongodb+srv://…, sqlite:PATH, sqlite::memory: or memory:';
const MONGO_URL = /^(mongodb(?:\+srv)?:\/\/(?:.*@)?[^/?@\s]+)(?:\/([^?/]*))?(\?.*)?$/s;

/** A store's address. */
export function storeAddress(): Kind<StoreAddress> {
  return { name: 'url', range: RANGE, parse: parseStoreAddress, format: formatStoreAddress, mask: maskUrl };
}

/** Reads a store's address; throws ValueFault with what is available. */
export function parseStoreAddress(text: string): StoreAddress {
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text) ?? [];
  if (scheme === 'memory' && rest === '') return { adapter: 'memory' };
  if (scheme === 'sqlite' && rest !== '') return { adapter: 'sqlite', path: rest.replace(/^\/\/(?=.)/, '') };
  if (scheme === 'mongodb' || scheme === 'mongodb+srv') return parseMongoAddress(text);
  throw new ValueFault(`not a store that is available: give ${RANGE}`);
}

/** Writes a store's address, without its password: `sqlite:./data/threadkeep.db`. */
export function formatStoreAddress(address: StoreAddress): string {
  if (address.adapter === 'mongodb') return maskUrl(address.url);
  return address.adapter === 'memory' ? 'memory:' : `sqlite:${address.path}`;
}

/** Returns the address of another database on the same server, reached with the same credentials. */
export function withDatabase({ url }: MongoAddress, database: string): MongoAddress {
  const [, server = '', named, query = ''] = MONGO_URL.exec(url) ?? [];
  // Credentials belong to the database that the URL names, unless it says otherwise.
  const isBound = server.includes('@') && !/[?&]authSource=/i.test(query);
  const bound = isBound ? `${query === '' ? '?' : `${query}&`}authSource=${named || 'admin'}` : query;
  return { adapter: 'mongodb', url: `${server}/${database}${bound}` };
}

function parseMongoAddress(url: string): MongoAddress {
  const [, server, database = ''] = MONGO_URL.exec(url) ?? [];
  if (server === undefined) {
    throw new ValueFault('no MongoDB URL: write mongodb://HOST[,HOST]/DATABASE, a password percent-encoded');
  }
  if (!/^[A-Za-z0-9_-]{0,38}$/.test(database)) {
    throw new ValueFault('has a database that cannot be named so: use A-Z a-z 0-9 _ -, up to 38');
  }
  return { adapter: 'mongodb', url };
}
