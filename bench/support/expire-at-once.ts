import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { startServiceProcess } from '../../test/support/service-process.ts';
import { fillSqlite } from './fill-sqlite.ts';
import { quantile } from './median.ts';
import { ReadyCalls } from './ready-calls.ts';

/** Expired is how a service got through sessions that were due at one and the same instant; `p99Ms` are of calls meanwhile. */
export interface Expired {
  perSecond: number;
  tookMs: number;
  /** Of Get, called all the time: before the instant, and from then until all were expired. */
  calmP99Ms: number;
  busyP99Ms: number;
}

const FILL_MS_A_SESSION = 0.08;
const CALM_MS = 1500;
/** What a slow machine may take more: to fill the file and to start. */
const SLACK_MS = 6000;
const READ = 'read-all-the-time';
const PAUSE_MS = 5;
const LOOK_MS = 100;

/** Lets a service on SQLite have many sessions due at once, in a folder of its own, and calls it meanwhile. */
export async function expireAtOnce(folder: string, sessions: number): Promise<Expired> {
  const file = join(folder, 'threadkeep.db');
  // The service must be up before they are due, and not long after their start: what is due in an outage is given grace.
  const startedAt = Date.now();
  const dueAt = startedAt + SLACK_MS + sessions * FILL_MS_A_SESSION + 2 * CALM_MS;
  const idOf = (place: number) => `due-${place}`;
  const life = { startedAt, ttlMs: dueAt - startedAt };
  await fillSqlite(file, { count: sessions, idOf, messagesOf: () => [], life });
  const service = await startServiceProcess(['--store', `sqlite:${file}`, '--log-level', 'error']);
  const starts = new ReadyCalls(service.baseUrl, SessionService.method.start);
  await starts.call({ sessionId: READ });
  starts.close();
  const gets = new ReadyCalls(service.baseUrl, SessionService.method.get);
  try {
    if (Date.now() > dueAt - CALM_MS) throw new Error(`${sessions} sessions took too long to make`);
    await wait(dueAt - CALM_MS - Date.now());
    const calm = await readUntil(gets, async () => Date.now() >= dueAt);
    const busy = await readUntil(gets, async () => (await expiredBy(service.baseUrl)) >= sessions);
    const tookMs = Date.now() - dueAt;
    const [calmP99Ms, busyP99Ms] = [quantile(calm, 0.99), quantile(busy, 0.99)];
    return { perSecond: (1000 * sessions) / tookMs, tookMs, calmP99Ms, busyP99Ms };
  } finally {
    gets.close();
    await service.stop();
  }
}

/** Reads one session again and again until something is so; answers how long each time took, in ms. */
async function readUntil(
  gets: ReadyCalls<typeof SessionService.method.get.input>,
  isSo: () => Promise<boolean>,
): Promise<number[]> {
  const times: number[] = [];
  let isOver = false;
  const looking = (async () => {
    while (!(await isSo())) await wait(LOOK_MS);
    isOver = true;
  })();
  while (!isOver) {
    const startedAt = performance.now();
    await gets.call({ sessionId: READ, peek: true });
    times.push(performance.now() - startedAt);
    await wait(PAUSE_MS);
  }
  await looking;
  return times;
}

async function expiredBy(baseUrl: string): Promise<number> {
  const page = await (await fetch(`${baseUrl}/metrics`)).text();
  return Number(/^threadkeep_session_events_total\{kind="EXPIRED"\} (\d+)$/m.exec(page)?.[1] ?? 0);
}
