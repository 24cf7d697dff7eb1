import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SessionError } from '../../../model/session-error.ts';
import type { MongoContext } from '../context.ts';
import type { Collections } from '../database/documents.ts';
import { INDEXES, type Index, indexName } from './indexes.ts';
import { Lease } from './lease.ts';

/** Schema is what a version of this service finds or makes on the server beside documents. */
export interface Schema {
  version: number;
  indexes: Readonly<Partial<Record<keyof Collections, readonly Index[]>>>;
  /** Names of indexes of earlier versions, by collection: dropped once those that take their place are there. */
  obsolete: Readonly<Partial<Record<keyof Collections, readonly string[]>>>;
}

/** MigrationReport is what a migration found and did; indexes are written `collection.name`. */
export interface MigrationReport {
  /** 0 = there was none. */
  fromVersion: number;
  toVersion: number;
  created: string[];
  dropped: string[];
}

/** SCHEMA is that of this version of the service. */
export const SCHEMA: Schema = {
  version: 2,
  indexes: INDEXES,
  obsolete: { sessions: ['dueAt_1', 't_1_user_1_lastAt_-1', 't_1_agent_1_status_1_lastAt_-1'] },
};

/** Building an index over many documents takes its time; reads and writes go on meanwhile. */
const BUILD_TIMEOUT_MS = 24 * 3_600_000;
const WAIT_MS = 250;

const NAMESPACE_NOT_FOUND = 26;
const INDEX_CONFLICTS: ReadonlySet<unknown> = new Set([85, 86]);
const DUPLICATE_KEY = 11000;

/**
 * Brings the schema to this version and makes what is missing of it: repeatable, and safe when any number of instances
 * start at once. Resolves when all is there, whoever did it; throws STORE_UNAVAILABLE where the schema is a newer one.
 */
export async function migrate(context: MongoContext, schema: Schema = SCHEMA): Promise<MigrationReport> {
  const lease = new Lease(context, randomUUID());
  for (;;) {
    const fromVersion = await readVersion(context);
    refuseNewer(context, fromVersion, schema);
    const work = await findWork(context, schema);
    const report = { fromVersion, toVersion: schema.version, created: [], dropped: [] };
    if (fromVersion === schema.version && work.length === 0) return report;
    if (await lease.take()) return lease.hold(() => apply(context, schema, report));
    await sleep(WAIT_MS);
  }
}

/** Lets a store be served: waits for the first schema, brings an older one up in the background. */
export async function ensureSchema(context: MongoContext, schema: Schema = SCHEMA): Promise<void> {
  const version = await readVersion(context);
  refuseNewer(context, version, schema);
  const migrating = migrate(context, schema).then((report) => logReport(context, report));
  if (version === 0) await migrating;
  else migrating.catch((error) => context.logger.error({ error: String(error) }, 'the schema could not be migrated'));
}

/** Throws STORE_UNAVAILABLE unless the schema has this version: what `threadkeep migrate` must have been run for. */
export async function checkSchema(context: MongoContext, schema: Schema = SCHEMA): Promise<void> {
  const version = await readVersion(context);
  refuseNewer(context, version, schema);
  if (version === schema.version) return;
  const has = version === 0 ? 'has no schema yet' : `has schema ${version}`;
  throw refusal(
    `${context.database.description} ${has}, this service needs ${schema.version}: run \`threadkeep migrate\``,
  );
}

/** Reads the version of the schema that the database has; 0 = none. */
export async function readVersion({ collections: { meta } }: MongoContext): Promise<number> {
  const version = (await meta.findOne({ _id: 'schema' }))?.version;
  return typeof version === 'number' ? version : 0;
}

/** Returns the indexes of a schema that are not there as they should be, and the obsolete ones that are, as `collection.name`. */
export async function compareIndexes(
  context: MongoContext,
  schema: Schema = SCHEMA,
): Promise<{ missing: string[]; obsolete: string[] }> {
  const work = await findWork(context, schema);
  return {
    missing: work.flatMap(({ collection, missing, different }) =>
      [...missing.map(indexName), ...different].map((name) => `${collection}.${name}`),
    ),
    obsolete: work.flatMap(({ collection, obsolete }) => obsolete.map((name) => `${collection}.${name}`)),
  };
}

