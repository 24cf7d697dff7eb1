import { checkpoint } from './checkpoint.ts';
import type { Connection } from './connection.ts';
import { type DueScan, scanDue, scanDueCount } from './due.ts';
import { type SinceScan, scanSince } from './event-rows.ts';
import { type ListScan, scanList } from './list.ts';
import { type SearchScan, scanSearch } from './search.ts';
import { type MessageScan, type SampleScan, scanCensus, scanMessageSamples, scanSamples } from './statistics.ts';
import { scanVerify, type VerifyPlace } from './verify.ts';

/** Returns the reads that may look at many rows, each a short transaction: they run beside the serving thread. */
export function scansOf(connection: Connection) {
  return {
    list: (scan: ListScan) => scanList(connection, scan),
    due: (scan: DueScan) => scanDue(connection, scan),
    dueCount: (dueBefore: number) => scanDueCount(connection, dueBefore),
    since: (scan: SinceScan) => scanSince(connection, scan),
    search: (scan: SearchScan) => scanSearch(connection, scan),
    samples: (scan: SampleScan) => scanSamples(connection, scan),
    messageSamples: (scan: MessageScan) => scanMessageSamples(connection, scan),
    census: (afterKey: number) => scanCensus(connection, afterKey),
    verify: (place: VerifyPlace) => scanVerify(connection, place),
    checkpoint: (logBytesMax: number) => checkpoint(connection, logBytesMax),
  };
}

/** Scans names the reads of scansOf. */
export type Scans = ReturnType<typeof scansOf>;

/** Scanner runs scans; its errors are SessionErrors. */
export interface Scanner {
  scan<Name extends keyof Scans & string>(
    name: Name,
    input: Parameters<Scans[Name]>[0],
  ): Promise<ReturnType<Scans[Name]>>;
}
