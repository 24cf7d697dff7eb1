import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../../gen/grpc/health/v1/health_pb.ts';
import { startMongoServer } from '../../support/servers/mongo-server.ts';
import { requireServer } from '../../support/servers/server-missing.ts';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.ts';

/** How long a busy machine may take to notice that MongoDB is back. */
const RETURN_MS = 30_000;
const DEADLINE_MS = 8000;

async function call({ baseUrl }: ServiceProcess, method: string, body: object) {
  const startedMs = performance.now();
  const response = await fetch(`${baseUrl}/threadkeep.v1.SessionService/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'connect-timeout-ms': String(DEADLINE_MS) },
    body: JSON.stringify(body),
  });
  return { tookMs: performance.now() - startedMs, body: (await response.json()) as Record<string, never> };
}

async function expectAway(service: ServiceProcess): Promise<void> {
  expect((await fetch(`${service.baseUrl}/healthz`)).status).toBe(200);
  expect((await fetch(`${service.baseUrl}/readyz`)).status).toBe(503);
  const health = createClient(Health, createGrpcTransport({ baseUrl: service.baseUrl }));
  expect((await health.check({})).status).toBe(Status.NOT_SERVING);
  const { tookMs, body } = await call(service, 'Start', { sessionId: 'away' });
  expect(body).toMatchObject({ code: 'unavailable' });
  expect(JSON.stringify(body)).toContain('google.rpc.RetryInfo');
  expect(tookMs).toBeLessThan(DEADLINE_MS);
}

async function untilAway({ baseUrl }: ServiceProcess): Promise<void> {
  const untilMs = performance.now() + RETURN_MS;
  while ((await fetch(`${baseUrl}/readyz`)).ok && performance.now() < untilMs) await sleep(50);
}

async function expectBack(service: ServiceProcess, sessionId: string): Promise<void> {
  const untilMs = performance.now() + RETURN_MS;
  while (!(await fetch(`${service.baseUrl}/readyz`)).ok && performance.now() < untilMs) await sleep(50);
  expect((await fetch(`${service.baseUrl}/readyz`)).status).toBe(200);
  let started = await call(service, 'Start', { sessionId });
  while ('code' in started.body && performance.now() < untilMs) started = await call(service, 'Start', { sessionId });
  expect(started.body).toMatchObject({ head: { sessionId } });
}

test('serve: starts while MongoDB is away, says so, and serves when it comes, and when it returns', async (context) => {
  const mongo = await requireServer(context, () => startMongoServer());
  await mongo.kill();
  const service = await startServiceProcess(['--store', mongo.urlOf('away'), '--log-level', 'silent']);
  try {
    await expectAway(service);
    await mongo.start();
    await expectBack(service, 'first');
    await mongo.kill();
    await untilAway(service);
    await expectAway(service);
    await mongo.start();
    await expectBack(service, 'second');
    expect((await call(service, 'Get', { sessionId: 'first' })).body).toMatchObject({ head: { sessionId: 'first' } });
    expect(await service.stop()).toBe(0);
  } finally {
    await service.kill();
    await mongo.stop();
  }
});
