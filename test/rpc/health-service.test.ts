import { createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../gen/grpc/health/v1/health_pb.ts';
import { healthService } from '../../src/rpc/health-service.ts';
import { ServingStatus } from '../../src/rpc/serving-status.ts';
import { WAYS } from '../conformance/ways.ts';
import { failureOf } from './error-facts.ts';
import { serveServices } from './serve-services.ts';

const SERVICE = 'threadkeep.v1.SessionService';
const serving = new ServingStatus();
const apiKeys = [{ key: 'a-key-of-somebody', tenant: 'acme', scopes: [] }];

let port: Awaited<ReturnType<typeof serveServices>>;
beforeAll(async () => {
  port = await serveServices({ services: [healthService(serving, [SERVICE])], apiKeys });
});
afterAll(() => port.close());
beforeEach(() => serving.set(true));

describe.each(WAYS)('$name', (way) => {
  let opened: ReturnType<typeof way.open>;
  beforeAll(() => {
    opened = way.open(port.address);
  });
  afterAll(() => opened.close());
  const client = () => createClient(Health, opened.transport);

  test.each(['', SERVICE])('check: "%s" is as the service is, without any key', async (service) => {
    expect(await client().check({ service })).toMatchObject({ status: Status.SERVING });
    serving.set(false);
    expect(await client().check({ service })).toMatchObject({ status: Status.NOT_SERVING });
  });

  test('check: an unknown service is NOT_FOUND', async () => {
    expect(await failureOf(client().check({ service: 'other.Service' }))).toMatchObject({
      code: 'NotFound',
      reason: 'SERVICE_UNKNOWN',
    });
  });

  test('list: names every service', async () => {
    const { statuses } = await client().list({});
    expect(Object.keys(statuses).sort()).toEqual(['', SERVICE]);
  });

  test('watch: says the first status at once, then each change', async () => {
    const leave = new AbortController();
    const statuses: number[] = [];
    for await (const { status } of client().watch({ service: SERVICE }, { signal: leave.signal })) {
      statuses.push(status);
      serving.set(statuses.length !== 1);
      if (statuses.length === 3) break;
    }
    expect(statuses).toEqual([Status.SERVING, Status.NOT_SERVING, Status.SERVING]);
    leave.abort();
  });

  test('watch: an unknown service is SERVICE_UNKNOWN and the stream stays open', async () => {
    const leave = new AbortController();
    const stream = client().watch({ service: 'other.Service' }, { signal: leave.signal })[Symbol.asyncIterator]();
    expect((await stream.next()).value).toMatchObject({ status: Status.SERVICE_UNKNOWN });
    const next = stream.next();
    next.catch(() => {});
    const silence = new Promise((resolve) => setTimeout(resolve, 50, 'nothing'));
    expect(await Promise.race([next, silence])).toBe('nothing');
    leave.abort();
  });

  test('watch: a client that leaves is no longer listened for', async () => {
    const leave = new AbortController();
    const stream = client().watch({ service: '' }, { signal: leave.signal })[Symbol.asyncIterator]();
    await stream.next();
    expect(serving.listenerCount).toBeGreaterThan(0);
    leave.abort();
    await stream.next().catch(() => {});
    await vi.waitFor(() => expect(serving.listenerCount).toBe(0));
  });
});
