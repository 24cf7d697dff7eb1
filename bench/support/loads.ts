import { appendSessions, appendsInTurn, prepareAppends } from './append-load.ts';
import { measureLoad } from './h2load.ts';
import { quantile } from './median.ts';
import { pathOf } from './method-path.ts';
import { AUTHORIZATION, type Served } from './pinned-servers.ts';
import { processCpuMs } from './process-cpu.ts';
import { type Encodable, openWire, type Protocol } from './protocol.ts';

/** Loaded is what a server did under a load: calls a second, its processor time a call on all its threads, and, where they are known, how long calls took. */
export interface Loaded {
  rate: number;
  cpuUs: number;
  p50Ms: number;
  p99Ms: number;
}

/** LoadForm is how a server is called: in which way, how many calls at once, and for about how long. */
export interface LoadForm {
  protocol: Protocol;
  streams: number;
  seconds: number;
  /** How many calls the first run has, which warms the server up: code is compiled for speed after some thousands. */
  warmUpCalls?: number;
}

/** Returns a load by h2load: one and the same call. */
export function sameCallLoad(served: Served, call: Encodable, form: LoadForm, folder: string): () => Promise<Loaded> {
  const { protocol, streams } = form;
  const [url, body] = [served.baseUrl + pathOf(call.method), protocol.encode(call)];
  const headers = { ...protocol.headers, ...AUTHORIZATION };
  return paced(served, form, async (calls) => ({
    rate: measureLoad({ url, http: protocol.http, headers, body, streams, calls }, folder),
    timesMs: [],
  }));
}

/** AppendLoad is AddMessage over many sessions in turn; close it once it is done with. */
export interface AppendLoad {
  run: () => Promise<Loaded>;
  close(): void;
}

/** Returns a load by a wire: AddMessage over SESSION_COUNT sessions in turn. */
export async function appendLoad(served: Served, form: LoadForm): Promise<AppendLoad> {
  const { protocol, streams } = form;
  const wire = await openWire(served.baseUrl, protocol, AUTHORIZATION);
  const appends = prepareAppends(wire, protocol, appendSessions());
  const run = paced(served, form, async (calls) => {
    const { elapsedMs, timesMs } = await wire.run(streams, appendsInTurn(appends, calls));
    return { rate: (1000 * calls) / elapsedMs, timesMs };
  });
  return { run, close: () => wire.close() };
}

/** A run has as many calls as the one before answered in the time that it is to take. */
function paced(
  { pid }: Served,
  { streams, seconds, warmUpCalls = Math.min(100 * streams, 6000 * seconds) }: LoadForm,
  run: (calls: number) => Promise<{ rate: number; timesMs: readonly number[] }>,
): () => Promise<Loaded> {
  const least = 4 * streams + 50;
  let calls = Math.max(least, Math.round(warmUpCalls));
  return async () => {
    const [count, beforeMs] = [calls, processCpuMs(pid)];
    const { rate, timesMs } = await run(count);
    calls = Math.max(least, Math.round(rate * seconds));
    const cpuUs = (1000 * (processCpuMs(pid) - beforeMs)) / count;
    return { rate, cpuUs, p50Ms: quantile(timesMs, 0.5), p99Ms: quantile(timesMs, 0.99) };
  };
}
