import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { type ServiceProcess, startServiceProcess } from '../test/support/service-process.ts';
import { appendRequest } from './support/append-request.ts';
import { requireH2load } from './support/h2load.ts';
import { type LoadOptions, runLoad, type SentCall } from './support/load-processes.ts';
import type { Measure } from './support/measure.ts';
import { median, quantile } from './support/median.ts';
import { pinned, requireCores, SERVER_CORE } from './support/pin.ts';
import { residentKib } from './support/process-memory.ts';
import { ReadyCalls } from './support/ready-calls.ts';
import { countAnswers, sampleTreatment, type Treatment } from './support/refusals.ts';
import type { Figure, Report } from './support/report.ts';
import { withScratch } from './support/scratch.ts';

const { addMessage, start } = SessionService.method;
const SESSIONS = 64;
const CLOSED_STREAMS = 4;
const OPEN_STREAMS = 1000;
const TIMES_THE_PEAK = 4;
const CALM_CALLS = 50;
const RECOVERY_PATIENCE_MS = 20_000;
const LOOK_MS = 100;
const ASIDE = 'aside';
const TOO_MANY_REQUESTS = 429;

/**
 * Measures what the service does with more than it can do: AddMessage at four times the rate that it was just seen to
 * sustain, sent whatever is answered.
 */
export const measure: Measure = ({ quick }) => {
  requireCores();
  requireH2load();
  return withScratch('overload', async ({ folder }) => {
    const store = `sqlite:${join(folder, 'threadkeep.db')}`;
    const service = await startServiceProcess(['--store', store, '--log-level', 'error'], {
      command: [...pinned(SERVER_CORE), process.execPath],
    });
    try {
      return reportOf(await observe(service, folder, quick ? { closed: 2, open: 5 } : { closed: 5, open: 60 }));
    } finally {
      await service.stop();
    }
  });
};

interface Seconds {
  closed: number;
  open: number;
}

/** Seen is what came of a run; rates in calls a second, memory in KiB. */
interface Seen {
  seconds: number;
  peak: number;
  peakCalls: SentCall[];
  /** Answered with success while the load lasted, a second. */
  goodput: number;
  /** Of the calls that were answered with an error, how many were by the status of RESOURCE_EXHAUSTED. */
  overloadedShare: number;
  /** What the service counted, by reason; '' = answered. */
  answers: Map<string, number>;
  /** How a client beside the load is treated, which waits for each answer. */
  beside: Treatment;
  beforeKib: number;
  mostKib: number;
  afterKib: number;
  calmMs: number;
  calmAgainMs: number;
  recoveryMs: number;
}

async function observe(service: ServiceProcess, folder: string, { closed, open }: Seconds): Promise<Seen> {
  const { baseUrl, pid } = service;
  const load = await prepareLoad(baseUrl, folder);
  // Code is compiled for speed as it runs.
  await runLoad({ ...load, streams: CLOSED_STREAMS, seconds: closed });
  const peakCalls = await runLoad({ ...load, streams: CLOSED_STREAMS, seconds: closed });
  const peak = peakCalls.filter(isAnswered).length / closed;
  const calls = new ReadyCalls(baseUrl, addMessage);
  const calmMs = median(await timesOf(calls));
  const [beforeKib, answersBefore] = [residentKib(pid), await countAnswers(baseUrl)];
  const over = new AbortController();
  const [most, beside] = [watchMemory(pid, over.signal), sampleTreatment(baseUrl, 'session-0', over.signal)];
  const startedAt = Date.now();
  const sent = await runLoad({ ...load, streams: OPEN_STREAMS, seconds: open, callsPerSecond: TIMES_THE_PEAK * peak });
  over.abort();
  const { recoveryMs, calmAgainMs } = await recover(calls, calmMs);
  calls.close();
  const answers = [...(await countAnswers(baseUrl))].map(([reason, count]): [string, number] => [
    reason,
    count - (answersBefore.get(reason) ?? 0),
  ]);
  const accepted = sent.filter(isAnswered);
  const errors = sent.filter(({ status }) => status >= 400);
  const exhausted = errors.filter(({ status }) => status === TOO_MANY_REQUESTS);
  const inTime = accepted.filter(({ endedAt }) => endedAt <= startedAt + 1000 * open);
  return {
    ...{ seconds: open, peak, peakCalls, goodput: inTime.length / open },
    overloadedShare: errors.length === 0 ? 1 : exhausted.length / errors.length,
    ...{
      answers: new Map(answers),
      beside: await beside,
      beforeKib,
      mostKib: await most,
      afterKib: residentKib(pid),
    },
    ...{ calmMs, calmAgainMs, recoveryMs },
  };
}