interface CollectionWork {
  collection: string;
  missing: Index[];
  /** Names under which there are indexes with other keys or options. */
  different: string[];
  obsolete: string[];
}

async function findWork(context: MongoContext, schema: Schema): Promise<CollectionWork[]> {
  const work: CollectionWork[] = [];
  for (const [collection, indexes] of Object.entries(schema.indexes)) {
    const present = await readIndexes(context, collection);
    const missing = indexes.filter((index) => !present.has(indexName(index)));
    const different = indexes.map(indexName).filter((name, place) => {
      const found = present.get(name);
      return found !== undefined && shapeOf(found) !== shapeOf(indexes[place]!);
    });
    const obsolete = (schema.obsolete[collection as keyof Collections] ?? []).filter((name) => present.has(name));
    if (missing.length + different.length + obsolete.length > 0) {
      work.push({ collection, missing, different, obsolete });
    }
  }
  return work;
}

async function readIndexes({ database }: MongoContext, collection: string): Promise<Map<string, Index>> {
  try {
    const { cursor } = await database.command({ listIndexes: collection, cursor: { batchSize: 1000 } });
    return new Map(cursor.firstBatch.map((index: Index & { name: string }) => [index.name, index]));
  } catch (error) {
    if (codeOf(error) === NAMESPACE_NOT_FOUND) return new Map();
    throw error;
  }
}

function shapeOf({ key, unique, sparse, partialFilterExpression, expireAfterSeconds }: Index): string {
  return JSON.stringify([key, unique === true, sparse === true, partialFilterExpression, expireAfterSeconds]);
}

async function apply(context: MongoContext, schema: Schema, report: MigrationReport): Promise<MigrationReport> {
  const { database, collections } = context;
  const timeoutMs = BUILD_TIMEOUT_MS;
  for (const { collection, missing, different, obsolete } of await findWork(context, schema)) {
    if (different.length > 0) throw conflict(`${collection}.${different[0]}`);
    if (missing.length > 0) {
      const indexes = missing.map((index) => ({ ...index, name: indexName(index) }));
      await buildIndexes(context, collection, indexes);
      report.created.push(...indexes.map(({ name }) => `${collection}.${name}`));
    }
    for (const name of obsolete) {
      await database.command({ dropIndexes: collection, index: name }, { timeoutMs });
      report.dropped.push(`${collection}.${name}`);
    }
  }
  await collections.meta.updateOne({ _id: 'schema' }, { $max: { version: schema.version } });
  return report;
}

/** A connection that is silent for long is given up while the server still builds: asked again, it waits for what is begun. */
async function buildIndexes(context: MongoContext, collection: string, indexes: readonly Index[]): Promise<void> {
  for (;;) {
    try {
      await context.database.command({ createIndexes: collection, indexes }, { timeoutMs: BUILD_TIMEOUT_MS });
      return;
    } catch (error) {
      if (!isSilence(error)) explain(error, collection);
    }
    await sleep(WAIT_MS);
    // Throws where the server is away.
    await readVersion(context);
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'MongoNetworkTimeoutError';
}

function explain(error: unknown, collection: string): never {
  const code = codeOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (INDEX_CONFLICTS.has(code)) throw conflict(`${collection} (${detail})`, error);
  if (code !== DUPLICATE_KEY) throw error;
  const what = `${collection} has documents twice (${detail})`;
  throw new SessionError('STORE_CORRUPT', `${what}: restore the database from a backup`, { cause: error });
}

function conflict(index: string, cause?: unknown): SessionError {
  return refusal(`index ${index} is there with other options: drop it and run \`threadkeep migrate\``, cause);
}

function refuseNewer({ database }: MongoContext, version: number, schema: Schema): void {
  if (version <= schema.version) return;
  throw refusal(
    `${database.description} has schema ${version}, this service knows ${schema.version}: start a newer version of it`,
  );
}

function refusal(message: string, cause?: unknown): SessionError {
  return new SessionError('STORE_UNAVAILABLE', message, { retryAfterMs: 60_000, cause });
}

function logReport({ logger }: MongoContext, report: MigrationReport): void {
  if (report.created.length + report.dropped.length > 0) logger.info({ ...report }, 'the schema was migrated');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
