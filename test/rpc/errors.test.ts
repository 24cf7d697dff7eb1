import { createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { SessionError } from '../../src/model/session-error.ts';
import type { RpcCaller } from '../../src/rpc/caller.ts';
import { WAYS } from '../conformance/ways.ts';
import { failureOf } from './error-facts.ts';
import { partlyServed, serveServices } from './serve-services.ts';

const refusal = new SessionError('VERSION_MISMATCH', 'session s-1 is at version 7, not 3; read it again', {
  field: 'expected_version',
  metadata: { current_version: '7' },
  retryAfterMs: 1500,
  resource: { type: 'session', name: 's-1' },
});

const handlers = {
  start: async () => Promise.reject(refusal),
  touch: async () => {
    throw new Error('password=hunter2');
  },
  get: (_: unknown, { signal }: RpcCaller) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  end: () => new Promise(() => {}),
  async *watch() {
    yield { event: { case: 'progress', value: {} } };
    throw refusal;
  },
};

let port: Awaited<ReturnType<typeof serveServices>>;
beforeAll(async () => {
  port = await serveServices({
    services: [partlyServed(SessionService, handlers)],
    requestBytesMax: 65_536,
    requestTimeoutMs: 150,
  });
});
afterAll(() => port.close());

describe.each(WAYS)('$name', (way) => {
  let opened: ReturnType<typeof way.open>;
  beforeAll(() => {
    opened = way.open(port.address);
  });
  afterAll(() => opened.close());
  const client = () => createClient(SessionService, opened.transport);

  test('a refusal arrives with its code, reason, metadata and all details', async () => {
    expect(await failureOf(client().start({ sessionId: 's-1' }))).toEqual({
      code: 'Aborted',
      reason: 'VERSION_MISMATCH',
      domain: 'threadkeep.dev',
      message: refusal.message,
      metadata: { current_version: '7' },
      fields: ['expected_version'],
      retryAfterMs: 1500,
      resource: { type: 'session', name: 's-1' },
    });
  });

  test('a refusal in mid-stream arrives after the steps before it', async () => {
    const steps: unknown[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const step of client().watch({ sessionId: 's-1' })) steps.push(step);
      })(),
    );
    expect(steps).toHaveLength(1);
    expect(failure).toMatchObject({ code: 'Aborted', reason: 'VERSION_MISMATCH', fields: ['expected_version'] });
  });

  test('an unforeseen failure is INTERNAL, says nothing of itself, and is logged with its cause', async () => {
    const failure = await failureOf(client().touch({ sessionId: 's-1' }));
    expect(failure).toMatchObject({ code: 'Internal', reason: 'INTERNAL', metadata: {}, fields: [] });
    expect(failure.message).not.toContain('hunter2');
    const logged = port.logger.lines.filter(({ level }) => level === 'error').at(-1);
    expect(logged?.facts.error).toMatchObject({ message: 'password=hunter2' });
    expect(logged?.facts).toMatchObject({ method: 'threadkeep.v1.SessionService/Touch', code: 'internal' });
  });

  test.each(['get', 'end'] as const)('%s: a deadline ends a call whether or not its handler listens', async (name) => {
    const failure = await failureOf(client()[name]({ sessionId: 's-1' }));
    expect(failure).toMatchObject({ code: 'DeadlineExceeded', reason: 'DEADLINE_EXCEEDED' });
  });

  test('a request above the limit is MESSAGE_TOO_LARGE and names the limit', async () => {
    expect(await failureOf(client().start({ title: 'x'.repeat(70_000) }))).toMatchObject({
      code: 'ResourceExhausted',
      reason: 'MESSAGE_TOO_LARGE',
      metadata: { limit: 'request_bytes', max: '65536' },
    });
  });
});
