import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { BSON } from 'mongodb';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { startCommandTap } from '../test/support/servers/command-tap.ts';
import { mongoServer } from '../test/support/servers/mongo-server.ts';
import { ScratchDatabases } from '../test/support/servers/scratch-databases.ts';
import { onlyHostOf, viaPort } from '../test/support/servers/via-port.ts';
import { startServiceProcess } from '../test/support/service-process.ts';
import { appendRequest } from './support/append-request.ts';
import { type AppendTemplate, appendIn } from './support/append-template.ts';
import type { BareRun } from './support/bare-appends.ts';
import type { Measure } from './support/measure.ts';
import { median } from './support/median.ts';
import { processCpuMs } from './support/process-cpu.ts';
import { ReadyCalls } from './support/ready-calls.ts';
import type { Figure, Report } from './support/report.ts';

/** Appender appends for a while with so many callers, each on a session of its own, in the process `pid`. */
interface Appender {
  pid: number;
  run(callers: number, durationMs: number): Promise<number>;
  close(): Promise<unknown>;
}

const CALLERS = [1, 16, 64];

/** Code is compiled for speed after some thousands of calls: each side makes so many before it is measured, if it can in time. */
const WARM_UP_APPENDS = 4000;
const WARM_UP_STEP_MS = 1000;

type Side = 'bare' | 'floor' | 'service';
const SIDES: readonly Side[] = ['bare', 'floor', 'service'];

/**
 * Measures AddMessage through the service beside a bare driver loop of one findOneAndUpdate, in turns on one server: the
 * loop sends the filter and the update of the service's own appends, with the same write concern, to a collection with the
 * same indexes and documents that hold as many messages. The floor between them is that loop behind node:http2 and
 * protobuf-es and nothing else: the least that anything here takes to answer gRPC. Each side is one process; its rate is
 * what its callers were answered, its processor time what the system counted for the process, gRPC and background work
 * included. All are warmed up by appends before, then take turns; each figure is the median of the rounds, each ratio that
 * of a round's sides. What a side takes at rest is told beside: a slow server spreads it over few appends.
 */
export const measure: Measure = async ({ quick }) => {
  const server = await mongoServer();
  const scratch = new ScratchDatabases(server);
  const bareUrl = server.urlOf(scratch.next());
  const template = await captureTemplate(bareUrl);
  const sides: Record<Side, Appender> = {
    bare: await openBare(bareUrl, template),
    floor: await openFloor(bareUrl, template),
    service: await openService(server.urlOf(scratch.next())),
  };
  const size = quick
    ? { callers: [16], rounds: 1, durationMs: 700, patienceMs: 1500, restMs: 500 }
    : { callers: CALLERS, rounds: 5, durationMs: 450, patienceMs: 8000, restMs: 2000 };
  try {
    return await measureSides(sides, template, size);
  } finally {
    for (const name of SIDES) await sides[name].close();
    await scratch.close();
  }
};

interface Size {
  callers: readonly number[];
  rounds: number;
  durationMs: number;
  patienceMs: number;
  restMs: number;
}

async function measureSides(
  sides: Record<Side, Appender>,
  { update }: AppendTemplate,
  { callers, rounds, durationMs, patienceMs, restMs }: Size,
): Promise<Report> {
  const warmedUpBy = new Map<Side, number>();
  for (const name of SIDES) warmedUpBy.set(name, await warmUp(sides[name], patienceMs));
  const resting = await Promise.all(SIDES.map((name) => restingCpuMs(sides[name], restMs)));
  const figures: Figure[] = [];
  for (const count of callers) {
    const turns: Turn[] = [];
    for (let round = 0; round < rounds; round++) turns.push(await takeTurns(sides, count, durationMs));
    figures.push(...figuresOf(count, turns));
  }
  const facts = SIDES.map((name, place) => `${name} ${warmedUpBy.get(name)}, ${resting[place]?.toFixed(1)} ms`);
  return {
    title: 'AddMessage on MongoDB',
    method:
      'Through the service, and by a bare driver loop of one findOneAndUpdate that sends what the service sends ' +
      `(${BSON.calculateObjectSize(BSON.EJSON.parse(update))} bytes of update, majority, journal), in turns on one server; the floor ` +
      'is that loop behind node:http2 and protobuf-es. Processor time is of the whole process. Appends to warm up, and ' +
      `processor time at rest in a second: ${facts.join('; ')}.`,
    figures,
    plots: [],
  };
}

async function warmUp(side: Appender, patienceMs: number): Promise<number> {
  const endAt = performance.now() + patienceMs;
  let appends = 0;
  while (appends < WARM_UP_APPENDS && performance.now() < endAt) appends += await side.run(64, WARM_UP_STEP_MS);
  return appends;
}

/** Returns the processor time that a side takes in a second without calls. */
async function restingCpuMs({ pid }: Appender, restMs: number): Promise<number> {
  const beforeMs = processCpuMs(pid);
  await sleep(restMs);
  return (1000 * (processCpuMs(pid) - beforeMs)) / restMs;
}

type Run = { perSecond: number; cpuMsPerAppend: number };
type Turn = Record<Side, Run>;

