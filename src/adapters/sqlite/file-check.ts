import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Finding } from '../../ports/store.ts';
import { type CountNote, noteOf, readCount } from './commit-count.ts';
import { Connection } from './connection.ts';
import { corruptFile, unavailable } from './errors.ts';
import { APPLICATION_ID, foreignFile, migrate } from './schema.ts';
import { scanVerify, VERIFY_START } from './verify.ts';
import { scanWal, type WalScan } from './wal.ts';

const HEADER_LENGTH = 100;
const MAGIC = 'SQLite format 3\0';

/**
 * Looks at a file before SQLite does, which would repair by forgetting: its header, its length and the frames of its
 * log. Throws STORE_UNAVAILABLE for a file that is no database and STORE_CORRUPT for one that was cut or damaged.
 */
export function inspectFile(path: string, note: CountNote | null): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  const header = readHeader(path);
  if (header === null) {
    throw unavailable(`${path} is not a SQLite database: give another path, or restore the file from a backup`);
  }
  const log = scanWal(path, note?.synchronous ?? 'FULL');
  const isOurs = header.applicationId === APPLICATION_ID || header.pageCount <= 1 || log.pages.has(1);
  if (!isOurs) throw foreignFile(path);
  checkLength(path, header, log);
}

/** Throws STORE_CORRUPT when the note beside a file counts commits that the file does not hold. */
export function checkCount(connection: Connection, note: CountNote | null): void {
  if (note === null || note.synchronous === 'NORMAL') return;
  const missing = note.count - readCount(connection);
  if (missing <= 0) return;
  const remedy = `restore the file together with its -wal file, or remove ${noteOf(connection.path)} to go on without them`;
  throw corruptFile(connection.path, `the last ${missing} commits, which were answered, are not in it`, remedy);
}

/** Throws STORE_CORRUPT when tables, indexes or triggers are not those of the newest schema version. */
export function checkSchema(connection: Connection): void {
  const pristine = new Connection(':memory:', new DatabaseSync(':memory:'));
  migrate(pristine);
  const isSame = readSchema(connection) === readSchema(pristine);
  pristine.close();
  if (!isSame) throw corruptFile(connection.path, 'its schema is not that of its version');
}

function readSchema(connection: Connection): string {
  return JSON.stringify(connection.all('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name'));
}

/** Checks pages, tables and indexes and throws STORE_CORRUPT for the first fault, with the number of all. */
export function checkStructure(connection: Connection): void {
  const { findings } = scanVerify(connection, VERIFY_START);
  if (findings.length > 0) throw damageFrom(connection.path, findings);
}

/** Creates the STORE_CORRUPT that stands for what a check of the structure found. */
export function damageFrom(path: string, findings: readonly Finding[]): Error {
  const [first] = findings;
  return corruptFile(path, `${findings.length} faults, the first: ${first?.what}`, first?.remedy);
}

interface FileHeader {
  applicationId: number;
  pageSize: number;
  pageCount: number;
}

function readHeader(path: string): FileHeader | null {
  const bytes = new DataView(new ArrayBuffer(HEADER_LENGTH));
  const file = openSync(path, 'r');
  const length = readSync(file, bytes, 0, HEADER_LENGTH, 0);
  closeSync(file);
  const magic = new TextDecoder('latin1').decode(new Uint8Array(bytes.buffer, 0, MAGIC.length));
  if (length < HEADER_LENGTH || magic !== MAGIC) return null;
  const pageSize = bytes.getUint16(16) === 1 ? 65_536 : bytes.getUint16(16);
  return { applicationId: bytes.getUint32(68), pageSize, pageCount: bytes.getUint32(28) };
}

/** A page behind the end of the file may only be missing when the log still has it. */
function checkLength(path: string, { pageSize, pageCount }: FileHeader, log: WalScan): void {
  const { size } = statSync(path);
  for (let page = Math.floor(size / pageSize) + 1; page <= pageCount; page++) {
    if (log.pages.has(page)) continue;
    throw corruptFile(
      path,
      `it ends after ${size} bytes, in the middle of its ${pageCount} pages of ${pageSize} bytes`,
    );
  }
}
