import { join } from 'node:path';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { startServiceProcess } from '../test/support/service-process.ts';
import { appendRequest } from './support/append-request.ts';
import { atRest } from './support/at-rest.ts';
import { dropPageCache } from './support/drop-page-cache.ts';
import { fillSqlite } from './support/fill-sqlite.ts';
import { fillerMessage } from './support/filler-message.ts';
import type { Measure } from './support/measure.ts';
import { median } from './support/median.ts';
import { ReadyCalls } from './support/ready-calls.ts';
import type { Figure, Report } from './support/report.ts';
import { withScratch } from './support/scratch.ts';

const CALLS = ['Get', 'BuildContext(20)', 'AddMessage'] as const;
/** Each call is made on sessions of its own, so that each finds them as cold as the others do. */
const SESSIONS_A_CALL = 100;
const MEASURED = CALLS.length * SESSIONS_A_CALL;
const COLD_ROUND_SESSIONS = 20;
const CHECK_PATIENCE_MS = 3000;

/**
 * Measures whether a call costs more because there are more sessions on the disk: p50 of calls, one at a time, through
 * services with files of 1,000 to 1,000,000 sessions, in turns.
 */
export const measure: Measure = ({ quick }) =>
  withScratch('sessions', async ({ folder }) => {
    const sizes = quick ? [1000, 20_000] : [1000, 10_000, 100_000, 1_000_000];
    const files = sizes.map((size) => join(folder, `${size}.db`));
    for (const [place, size] of sizes.entries()) await fill(files[place] as string, size);
    const beds: Bed[] = [];
    try {
      for (const [place, size] of sizes.entries()) beds.push(await openBed(size, files[place] as string));
      const stillChecked = await restingFor(beds);
      const canDrop = files.map(dropPageCache).every((isDropped) => isDropped);
      const cold = await measureCold(beds);
      const warm = await measureWarm(beds, quick ? 1 : 5);
      return reportOf([...figuresOf(cold, 'cold'), ...figuresOf(warm, 'warm')], { canDrop, stillChecked });
    } finally {
      for (const bed of beds) await bed.close();
    }
  });

type CallName = (typeof CALLS)[number];

/** Bed is a service with a number of sessions on the disk. */
interface Bed {
  size: number;
  file: string;
  pid: number;
  /** Makes a call on one of its measured sessions. */
  call(name: CallName, place: number): Promise<void>;
  close(): Promise<void>;
}

/** Times of each call at each size, round by round. */
type Times = Map<number, Record<CallName, number[][]>>;

/** Every stride-th session has twenty messages of 370 bytes, the others one of 74. */
async function fill(file: string, size: number): Promise<void> {
  const { parts } = appendRequest('').message as { parts: { content: { value: string } }[] };
  const text = parts[0]?.content.value as string;
  const [many, one] = [Array.from({ length: 20 }, () => fillerMessage(text)), [fillerMessage(text.slice(0, 74))]];
  const isMeasured = (place: number) => place % strideOf(size) === 0 && place / strideOf(size) < MEASURED;
  await fillSqlite(file, {
    count: size,
    idOf: sessionIdOf,
    messagesOf: (place) => (isMeasured(place) ? many : one),
  });
}

function strideOf(size: number): number {
  return Math.max(1, Math.floor(size / MEASURED));
}

function sessionIdOf(place: number): string {
  return `session-${place}`;
}

async function openBed(size: number, file: string): Promise<Bed> {
  const service = await startServiceProcess(['--store', `sqlite:${file}`, '--log-level', 'error']);
  const { get, buildContext, addMessage } = SessionService.method;
  const gets = new ReadyCalls(service.baseUrl, get);
  const contexts = new ReadyCalls(service.baseUrl, buildContext);
  const appends = new ReadyCalls(service.baseUrl, addMessage);
  const callsOf: Record<CallName, (sessionId: string) => Promise<void>> = {
    Get: (sessionId) => gets.call({ sessionId }),
    'BuildContext(20)': (sessionId) => contexts.call({ sessionId, maxMessages: 20 }),
    AddMessage: (sessionId) => appends.call(appendRequest(sessionId)),
  };
  const idOf = (name: CallName, place: number) =>
    sessionIdOf(strideOf(size) * (CALLS.length * place + CALLS.indexOf(name)));
  return {
    size,
    file,
    pid: service.pid,
    call: (name, place) => callsOf[name](idOf(name, place)),
    close: async () => {
      for (const calls of [gets, contexts, appends]) calls.close();
      await service.stop();
    },
  };
}

