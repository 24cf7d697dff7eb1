import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { startServiceProcess } from '../test/support/service-process.ts';
import type { Measure } from './support/measure.ts';
import { quantile } from './support/median.ts';
import { pinned, requireCores, SERVER_CORE } from './support/pin.ts';
import { processCpuMs } from './support/process-cpu.ts';
import { ReadyCalls } from './support/ready-calls.ts';
import type { Figure, Report } from './support/report.ts';
import { withScratch } from './support/scratch.ts';
import { COLLECTABLE, settledKib } from './support/settled-memory.ts';
import type { Arrivals, WatchOrder } from './support/watch-client.ts';

const COUNTS = [1, 100, 500, 1000, 2000];
/** Between an event's arrival at the last watcher and the next event. */
const PAUSE_MS = 50;

/**
 * Measures streams of WatchExpiry, up to 2,000 on 20 connections: what each of them holds of the service's memory, and how
 * long an event takes to the last of them; beside a bare node:http2 server that sends as many bytes down as many streams.
 */
export const measure: Measure = ({ quick }) => {
  requireCores();
  return withScratch('watchers', async ({ folder }) => {
    const events = quick ? 5 : 30;
    const counts = quick ? [1, 2000] : COUNTS;
    const bare = await watchSide(await openBare(), counts, events);
    const service = await watchSide(await openService(folder, events * counts.length), counts, events);
    return reportOf(service, bare, events);
  });
};

/** Side is a server that tells its watchers of an event whenever `happen` is called. */
interface Side {
  url: string;
  pid: number;
  output(): string;
  happen(): Promise<void> | void;
  close(): Promise<unknown>;
}

/** Seen is what came of one number of watchers; times from the cause of an event to its arrival, in ms. */
interface Seen {
  watchers: number;
  /** Resident, for each watcher. */
  kib: number;
  /** To the last of all watchers, for each event. */
  lastMs: number[];
  /** Processor time of server and client for an event and a watcher. */
  serverUs: number;
  clientUs: number;
}

async function openService(folder: string, events: number): Promise<Side> {
  const service = await startServiceProcess(
    ['--store', `sqlite:${join(folder, 'threadkeep.db')}`, '--log-level', 'error'],
    { command: [...pinned(SERVER_CORE), process.execPath, ...COLLECTABLE] },
  );
  const starts = new ReadyCalls(service.baseUrl, SessionService.method.start);
  for (let place = 0; place < events; place++) await starts.call({ sessionId: `session-${place}` });
  const ends = new ReadyCalls(service.baseUrl, SessionService.method.end);
  let ended = 0;
  return {
    url: service.baseUrl,
    pid: service.pid,
    output: service.output,
    happen: () => ends.call({ sessionId: `session-${ended++}` }),
    close: () => {
      for (const calls of [starts, ends]) calls.close();
      return service.stop();
    },
  };
}