async function takeTurns(sides: Record<Side, Appender>, callers: number, durationMs: number): Promise<Turn> {
  const bare = await timed(sides.bare, callers, durationMs);
  const floor = await timed(sides.floor, callers, durationMs);
  return { bare, floor, service: await timed(sides.service, callers, durationMs) };
}

async function timed(side: Appender, callers: number, durationMs: number): Promise<Run> {
  const startedAt = performance.now();
  const startedCpuMs = processCpuMs(side.pid);
  const appends = await side.run(callers, durationMs);
  const elapsedMs = performance.now() - startedAt;
  return {
    perSecond: (1000 * appends) / elapsedMs,
    cpuMsPerAppend: (processCpuMs(side.pid) - startedCpuMs) / appends,
  };
}

function figuresOf(callers: number, turns: readonly Turn[]): Figure[] {
  const figure = (
    side: 'floor' | 'service',
    of: keyof Run,
    facts: Pick<Figure, 'name' | 'unit' | 'wanted'>,
  ): Figure => ({
    ...facts,
    at: { side, callers },
    value: median(turns.map((turn) => turn[side][of])),
    reference: {
      name: 'bare findOneAndUpdate',
      value: median(turns.map((turn) => turn.bare[of])),
      ratio: median(turns.map((turn) => turn[side][of] / turn.bare[of])),
    },
  });
  const [rate, time] = ['AddMessage on MongoDB', 'Processor time of an append'];
  return [
    figure('service', 'perSecond', { name: rate, unit: 'calls/s', wanted: { of: 'ratio', atLeast: 0.8 } }),
    figure('floor', 'perSecond', { name: rate, unit: 'calls/s' }),
    figure('service', 'cpuMsPerAppend', { name: time, unit: 'ms', wanted: { of: 'ratio', atMost: 1.5 } }),
    figure('floor', 'cpuMsPerAppend', { name: time, unit: 'ms' }),
  ];
}

/** Lets the service append once through a tap, and takes from there what it sent. */
async function captureTemplate(url: string): Promise<AppendTemplate> {
  const host = onlyHostOf(url);
  if (host === null) throw new Error('MONGODB_URI names no single host without TLS, which a tap could listen to');
  const tap = await startCommandTap(host);
  const service = await openService(viaPort(url, tap.port));
  await service.run(1, 500);
  const scratch = new ScratchDatabases({ url, isStandIn: true, urlOf: () => url });
  const database = new URL(url).pathname.slice(1);
  tap.take(database);
  await service.append();
  const { query, update } = appendIn(tap.take(database));
  const session = await scratch.client.db(database).collection('sessions').findOne({});
  await service.close();
  await tap.close();
  await scratch.close();
  const [sessionText, queryText, updateText] = [session, query, update].map((each) => BSON.EJSON.stringify(each));
  return { session: sessionText as string, query: queryText as string, update: updateText as string };
}

async function openService(url: string): Promise<Appender & { append(): Promise<unknown> }> {
  const service = await startServiceProcess(['--store', url]);
  const client = createClient(SessionService, createGrpcTransport({ baseUrl: service.baseUrl }));
  const sessionIds = sessionIdsOf(`bench-${service.pid}`);
  for (const sessionId of sessionIds) await client.start({ sessionId });
  const calls = new ReadyCalls(service.baseUrl, SessionService.method.addMessage);
  const requests = sessionIds.map(appendRequest);
  return {
    pid: service.pid,
    append: () => calls.call(appendRequest(sessionIds[0] as string)),
    run: (callers, durationMs) => calls.run(requests.slice(0, callers), durationMs),
    close: async () => {
      calls.close();
      await service.stop();
    },
  };
}

function sessionIdsOf(prefix: string): string[] {
  return Array.from({ length: Math.max(...CALLERS) }, (_, caller) => `${prefix}-${caller}`);
}

async function openFloor(url: string, template: AppendTemplate): Promise<Appender> {
  const script = fileURLToPath(new URL('./support/bare-append-server.ts', import.meta.url));
  const child = fork(script, [url, JSON.stringify(template)]);
  const [port] = await once(child, 'message');
  const calls = new ReadyCalls(`http://127.0.0.1:${port}`, SessionService.method.addMessage);
  const requests = sessionIdsOf('floor').map(appendRequest);
  return {
    pid: child.pid as number,
    run: (callers, durationMs) => calls.run(requests.slice(0, callers), durationMs),
    close: () => {
      calls.close();
      return disconnected(child);
    },
  };
}

async function openBare(url: string, template: AppendTemplate): Promise<Appender> {
  const script = fileURLToPath(new URL('./support/bare-appends.ts', import.meta.url));
  const child = fork(script, [url, JSON.stringify(template)]);
  await once(child, 'message');
  return {
    pid: child.pid as number,
    run: async (callers, durationMs) => {
      const answered = once(child, 'message');
      child.send({ callers, durationMs });
      const [{ appends }] = (await answered) as [BareRun];
      return appends;
    },
    close: () => disconnected(child),
  };
}

async function disconnected(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.disconnect();
  await gone;
}
