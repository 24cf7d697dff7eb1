import { type Collection, type Db, type Document, MongoClient, type MongoClientOptions } from 'mongodb';
import type { Metrics } from '../../../ports/metrics.ts';
import type { Database } from '../database/database.ts';
import type { Collections } from '../database/documents.ts';
import { ConnectionPool } from './connection-pool.ts';
import { DriverDocuments } from './driver-documents.ts';
import { Operations } from './operations.ts';
import { Reach } from './reach.ts';

/** DriverOptions says where the server is and what bounds its operations. */
export interface DriverOptions {
  url: string;
  metrics: Metrics;
  /** Bounds each operation, in ms; defaults to 2,500. Aggregations, counts and steps of a scan get four times as much. */
  timeoutMs?: number;
  /** Most connections to each server; defaults to 100. */
  maxPoolSize?: number;
}

/** Driver is one client of a server, as the adapter sees it. */
export interface Driver {
  collections: Collections;
  database: Database;
}

const TIMEOUT_MS = 2500;
const DATABASE_NAME = 'threadkeep';

/** Whether a URL's path names a database: where none does, the driver says `test`. */
const NAMES_DATABASE = /^mongodb(?:\+srv)?:\/\/[^/]+\/[^?]/;

/** How long an operation waits for a server that can take it, in ms: callers with a deadline of 1 s hear of an outage in time. */
const SELECTION_MS = 500;

/** How often servers are looked after, in ms, and how long that may take: a silent one is given up after both. */
const HEARTBEAT_MS = 1000;
const CONNECT_MS = 2000;

/** How long a server holds back an empty answer to who follows it, in ms. */
const AWAIT_MS = 2000;

/** How many connections are made at a time: a process that has just started needs many at once, and calls wait for them. */
const CONNECTING_MAX = 8;

/** Makes a client, which connects when it is first used. Throws where the URL is none. */
export function openDriver({ url, metrics, timeoutMs = TIMEOUT_MS, maxPoolSize = 100 }: DriverOptions): Driver {
  const client = new MongoClient(url, clientOptions(timeoutMs, maxPoolSize));
  const db = client.db(NAMES_DATABASE.test(url) ? client.options.dbName : DATABASE_NAME);
  const pool = new ConnectionPool(client, metrics);
  const operations = new Operations({ reach: new Reach(client), pool, metrics, timeoutMs });
  return { collections: collectionsOf(db, operations), database: databaseOf(client, db, operations) };
}

/**
 * The driver's own `timeoutMS` has no effect in 7.8: waiting, sockets and writes are bounded here, operations in
 * operations.ts. Whoever waits for a connection gives up before its operation does, and so knows that nothing was sent.
 */
function clientOptions(timeoutMs: number, maxPoolSize: number): MongoClientOptions {
  return {
    appName: 'threadkeep',
    maxPoolSize,
    maxConnecting: Math.min(CONNECTING_MAX, maxPoolSize),
    retryReads: true,
    retryWrites: true,
    readPreference: 'primary',
    readConcernLevel: 'majority',
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: timeoutMs },
    serverSelectionTimeoutMS: Math.min(SELECTION_MS, timeoutMs),
    waitQueueTimeoutMS: Math.ceil(timeoutMs / 2),
    connectTimeoutMS: CONNECT_MS,
    heartbeatFrequencyMS: HEARTBEAT_MS,
    socketTimeoutMS: 4 * timeoutMs,
    ignoreUndefined: true,
  };
}

function collectionsOf(db: Db, operations: Operations): Collections {
  const bind = <Doc extends { _id: unknown }>(name: keyof Collections) =>
    new DriverDocuments<Doc>(db.collection(name), operations);
  return {
    sessions: bind('sessions'),
    messages: bind('messages'),
    bodies: bind('bodies'),
    calls: bind('calls'),
    claims: bind('claims'),
    session_events: bind('session_events'),
    agents: bind('agents'),
    meta: bind('meta'),
  };
}

function databaseOf(client: MongoClient, db: Db, operations: Operations): Database {
  return {
    description: `${placeOf(client)}/${db.databaseName}`,
    now: async (signal) => {
      const hello = await operations.read('hello', () => db.command({ hello: 1 }), signal);
      return (hello.localTime as Date).getTime();
    },
    command: (command, { signal, timeoutMs } = {}) =>
      operations.read('command', () => db.command(command), signal, timeoutMs),
    watch: (collection, pipeline, signal) => follow(db.collection(collection), pipeline, signal),
    close: () => client.close(),
  };
}

/** The hosts behind a name of `mongodb+srv` are not known before the first contact. */
function placeOf({ options: { srvHost, hosts } }: MongoClient): string {
  return srvHost === undefined ? `mongodb://${hosts.map(String).join(',')}` : `mongodb+srv://${srvHost}`;
}

async function* follow(collection: Collection, pipeline: Document[], signal: AbortSignal) {
  const stream = collection.watch(pipeline, { maxAwaitTimeMS: AWAIT_MS });
  const close = () => void stream.close().catch(() => {});
  signal.addEventListener('abort', close, { once: true });
  try {
    if (!signal.aborted) yield* stream;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', close);
    await stream.close();
  }
}
