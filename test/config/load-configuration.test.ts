import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/config/configuration-error.ts';
import { type ConfigurationInput, loadConfiguration } from '../../src/config/load-configuration.ts';
import { environmentNameOf } from '../../src/config/setting.ts';
import { ALL_SETTINGS } from '../../src/config/settings.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'threadkeep-config-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function faultsOf(input: ConfigurationInput): string[] {
  try {
    loadConfiguration(input);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message.split('\n');
  }
}

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('loadConfiguration: without any source every setting has its default', () => {
  const { configuration, sources } = loadConfiguration({});
  for (const { name, property, default: value } of ALL_SETTINGS) {
    expect([name, configuration[property]]).toEqual([name, value]);
  }
  expect(new Set(sources.values())).toEqual(new Set(['default']));
});

test('loadConfiguration: a flag wins over the environment, that over the file, that over the default', () => {
  const configPath = write('threadkeep.json', '{"port": 1, "ttl": "1h", "log-level": "warn"}');
  const environment = { THREADKEEP_PORT: '2', THREADKEEP_TTL: '2h' };
  const { configuration, sources } = loadConfiguration({ flags: { port: '3' }, environment, configPath });
  expect(configuration).toMatchObject({ port: 3, ttlMs: 7_200_000, logLevel: 'warn', host: '127.0.0.1' });
  expect(sources.get('port')).toBe('--port');
  expect(sources.get('ttl')).toBe('THREADKEEP_TTL');
  expect(sources.get('log-level')).toBe(`${configPath}: log-level`);
});

test('loadConfiguration: THREADKEEP_CONFIG names the file, and a list may be a list there', () => {
  const path = write('threadkeep.json', '{"cors-origins": ["https://a.example", "https://b.example"]}');
  const { configuration } = loadConfiguration({ environment: { THREADKEEP_CONFIG: path } });
  expect(configuration.corsOrigins).toEqual(['https://a.example', 'https://b.example']);
});

test('loadConfiguration: PORT is read after THREADKEEP_PORT', () => {
  expect(loadConfiguration({ environment: { PORT: '8080' } }).configuration.port).toBe(8080);
  expect(loadConfiguration({ environment: { PORT: '8080', THREADKEEP_PORT: '1' } }).configuration.port).toBe(1);
});

test('loadConfiguration: what Kubernetes sets beside a Service named threadkeep is ignored', () => {
  const environment = {
    THREADKEEP_PORT: 'tcp://10.0.0.1:7420',
    THREADKEEP_SERVICE_HOST: '10.0.0.1',
    THREADKEEP_SERVICE_PORT: '7420',
    THREADKEEP_SERVICE_PORT_GRPC: '7420',
    THREADKEEP_PORT_7420_TCP: 'tcp://10.0.0.1:7420',
    THREADKEEP_PORT_7420_TCP_PROTO: 'tcp',
    PORT: '8080',
  };
  const { configuration, warnings } = loadConfiguration({ environment });
  expect([configuration.port, warnings]).toEqual([8080, []]);
});

test('loadConfiguration: MONGODB_URI and REDIS_URL are read after THREADKEEP_STORE and THREADKEEP_CACHE', () => {
  const environment = { MONGODB_URI: 'mongodb://db/keep', REDIS_URL: 'redis://cache' };
  expect(loadConfiguration({ environment }).configuration).toMatchObject({
    store: { adapter: 'mongodb', url: 'mongodb://db/keep' },
    cache: { adapter: 'redis', url: 'redis://cache' },
  });
  const own = { ...environment, THREADKEEP_STORE: 'memory:', THREADKEEP_CACHE: 'memory:' };
  expect(loadConfiguration({ environment: own }).configuration).toMatchObject({
    store: { adapter: 'memory' },
    cache: { adapter: 'memory' },
  });
});

test('loadConfiguration: Redis beside an embedded store is allowed and warned of, without its password', () => {
  const { warnings } = loadConfiguration({ environment: { REDIS_URL: 'redis://:swordfish@cache' } });
  expect(warnings).toEqual([expect.stringMatching(/^cache=redis:\/\/:\*\*\*\*@cache is not used: .* store=mongodb:/)]);
});

test('loadConfiguration: several workers need a store that processes share', () => {
  expect(faultsOf({ flags: { workers: '2' } })).toEqual([
    '--workers="2": one process alone can use an embedded store: leave it out, or give store=mongodb://…',
  ]);
  const { configuration } = loadConfiguration({ flags: { workers: '2', store: 'mongodb://db' } });
  expect(configuration.workers).toBe(2);
});

test('loadConfiguration: an empty variable is not given', () => {
  expect(loadConfiguration({ environment: { THREADKEEP_TTL: '' } }).sources.get('ttl')).toBe('default');
});

test('loadConfiguration: empty API keys are a fault, never an open service', () => {
  expect(faultsOf({ environment: { THREADKEEP_API_KEYS: '' } })[0]).toMatch(/^THREADKEEP_API_KEYS: holds no key/);
});

