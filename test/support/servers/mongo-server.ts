import { type OwnServer, startOwnServer } from './own-server.ts';
import { secantusCommand } from './secantusdb.ts';
import { sharedUrl } from './shared-url.ts';

/** MongoServer is a MongoDB to test with: take scratch databases of it, and touch no others. */
export interface MongoServer {
  /** The server's connection string. */
  url: string;
  /** Whether it stands in for MongoDB, as opposed to being the user's own. */
  isStandIn: boolean;
  /** Returns the connection string of one of its databases. */
  urlOf(database: string): string;
}

/** OwnMongoServer is a stand-in for MongoDB that a test may kill; what it acknowledged outlives that. */
export interface OwnMongoServer extends MongoServer, OwnServer {}

/** Returns the server that tests share: the user's (MONGODB_URI), or the stand-in. */
export async function mongoServer(): Promise<MongoServer> {
  const given = process.env.MONGODB_URI;
  if (given !== undefined) return serverAt(given, { isStandIn: false });
  const url = await sharedUrl('mongodb', async () => (await startMongoServer()).url);
  return serverAt(url, { isStandIn: true });
}

/**
 * Starts a stand-in of its own; what TTL indexes have due goes every `ttlSweepSeconds`, by default 60, as on MongoDB. One
 * that waits for the disk at each commit does as MongoDB does with a journaled write, and takes tests as much longer.
 */
export async function startMongoServer({ ttlSweepSeconds = 60, waitsForDisk = false } = {}): Promise<OwnMongoServer> {
  const commandOf = await secantusCommand();
  const own = await startOwnServer('mongodb', (port, folder) =>
    commandOf({ port, folder, ttlSweepSeconds, waitsForDisk }),
  );
  return { ...own, ...serverAt(mongoUrl(own.port), { isStandIn: true }) };
}

// Spoken to directly, whatever its replica set says.
function mongoUrl(port: number): string {
  return `mongodb://127.0.0.1:${port}/?directConnection=true`;
}

function serverAt(url: string, { isStandIn }: { isStandIn: boolean }): MongoServer {
  return { url, isStandIn, urlOf: (database) => withDatabase(url, database) };
}

/** A connection string may name several hosts, so that it is no URL. */
function withDatabase(serverUrl: string, database: string): string {
  const [, hosts = '', options = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(serverUrl) ?? [];
  if (hosts === '') throw new Error('MONGODB_URI is no connection string; write mongodb://host:port');
  return `${hosts}/${database}${options}`;
}
