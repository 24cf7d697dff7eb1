import { connect as connectHttp2 } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { WatchRequestSchema } from '../../gen/threadkeep/v1/watch_pb.ts';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/operations/engine/engine-settings.ts';
import { errorFacts, failureOf } from '../rpc/error-facts.ts';
import { envelope } from '../rpc/raw-requests.ts';
import { textMessage } from './cases/lifecycle.ts';
import { read } from './cases/watching.ts';
import { openTestService, type TestService } from './open-test-service.ts';
import { WAYS } from './ways.ts';

const watch = { ...DEFAULT_ENGINE_SETTINGS.watch, stallMs: 300 };
let service: TestService;
beforeEach(async () => {
  service = await openTestService({ settings: { watch }, server: { streamAgeMaxMs: 60_000, drainPeriodMs: 100 } });
});
afterEach(() => service.close());

const released = () =>
  vi.waitFor(() => expect([service.engine.watchers.size, service.engine.signals.size]).toEqual([0, 0]));

/** Opens Watch by hand over h2, so that a test can read as slowly as it likes. */
function watchSlowly(sessionId: string) {
  const session = connectHttp2(service.url, { settings: { initialWindowSize: 65_535 } });
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': '/threadkeep.v1.SessionService/Watch',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  stream.end(envelope(toBinary(WatchRequestSchema, create(WatchRequestSchema, { sessionId }))));
  return { session, stream };
}

describe.each(WAYS)('$name', (way) => {
  let opened: ReturnType<typeof way.open>;
  beforeEach(() => {
    opened = way.open(service.server.address);
  });
  afterEach(() => opened.close());

  test('a watcher whose client cancels is released', async () => {
    const sessions = createClient(SessionService, opened.transport);
    await sessions.start({ sessionId: 's-1' });
    const watched = read((options) => sessions.watch({ sessionId: 's-1' }, options));
    const expiries = read((options) => sessions.watchExpiry({}, options));
    expect((await watched.next()).event.case).toBe('opened');
    expect((await expiries.next()).event.case).toBe('opened');
    expect(service.engine.watchers.size).toBe(2);
    await watched.leave();
    await expiries.leave();
    await released();
  });
});

test('a watcher whose client stops reading and then dies is released', async () => {
  const { sessions, close } = await sessionWithMuch();
  const { session, stream } = watchSlowly('s-1');
  stream.once('response', () => stream.pause());
  await vi.waitFor(() => expect(service.engine.watchers.size).toBe(1));
  session.destroy();
  await released();
  expect((await sessions.get({ sessionId: 's-1', peek: true })).usable).toBe(true);
  close();
});

test('a watcher that does not read holds back what is read for it, and is WATCHER_TOO_SLOW', async () => {
  const { close } = await sessionWithMuch();
  const pages = vi.spyOn(service.engine.store.messages, 'read');
  const { session, stream } = watchSlowly('s-1');
  await vi.waitFor(() => expect(service.engine.watchers.size).toBe(1));
  await released();
  expect(pages.mock.calls.length).toBeLessThan(8);
  const trailers = new Promise<Record<string, unknown>>((resolve) => stream.on('trailers', resolve));
  stream.resume();
  expect(await trailers).toMatchObject({ 'grpc-status': '8' });
  session.destroy();
  close();
});

test('a stream that has reached its greatest age says closing, and is to be opened again', async () => {
  await service.close();
  service = await openTestService({ server: { streamAgeMaxMs: 100 } });
  const opened = WAYS[0]!.open(service.server.address);
  const sessions = createClient(SessionService, opened.transport);
  const steps = read((options) => sessions.watchExpiry({}, options));
  const first = await steps.next();
  expect(await steps.next()).toMatchObject({
    resumeToken: first.resumeToken,
    event: { case: 'progress', value: { closing: true } },
  });
  expect(await failureOf(steps.next())).toMatchObject({ code: 'Unavailable', reason: 'DRAINING', retryAfterMs: 0 });
  opened.close();
});

test('above the limit of watchers a tenant is told TOO_MANY_WATCHERS', async () => {
  await service.close();
  const limits = { ...DEFAULT_ENGINE_SETTINGS.limits, watchersPerTenantMax: 2 };
  service = await openTestService({ settings: { limits } });
  const opened = WAYS[4]!.open(service.server.address);
  const sessions = createClient(SessionService, opened.transport);
  const open = () => read((options) => sessions.watchExpiry({}, options));
  const streams = [open(), open()];
  for (const stream of streams) await stream.next();
  const refused = await open()
    .next()
    .then(() => null, errorFacts);
  expect(refused).toMatchObject({ code: 'ResourceExhausted', reason: 'TOO_MANY_WATCHERS' });
  for (const stream of streams) await stream.leave();
  await released();
  opened.close();
});

/** A session of 4 MB of messages: far more than a client that does not read is sent. */
async function sessionWithMuch() {
  const opened = WAYS[4]!.open(service.server.address);
  const sessions = createClient(SessionService, opened.transport);
  await sessions.start({ sessionId: 's-1' });
  for (let batch = 0; batch < 8; batch += 1) {
    const messages = Array.from({ length: 10 }, () => textMessage('x'.repeat(50_000)));
    await sessions.addMessages({ sessionId: 's-1', messages });
  }
  return { sessions, close: () => opened.close() };
}
