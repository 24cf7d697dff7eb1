import { readFileSync } from 'node:fs';

/** CpuProfile is what `node --cpu-prof` writes of one thread; times are in µs of the machine's monotonic clock. */
interface CpuProfile {
  startTime: number;
  nodes: { id: number; callFrame: CallFrame; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
}

/** Shares is what part of the busy time went where, the largest first. */
export interface Shares {
  busyMs: number;
  byLayer: [layer: string, share: number][];
  byFunction: [name: string, share: number][];
}

const NOT_BUSY: ReadonlySet<string> = new Set(['(idle)', '(program)', '(root)']);

/** Reads a profile and summarises what was sampled in a span of time, in µs: each sample counts where it was, not for its callers. */
export function readShares(file: string, { fromUs, toUs }: { fromUs: number; toUs: number }): Shares {
  const { nodes, samples, timeDeltas, startTime }: CpuProfile = JSON.parse(readFileSync(file, 'utf8'));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byLayer = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let [atUs, busyUs] = [startTime, 0];
  for (const [place, id] of samples.entries()) {
    const tookUs = timeDeltas[place + 1] ?? 0;
    atUs += timeDeltas[place] ?? 0;
    const frame = frames.get(id);
    if (frame === undefined || NOT_BUSY.has(frame.functionName) || atUs < fromUs || atUs > toUs) continue;
    busyUs += tookUs;
    add(byLayer, layerOf(frame), tookUs);
    add(byFunction, nameOf(frame), tookUs);
  }
  const sharesOf = (times: ReadonlyMap<string, number>) =>
    [...times].map(([name, us]): [string, number] => [name, us / busyUs]).sort(([, one], [, other]) => other - one);
  return { busyMs: busyUs / 1000, byLayer: sharesOf(byLayer), byFunction: sharesOf(byFunction) };
}

function add(times: Map<string, number>, name: string, us: number): void {
  times.set(name, (times.get(name) ?? 0) + us);
}

/** A layer of ours (an adapter by its name), a package, a module of Node, or the machine below them. */
function layerOf({ url, functionName }: CallFrame): string {
  if (url.startsWith('node:')) return url.replace(/^node:internal\//, 'node:').replace(/\/.*/, '');
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  if (installed !== null) return installed[1] as string;
  const own = /\/src\/(adapters\/[^/]+|[^/]+)\//.exec(url) ?? /\/(gen)\//.exec(url);
  if (own !== null) return own[1] as string;
  return functionName === '(garbage collector)' ? 'garbage collector' : 'native code';
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  if (url === '') return functionName;
  const place = url.replace(/^.*\/(?=src\/|gen\/|node_modules\/)/, '').replace('node_modules/', '');
  return `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`;
}
