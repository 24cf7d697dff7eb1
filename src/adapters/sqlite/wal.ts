import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Synchronous } from './connection.ts';
import { corruptFile } from './errors.ts';

/** WalScan is what is in the write-ahead log of a file that was not closed. */
export interface WalScan {
  /** Frames that SQLite will replay: those up to the last whole commit. */
  committedFrames: number;
  /** The numbers of the pages in them. */
  pages: Set<number>;
}

interface WalHeader {
  isBigEndian: boolean;
  pageSize: number;
  salt: bigint;
  checksum: Checksum;
}

type Checksum = [number, number];

const HEADER_LENGTH = 32;
const FRAME_HEADER_LENGTH = 24;
const MAGIC = 0x377f0682;

/**
 * Reads the log `<path>-wal` as SQLite will (https://www.sqlite.org/fileformat2.html#the_write_ahead_log), which drops
 * everything from the first frame that fails its checksum on. A frame of a later commit behind a broken one proves that
 * the broken one had reached the disk, and so was damaged: then it throws STORE_CORRUPT instead. A break inside the
 * very last commit looks like a write that never finished; commit-count.ts tells the two apart unless the power failed.
 * Under NORMAL no commit is synced by itself: a power cut may tear any of them, and no break proves damage.
 */
export function scanWal(path: string, synchronous: Synchronous): WalScan {
  const walPath = `${path}-wal`;
  if (!existsSync(walPath)) return { committedFrames: 0, pages: new Set() };
  const file = openSync(walPath, 'r');
  try {
    return scanFrames(file, walPath, synchronous);
  } finally {
    closeSync(file);
  }
}

function scanFrames(file: number, walPath: string, synchronous: Synchronous): WalScan {
  const { size } = fstatSync(file);
  const scan: WalScan = { committedFrames: 0, pages: new Set() };
  if (size <= HEADER_LENGTH) return scan;
  const header = readHeader(file, walPath);
  const frame = new DataView(new ArrayBuffer(FRAME_HEADER_LENGTH + header.pageSize));
  const frameCount = Math.floor((size - HEADER_LENGTH) / frame.byteLength);
  let running = header.checksum;
  let pending: number[] = [];
  for (let index = 0; index < frameCount; index++) {
    readSync(file, frame, 0, frame.byteLength, HEADER_LENGTH + index * frame.byteLength);
    running = extend(running, frame, header.isBigEndian);
    if (frame.getBigUint64(8) !== header.salt || !isStored(running, frame)) {
      if (synchronous === 'FULL') refuseIfCommitted(file, walPath, header, index, frameCount);
      break;
    }
    pending.push(frame.getUint32(0));
    if (frame.getUint32(4) === 0) continue;
    for (const page of pending) scan.pages.add(page);
    scan.committedFrames = index + 1;
    pending = [];
  }
  return scan;
}

function readHeader(file: number, walPath: string): WalHeader {
  const bytes = new DataView(new ArrayBuffer(HEADER_LENGTH));
  readSync(file, bytes, 0, HEADER_LENGTH, 0);
  const isBigEndian = (bytes.getUint32(0) & 1) === 1;
  const sum = addWords([0, 0], bytes, 0, FRAME_HEADER_LENGTH, isBigEndian);
  const isWhole =
    (bytes.getUint32(0) & ~1) === MAGIC && sum[0] === bytes.getUint32(24) && sum[1] === bytes.getUint32(28);
  // SQLite syncs the header before the first frame, so that a crash cannot leave frames behind a broken one.
  if (!isWhole) throw corruptFile(walPath, 'the header of the write-ahead log fails its checksum');
  return { isBigEndian, pageSize: bytes.getUint32(8), salt: bytes.getBigUint64(16), checksum: sum };
}

function extend(running: Checksum, frame: DataView, isBigEndian: boolean): Checksum {
  const withHeader = addWords(running, frame, 0, 8, isBigEndian);
  return addWords(withHeader, frame, FRAME_HEADER_LENGTH, frame.byteLength, isBigEndian);
}

function addWords(running: Checksum, bytes: DataView, from: number, to: number, isBigEndian: boolean): Checksum {
  let [one, other] = running;
  for (let offset = from; offset < to; offset += 8) {
    one = (one + bytes.getUint32(offset, !isBigEndian) + other) >>> 0;
    other = (other + bytes.getUint32(offset + 4, !isBigEndian) + one) >>> 0;
  }
  return [one, other];
}

function isStored([one, other]: Checksum, frame: DataView): boolean {
  return frame.getUint32(16) === one && frame.getUint32(20) === other;
}

/** Frames of the broken one's own commit prove nothing; one behind the end of that commit does. */
function refuseIfCommitted(
  file: number,
  walPath: string,
  { salt, pageSize }: WalHeader,
  broken: number,
  frameCount: number,
): void {
  const frame = new DataView(new ArrayBuffer(FRAME_HEADER_LENGTH));
  let isBehindCommit = false;
  for (let index = broken; index < frameCount; index++) {
    readSync(file, frame, 0, FRAME_HEADER_LENGTH, HEADER_LENGTH + index * (FRAME_HEADER_LENGTH + pageSize));
    const isOfThisLog = frame.getBigUint64(8) === salt;
    if (isBehindCommit && isOfThisLog) {
      throw corruptFile(
        walPath,
        `frame ${broken + 1} of the write-ahead log fails its checksum, and commits follow it`,
      );
    }
    if (isOfThisLog && frame.getUint32(4) !== 0) isBehindCommit = true;
  }
}
