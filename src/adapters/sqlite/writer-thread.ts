import { workerData } from 'node:worker_threads';
import { type PackedBatch, unpackBatch } from './batch.ts';
import { openCommitCount } from './commit-count.ts';
import { openConnection, type Synchronous } from './connection.ts';
import { serveThread } from './thread.ts';
import { Writer } from './writer.ts';

/** WriterThreadOptions is what the writer thread is started with. */
export interface WriterThreadOptions {
  path: string;
  synchronous: Synchronous;
  pageCountMax?: number;
}

const options = workerData as WriterThreadOptions;
const commitCount = openCommitCount(options.path, options.synchronous);
const writer = new Writer({
  path: options.path,
  open: () => openConnection({ role: 'writer', ...options }),
  commitCount,
});

const handlers = {
  /** Answers the JSON of a BatchResult. */
  run: (batch: PackedBatch) => JSON.stringify(writer.run(unpackBatch(batch))),
  probe: (_: null): null => {
    writer.probe();
    return null;
  },
};

/** WriterHandlers are the methods that the writer thread serves. */
export type WriterHandlers = typeof handlers;

serveThread(handlers, () => {
  writer.close();
  commitCount.close();
});
