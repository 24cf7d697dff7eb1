import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, type TestContext, test } from 'vitest';
import { mongoServer } from '../../support/servers/mongo-server.ts';
import { ScratchDatabases } from '../../support/servers/scratch-databases.ts';
import { requireServer } from '../../support/servers/server-missing.ts';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.ts';

const START = 'threadkeep.v1.SessionService/Start';

let databases: ScratchDatabases | undefined;
let service: ServiceProcess | undefined;

afterEach(() => service?.kill());
afterAll(() => databases?.close());

async function startWorkers(context: TestContext, count: number): Promise<ServiceProcess> {
  const server = await requireServer(context, mongoServer);
  databases ??= new ScratchDatabases(server);
  const store = server.urlOf(databases.next());
  service = await startServiceProcess(['--store', store, '--workers', String(count), '--log-level', 'warn']);
  await until(async () => (await fetch(`${service!.baseUrl}/readyz`)).ok);
  return service;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    if (await isSo().catch(() => false)) return;
    await sleep(50);
  }
  throw new Error('it did not come to pass');
}

/** Calls on a connection of its own; answers the status, 0 where the connection broke. */
async function startSession({ baseUrl }: ServiceProcess): Promise<number> {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const answer = fetch(`${baseUrl}/${START}`, { method: 'POST', headers, body: '{}' });
  return answer.then(
    ({ status }) => status,
    () => 0,
  );
}

/** Reads how many Starts each worker has counted, by its number. */
async function startsByWorker({ baseUrl }: ServiceProcess): Promise<Record<string, number>> {
  const page = await (await fetch(`${baseUrl}/metrics`)).text();
  const lines = page.matchAll(/^threadkeep_rpc_calls_total\{method="[^"]*\/Start",.*worker="(\d)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, worker, count]) => [worker, Number(count)]));
}

/** Returns the processes of the workers, oldest first. */
function workersOf({ pid }: ServiceProcess): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children.split(' ').map(Number);
}

test('workers: all serve the port, any of them counts for all, and SIGTERM ends all with code 0', async (context) => {
  const service = await startWorkers(context, 3);
  expect(service.output()).toContain('workers   3 processes on this port');
  for (let call = 0; call < 12; call += 1) expect(await startSession(service)).toBe(200);
  const counts = Object.values(await startsByWorker(service));
  expect(counts.length).toBeGreaterThan(1);
  expect(counts.reduce((sum, count) => sum + count)).toBe(12);
  expect(await service.stop()).toBe(0);
  await expect(fetch(`${service.baseUrl}/healthz`)).rejects.toThrow('fetch failed');
});

test('workers: one that is killed is started again, and the others serve meanwhile', async (context) => {
  const service = await startWorkers(context, 2);
  const [killed, other] = workersOf(service) as [number, number];
  process.kill(killed, 'SIGKILL');
  await until(async () => !workersOf(service).includes(killed));
  for (let call = 0; call < 4; call += 1) expect(await startSession(service)).toBe(200);
  await until(async () => workersOf(service).length === 2);
  expect(workersOf(service)).toContain(other);
  await until(async () => {
    // Workers take connections in turns, and the page may take one as well.
    await startSession(service);
    await startSession(service);
    return Object.keys(await startsByWorker(service)).length === 2;
  });
  expect(service.output()).toMatch(/"worker":\d,"cause":"SIGKILL","pauseMs":100,.*a worker ended; it is started again/);
  expect(await service.stop()).toBe(0);
});

test('workers: connections that one was given and did not take when it died are broken, not left waiting', async (context) => {
  const service = await startWorkers(context, 2);
  const [killed] = workersOf(service) as [number, number];
  process.kill(killed, 'SIGSTOP');
  const calls = [1, 2, 3, 4].map(() => startSession(service));
  await sleep(500);
  process.kill(killed, 'SIGKILL');
  const outcomes = await Promise.all(calls);
  expect(outcomes).toContain(0);
  expect(outcomes).toContain(200);
  expect(await service.stop()).toBe(0);
});

test('workers: what keeps one from beginning ends all, with the remedy', async (context) => {
  const { baseUrl } = await startWorkers(context, 2);
  const store = (await mongoServer()).urlOf(databases!.next());
  const busy = ['--port', new URL(baseUrl).port, '--store', store, '--workers', '2', '--log-level', 'error'];
  await expect(startServiceProcess(busy)).rejects.toThrow(
    /^the service ended with code 2:\nport \d+ is in use on 127.0.0.1: stop/,
  );
});
