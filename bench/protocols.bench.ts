import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { answerOf } from './support/answer-of.ts';
import { appendSessions, SESSION_COUNT } from './support/append-load.ts';
import { appendRequest } from './support/append-request.ts';
import { fillSessions } from './support/fill-sessions.ts';
import { requireH2load } from './support/h2load.ts';
import { appendLoad, type Loaded, type LoadForm, sameCallLoad } from './support/loads.ts';
import type { Measure } from './support/measure.ts';
import { pinThisProcess, requireCores } from './support/pin.ts';
import { type Served, startBareServer, startPinnedService } from './support/pinned-servers.ts';
import { type Encodable, encodable, GRPC, PROTOCOLS } from './support/protocol.ts';
import type { Figure } from './support/report.ts';
import { type Scratch, withScratch } from './support/scratch.ts';
import { compare, takeTurns } from './support/turns.ts';

const STREAMS = [1, 16, 64, 256];
const [sessionId = ''] = appendSessions();
const { get, touch, buildContext, addMessage } = SessionService.method;

const SAME_CALLS: Record<string, Encodable> = {
  Get: encodable(get, { sessionId }),
  Touch: encodable(touch, { sessionId }),
  'BuildContext(20)': encodable(buildContext, { sessionId, maxMessages: 20 }),
};
const APPEND = encodable(addMessage, appendRequest(sessionId));

const METHOD = `Calls a second by protocol and by calls in flight: streams of one connection over HTTP/2, connections over HTTP/1.1.
Get, Touch and BuildContext(20) ask for one session by h2load, AddMessage goes over ${SESSION_COUNT} sessions in turn by frames made
ready; "normal" is \`--durability normal\`. Each is held against the bare limit of the same call over gRPC at as many streams,
whatever its own protocol: node:http2 and protobuf-es, and nothing else. Server and load have a core each.`;

/** Measures the calls that agents make over every protocol at 1 to 256 calls in flight, in turns with the bare limit. */
export const measure: Measure = async ({ quick }) => {
  requireCores();
  requireH2load();
  return withScratch('protocols', async (scratch) => {
    const services = {
      durable: await startPinnedService(scratch),
      normal: await startPinnedService(scratch, { durability: 'normal' }),
    };
    for (const service of Object.values(services)) await fillSessions(service, appendSessions(), 20);
    scratch.ending.defer(pinThisProcess());
    const size = quick
      ? { streams: [1, 64], rounds: 1, seconds: 0.05, warmUpCalls: 500 }
      : { streams: STREAMS, rounds: 3, seconds: 0.05, warmUpCalls: 2000 };
    const calls = Object.entries(SAME_CALLS).map(([name, call]) =>
      sameCall(name, call, services.durable, scratch.folder),
    );
    const figures: Figure[] = [];
    for (const call of [...calls, appends(services)])
      figures.push(...(await measureCall(call, scratch, services.durable, size)));
    const plots = [...Map.groupBy(figures, ({ name }) => name)].map(([title, members]) => ({
      title,
      along: 'streams',
      series: ['protocol'],
      of: 'value' as const,
      figures: members,
    }));
    return { title: 'Calls by protocol', method: METHOD, figures, plots };
  });
};

/** Loads by the name of the figure that they are for, and by protocol. */
interface MeasuredCall {
  call: Encodable;
  bare(served: Served, form: LoadForm): Promise<OpenLoad>;
  loads: { name: string; open(form: LoadForm): Promise<OpenLoad> }[];
}

interface OpenLoad {
  run: () => Promise<Loaded>;
  close(): void;
}

interface Size {
  streams: readonly number[];
  rounds: number;
  seconds: number;
  warmUpCalls: number;
}

function sameCall(name: string, call: Encodable, service: Served, folder: string): MeasuredCall {
  const open = async (served: Served, form: LoadForm) => ({
    run: sameCallLoad(served, call, form, folder),
    close: () => {},
  });
  return { call, bare: open, loads: [{ name, open: (form) => open(service, form) }] };
}

function appends(services: Record<'durable' | 'normal', Served>): MeasuredCall {
  const loads = Object.entries(services).map(([name, service]) => ({
    name: `AddMessage, ${name}`,
    open: (form: LoadForm) => appendLoad(service, form),
  }));
  return { call: APPEND, bare: appendLoad, loads };
}

async function measureCall(measured: MeasuredCall, scratch: Scratch, service: Served, size: Size): Promise<Figure[]> {
  const answer = await answerOf(service.baseUrl, measured.call);
  const bare = await startBareServer(scratch, new Map([[measured.call.method, answer]]));
  await warmUp(measured, bare, size);
  const figures: Figure[] = [];
  for (const streams of size.streams) figures.push(...(await measureAt(streams, measured, bare, size)));
  return figures;
}

async function warmUp({ bare, loads }: MeasuredCall, server: Served, { warmUpCalls }: Size): Promise<void> {
  const form = { streams: 64, seconds: 0, warmUpCalls };
  const opened = [await bare(server, { ...form, protocol: GRPC })];
  for (const { open } of loads) {
    for (const protocol of PROTOCOLS) opened.push(await open({ ...form, protocol }));
  }
  for (const { run, close } of opened) {
    await run();
    close();
  }
}

async function measureAt(
  streams: number,
  { bare, loads }: MeasuredCall,
  server: Served,
  size: Size,
): Promise<Figure[]> {
  const form = { streams, seconds: size.seconds };
  const reference = await bare(server, { ...form, protocol: GRPC });
  const sides = await Promise.all(
    loads.flatMap(({ name, open }) =>
      PROTOCOLS.map(async (protocol) => ({ name, protocol, load: await open({ ...form, protocol }) })),
    ),
  );
  const runs = sides.map(({ load }, place) => [place, load.run]);
  const turns = await takeTurns<Record<string, () => Promise<Loaded>>>(size.rounds, {
    bare: reference.run,
    ...Object.fromEntries(runs),
  });
  for (const { close } of [reference, ...sides.map(({ load }) => load)]) close();
  return sides.map(({ name, protocol }, place) => ({
    name,
    at: { protocol: protocol.name, streams },
    unit: 'calls/s',
    ...compare(turns, (turn) => turn[place]!.rate, { name: 'bare limit', of: (turn) => turn.bare!.rate }),
  }));
}
