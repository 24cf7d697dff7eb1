import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { answerOf } from './support/answer-of.ts';
import { appendSessions, SESSION_COUNT } from './support/append-load.ts';
import { appendRequest } from './support/append-request.ts';
import { measureBareSync } from './support/bare-limits.ts';
import { fillSessions } from './support/fill-sessions.ts';
import { requireH2load } from './support/h2load.ts';
import { type AppendLoad, appendLoad, type Loaded, sameCallLoad } from './support/loads.ts';
import type { Measure } from './support/measure.ts';
import { LOAD_CORE, pinThisProcess, requireCores, SERVER_CORE } from './support/pin.ts';
import { type Served, startBareServer, startPinnedService } from './support/pinned-servers.ts';
import { encodable, GRPC } from './support/protocol.ts';
import type { Figure } from './support/report.ts';
import { type Scratch, withScratch } from './support/scratch.ts';
import { compare, takeTurns } from './support/turns.ts';

const METHOD = `gRPC AddMessage of 370-byte texts over ${SESSION_COUNT} sessions in turn, each call with a request id of its own; SQLite,
durable, with full text, authentication, events and metrics on. h2load knows one body only, so the load is frames made ready
beforehand over one connection, sent by the benchmark itself; what the bare limit answers to h2load is printed beside what it
answers to that. The bare limit is node:http2 and protobuf-es with the same bytes. Server and load keep to core ${SERVER_CORE} and
core ${LOAD_CORE}; "two cores" lets the store's worker run on the load's core as well.`;

/** Measures AddMessage, durable: its rate against the bare limit, on one core and on two, and how long calls take. */
export const measure: Measure = async ({ quick }) => {
  requireCores();
  requireH2load();
  return withScratch('append', async (scratch) => {
    const servers = await startServers(scratch);
    scratch.ending.defer(pinThisProcess());
    const size = quick ? { rounds: 3, seconds: 0.1 } : { rounds: 5, seconds: 0.35, warmUpCalls: 10_000 };
    const figures = [
      ...(await measureRates(servers, 64, size)),
      ...(await measureRates(servers, 256, { ...size, warmUpCalls: 1000 })),
      ...(await measureAlone(servers, scratch.folder, size)),
      await measureLoadItself(servers, scratch.folder, size),
    ];
    return { title: 'Durable appends', method: METHOD, figures, plots: [] };
  });
};

const SERVICES = ['one core', 'two cores', 'library'] as const;
const SIDES = ['bare', ...SERVICES] as const;
type Side = (typeof SIDES)[number];
type Servers = Record<Side, Served>;

interface Size {
  rounds: number;
  seconds: number;
  warmUpCalls?: number;
}

/** The bare limit goes on getting faster for some ten thousand calls. */
const BARE_WARM_UP_CALLS = 40_000;

const APPEND = encodable(SessionService.method.addMessage, appendRequest(appendSessions()[0]!));

const WANTED: Record<string, number> = { 'one core at 64': 0.4, 'two cores at 64': 0.5, 'two cores at 256': 0.55 };

async function startServers(scratch: Scratch): Promise<Servers> {
  const services = {
    'one core': await startPinnedService(scratch),
    'two cores': await startPinnedService(scratch, { cores: [SERVER_CORE, LOAD_CORE] }),
    library: await startPinnedService(scratch, { lane: 'off' }),
  };
  for (const service of Object.values(services)) await fillSessions(service, appendSessions(), 20);
  const answer = await answerOf(services['one core'].baseUrl, APPEND);
  return { bare: await startBareServer(scratch, new Map([[APPEND.method, answer]])), ...services };
}

async function measureRates(servers: Servers, streams: number, { rounds, ...times }: Size): Promise<Figure[]> {
  const form = { protocol: GRPC, streams, ...times };
  const loads = {} as Record<Side, AppendLoad>;
  for (const side of SIDES) {
    const isBare = side === 'bare' && times.warmUpCalls !== undefined;
    loads[side] = await appendLoad(servers[side], isBare ? { ...form, warmUpCalls: BARE_WARM_UP_CALLS } : form);
  }
  const turns = await takeTurns(rounds, runsOf(loads));
  for (const side of SIDES) loads[side].close();
  const rates = SERVICES.flatMap((by): Figure[] => {
    const atLeast = WANTED[`${by} at ${streams}`];
    const rate = compare(turns, (turn) => turn[by].rate, { name: 'bare limit', of: ({ bare }) => bare.rate });
    const cpuUs = compare(turns, (turn) => turn[by].cpuUs, { name: 'bare limit', of: ({ bare }) => bare.cpuUs });
    const at = { streams, by };
    return [
      { name: 'AddMessage', at, unit: 'calls/s', ...rate, ...(atLeast && { wanted: { of: 'ratio', atLeast } }) },
      { name: 'AddMessage, processor time', at, unit: 'µs', ...cpuUs },
    ];
  });
  return [
    ...rates,
    ...timesOf(
      turns.map((turn) => turn['one core']),
      streams,
    ),
  ];
}

function runsOf(loads: Record<Side, AppendLoad>): Record<Side, () => Promise<Loaded>> {
  const runs = SIDES.map((side) => [side, loads[side].run]);
  return Object.fromEntries(runs);
}

function timesOf(turns: readonly Loaded[], streams: number): Figure[] {
  const p99 = compare(turns, ({ p99Ms }) => p99Ms, { name: 'its p50', of: ({ p50Ms }) => p50Ms });
  const at = { streams, by: 'one core' };
  return [{ name: 'AddMessage, p99', at, unit: 'ms', ...p99, wanted: { of: 'ratio', atMost: 10 } }];
}

/** One call at a time: what the service adds to the disk's sync and the wire. */
async function measureAlone(servers: Servers, folder: string, { rounds, seconds }: Size): Promise<Figure[]> {
  const form = { protocol: GRPC, streams: 1, seconds };
  const bare = await appendLoad(servers.bare, form);
  const service = await appendLoad(servers['one core'], form);
  const sync = () => measureBareSync(folder, 200);
  const turns = await takeTurns(rounds, { bare: bare.run, sync, service: service.run });
  for (const load of [bare, service]) load.close();
  const p50 = compare(turns, ({ service }) => service.p50Ms, {
    name: 'fdatasync and a bare call',
    of: ({ bare, sync }) => bare.p50Ms + sync,
  });
  const at = { streams: 1, by: 'one core' };
  return [{ name: 'AddMessage, p50', at, unit: 'ms', ...p50, wanted: { of: 'ratio', atMost: 2.5 } }];
}

async function measureLoadItself({ bare }: Servers, folder: string, { rounds, seconds }: Size): Promise<Figure> {
  const form = { protocol: GRPC, streams: 64, seconds };
  const frames = await appendLoad(bare, form);
  const turns = await takeTurns(rounds, { frames: frames.run, h2load: sameCallLoad(bare, APPEND, form, folder) });
  frames.close();
  const rate = compare(turns, (turn) => turn.frames.rate, { name: 'to h2load', of: (turn) => turn.h2load.rate });
  return {
    name: 'the bare limit, to frames made ready',
    at: { streams: 64, by: 'bare limit' },
    unit: 'calls/s',
    ...rate,
  };
}