/** Each process of the load has a session: h2load sends one body. Over Connect the status of HTTP tells a refusal. */
async function prepareLoad(baseUrl: string, folder: string): Promise<Omit<LoadOptions, 'streams' | 'seconds'>> {
  const sessionIds = Array.from({ length: SESSIONS }, (_, place) => `session-${place}`);
  const starts = new ReadyCalls(baseUrl, start);
  for (const sessionId of [ASIDE, ...sessionIds]) await starts.call({ sessionId });
  starts.close();
  return {
    url: `${baseUrl}/${addMessage.parent.typeName}/${addMessage.name}`,
    headers: { 'content-type': 'application/proto', 'connect-protocol-version': '1' },
    bodies: sessionIds.map((id) => toBinary(addMessage.input, create(addMessage.input, appendRequest(id)))),
    folder,
  };
}

function isAnswered({ status }: SentCall): boolean {
  return status === 200;
}

async function timesOf(calls: ReadyCalls<typeof addMessage.input>): Promise<number[]> {
  const times: number[] = [];
  while (times.length < CALM_CALLS) {
    const startedAt = performance.now();
    await calls.call(appendRequest(ASIDE)).catch(() => {});
    times.push(performance.now() - startedAt);
  }
  return times;
}

/** Calls until half of the last calls took no more than twice what they took before the load; answers how long that was. */
async function recover(calls: ReadyCalls<typeof addMessage.input>, calmMs: number) {
  const endedAtMs = performance.now();
  for (;;) {
    const calmAgainMs = median(await timesOf(calls));
    const recoveryMs = performance.now() - endedAtMs;
    if (calmAgainMs <= 2 * calmMs || recoveryMs > RECOVERY_PATIENCE_MS) return { recoveryMs, calmAgainMs };
  }
}

async function watchMemory(pid: number, signal: AbortSignal): Promise<number> {
  let most = residentKib(pid);
  while (!signal.aborted) {
    await wait(LOOK_MS);
    most = Math.max(most, residentKib(pid));
  }
  return most;
}

function reportOf(seen: Seen): Report {
  const at = { load: `${TIMES_THE_PEAK} times the peak`, seconds: seen.seconds };
  const peakP99 = quantile(
    seen.peakCalls.map(({ tookMs }) => tookMs),
    0.99,
  );
  const against = (name: string, value: number, reference: number): Pick<Figure, 'value' | 'reference'> => ({
    value,
    reference: { name, value: reference, ratio: value / reference },
  });
  const told = [...seen.beside.refusals].map(([what, count]) => `${what} ${count}`).join(', ');
  return {
    title: 'Overload',
    method:
      `AddMessage (370 bytes, SQLite, durable) over Connect on h2, ${SESSIONS} sessions with a connection each, server and load ` +
      `on a core each. The peak: ${SESSIONS * CLOSED_STREAMS} callers that wait for their answers. Then ${TIMES_THE_PEAK} ` +
      `times that rate for ${seen.seconds} s, whatever is answered; what the service does not let a connection have open waits in h2load. By the service's own count: ${describe(seen.answers)} (CANCELLED = in flight when the load ended). A client beside it was told: ` +
      `${told === '' ? 'no refusal' : told}. Recovery: from the end of the load until the p50 of the last ${CALM_CALLS} calls, one at a time, ` +
      'is at most twice what it was before.',
    figures: [
      { name: 'AddMessage, sustained', at: { load: 'the peak' }, value: seen.peak, unit: 'calls/s' },
      {
        name: 'AddMessage, answered with success',
        at,
        ...against('the peak', seen.goodput, seen.peak),
        unit: 'calls/s',
        wanted: { of: 'ratio', atLeast: 0.9 },
      },
      {
        name: 'p99 of what is answered to who waits for it',
        at,
        ...against('at the peak', quantile(seen.beside.tookMs, 0.99), peakP99),
        unit: 'ms',
        wanted: { of: 'ratio', atMost: 10 },
      },
      {
        name: 'Share of refusals that are OVERLOADED',
        at,
        value: seen.overloadedShare,
        unit: 'times',
        wanted: { of: 'value', atLeast: 1 },
      },
      { name: 'Resident, most', at, ...against('before', seen.mostKib / 1024, seen.beforeKib / 1024), unit: 'MiB' },
      { name: 'Resident, after', at, ...against('before', seen.afterKib / 1024, seen.beforeKib / 1024), unit: 'MiB' },
      { name: 'Recovery', at, value: seen.recoveryMs, unit: 'ms', wanted: { of: 'value', atMost: 5000 } },
      { name: 'p50 after it', at, ...against('before', seen.calmAgainMs, seen.calmMs), unit: 'ms' },
    ],
    plots: [],
  };
}

function describe(answers: ReadonlyMap<string, number>): string {
  const counted = [...answers].filter(([, count]) => count > 0);
  return counted.map(([reason, count]) => `${reason || 'success'} ${count.toLocaleString('en')}`).join(', ');
}
