import { workerData } from 'node:worker_threads';
import { openConnection } from './connection.ts';
import { translateError } from './errors.ts';
import { type Scans, scansOf } from './scans.ts';
import { serveThread } from './thread.ts';

/** ScannerThreadOptions is what the scanner thread is started with. */
export interface ScannerThreadOptions {
  path: string;
}

const { path } = workerData as ScannerThreadOptions;
const connection = openConnection({ role: 'scanner', path });

const handlers = translated(scansOf(connection));

/** ScannerHandlers are the methods that the scanner thread serves. */
export type ScannerHandlers = typeof handlers;

serveThread(handlers, () => connection.close());

function translated(scans: Scans): Scans {
  const entries = Object.entries(scans).map(([name, scan]) => [
    name,
    (input: never) => {
      try {
        return (scan as (input: never) => unknown)(input);
      } catch (error) {
        throw translateError(error, path);
      }
    },
  ]);
  return Object.fromEntries(entries) as Scans;
}