test('loadConfiguration: all faults are told at once, each with source, value and remedy', () => {
  const configPath = write('threadkeep.json', '{"page-size": 0, "tll": "1h", "labels": true}');
  const faults = faultsOf({
    flags: { ttl: 'soon' },
    environment: {
      THREADKEEP_PORT: '70000',
      THREADKEEP_STORE: 'postgres://ada:swordfish@db',
      THREADKEEP_DORMANT_AFTR: '1h',
    },
    configPath,
  });
  const expected = [
    '--ttl="soon": no duration: write it as 250ms, 1s, 15m, 10h or 7d',
    'THREADKEEP_PORT="70000": out of bounds: give 0 to 65535',
    'THREADKEEP_STORE="postgres://ada:****@db": not a store that is available: give mongodb://HOST[,HOST]/DATABASE, mongodb+srv://…, sqlite:PATH, sqlite::memory: or memory:',
    'THREADKEEP_DORMANT_AFTR: no such setting (did you mean THREADKEEP_DORMANT_AFTER?)',
    `${configPath}: page-size="0": out of bounds: give 1 to 1000`,
    `${configPath}: tll: no such setting (did you mean ttl?)`,
    `${configPath}: labels: neither text, number nor list: write it as on the command line`,
  ];
  expect(faults.toSorted()).toEqual(expected.toSorted());
});

test('loadConfiguration: a variable that is like no setting is warned of, not refused', () => {
  const { warnings } = loadConfiguration({ environment: { THREADKEEP_OPERATOR_IMAGE: 'x' } });
  expect(warnings).toEqual([expect.stringMatching(/^THREADKEEP_OPERATOR_IMAGE is ignored: no such setting/)]);
});

test('loadConfiguration: without API keys only a loopback address is accepted', () => {
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com']) {
    expect(faultsOf({ flags: { host } })[0], host).toMatch(/open to others without any API key/);
    const environment = { THREADKEEP_API_KEYS: 'correct-horse:acme' };
    expect(loadConfiguration({ flags: { host }, environment }).configuration.host).toBe(host);
  }
  for (const host of ['127.0.0.1', '127.8.0.1', '::1', 'localhost']) {
    expect(loadConfiguration({ flags: { host } }).configuration.host).toBe(host);
  }
});

test('loadConfiguration: keys of the file stand beside those of the environment', () => {
  const path = write('keys', 'battery-staple:beta\n');
  const environment = { THREADKEEP_API_KEYS: 'correct-horse:acme', THREADKEEP_API_KEYS_FILE: path };
  expect(loadConfiguration({ environment }).configuration.apiKeys.map(({ tenant }) => tenant)).toEqual([
    'acme',
    'beta',
  ]);
});

test('loadConfiguration: a key file that is missing or empty is a fault', () => {
  const empty = write('keys', '# none yet\n');
  expect(faultsOf({ flags: { 'api-keys-file': empty } })[0]).toMatch(/holds no key/);
  expect(faultsOf({ flags: { 'api-keys-file': join(folder, 'none') } })[0]).toMatch(/cannot be read \(ENOENT\)/);
});

test('loadConfiguration: a secret is never quoted in a fault', () => {
  const environment = {
    THREADKEEP_API_KEYS: 'swordfish',
    THREADKEEP_STORE: 'mongodb://ada:swordfish@db/a/b',
    THREADKEEP_CACHE: 'rediss://:swordfish@',
  };
  const faults = faultsOf({ environment });
  expect(faults).toHaveLength(3);
  expect(faults.join()).not.toMatch(/swordfish/);
});

test.each([
  [{ ttl: '1h', 'dormant-after': '2h' }, '--dormant-after="2h": above ttl: give at most 1h'],
  [{ ttl: '1h', 'ttl-min': '2h' }, '--ttl="1h": below ttl-min: give at least 2h'],
  [{ ttl: '3h', 'ttl-max': '2h' }, '--ttl="3h": above ttl-max: give at most 2h'],
  [{ 'ttl-min': '3h', 'ttl-max': '2h' }, '--ttl-min="3h": above ttl-max: give at most 2h'],
  [{ 'tls-cert': 'a.pem' }, '--tls-cert="a.pem": without its key: give tls-key, too'],
  [{ 'tls-key': 'a.pem' }, '--tls-key="a.pem": without a certificate: give tls-cert, too'],
  [{ 'message-bytes': '2MiB', 'batch-bytes': '1MiB' }, '--message-bytes="2MiB": above batch-bytes: give at most 1MiB'],
  [{ 'request-bytes': '1MiB' }, 'batch-bytes: above request-bytes: give at most 1MiB'],
  [{ 'page-size': '9', 'page-size-max': '8' }, '--page-size="9": above page-size-max: give at most 8'],
  [{ 'request-timeout': '2m' }, '--request-timeout="2m": above request-timeout-max: give at most 1m'],
])('loadConfiguration: %j contradicts itself', (flags, fault) => {
  expect(faultsOf({ flags: flags as unknown as Record<string, string> })).toEqual([fault]);
});

test('loadConfiguration: a shorter TTL alone does not contradict the default idle time', () => {
  expect(loadConfiguration({ flags: { ttl: '1h' } }).configuration.ttlMs).toBe(3_600_000);
});

test('SETTINGS: every default is inside its own range', () => {
  for (const { name, kind, default: value } of ALL_SETTINGS) {
    const written = value === null ? '' : kind.format(value);
    if (written !== '' && kind.name !== 'secret') expect([name, kind.parse(written)]).toEqual([name, value]);
  }
});

test('SETTINGS: names, properties and variables are unique', () => {
  expect(new Set(ALL_SETTINGS.map(({ name }) => environmentNameOf(name))).size).toBe(ALL_SETTINGS.length);
  expect(new Set(ALL_SETTINGS.map(({ property }) => property)).size).toBe(ALL_SETTINGS.length);
});
