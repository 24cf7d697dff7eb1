import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { openTestService, type TestService } from '../conformance/open-test-service.ts';
import { testCertificate } from './test-certificate.ts';

const START = '/threadkeep.v1.SessionService/Start';

describe('the plain port', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await openTestService();
  });
  afterAll(() => service.close());

  /** Sends bytes as they are and reads until the peer ends, or until `enough` has been seen. */
  async function talk(pieces: readonly string[], enough = '\0'): Promise<string> {
    const socket = connectSocket(service.server.address.port, '127.0.0.1');
    socket.setEncoding('utf8');
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    let seen = '';
    for await (const chunk of socket) {
      seen += chunk;
      if (seen.includes(enough)) break;
    }
    socket.destroy();
    return seen;
  }

  test('answers JSON by curl: POST over HTTP/1.1', async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${service.url}${START}`, { method: 'POST', headers, body: '{"agentId":"helper"}' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ head: { status: 'SESSION_STATUS_ACTIVE', created: true } });
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{16}$/);
  });

  test('tells the protocols apart when the first bytes come one by one', async () => {
    const answer = await talk([...'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n']);
    expect(answer).toContain('{"status":"ok"}');
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0';
    expect(await talk([...preface], '\x04')).toContain('\x04');
  });

  test('a method that begins like the preface of HTTP/2 is HTTP/1.1', async () => {
    expect(await talk(['PROPFIND / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'])).toContain('404');
  });

  test.each([
    ['no host at all', `POST ${START} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`],
    [
      'a host that is none',
      `POST ${START} HTTP/1.1\r\nHost: [\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    ],
    ['no HTTP', 'hello there, who are you?\r\n\r\n'],
  ])('a request with %s is 400, and the service lives on', async (_, request) => {
    expect(await talk([request])).toMatch(/^HTTP\/1\.1 400/);
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  });

  test('an HTTP/2 request whose authority is no host is 400, and the service lives on', async () => {
    const session = connectHttp2(service.url);
    const stream = session.request({
      ':method': 'POST',
      ':path': START,
      ':authority': '[',
      'content-type': 'application/json',
    });
    stream.end('{}');
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(400);
    session.close();
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  });

  test('/readyz follows the serving status; /metrics is what the page renders', async () => {
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    service.server.serving.set(false);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
    service.server.serving.set(true);
    expect(await (await fetch(`${service.url}/metrics`)).text()).toBe('metrics 1\n');
  });

  test('an unknown path is 404 in JSON that Connect clients read as unimplemented', async () => {
    const response = await fetch(`${service.url}/threadkeep.v1.SessionService/None`, { method: 'POST' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'unimplemented' });
  });

  test('headers beyond 16 KiB are refused', async () => {
    const response = await fetch(`${service.url}/healthz`, { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect(response.status).toBe(431);
  });

  test('only List can be asked by GET', async () => {
    const query = '?connect=v1&encoding=json&message={}';
    expect((await fetch(`${service.url}/threadkeep.v1.SessionService/List${query}`)).status).toBe(200);
    expect((await fetch(`${service.url}/threadkeep.v1.SessionService/Get${query}`)).status).toBe(405);
  });

  test('the x-request-id of a call comes back and finds its line in the log', async () => {
    const headers = { 'content-type': 'application/json', 'x-request-id': 'trace-77' };
    const body = '{"sessionId":"none","peek":true}';
    const response = await fetch(`${service.url}/threadkeep.v1.SessionService/Get`, { method: 'POST', headers, body });
    expect(response.headers.get('x-request-id')).toBe('trace-77');
    const logged = service.logger.lines.filter(({ facts }) => facts.requestId === 'trace-77');
    expect(logged).toMatchObject([
      {
        level: 'info',
        facts: { tenant: 'default', code: 'not_found', reason: 'SESSION_NOT_FOUND', protocol: 'connect' },
      },
    ]);
    expect(service.metrics.counts).toContainEqual({
      name: 'threadkeep_rpc_calls_total',
      labels: { method: 'threadkeep.v1.SessionService/Get', code: 'not_found', reason: 'SESSION_NOT_FOUND' },
      by: 1,
    });
  });

  test('nothing of a message gets into the log', async () => {
    const headers = { 'content-type': 'application/json' };
    const secret = 'a very private word';
    const message = { role: 'ROLE_USER', parts: [{ text: secret }] };
    for (const body of [
      { sessionId: 'x y', message },
      { sessionId: 'none', message },
      { sessionId: 7, message },
    ]) {
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      await fetch(`${service.url}/threadkeep.v1.SessionService/AddMessage`, init);
    }
    expect(JSON.stringify(service.logger.lines)).not.toContain(secret);
  });

  test('a busy port is refused', async () => {
    const { port } = service.server.address;
    await expect(openTestService({ server: { port } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('the port with TLS', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await openTestService({ server: { tls: testCertificate } });
  });
  afterAll(() => service.close());
  const baseUrl = () => `https://localhost:${service.server.address.port}`;
  const nodeOptions = { ca: testCertificate.certificate };

  test('speaks HTTP/2 to who asks for it', async () => {
    const sessions = createClient(SessionService, createGrpcTransport({ baseUrl: baseUrl(), nodeOptions }));
    expect((await sessions.start({})).head).toMatchObject({ created: true });
  });

  test('speaks HTTP/1.1 to who does not', async () => {
    const transport = createConnectTransport({ baseUrl: baseUrl(), httpVersion: '1.1', nodeOptions });
    expect((await createClient(SessionService, transport).start({})).head).toMatchObject({ created: true });
    const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      httpsRequest(`${baseUrl()}/healthz`, nodeOptions, resolve).on('error', reject).end();
    });
    expect(await text(response)).toContain('ok');
  });

  test('a plain request does not harm it', async () => {
    await expect(fetch(`http://127.0.0.1:${service.server.address.port}/healthz`)).rejects.toThrow();
    const session = connectHttp2(baseUrl(), nodeOptions);
    const stream = session.request({ ':path': '/healthz' });
    const [headers] = await once(stream, 'response');
    expect(headers[constants.HTTP2_HEADER_STATUS]).toBe(200);
    session.close();
  });
});
