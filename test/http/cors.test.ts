import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestService, type TestService } from '../conformance/open-test-service.ts';

const OURS = 'https://app.example.com';
const path = '/threadkeep.v1.SessionService/Start';

async function call(service: TestService, origin: string | null): Promise<Headers> {
  const headers = { 'content-type': 'application/json', ...(origin === null ? {} : { origin }) };
  return (await fetch(`${service.url}${path}`, { method: 'POST', headers, body: '{}' })).headers;
}

async function preflight(service: TestService, origin: string): Promise<Response> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };
  return fetch(`${service.url}${path}`, { method: 'OPTIONS', headers });
}

describe('with one allowed origin', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await openTestService({ server: { corsOrigins: [OURS] } });
  });
  afterAll(() => service.close());

  test('its pages may read answers and the status of gRPC-Web', async () => {
    const headers = await call(service, OURS);
    expect(headers.get('access-control-allow-origin')).toBe(OURS);
    expect(headers.get('vary')).toBe('Origin');
    const exposed = headers.get('access-control-expose-headers')?.toLowerCase().split(', ');
    expect(exposed).toEqual(
      expect.arrayContaining(['grpc-status', 'grpc-message', 'grpc-status-details-bin', 'x-request-id']),
    );
  });

  test('a preflight allows what Connect and credentials need, and may be kept', async () => {
    const { status, headers } = await preflight(service, OURS);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-methods')).toBe('POST, GET');
    const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining(['connect-protocol-version', 'connect-timeout-ms', 'content-type', 'authorization']),
    );
    expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(0);
  });

  test.each(['https://evil.example.com', 'http://app.example.com', 'null'])(
    '%s is not told anything',
    async (origin) => {
      expect((await call(service, origin)).get('access-control-allow-origin')).toBeNull();
      const { headers } = await preflight(service, origin);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('access-control-allow-methods')).toBeNull();
      expect(headers.get('vary')).toBe('Origin');
    },
  );

  test('a caller without origin is no web page, and served', async () => {
    expect((await call(service, null)).get('x-request-id')).not.toBeNull();
  });
});

test('without any allowed origin there are no CORS headers', async () => {
  const service = await openTestService();
  expect((await call(service, OURS)).get('access-control-allow-origin')).toBeNull();
  expect((await preflight(service, OURS)).headers.get('access-control-allow-methods')).toBeNull();
  await service.close();
});

test('* allows every origin', async () => {
  const service = await openTestService({ server: { corsOrigins: ['*'] } });
  expect((await call(service, 'https://anyone.example')).get('access-control-allow-origin')).toBe(
    'https://anyone.example',
  );
  await service.close();
});
