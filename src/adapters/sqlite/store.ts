import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SessionError } from '../../model/session-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import { FileBackend, InlineBackend } from './backend.ts';
import { openCommitCount, readCount, readCountNote } from './commit-count.ts';
import { Connection, openConnection, type Synchronous } from './connection.ts';
import { translateError, unavailable } from './errors.ts';
import { checkCount, checkSchema, checkStructure, inspectFile } from './file-check.ts';
import { ensureIdentity, type Identity } from './identity.ts';
import { acquireLock, type Lock } from './lock.ts';
import { migrate } from './schema.ts';
import { SqliteStore } from './sqlite-store.ts';
import type { WriteQueueLimits } from './write-queue.ts';

/** SqliteStoreOptions says which file holds the store and how safe its commits are. */
export interface SqliteStoreOptions {
  /** The file, made with its folder if need be; `:memory:` = gone with the process. */
  path: string;
  /** FULL (the default) syncs every commit; NORMAL may lose the last moments in a power cut, never in a crash. */
  synchronous?: Synchronous;
  /** Tells which outages are older than 7 days; defaults to the machine's wall clock. */
  clock?: Pick<Clock, 'wallAt'>;
  /** Gets what happens beside the calls; defaults to silence. */
  logger?: Logger;
  /** Where this process' server answers, for whoever finds the file in use. */
  address?: string;
  /** The largest the file may grow, in pages of 4 KiB; defaults to SQLite's limit. */
  pageCountMax?: number;
  /** Bounds what waits to be written; the default is 10,000 writes or 64 MiB. */
  queueLimits?: WriteQueueLimits;
}

/** Up to this size the structure of a file is checked before it is served; that of a larger one, while it is. */
const CHECKED_AT_ONCE_BYTES = 16 * 1024 * 1024;

const SILENT_LOGGER: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Opens the embedded store. Throws STORE_UNAVAILABLE when the path cannot be used or another process holds the file,
 * and STORE_CORRUPT when it is damaged; both name the path and the remedy.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  if (options.path === ':memory:') return openInMemory(options);
  const path = placeOf(options.path);
  const lock = takeLock(path, options.address ?? '');
  try {
    return openLocked(path, lock, options);
  } catch (error) {
    lock.release();
    throw isFileError(error) ? unusable(path, error) : translateError(error, path);
  }
}

function openInMemory({
  clock = { wallAt: Date.now },
  logger = SILENT_LOGGER,
  queueLimits,
}: SqliteStoreOptions): Store {
  const connection = new Connection(':memory:', new DatabaseSync(':memory:'));
  migrate(connection);
  return new SqliteStore({
    description: 'sqlite::memory: (not durable: gone when the process ends)',
    identity: ensureIdentity(connection),
    connection,
    backend: new InlineBackend(connection),
    clock,
    logger,
    ...(queueLimits !== undefined && { queueLimits }),
    release: () => {},
  });
}

function openLocked(path: string, lock: Lock, options: SqliteStoreOptions): Store {
  const {
    synchronous = 'FULL',
    clock = { wallAt: Date.now },
    logger = SILENT_LOGGER,
    pageCountMax,
    queueLimits,
  } = options;
  const fileOptions = { path, synchronous, ...(pageCountMax !== undefined && { pageCountMax }) };
  const setup = openChecked(path, synchronous);
  try {
    const connection = openConnection({ role: 'reader', path });
    const store = new SqliteStore({
      description: describe(options.path, synchronous),
      identity: setup.identity,
      connection,
      backend: new FileBackend(fileOptions),
      clock,
      logger,
      ...(queueLimits !== undefined && { queueLimits }),
      release: () => lock.release(),
    });
    void store.verifyInBackground(setup.isStructureChecked);
    return store;
  } finally {
    setup.connection.close();
  }
}

interface CheckedFile {
  connection: Connection;
  identity: Identity;
  isStructureChecked: boolean;
}

/** Opens a file with all that is looked at before it is served: SQLite's own recovery comes after the first look. */
function openChecked(path: string, synchronous: Synchronous): CheckedFile {
  const note = readCountNote(path);
  inspectFile(path, note);
  const connection = openConnection({ role: 'writer', path, synchronous });
  try {
    migrate(connection);
    checkSchema(connection);
    checkCount(connection, note);
    const identity = ensureIdentity(connection);
    const isStructureChecked = fileBytes(connection) <= CHECKED_AT_ONCE_BYTES;
    if (isStructureChecked) checkStructure(connection);
    noteCount(connection, path, synchronous);
    return { connection, identity, isStructureChecked };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function noteCount(connection: Connection, path: string, synchronous: Synchronous): void {
  const commitCount = openCommitCount(path, synchronous);
  commitCount.note(readCount(connection));
  commitCount.sync();
  commitCount.close();
}

function fileBytes(connection: Connection): number {
  const { page_count: count } = connection.get<{ page_count: number }>('PRAGMA page_count')!;
  const { page_size: size } = connection.get<{ page_size: number }>('PRAGMA page_size')!;
  return count * size;
}

/** Makes the folder and resolves links, so that one file has one lock whatever it is called. */
function placeOf(path: string): string {
  const absolute = resolve(path);
  try {
    makeFolder(dirname(absolute));
    return realPathOf(absolute);
  } catch (error) {
    throw unusable(absolute, error);
  }
}

/** Folder by folder: the recursive form of mkdir never returns where a file system refuses as /proc does. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

function realPathOf(absolute: string): string {
  try {
    return realpathSync(absolute);
  } catch {
    return join(realpathSync(dirname(absolute)), basename(absolute));
  }
}

function takeLock(path: string, address: string): Lock {
  try {
    return acquireLock(path, { pid: process.pid, address });
  } catch (error) {
    throw error instanceof SessionError ? error : unusable(path, error);
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function unusable(path: string, error: unknown): SessionError {
  const detail = error instanceof Error ? error.message : String(error);
  return unavailable(
    `the store ${path} cannot be used (${detail}): give a path in a folder that this user may write`,
    error,
  );
}

function describe(path: string, synchronous: Synchronous): string {
  const durability =
    synchronous === 'FULL' ? 'durable: every commit synced' : 'a power cut may lose the last moments, a crash nothing';
  return `sqlite:${path} (${durability})`;
}