/** A service reads through its file in the background once it has opened it: answers the sizes that were not done in time. */
async function restingFor(beds: readonly Bed[]): Promise<number[]> {
  const resting = await Promise.all(beds.map(({ pid }) => atRest(pid, CHECK_PATIENCE_MS)));
  return beds.filter((_, place) => !resting[place]).map(({ size }) => size);
}

/** Calls each session for the first time, with the system's memory of the file emptied every so often. */
async function measureCold(beds: readonly Bed[]): Promise<Times> {
  const times = timesFor(beds);
  for (let first = 0; first < SESSIONS_A_CALL; first += COLD_ROUND_SESSIONS) {
    for (const bed of beds) dropPageCache(bed.file);
    await measureRound(beds, times, first, first + COLD_ROUND_SESSIONS);
  }
  return times;
}

/** Calls the same sessions again. */
async function measureWarm(beds: readonly Bed[], rounds: number): Promise<Times> {
  const times = timesFor(beds);
  for (let round = 0; round < rounds; round++) await measureRound(beds, times, 0, SESSIONS_A_CALL);
  return times;
}

function timesFor(beds: readonly Bed[]): Times {
  return new Map(beds.map(({ size }) => [size, { Get: [], 'BuildContext(20)': [], AddMessage: [] }]));
}

/** Takes the sizes in turn session by session, so that a drift of the machine touches all alike. */
async function measureRound(beds: readonly Bed[], times: Times, from: number, to: number): Promise<void> {
  for (const name of CALLS) {
    const ofRound = new Map(beds.map(({ size }): [number, number[]] => [size, []]));
    for (let place = from; place < to; place++) {
      for (const bed of beds) {
        const startedAt = performance.now();
        await bed.call(name, place);
        ofRound.get(bed.size)?.push(performance.now() - startedAt);
      }
    }
    for (const [size, taken] of ofRound) times.get(size)?.[name].push(taken);
  }
}

function figuresOf(times: Times, cache: 'cold' | 'warm'): Figure[] {
  const fewest = Math.min(...times.keys());
  return CALLS.flatMap((name) => {
    const reference = times.get(fewest)?.[name].map(median) as number[];
    return [...times].map(([sessions, taken]): Figure => {
      const p50s = taken[name].map(median);
      const ratio = median(p50s.map((p50, round) => p50 / (reference[round] as number)));
      return {
        name: `${name}, p50`,
        at: { sessions, cache },
        value: median(p50s),
        unit: 'ms',
        reference: { name: `at ${fewest.toLocaleString('en')} sessions`, value: median(reference), ratio },
        ...(cache === 'warm' && sessions > fewest && { wanted: { of: 'ratio', atMost: 1.5 } }),
      };
    });
  });
}

function reportOf(figures: Figure[], { canDrop, stillChecked }: { canDrop: boolean; stillChecked: number[] }): Report {
  const emptied = canDrop
    ? `the system's memory of the files was emptied before every ${COLD_ROUND_SESSIONS} sessions (posix_fadvise)`
    : "the system's memory of the files could not be emptied here, so that only the service is cold";
  const checked = stillChecked.map((size) => size.toLocaleString('en')).join(', ');
  return {
    title: 'By number of sessions on the disk',
    method:
      `Calls over gRPC one at a time, on ${SESSIONS_A_CALL} sessions for each kind of call, spread over a SQLite file (durable); ` +
      'sizes in turns. The sessions called have 20 messages of 370 bytes, the others one of 74. Cold: the first call that ' +
      `this process gets for the session; ${emptied}. Warm: the same sessions again. ` +
      (checked === '' ? '' : `The services with ${checked} sessions were still checking their files meanwhile.`),
    figures,
    plots: [{ title: 'Calls by number of sessions', along: 'sessions', series: ['cache'], of: 'value', figures }],
  };
}
