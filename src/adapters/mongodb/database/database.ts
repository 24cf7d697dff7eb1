import type { Document } from 'mongodb';

/** Filter, Update and Projection are written in MongoDB's own language; the adapter uses classic update operators only. */
export type Filter = Document;
export type Update = Document;

/** ReadOptions bound a read. */
export interface ReadOptions {
  projection?: Document;
  sort?: Record<string, 1 | -1>;
  limit?: number;
  signal?: AbortSignal;
}

/** WriteOptions say how an update is made. */
export interface WriteOptions {
  /** Only with a filter on `_id` alone. */
  upsert?: boolean;
  arrayFilters?: Document[];
  projection?: Document;
  signal?: AbortSignal;
}

/** FilteredUpdate is an update of the one document that its filter names. */
export interface FilteredUpdate {
  filter: Filter;
  update: Update;
}

/**
 * Documents is one collection, as much of it as the adapter uses; each method is one round trip. All throw
 * STORE_UNAVAILABLE where the server cannot be reached; a write throws OutcomeUnknown where it may have happened
 * (errors.ts). Reads see what a majority has acknowledged; writes are acknowledged by a majority, on disk.
 */
export interface Documents<Doc extends { _id: unknown }> {
  findOne(filter: Filter, options?: ReadOptions): Promise<Doc | null>;
  find(filter: Filter, options?: ReadOptions): Promise<Doc[]>;
  /** Reads what matches in steps, so that nothing has to fit into memory. */
  scan(filter: Filter, options?: ReadOptions & { batchSize?: number }): AsyncIterable<Doc>;
  /** Updates one and answers it as it is afterwards (by the projection); null = none matched, nothing written. */
  findOneAndUpdate(filter: Filter, update: Update, options?: WriteOptions): Promise<Doc | null>;
  /** Answers how many matched: 0 or 1. */
  updateOne(filter: Filter, update: Update, options?: WriteOptions): Promise<number>;
  /**
   * Makes each update of one document, in any order; answers how many matched. Not atomic: throws OutcomeUnknown also where
   * one of them was refused.
   */
  updateEach(updates: readonly FilteredUpdate[]): Promise<number>;
  /** Answers how many matched. Not atomic across documents. */
  updateMany(filter: Filter, update: Update, options?: WriteOptions): Promise<number>;
  /** Throws DuplicateKey, with the index' keys, where a unique index has it already. */
  insertOne(document: Doc): Promise<void>;
  /** Inserts in order and stops at the first that is there already, then throws DuplicateKey. */
  insertMany(documents: readonly Doc[]): Promise<void>;
  /** Writes each under its `_id`, whatever was there, in any order. */
  putMany(documents: readonly Doc[]): Promise<void>;
  /** Answers how many were deleted. */
  deleteMany(filter: Filter): Promise<number>;
  /** Counts what matches, up to `limit`. */
  count(filter: Filter, options?: { limit?: number; signal?: AbortSignal }): Promise<number>;
  aggregate<Result extends Document>(pipeline: Document[], options?: { signal?: AbortSignal }): Promise<Result[]>;
}

/** Database is what the adapter asks of the server beside documents. All throw STORE_UNAVAILABLE where it cannot be reached. */
export interface Database {
  /** Names the place for people, without credentials: `mongodb://host:27017/threadkeep`. */
  readonly description: string;
  /** Asks the server's clock, in ms since the epoch. */
  now(signal?: AbortSignal): Promise<number>;
  /** Runs a command on this database (createIndexes, listIndexes, buildInfo …); throws the driver's error where the server refuses it. */
  command(command: Document, options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<Document>;
  /** Follows the changes of a collection until the signal is aborted; throws where the server has no change streams. */
  watch(collection: string, pipeline: Document[], signal: AbortSignal): AsyncIterable<Document>;
  /** Lets the connections go. Idempotent. */
  close(): Promise<void>;
}
