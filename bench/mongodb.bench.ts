import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { BSON } from 'mongodb';
import { Role } from '../gen/threadkeep/v1/message_pb.ts';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { startCommandTap } from '../test/support/servers/command-tap.ts';
import { mongoServer } from '../test/support/servers/mongo-server.ts';
import { ScratchDatabases } from '../test/support/servers/scratch-databases.ts';
import { onlyHostOf, viaPort } from '../test/support/servers/via-port.ts';
import { startServiceProcess } from '../test/support/service-process.ts';
import { type AppendTemplate, appendIn } from './support/append-template.ts';
import type { BareRun } from './support/bare-appends.ts';
import type { Measure } from './support/measure.ts';
import { median } from './support/median.ts';
import { processCpuMs } from './support/process-cpu.ts';

type Sessions = Client<typeof SessionService>;

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
const text = 'The flight to Lisbon leaves at 9:40; shall I book the seat by the window? '.repeat(5);

/**
 * Measures AddMessage through the service beside a bare driver loop of one findOneAndUpdate, in turns on one server: the
 * loop sends the filter and the update of the service's own appends, with the same write concern, to a collection with the
 * same indexes and documents that hold as many messages. Each side is one process; its rate is what its callers were
 * answered, its processor time what the system counted for the process, the service's gRPC and background work included.
 * Both are warmed up by appends before, then take turns; each figure is the median of the rounds, each ratio that of a
 * round's two sides. What the service takes at rest is printed beside: a slow server spreads it over few appends.
 */
export const measure: Measure = async ({ quick }) => {
  const server = await mongoServer();
  const scratch = new ScratchDatabases(server);
  const bareUrl = server.urlOf(scratch.next());
  const template = await captureTemplate(bareUrl);
  const bare = await openBare(bareUrl, template);
  const service = await openService(server.urlOf(scratch.next()));
  const [rounds, durationMs] = quick ? [1, 4000] : [3, 10_000];
  console.log(`one append sends ${BSON.calculateObjectSize(BSON.EJSON.parse(template.update))} bytes of update`);
  const patienceMs = quick ? WARM_UP_MAX_MS / 4 : WARM_UP_MAX_MS;
  for (const [name, side] of Object.entries({ bare, service })) {
    console.log(`${name}: warmed up by ${await warmUp(side, patienceMs)} appends`);
  }
  console.log(`at rest the service takes ${await restingCpuMs(service)} ms of processor time a second`);
  for (const callers of CALLERS) {
    for (const side of [bare, service]) await side.run(callers, WARM_UP_MS);
    const pairs: { bare: Run; service: Run }[] = [];
    for (let round = 0; round < rounds; round++) {
      pairs.push({ bare: await timed(bare, callers, durationMs), service: await timed(service, callers, durationMs) });
    }
    print(callers, pairs);
  }
  await bare.close();
  await service.close();
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

function print(callers: number, pairs: readonly { bare: Run; service: Run }[]): void {
  const figure = (side: 'bare' | 'service', name: keyof Run) => median(pairs.map((pair) => pair[side][name]));
  const ratio = (name: keyof Run) => median(pairs.map((pair) => pair.service[name] / pair.bare[name])).toFixed(2);
  const rates = `${figure('service', 'perSecond').toFixed(0)}/s through the service, ${figure('bare', 'perSecond').toFixed(0)}/s bare`;
  const costs = `${figure('service', 'cpuMsPerAppend').toFixed(3)} ms and ${figure('bare', 'cpuMsPerAppend').toFixed(3)} ms`;
  console.log(`${callers} callers: ${rates}: ${ratio('perSecond')} of its rate (wanted: 0.8 at least);`);
  console.log(`  processor time an append ${costs}: ${ratio('cpuMsPerAppend')} times (wanted: 1.5 at most)`);
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
  await service.append(0);
  const { query, update } = appendIn(tap.take(database));
  const session = await scratch.client.db(database).collection('sessions').findOne({});
  await service.close();
  await tap.close();
  await scratch.close();
  const [sessionText, queryText, updateText] = [session, query, update].map((each) => BSON.EJSON.stringify(each));
  return { session: sessionText as string, query: queryText as string, update: updateText as string };
}

async function openService(url: string): Promise<Appender & { append(caller: number): Promise<unknown> }> {
  const service = await startServiceProcess(['--store', url]);
  const client = createClient(SessionService, createGrpcTransport({ baseUrl: service.baseUrl }));
  const prefix = `bench-${service.pid}`;
  for (let caller = 0; caller < Math.max(...CALLERS); caller++)
    await client.start({ sessionId: `${prefix}-${caller}` });
  const append = (caller: number) => appendTo(client, `${prefix}-${caller}`);
  return {
    pid: service.pid,
    append,
    run: async (callers, durationMs) => {
      const endAt = performance.now() + durationMs;
      const appendUntil = async (caller: number) => {
        let appends = 0;
        for (; performance.now() < endAt; appends++) await append(caller);
        return appends;
      };
      const counts = await Promise.all(Array.from({ length: callers }, (_, caller) => appendUntil(caller)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    close: service.stop,
  };
}

function appendTo(client: Sessions, sessionId: string): Promise<unknown> {
  const parts = [{ content: { case: 'text' as const, value: text } }];
  return client.addMessage({ sessionId, message: { role: Role.USER, parts } });
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
    close: async () => {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
