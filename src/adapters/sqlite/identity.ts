import { randomBytes, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Connection } from './connection.ts';
import { corruptRow } from './errors.ts';

/** Identity is what makes a store this one and no other, kept with its data. */
export interface Identity {
  storeId: string;
  tokenSecret: Uint8Array;
}

/** Reads a store's identity, or makes it on a new file. */
export function ensureIdentity(connection: Connection): Identity {
  connection.run('BEGIN IMMEDIATE');
  try {
    const storeId = ensureValue(connection, 'storeId', () => new TextEncoder().encode(randomUUID()));
    const tokenSecret = ensureValue(connection, 'tokenSecret', () => randomBytes(32));
    connection.run('COMMIT');
    return { storeId: new TextDecoder().decode(storeId), tokenSecret: new Uint8Array(tokenSecret) };
  } finally {
    if (connection.database.isTransaction) connection.run('ROLLBACK');
  }
}

function ensureValue(connection: Connection, name: string, make: () => Uint8Array): Uint8Array {
  const sql = 'SELECT value, crc FROM meta WHERE name = ?';
  const row = connection.get<{ value: Uint8Array; crc: number }>(sql, name);
  if (row === undefined) {
    const value = make();
    connection.run('INSERT INTO meta (name, value, crc) VALUES (?, ?, ?)', name, value, valueChecksum(name, value));
    return value;
  }
  if (valueChecksum(name, row.value) !== row.crc) throw corruptRow(connection.path, 'meta', name);
  return row.value;
}

function valueChecksum(name: string, value: Uint8Array): number {
  return crc32(value, crc32(name));
}
