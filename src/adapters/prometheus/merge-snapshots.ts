import { AggregatorRegistry } from 'prom-client';

/** Writes what several processes counted, each under labels of its own, as one page in Prometheus' text form. */
export async function mergeSnapshots(snapshots: readonly object[][]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics();
}
