import { createClient, type Transport } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdminService } from '../../gen/threadkeep/v1/admin_service_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import type { Scope } from '../../src/rpc/authenticate.ts';
import { errorFacts, failureOf } from '../rpc/error-facts.ts';
import { textMessage } from './cases/lifecycle.ts';
import { read } from './cases/watching.ts';
import { openTestService, type TestService } from './open-test-service.ts';
import { WAYS } from './ways.ts';

const everyScope: Scope[] = ['read', 'write', 'watch', 'admin'];
const keys = {
  acme: { key: 'key-of-acme', tenant: 'acme', scopes: everyScope },
  globex: { key: 'key-of-globex', tenant: 'globex', scopes: everyScope },
  reader: { key: 'key-to-read', tenant: 'acme', scopes: ['read'] as Scope[] },
  staff: { key: 'key-of-staff', tenant: 'staff', scopes: [...everyScope, 'operator'] as Scope[] },
};

let service: TestService;
let opened: { transport: Transport; close(): void };
beforeAll(async () => {
  service = await openTestService({ server: { apiKeys: Object.values(keys) } });
  opened = WAYS[4]!.open(service.server.address);
});
afterAll(async () => {
  opened.close();
  await service.close();
});

const sessions = createClientOf(SessionService);
const admin = createClientOf(AdminService);

/** Clients whose calls carry a key. */
function createClientOf<Service extends typeof SessionService | typeof AdminService>(type: Service) {
  return (name: keyof typeof keys, headers: Record<string, string> = {}) =>
    createClient(type, {
      unary: (method, signal, timeoutMs, header, input, values) =>
        opened.transport.unary(method, signal, timeoutMs, { ...keyOf(name), ...headers, ...header }, input, values),
      stream: (method, signal, timeoutMs, header, input, values) =>
        opened.transport.stream(method, signal, timeoutMs, { ...keyOf(name), ...headers, ...header }, input, values),
    });
}

function keyOf(name: keyof typeof keys): Record<string, string> {
  return { authorization: `Bearer ${keys[name].key}` };
}

describe('two tenants with equal ids see nothing of each other', () => {
  const secret = 'heron of acme';
  let tokens: { page: string; messages: string; watch: string };
  beforeAll(async () => {
    const acme = sessions('acme');
    for (const sessionId of ['s-1', 's-2']) {
      await acme.start({ sessionId, userId: 'ada', agentId: 'helper', title: secret, state: { secret } });
      await acme.addMessages({ sessionId, messages: [textMessage(secret), textMessage(secret)] });
      await acme.recordActivity({ sessionId, error: { message: secret } });
      await acme.recordActivity({ agentId: 'helper', agentStatus: secret });
      await acme.addSummary({ sessionId, summary: { firstSequence: 1, lastSequence: 1, text: secret } });
    }
    const list = await acme.list({ pageSize: 1 });
    const { nextPageToken } = await acme.listMessages({ sessionId: 's-1', pageSize: 1 });
    tokens = { page: list.nextPageToken, messages: nextPageToken, watch: list.watchToken };
    await acme.end({ sessionId: 's-2', errorMessage: secret });
  });

  const missing: Record<string, (client: ReturnType<typeof sessions>) => Promise<unknown>> = {
    resume: (client) => client.resume({ sessionId: 's-1' }),
    get: (client) => client.get({ sessionId: 's-1', peek: true }),
    touch: (client) => client.touch({ sessionId: 's-1' }),
    update: (client) => client.update({ sessionId: 's-1', statePatch: { a: 1 } }),
    end: (client) => client.end({ sessionId: 's-1' }),
    delete: (client) => client.delete({ sessionId: 's-1' }),
    rewind: (client) => client.rewind({ sessionId: 's-1', cut: { case: 'lastMessages', value: 1 } }),
    clearMessages: (client) => client.clearMessages({ sessionId: 's-1' }),
    addMessage: (client) => client.addMessage({ sessionId: 's-1', message: textMessage('x') }),
    addMessages: (client) => client.addMessages({ sessionId: 's-1', messages: [textMessage('x')] }),
    listMessages: (client) => client.listMessages({ sessionId: 's-1', peek: true }),
    recordActivity: (client) => client.recordActivity({ sessionId: 's-1', error: { message: 'x' } }),
    addSummary: (client) =>
      client.addSummary({ sessionId: 's-1', summary: { firstSequence: 1, lastSequence: 1, text: 'x' } }),
    buildContext: (client) => client.buildContext({ sessionId: 's-1', peek: true }),
    stats: (client) => client.stats({ scope: { case: 'sessionId', value: 's-1' } }),
    watch: (client) => read((options) => client.watch({ sessionId: 's-1' }, options)).next(),
  };

  test.each(Object.entries(missing))('%s: another tenant’s session is as one that never was', async (_, call) => {
    const facts = await failureOf(call(sessions('globex')));
    const never = await failureOf(call(sessions('staff')));
    expect(facts).toEqual(never);
    expect(facts).toMatchObject({ code: 'NotFound', reason: 'SESSION_NOT_FOUND' });
    expect(JSON.stringify(facts)).not.toContain('acme');
  });

  test('lists, searches, statistics and exports hold nothing of another tenant', async () => {
    const globex = sessions('globex');
    const answers: unknown[] = [
      await globex.list({ userId: 'ada' }),
      await globex.search({ query: 'heron' }),
      await globex.search({ query: 'heron', scope: { case: 'userId', value: 'ada' } }),
      await globex.stats({}),
      await globex.stats({ scope: { case: 'agentId', value: 'helper' } }),
      await admin('globex').eraseUser({ userId: 'ada' }),
    ];
    for await (const piece of admin('globex').export({})) answers.push(piece);
    const text = JSON.stringify(answers, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    expect(text).not.toMatch(/heron|s-1|s-2|"(session_?count|messageCount)":[1-9]/i);
  });

  test('page and resume tokens of another tenant are refused', async () => {
    const globex = sessions('globex');
    expect(await failureOf(globex.list({ pageSize: 1, pageToken: tokens.page }))).toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
    });
    const start = { case: 'resumeToken' as const, value: tokens.watch };
    const watched = read((options) => globex.watchExpiry({ start }, options));
    expect(await failureOf(watched.next())).toMatchObject({ reason: 'RESUME_TOKEN_FOREIGN' });
  });

  test('events of another tenant are not seen', async () => {
    const steps = read((options) =>
      sessions('globex').watchExpiry({ start: { case: 'startPosition', value: 2 } }, options),
    );
    expect(await steps.next()).toMatchObject({ event: { case: 'opened' } });
    await sessions('globex').start({ sessionId: 's-mine' });
    await sessions('acme').start({ sessionId: 's-theirs' });
    await sessions('acme').end({ sessionId: 's-theirs' });
    await sessions('globex').end({ sessionId: 's-mine' });
    expect(await steps.nextEvent()).toMatchObject({ event: { value: { events: [{ sessionId: 's-mine' }] } } });
    await steps.leave();
  });

  test('both tenants keep sessions, keys and request ids of their own under equal names', async () => {
    const request = { sessionId: 's-1', requestId: 'r-1', title: 'of globex' };
    expect((await sessions('globex').start(request)).head).toMatchObject({ created: true, version: 1 });
    expect((await sessions('globex').start(request)).session).toMatchObject({ title: 'of globex' });
    const chat = { agentId: 'helper', channel: 'web', conversationKey: 'chat-1' };
    const ours = await sessions('acme').start(chat);
    const theirs = await sessions('globex').start(chat);
    expect(theirs.head).toMatchObject({ created: true });
    expect(theirs.head!.sessionId).not.toBe(ours.head!.sessionId);
    expect((await sessions('acme').get({ sessionId: 's-1', peek: true })).session!.title).toBe(secret);
  });

  test('an operator acts for the tenant that it names, and nobody else does', async () => {
    const named = { 'threadkeep-tenant': 'acme' };
    const { session } = await sessions('staff', named).get({ sessionId: 's-1', peek: true });
    expect(session!.title).toBe(secret);
    expect(await failureOf(sessions('globex', named).get({ sessionId: 's-1' }))).toMatchObject({
      reason: 'SCOPE_MISSING',
    });
  });
});

