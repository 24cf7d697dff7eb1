import type { Capability } from '../adapters/mongodb/inspection/capabilities.ts';
import type { Inspection } from '../adapters/mongodb/inspection/inspect.ts';
import type { MigrationReport } from '../adapters/mongodb/schema/schema.ts';
import type { MongoAddress } from '../config/store-address.ts';
import { type StoreParts, systemClock, withSilence } from './compose-store.ts';
import { openUrl } from './open-url.ts';

/** MongoTools do with a database what operators need beside the service. All throw STORE_UNAVAILABLE while it is away. */
export interface MongoTools {
  /** Names the place for people, without credentials. */
  readonly description: string;
  /** Brings schema and indexes to this version. */
  migrate(): Promise<MigrationReport>;
  inspect(): Promise<Inspection>;
  /** Tries what the server can do, in the database itself: give a scratch one. */
  probe(): Promise<Capability[]>;
  /** Removes all documents, but keeps schema and indexes. */
  empty(): Promise<void>;
  /** Drops the database with everything in it. */
  drop(): Promise<void>;
  /** Lets the connections go. */
  close(): Promise<void>;
}

/** How long one operation of an operator may take, in ms: some go through all documents. */
const PATIENCE_MS = 30_000;

/** Opens the tools of a database. Throws INVALID_FIELD where the URL is none. */
export async function openMongoTools(address: MongoAddress, parts: StoreParts = {}): Promise<MongoTools> {
  const { openDriver } = await import('../adapters/mongodb/driver/driver.ts');
  const { createContext } = await import('../adapters/mongodb/create-context.ts');
  const { migrate } = await import('../adapters/mongodb/schema/schema.ts');
  const { inspect } = await import('../adapters/mongodb/inspection/inspect.ts');
  const { probeCapabilities } = await import('../adapters/mongodb/inspection/capabilities.ts');
  const { knowOutcome } = await import('../adapters/mongodb/database/know-outcome.ts');
  const shared = { ...withSilence(parts), clock: parts.clock ?? (await systemClock()) };
  const { collections, database } = await openUrl('store', address.url, (url) =>
    openDriver({ url, metrics: shared.metrics, timeoutMs: PATIENCE_MS }),
  );
  const context = createContext({ ...shared, collections, database });
  return {
    description: database.description,
    migrate: () => knowOutcome(migrate(context)),
    inspect: () => inspect(context),
    probe: () => knowOutcome(probeCapabilities(context)),
    async empty() {
      const { meta, ...rest } = collections;
      const emptied = Object.values(rest).map((each) => each.deleteMany({}));
      await knowOutcome(Promise.all([...emptied, meta.deleteMany({ _id: { $ne: 'schema' } })]));
    },
    drop: async () => void (await database.command({ dropDatabase: 1 })),
    close: () => database.close(),
  };
}
