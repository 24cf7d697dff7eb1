import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { DescMessage, DescMethodUnary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { readAllocationShares } from '../bench/support/allocation-profile.ts';
import { appendRequest } from '../bench/support/append-request.ts';
import type { Shares } from '../bench/support/code-place.ts';
import { readCpuShares } from '../bench/support/cpu-profile.ts';
import { processCpuMs } from '../bench/support/process-cpu.ts';
import { ReadyCalls } from '../bench/support/ready-calls.ts';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { mongoServer } from '../test/support/servers/mongo-server.ts';
import { ScratchDatabases } from '../test/support/servers/scratch-databases.ts';
import { setup } from '../test/support/servers/share-servers.ts';
import { type ServiceProcess, startServiceProcess } from '../test/support/service-process.ts';

// Prints where a call's processor time goes, or with --allocations its memory, by our layers, packages and Node's own modules,
// then by function: npm run profile -- <call> [--store sqlite|memory|mongodb] [--streams N] [--seconds N] [--functions N]

const CALLS = ['addMessage', 'buildContext', 'get', 'listMessages', 'touch'] as const;
const WARM_UP_MS = 5000;
const MESSAGES = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    store: { type: 'string', default: 'sqlite' },
    streams: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '10' },
    functions: { type: 'string', default: '25' },
    allocations: { type: 'boolean', default: false },
  },
});
const call = CALLS.find((name) => name.toLowerCase() === positionals[0]?.toLowerCase());

if (call === undefined || positionals.length > 1) {
  console.error(
    `npm run profile -- <call> [--allocations] [--store sqlite|memory|mongodb] [--streams N] [--seconds N] [--functions N]`,
  );
  console.error(`with a call of: ${CALLS.map((name) => SessionService.method[name].name).join(', ')}`);
  process.exitCode = 2;
} else {
  const stopServers = await setup();
  const folder = mkdtempSync(join(tmpdir(), 'threadkeep-profile-'));
  const [store, dropStore] = await openStore(folder);
  try {
    await profile(call, folder, store);
  } finally {
    await dropStore();
    rmSync(folder, { recursive: true });
    await stopServers();
  }
}

async function openStore(folder: string): Promise<[url: string, drop: () => Promise<void>]> {
  if (values.store === 'memory') return ['memory:', async () => {}];
  if (values.store === 'sqlite') return [`sqlite:${join(folder, 'threadkeep.db')}`, async () => {}];
  const server = await mongoServer();
  const scratch = new ScratchDatabases(server);
  return [server.urlOf(scratch.next()), () => scratch.close()];
}

async function profile(name: (typeof CALLS)[number], folder: string, store: string): Promise<void> {
  const file = join(folder, 'profile');
  const preload = fileURLToPath(
    values.allocations
      ? new URL('../bench/support/sample-allocations.ts', import.meta.url)
      : new URL('../bench/support/profile-serving-thread.ts', import.meta.url),
  );
  const command = ['env', `PROFILE_FILE=${file}`, process.execPath, '--import', preload];
  const service = await startServiceProcess(['--store', store, '--sessions-per-user', '0'], {
    command,
    entry: 'src/main.ts',
  });
  const sessionIds = Array.from({ length: Number(values.streams) }, (_, place) => `session-${place}`);
  const load = await sample(service, name, sessionIds).finally(() => service.stop());
  const { fromUs, toUs, count, cpuMs } = load;
  const rate = Math.round((1e6 * count) / (toUs - fromUs));
  console.log(`${name}, ${values.store}, ${values.streams} streams: ${rate} calls/s`);
  if (values.allocations) {
    const shares = readAllocationShares(file);
    console.log(`the serving thread allocates ${(shares.whole / count).toFixed(0)} bytes a call:`);
    print(shares);
  } else {
    const shares = readCpuShares(file, { fromUs, toUs });
    console.log(`all threads take ${((1000 * cpuMs) / count).toFixed(1)} µs a call, being profiled;`);
    console.log(`the serving thread is busy in code for ${(shares.whole / count).toFixed(1)} µs of it:`);
    print(shares);
  }
}

/** Calls for a while; answers when, how often, and what it took. */
async function sample(service: ServiceProcess, name: (typeof CALLS)[number], sessionIds: readonly string[]) {
  await fill(service, sessionIds);
  const calls = new ReadyCalls(service.baseUrl, SessionService.method[name] as DescMethodUnary<DescMessage>);
  const requests = sessionIds.map((sessionId) => (name === 'addMessage' ? appendRequest(sessionId) : { sessionId }));
  await calls.run(requests, WARM_UP_MS);
  if (values.allocations) process.kill(service.pid, 'SIGUSR2');
  const [fromUs, fromCpuMs] = [nowUs(), processCpuMs(service.pid)];
  const count = await calls.run(requests, 1000 * Number(values.seconds));
  const [toUs, cpuMs] = [nowUs(), processCpuMs(service.pid) - fromCpuMs];
  calls.close();
  return { fromUs, toUs, count, cpuMs };
}

async function fill({ baseUrl }: ServiceProcess, sessionIds: readonly string[]): Promise<void> {
  const client = createClient(SessionService, createGrpcTransport({ baseUrl }));
  for (const sessionId of sessionIds) {
    await client.start({ sessionId });
    for (let message = 0; message < MESSAGES; message += 1) await client.addMessage(appendRequest(sessionId));
  }
}

function print({ byLayer, byFunction }: Shares): void {
  for (const [name, share] of byLayer) {
    if (share >= 0.005) console.log(`${(100 * share).toFixed(1).padStart(6)} %  ${name}`);
  }
  console.log('');
  for (const [name, share] of byFunction.slice(0, Number(values.functions))) {
    console.log(`${(100 * share).toFixed(1).padStart(6)} %  ${name}`);
  }
}

/** The clock of profiles is that of all processes. */
function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
