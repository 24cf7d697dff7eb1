import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../gen/grpc/health/v1/health_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { openTestService } from '../conformance/open-test-service.ts';
import { WAYS } from '../conformance/ways.ts';
import { errorFacts } from '../rpc/error-facts.ts';

interface Progress {
  event: { case: string | undefined; value?: unknown };
}

/** Reads a stream to its end; a stream of ours never ends without an error. */
async function readAll<Step extends Progress>(steps: AsyncIterable<Step>, opened: () => void) {
  const seen: Step[] = [];
  try {
    for await (const step of steps) {
      seen.push(step);
      if (seen.length === 1) opened();
    }
  } catch (error) {
    return { last: seen.at(-1)?.event, count: seen.length, failure: errorFacts(error) };
  }
  throw new Error('the stream ended without an error');
}

test.each(WAYS)('$name: open streams end with closing and DRAINING with RetryInfo', async (way) => {
  const service = await openTestService();
  const opened = way.open(service.server.address);
  const sessions = createClient(SessionService, opened.transport);
  await sessions.start({ sessionId: 's-1' });
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const watched = readAll(sessions.watch({ sessionId: 's-1' }), first.resolve);
  const expiries = readAll(sessions.watchExpiry({}), second.resolve);
  await Promise.all([first.promise, second.promise]);
  await service.server.drain();
  for (const { last, failure, count } of await Promise.all([watched, expiries])) {
    expect(last).toMatchObject({ case: 'progress', value: { closing: true } });
    expect(count).toBe(2);
    expect(failure).toMatchObject({ code: 'Unavailable', reason: 'DRAINING', retryAfterMs: expect.any(Number) });
  }
  opened.close();
  await service.close();
});

test('says NOT_SERVING for the probe period, and serves meanwhile', async () => {
  const service = await openTestService({ server: { probePeriodMs: 200 } });
  const baseUrl = service.url;
  const transport = createGrpcTransport({ baseUrl });
  const statuses: number[] = [];
  const health = createClient(Health, transport);
  const watch = (async () => {
    for await (const { status } of health.watch({})) statuses.push(status);
  })().catch(() => {});
  await expect.poll(() => statuses).toEqual([Status.SERVING]);
  const drained = service.server.drain();
  await expect.poll(() => statuses).toEqual([Status.SERVING, Status.NOT_SERVING]);
  expect((await fetch(`${baseUrl}/readyz`)).status).toBe(503);
  expect((await createClient(SessionService, transport).start({})).head).toMatchObject({ created: true });
  await drained;
  await watch;
  await expect(fetch(`${baseUrl}/readyz`)).rejects.toThrow();
  await service.close();
});

test('lets a call in flight finish, and cuts off what takes longer than the drain period', async () => {
  const service = await openTestService({ server: { drainPeriodMs: 300 } });
  const sessionManager = new Http2SessionManager(service.url);
  const sessions = createClient(SessionService, createGrpcTransport({ baseUrl: service.url, sessionManager }));
  await sessions.start({ sessionId: 's-1' });
  const { engine } = service;
  const load = engine.store.sessions.load.bind(engine.store.sessions);
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  engine.store.sessions.load = async (...parameters) => {
    arrived.resolve();
    if (parameters[1] === 's-slow') await held.promise;
    else await new Promise((resolve) => setTimeout(resolve, 50));
    return load(...parameters);
  };
  const inTime = sessions.stats({ scope: { case: 'sessionId', value: 's-1' } });
  const tooLate = sessions.stats({ scope: { case: 'sessionId', value: 's-slow' } });
  tooLate.catch(() => {});
  await arrived.promise;
  const closed = service.server.close();
  expect((await inTime).figures.case).toBe('session');
  await closed;
  await expect(tooLate).rejects.toThrow();
  held.resolve();
  await service.close();
});

test('close and drain are idempotent, in any order', async () => {
  const service = await openTestService();
  await Promise.all([service.server.close(), service.server.drain(), service.server.close()]);
  await service.server.drain();
  await service.close();
});
