import { readFileSync } from 'node:fs';
import { type CodePlace, ShareCount, type Shares } from './code-place.ts';

/** CpuProfile is what `node --cpu-prof` writes of one thread; times are in µs of the machine's monotonic clock. */
interface CpuProfile {
  startTime: number;
  nodes: { id: number; callFrame: CodePlace }[];
  samples: number[];
  timeDeltas: number[];
}

const NOT_BUSY: ReadonlySet<string> = new Set(['(idle)', '(program)', '(root)']);

/**
 * Reads a profile and returns the shares of the busy time, in µs, that was sampled in a span of time, in µs: each sample
 * counts where it was, not for its callers.
 */
export function readCpuShares(file: string, { fromUs, toUs }: { fromUs: number; toUs: number }): Shares {
  const { nodes, samples, timeDeltas, startTime }: CpuProfile = JSON.parse(readFileSync(file, 'utf8'));
  const places = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const count = new ShareCount();
  let atUs = startTime;
  for (const [index, id] of samples.entries()) {
    atUs += timeDeltas[index] ?? 0;
    const place = places.get(id);
    if (place === undefined || NOT_BUSY.has(place.functionName) || atUs < fromUs || atUs > toUs) continue;
    count.add(place, timeDeltas[index + 1] ?? 0);
  }
  return count.shares();
}
