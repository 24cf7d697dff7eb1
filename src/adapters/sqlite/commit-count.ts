import { closeSync, constants, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { checksum } from './checksum.ts';
import type { Connection, Synchronous } from './connection.ts';
import { corruptRow } from './errors.ts';

/** CommitCount counts the transactions of a file, in the file itself and, for its protection, beside it. */
export interface CommitCount {
  /** Adds one inside the open transaction and returns the count that it will leave. */
  advance(connection: Connection): number;
  /** Notes beside the file that a transaction was committed. */
  note(count: number): void;
  /** Brings the note to the disk. */
  sync(): void;
  close(): void;
}

/** CountNote is what the note beside a file says. */
export interface CountNote {
  count: number;
  /** How the commits were synced: under NORMAL a power cut may take the last of them, and that is no damage. */
  synchronous: Synchronous;
}

const LENGTH = 13;
const CRC_AT = 9;

/**
 * Opens the count of a file. The note `<path>-count` is written after each COMMIT and not synced, so it never runs
 * ahead of the file and survives the death of the process: a file that is behind its note has lost commits that were
 * answered. After a power cut it may be old, and then tells nothing.
 */
export function openCommitCount(path: string, synchronous: Synchronous): CommitCount {
  const note = openSync(noteOf(path), constants.O_RDWR | constants.O_CREAT);
  const bytes = new DataView(new ArrayBuffer(LENGTH));
  bytes.setUint8(8, synchronous === 'FULL' ? 1 : 0);
  return {
    advance: advanceCount,
    note(count) {
      bytes.setBigUint64(0, BigInt(count));
      bytes.setUint32(CRC_AT, crc32(new Uint8Array(bytes.buffer, 0, CRC_AT)));
      writeSync(note, bytes, 0, LENGTH, 0);
    },
    sync: () => fsyncSync(note),
    close: () => closeSync(note),
  };
}

/** The count of a store in memory, which nothing can outlive. */
export const UNNOTED_COUNT: CommitCount = { advance: advanceCount, note: () => {}, sync: () => {}, close: () => {} };

/** Reads the note beside a file; null when there is none that can be trusted. */
export function readCountNote(path: string): CountNote | null {
  let file: number;
  try {
    file = openSync(noteOf(path), 'r');
  } catch {
    return null;
  }
  const bytes = new DataView(new ArrayBuffer(LENGTH));
  const length = readSync(file, bytes, 0, LENGTH, 0);
  closeSync(file);
  const isWhole = length === LENGTH && crc32(new Uint8Array(bytes.buffer, 0, CRC_AT)) === bytes.getUint32(CRC_AT);
  if (!isWhole) return null;
  return { count: Number(bytes.getBigUint64(0)), synchronous: bytes.getUint8(8) === 1 ? 'FULL' : 'NORMAL' };
}

/** Reads the count inside a file. */
export function readCount(connection: Connection): number {
  const row = connection.get<{ value: number; crc: number }>("SELECT value, crc FROM meta WHERE name = 'commits'");
  if (row === undefined) return 0;
  if (checksum(['commits', row.value]) !== row.crc) throw corruptRow(connection.path, 'meta', 'commits');
  return row.value;
}

/** Names the note beside a file. */
export function noteOf(path: string): string {
  return `${path}-count`;
}

function advanceCount(connection: Connection): number {
  const count = readCount(connection) + 1;
  const sql = `INSERT INTO meta (name, value, crc) VALUES ('commits', ?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, crc = excluded.crc`;
  connection.run(sql, count, checksum(['commits', count]));
  return count;
}
