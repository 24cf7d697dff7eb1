import { type Client, createClient } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../gen/grpc/health/v1/health_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { healthService } from '../../src/rpc/health-service.ts';
import { ServingStatus } from '../../src/rpc/serving-status.ts';
import { WAYS } from '../conformance/ways.ts';
import { failureOf } from './error-facts.ts';
import { partlyServed, serveServices } from './serve-services.ts';

const IN_FLIGHT_MAX = 2;

const ways = WAYS.flatMap((way) => (['on', 'off'] as const).map((lane) => ({ way, lane })));

describe.each(ways)('$way.name, lane $lane', ({ way, lane }) => {
  let waiting: (() => void)[];
  let calls: Promise<unknown>[];
  let port: Awaited<ReturnType<typeof serveServices>>;
  let opened: ReturnType<typeof way.open>;
  let client: Client<typeof SessionService>;

  beforeEach(async () => {
    waiting = [];
    calls = [];
    const get = async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return {};
    };
    const serving = new ServingStatus();
    serving.set(true);
    const sessions = partlyServed(SessionService, { get }, 'read');
    const services = [sessions, healthService(serving, [])];
    port = await serveServices({ services, lane, callsInFlightMax: IN_FLIGHT_MAX });
    opened = way.open(port.address);
    client = createClient(SessionService, opened.transport);
  });

  afterEach(async () => {
    for (const answer of waiting) answer();
    await Promise.allSettled(calls);
    await opened.close();
    await port.close();
  });

  /** Fills all places. */
  async function fill(signal?: AbortSignal): Promise<void> {
    calls = Array.from({ length: IN_FLIGHT_MAX }, () => client.get({ sessionId: 's' }, { signal }));
    await vi.waitFor(() => expect(waiting).toHaveLength(IN_FLIGHT_MAX));
  }

  test('one call too many is OVERLOADED and told when to try again; Health is answered to a connection of its own', async () => {
    await fill();
    expect(await failureOf(client.get({ sessionId: 's' }))).toMatchObject({
      code: 'ResourceExhausted',
      reason: 'OVERLOADED',
      retryAfterMs: 1000,
    });
    const probe = way.open(port.address);
    expect(await createClient(Health, probe.transport).check({})).toMatchObject({ status: Status.SERVING });
    await probe.close();
    for (const answer of waiting.splice(0)) answer();
    await Promise.all(calls);
    await fill();
  });

  test('callers who leave give their places back', async () => {
    const left = new AbortController();
    await fill(left.signal);
    left.abort();
    await Promise.allSettled(calls);
    waiting.length = 0;
    await vi.waitFor(async () => {
      const outcome = client.get({ sessionId: 's' }).then(
        () => 'answered',
        () => 'refused',
      );
      await Promise.race([outcome, vi.waitFor(() => expect(waiting).toHaveLength(1), 5000)]);
      waiting.splice(0)[0]?.();
      expect(await outcome).toBe('answered');
    }, 10_000);
  });
});
