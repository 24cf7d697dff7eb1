import { afterEach, expect, test } from 'vitest';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { SessionError } from '../../src/model/session-error.ts';
import { GrpcCaller } from '../proofs/instances/grpc-caller.ts';
import { partlyServed, serveServices } from './serve-services.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Serves a Start that is refused a few times, to a client with the published retry policy; counts what arrives. */
async function serveRefusals(lane: 'on' | 'off', refusals: number, refusal: SessionError) {
  const seen = { calls: 0 };
  const start = async () => {
    seen.calls += 1;
    if (seen.calls <= refusals) throw refusal;
    return {};
  };
  const port = await serveServices({ services: [partlyServed(SessionService, { start })], lane });
  const caller = new GrpcCaller([port.address.port]);
  closing.push(
    () => caller.close(),
    () => port.close(),
  );
  return { seen, call: () => caller.call(SessionService.method.start, { requestId: 'r' }, { deadlineMs: 10_000 }) };
}

const away = new SessionError('STORE_UNAVAILABLE', 'away', { retryAfterMs: 10 });

test.each(['on', 'off'] as const)(
  'a client with the published retry policy sends what was UNAVAILABLE again, with the lane %s',
  async (lane) => {
    const { seen, call } = await serveRefusals(lane, 2, away);
    await expect(call()).resolves.toBeDefined();
    expect(seen.calls).toBe(3);
  },
);

test.each(['on', 'off'] as const)('it sends nothing else again, with the lane %s', async (lane) => {
  const { seen, call } = await serveRefusals(lane, 1, new SessionError('USER_SESSION_LIMIT', 'too many'));
  await expect(call()).rejects.toMatchObject({ code: 8 });
  expect(seen.calls).toBe(1);
});
