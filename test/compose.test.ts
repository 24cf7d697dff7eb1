import { expect, test } from 'vitest';
import { composeEngine, composeService } from '../src/compose.ts';
import { loadConfiguration } from '../src/config/load-configuration.ts';
import { DEFAULT_ENGINE_SETTINGS } from '../src/operations/engine/engine-settings.ts';

function configurationOf(flags: Record<string, string> = {}, environment: Record<string, string> = {}) {
  const quiet = { port: '0', store: 'memory:', 'log-level': 'silent', 'drain-period': '1s' };
  return loadConfiguration({ flags: { ...quiet, ...flags }, environment }).configuration;
}

async function post(port: number, method: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${port}/threadkeep.v1.${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

test('composeService: answers calls until it is closed, twice without harm', async () => {
  const service = await composeService(configurationOf());
  const { port } = service.address;
  expect(await post(port, 'SessionService/Start', { userId: 'ada' })).toMatchObject({ status: 200 });
  await service.drain();
  await service.close();
  await service.close();
  await expect(fetch(`http://127.0.0.1:${port}/readyz`)).rejects.toThrow('fetch failed');
});

test('composeService: what is configured holds: keys, tenants, terms and limits', async () => {
  const environment = { THREADKEEP_API_KEYS: 'correct-horse:acme' };
  const flags = { ttl: '2h', 'message-bytes': '1KiB', 'sessions-per-user': '1', 'sessions-per-user-policy': 'refuse' };
  const service = await composeService(configurationOf(flags, environment));
  const { port } = service.address;
  const key = { authorization: 'Bearer correct-horse' };
  const message = { role: 'ROLE_USER', parts: [{ text: 'a'.repeat(2000) }] };
  try {
    expect((await post(port, 'SessionService/Start', {})).status).toBe(401);
    const started = await post(port, 'SessionService/Start', { sessionId: 's', userId: 'ada' }, key);
    expect(started.body).toMatchObject({ session: { ttl: '7200s', dormantAfter: '7200s' } });
    const tooLarge = await post(port, 'SessionService/AddMessage', { sessionId: 's', message }, key);
    expect(tooLarge.body).toMatchObject({ code: 'resource_exhausted' });
    const second = await post(port, 'SessionService/Start', { userId: 'ada' }, key);
    expect(second.body).toMatchObject({ code: 'resource_exhausted' });
    expect((await post(port, 'AdminService/EraseUser', { userId: 'ada' }, key)).status).toBe(403);
  } finally {
    await service.close();
  }
});

test('composeEngine: the table has the same defaults as the engine', async () => {
  const { engine, close } = await composeEngine(configurationOf());
  expect(engine.settings).toEqual({ ...DEFAULT_ENGINE_SETTINGS, uncertaintyMs: 0, sweepsAtOnceMax: 500 });
  await close();
});

test('composeEngine: no key gets into the settings of the engine', async () => {
  const { engine, close } = await composeEngine(configurationOf({}, { THREADKEEP_API_KEYS: 'correct-horse:acme' }));
  expect(JSON.stringify(engine.settings)).not.toContain('correct-horse');
  await close();
});
