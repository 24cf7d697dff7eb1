import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type DescMethod, toBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Health } from '../gen/grpc/health/v1/health_pb.ts';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { type ServiceProcess, startServiceProcess } from '../test/support/service-process.ts';
import { type Load, measureLoad, pinnedServer, whyNoLoad } from './support/h2load.ts';
import type { Measure } from './support/measure.ts';
import { median } from './support/median.ts';
import { processCpuMs } from './support/process-cpu.ts';

const STREAMS = 64;
const KEY = 'key-of-the-benchmark';
/** Check has hardly a handler: it shows what the lane and the guards of every call cost. */
const MEASURED: readonly Measured[] = [
  { method: SessionService.method.get, request: { sessionId: 'bench' } },
  { method: SessionService.method.touch, request: { sessionId: 'bench' } },
  { method: Health.method.check, request: {} },
];

/**
 * Measures unary gRPC calls of one session at 64 streams, by the lane and by the transport library, in turns with the
 * bare limit: node:http2 and protobuf-es with messages of the same sizes. Server and load have a core each.
 */
export const measure: Measure = async ({ quick }) => {
  const reason = whyNoLoad();
  if (reason !== null) return console.log(`skipped: ${reason}`);
  const folder = mkdtempSync(join(tmpdir(), 'threadkeep-rpc-'));
  try {
    const size = quick ? { rounds: 3, calls: 8000 } : { rounds: 7, calls: 60_000 };
    for (const measured of MEASURED) await measureMethod(measured, folder, size);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

async function measureMethod({ method, request }: Measured, folder: string, { rounds, calls }: Size): Promise<void> {
  const body = envelope(toBinary(method.input, create(method.input, request)));
  const [lane, library] = [await startService(folder, 'on'), await startService(folder, 'off')];
  const answer = await answerOf(lane.baseUrl, method, body);
  const bare = await startBare(method.localName, folder, answer);
  const run = ({ baseUrl, pid }: Served, count: number): Figures => {
    const load: Load = { url: baseUrl + pathOf(method), headers: HEADERS, body, streams: STREAMS, calls: count };
    const cpuMs = processCpuMs(pid);
    const rate = measureLoad(load, folder);
    return { rate, cpuUs: (1000 * (processCpuMs(pid) - cpuMs)) / count };
  };
  const round = (count: number) => ({
    bare: run(bare, count),
    lane: run(lane, count),
    library: run(library, Math.ceil(count / 4)),
  });
  try {
    round(calls);
    const figures = Array.from({ length: rounds }, () => round(calls));
    const rateOf = (side: Side) => median(figures.map((figure) => figure[side].rate / figure.bare.rate)).toFixed(2);
    const cpuOf = (side: Side) => median(figures.map((figure) => figure.bare.cpuUs / figure[side].cpuUs)).toFixed(2);
    console.log(`${method.name}, gRPC, ${STREAMS} streams, ${body.byteLength} bytes in, ${answer.byteLength} out:`);
    console.log(`  bare limit ${median(figures.map((figure) => figure.bare.rate)).toFixed(0)} calls/s`);
    for (const side of ['lane', 'library'] as const) {
      console.log(`  ${side}: ${rateOf(side)} of it; by processor time ${cpuOf(side)}${side === 'lane' ? WANTED : ''}`);
    }
  } finally {
    await Promise.all([bare, lane, library].map((served) => served.stop()));
  }
}

const WANTED = ' (wanted: 0.85 at least)';

interface Measured {
  method: DescMethod;
  request: Record<string, unknown>;
}

type Side = 'lane' | 'library';

interface Size {
  rounds: number;
  calls: number;
}

/** Calls a second, and what one costs its server on all its threads; the latter does not mind a busy machine. */
interface Figures {
  rate: number;
  cpuUs: number;
}

type Served = Pick<ServiceProcess, 'baseUrl' | 'pid' | 'stop'>;

const HEADERS = { 'content-type': 'application/grpc', te: 'trailers', authorization: `Bearer ${KEY}` };

async function startService(folder: string, lane: 'on' | 'off'): Promise<ServiceProcess> {
  const keys = join(folder, 'keys');
  writeFileSync(keys, `${KEY}:bench\n`);
  const store = `sqlite:${mkdtempSync(join(folder, 'store-'))}/threadkeep.db`;
  const service = await startServiceProcess(['--store', store, '--lane', lane, '--api-keys-file', keys], {
    command: [...pinnedServer(), process.execPath],
  });
  const sessions = createClient(SessionService, createGrpcTransport({ baseUrl: service.baseUrl }));
  await sessions.start(
    { sessionId: 'bench', userId: 'ada', agentId: 'helper', title: 'A seat by the window', labels: { tier: 'gold' } },
    { headers: { authorization: HEADERS.authorization } },
  );
  return service;
}

async function startBare(name: string, folder: string, answer: Uint8Array): Promise<Served> {
  const file = join(folder, 'answer');
  writeFileSync(file, answer);
  const [program = '', ...before] = [...pinnedServer(), process.execPath];
  const child = spawn(program, [...before, 'bench/support/bare-server.ts', name, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = await once(child.stdout, 'data');
  const stop = async () => {
    child.kill();
    return null;
  };
  return { baseUrl: `http://127.0.0.1:${String(text).trim()}`, pid: child.pid!, stop };
}

/** Makes one call by hand, and returns the bytes of its answer. */
async function answerOf(url: string, method: DescMethod, body: Uint8Array): Promise<Uint8Array> {
  const session = connect(url);
  const stream = session.request({ ':method': 'POST', ':path': pathOf(method), ...HEADERS });
  stream.end(body);
  const pieces: Buffer[] = await stream.toArray();
  session.close();
  const answer = Buffer.concat(pieces).subarray(5);
  if (answer.byteLength === 0) throw new Error(`${method.name} was refused`);
  return answer;
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function envelope(message: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(5 + message.byteLength);
  bytes.writeUInt32BE(message.byteLength, 1);
  bytes.set(message, 5);
  return bytes;
}
