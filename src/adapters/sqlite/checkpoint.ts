import type { Connection } from './connection.ts';

/** CheckpointReport is what a checkpoint left: pages in the log, and those of them that are in the file, too. */
export interface CheckpointReport {
  logPages: number;
  filePages: number;
}

interface CheckpointRow {
  busy: number;
  log: number;
  checkpointed: number;
}

/**
 * Copies what is in the log into the file, without getting in the writer's way. Under constant load that never
 * reaches the end of the log, so past `logBytesMax` the writer is held for a moment and the log begins anew. Its file
 * keeps its length: the disk takes what overwrites it in half the time of what makes it grow.
 */
export function checkpoint(connection: Connection, logBytesMax: number): CheckpointReport {
  const passive = run(connection, 'PASSIVE');
  const { page_size: pageSize } = connection.get<{ page_size: number }>('PRAGMA page_size')!;
  if (passive.log * pageSize <= logBytesMax) return reportOf(passive);
  return reportOf(run(connection, 'RESTART'));
}

function run(connection: Connection, mode: 'PASSIVE' | 'RESTART'): CheckpointRow {
  return connection.get<CheckpointRow>(`PRAGMA wal_checkpoint(${mode})`)!;
}

function reportOf({ log, checkpointed }: CheckpointRow): CheckpointReport {
  return { logPages: Math.max(0, log), filePages: Math.max(0, checkpointed) };
}