describe('who may call is settled first', () => {
  const invalid = { sessionId: 'not an id' };

  test('no credential and an unknown one are UNAUTHENTICATED, whatever the request holds', async () => {
    const open = createClient(SessionService, opened.transport);
    expect(await failureOf(open.get(invalid))).toMatchObject({ code: 'Unauthenticated', reason: 'CREDENTIAL_MISSING' });
    const headers = { 'x-api-key': 'guessed' };
    expect(await failureOf(open.get(invalid, { headers }))).toMatchObject({
      code: 'Unauthenticated',
      reason: 'CREDENTIAL_INVALID',
    });
  });

  test('a missing scope comes before an invalid field, and that before a missing session', async () => {
    const reader = sessions('reader');
    expect(await failureOf(reader.touch(invalid))).toMatchObject({ code: 'PermissionDenied', reason: 'SCOPE_MISSING' });
    expect(await failureOf(reader.get(invalid))).toMatchObject({ reason: 'INVALID_FIELD', fields: ['session_id'] });
    expect(await failureOf(reader.get({ sessionId: 'none' }))).toMatchObject({ reason: 'SESSION_NOT_FOUND' });
  });

  test('a body that cannot be read is not read for who may not call', async () => {
    const headers = { 'content-type': 'application/json' };
    const url = `${service.url}/threadkeep.v1.SessionService/Get`;
    const response = await fetch(url, { method: 'POST', headers, body: '{"nonsense"' });
    expect(response.status).toBe(401);
  });

  test.each([
    ['write', () => sessions('reader').start({})],
    ['watch', () => read((options) => sessions('reader').watchExpiry({}, options)).next()],
    ['admin', () => admin('reader').eraseUser({ userId: 'ada' })],
    ['operator', () => admin('acme').cleanup({})],
    ['operator', () => sessions('acme').stats({ scope: { case: 'instance', value: true } })],
  ])('what needs the scope %s names it', async (scope, call) => {
    const facts = await call().then(
      () => null,
      (error: unknown) => errorFacts(error),
    );
    expect(facts).toMatchObject({ code: 'PermissionDenied', reason: 'SCOPE_MISSING', metadata: { scope } });
  });
});
