import { DatabaseSync } from 'node:sqlite';
import { isBusy, translateError, unavailable } from './errors.ts';

/** LockHolder is who has a file open. */
export interface LockHolder {
  pid: number;
  /** Where its server answers; '' when it is none. */
  address: string;
}

/** Lock keeps other processes off a file until it is released or this process dies. */
export interface Lock {
  release(): void;
}

/**
 * Takes the lock of a file or throws STORE_UNAVAILABLE with the holder's pid and address. The side file is a database
 * of one row: an open write transaction on it keeps out other writers but lets them read who it is that keeps them out.
 */
export function acquireLock(path: string, holder: LockHolder): Lock {
  const database = new DatabaseSync(lockPathOf(path), { timeout: 0 });
  try {
    database.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER, address TEXT); DELETE FROM holder');
    database.prepare('INSERT INTO holder (pid, address) VALUES (?, ?)').run(holder.pid, holder.address);
    database.exec('COMMIT; BEGIN IMMEDIATE');
  } catch (error) {
    const refusal = isBusy(error) ? heldBy(path, database) : translateError(error, lockPathOf(path));
    database.close();
    throw refusal;
  }
  return {
    release() {
      if (database.isOpen) database.close();
    },
  };
}

function heldBy(path: string, database: DatabaseSync): Error {
  const holder = readHolder(database);
  const process = holder === null ? 'another process' : `process ${holder.pid}`;
  const server = holder === null || holder.address === '' ? '' : `, whose server answers at ${holder.address}`;
  return unavailable(`${path} is in use by ${process}${server}: call that server, stop it, or give another path`);
}

function readHolder(database: DatabaseSync): LockHolder | null {
  try {
    const row = database.prepare('SELECT pid, address FROM holder').get();
    return row === undefined ? null : { pid: Number(row.pid), address: String(row.address) };
  } catch {
    // The holder is just writing its row: that there is one is all that can be said.
    return null;
  }
}

// Not the file itself: this process opens that several times, and an exclusive lock would keep out its own readers.
function lockPathOf(path: string): string {
  return `${path}.lock`;
}
