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

/** Appender appends for a while with so many callers, each on a session of its own, in the process `pid`. */
interface Appender {
  pid: number;
  run(callers: number, durationMs: number): Promise<number>;
  close(): Promise<unknown>;
}

const CALLERS = [1, 16, 64];
const WARM_UP_MS = 2000;

/** Code is compiled for speed after some thousands of calls: each side makes so many before it is measured, if it can in time. */
const WARM_UP_APPENDS = 4000;
const WARM_UP_MAX_MS = 60_000;
const REST_MS = 5000;

type Side = 'bare' | 'floor' | 'service';
const SIDES: readonly Side[] = ['bare', 'floor', 'service'];

/**
 * Measures AddMessage through the service beside a bare driver loop of one findOneAndUpdate, in turns on one server: the
 * loop sends the filter and the update of the service's own appends, with the same write concern, to a collection with the
 * same indexes and documents that hold as many messages. The floor between them is that loop behind node:http2 and
 * protobuf-es and nothing else: the least that anything here takes to answer gRPC. Each side is one process; its rate is
 * what its callers were answered, its processor time what the system counted for the process, gRPC and background work
 * included. All are warmed up by appends before, then take turns; each figure is the median of the rounds, each ratio that
 * of a round's sides. What a side takes at rest is printed beside: a slow server spreads it over few appends.
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
  const [rounds, durationMs] = quick ? [1, 4000] : [3, 10_000];
  console.log(`one append sends ${BSON.calculateObjectSize(BSON.EJSON.parse(template.update))} bytes of update`);
  const patienceMs = quick ? WARM_UP_MAX_MS / 4 : WARM_UP_MAX_MS;
  for (const name of SIDES) console.log(`${name}: warmed up by ${await warmUp(sides[name], patienceMs)} appends`);
  for (const name of SIDES) console.log(`${name}: takes ${await restingCpuMs(sides[name])} ms a second at rest`);
  for (const callers of CALLERS) {
    for (const name of SIDES) await sides[name].run(callers, WARM_UP_MS);
    const turns: Turn[] = [];
    for (let round = 0; round < rounds; round++) turns.push(await takeTurns(sides, callers, durationMs));
    print(callers, turns);
  }
  for (const name of SIDES) await sides[name].close();
  await scratch.close();
};

async function warmUp(side: Appender, patienceMs: number): Promise<number> {
  const endAt = performance.now() + patienceMs;
  let appends = 0;
  while (appends < WARM_UP_APPENDS && performance.now() < endAt) appends += await side.run(64, WARM_UP_MS);
  return appends;
}

async function restingCpuMs({ pid }: Appender): Promise<string> {
  const beforeMs = processCpuMs(pid);
  await sleep(REST_MS);
  return ((1000 * (processCpuMs(pid) - beforeMs)) / REST_MS).toFixed(1);
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

function print(callers: number, turns: readonly Turn[]): void {
  const figure = (side: Side, name: keyof Run, digits: number) =>
    median(turns.map((turn) => turn[side][name])).toFixed(digits);
  const ratio = (side: Side, name: keyof Run) =>
    median(turns.map((turn) => turn[side][name] / turn.bare[name])).toFixed(2);
  console.log(`${callers} callers: ${ratio('service', 'perSecond')} of the bare rate (wanted: 0.8 at least),`);
  console.log(`  ${ratio('service', 'cpuMsPerAppend')} times its processor time an append (wanted: 1.5 at most);`);
  console.log(
    `  the floor: ${ratio('floor', 'perSecond')} of the rate, ${ratio('floor', 'cpuMsPerAppend')} times the time`,
  );
  for (const side of SIDES) {
    console.log(`  ${side}: ${figure(side, 'perSecond', 0)}/s, ${figure(side, 'cpuMsPerAppend', 3)} ms an append`);
  }
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