async function openBare(): Promise<Side> {
  const [program = '', ...before] = [...pinned(SERVER_CORE), process.execPath, ...COLLECTABLE];
  const script = fileURLToPath(new URL('./support/bare-watch-server.ts', import.meta.url));
  const child = spawn(program, [...before, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  await once(child.stdout, 'data');
  return {
    url: `http://127.0.0.1:${Number.parseInt(printed, 10)}`,
    pid: child.pid as number,
    output: () => printed,
    happen: () => void child.stdin.write('\n'),
    close: async () => child.kill(),
  };
}

/** Lets more and more watchers watch, and events happen before each further step. */
async function watchSide(side: Side, counts: readonly number[], events: number): Promise<Seen[]> {
  const client = fork(fileURLToPath(new URL('./support/watch-client.ts', import.meta.url)), [side.url]);
  const seen: Seen[] = [];
  try {
    await once(client, 'message');
    const emptyKib = await settledKib(side);
    let open = 0;
    for (const watchers of counts) {
      await ask(client, { open: watchers - open });
      open = watchers;
      const kib = ((await settledKib(side)) - emptyKib) / watchers;
      seen.push({ watchers, kib, ...(await watchEvents(side, client, { watchers, events })) });
    }
    return seen;
  } finally {
    const gone = once(client, 'exit');
    client.disconnect();
    await gone;
    await side.close();
  }
}

async function watchEvents(side: Side, client: ChildProcess, { watchers, events }: Counted) {
  const causedAt: number[] = [];
  const cpuMs = () => [processCpuMs(side.pid), processCpuMs(client.pid as number)] as const;
  const before = cpuMs();
  for (let event = 0; event < events; event++) {
    const came = ask(client, 'await');
    causedAt.push(performance.timeOrigin + performance.now());
    await side.happen();
    await came;
    await wait(PAUSE_MS);
  }
  const after = cpuMs();
  const arrivals = (await ask(client, 'tell')) as Arrivals;
  if (arrivals.length !== watchers || arrivals.some((times) => times.length !== events)) {
    throw new Error(
      `of ${watchers} watchers, each was to see ${events} events: ${arrivals.map((each) => each.length)}`,
    );
  }
  const perDelivery = (side: 0 | 1) => (1000 * (after[side] - before[side])) / (events * watchers);
  const lastMs = causedAt.map((at, event) => Math.max(...arrivals.map((times) => times[event] as number)) - at);
  return { lastMs, serverUs: perDelivery(0), clientUs: perDelivery(1) };
}

interface Counted {
  watchers: number;
  events: number;
}

async function ask(client: ChildProcess, order: WatchOrder): Promise<unknown> {
  const answered = once(client, 'message');
  client.send(order);
  const [answer] = await answered;
  return answer;
}

function reportOf(service: readonly Seen[], bare: readonly Seen[], events: number): Report {
  const compared = service.map((seen, step) => ({ seen, reference: bare[step] as Seen }));
  const figureOf = (name: string, read: (seen: Seen) => number, facts: Pick<Figure, 'unit' | 'wanted'>) =>
    compared.map(({ seen, reference }): Figure => {
      const [value, least] = [read(seen), read(reference)];
      const { watchers } = seen;
      const wanted = watchers === 2000 ? facts : { unit: facts.unit };
      return {
        name,
        at: { watchers },
        value,
        reference: { name: 'bare node:http2', value: least, ratio: value / least },
        ...wanted,
      };
    });
  const times = [
    ...figureOf('An event to the last watcher, p50', ({ lastMs }) => quantile(lastMs, 0.5), { unit: 'ms' }),
    ...figureOf('An event to the last watcher, p99', ({ lastMs }) => quantile(lastMs, 0.99), {
      unit: 'ms',
      wanted: { of: 'value', atMost: 200 },
    }),
  ];
  const memory = figureOf('Memory of a watcher', ({ kib }) => kib, {
    unit: 'KiB',
    wanted: { of: 'value', atMost: 64 },
  });
  const { watchers, clientUs, serverUs } = service.at(-1) as Seen;
  return {
    title: 'By number of watchers',
    method:
      `Streams of WatchExpiry on 20 connections, opened step by step; SQLite; server and watchers are processes of their own. ` +
      `${events} events at each step, each when all had the one before: a session is ended, and the time from before that call to the ` +
      'arrival at the last watcher is taken. Memory is what is resident after collecting garbage, less what was before ' +
      `the first stream, by the number of streams. At ${watchers} watchers an event costs the service ` +
      `${serverUs.toFixed(0)} µs a watcher, and the process that watches ${clientUs.toFixed(0)} µs.`,
    figures: [...memory.filter((figure) => (figure.at.watchers as number) >= 100), ...times],
    plots: [
      { title: 'An event to the last watcher', along: 'watchers', series: [], of: 'value', figures: times },
      { title: 'Memory of a watcher', along: 'watchers', series: [], of: 'value', figures: memory.slice(1) },
    ],
  };
}
