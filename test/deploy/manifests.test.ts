import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfiguration } from '../../src/config/load-configuration.ts';
import type { Configuration } from '../../src/config/settings.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const read = (path: string) => parse(readFileSync(path, 'utf8'), { merge: true });
const kubernetes = (name: string) => read(`deploy/kubernetes/${name}.yaml`);
const seconds = (text: string) => Number.parseFloat(text);

const pod = kubernetes('deployment').spec.template.spec;
const [container] = pod.containers;
const compose = read('deploy/compose.yaml');

/** Takes an environment as the service would; a fault or a warning fails the test. */
function configurationOf(environment: Record<string, string>): Configuration {
  const { configuration, warnings } = loadConfiguration({ environment });
  expect(warnings).toEqual([]);
  return configuration;
}

function podConfiguration(): Configuration {
  const stated = container.env.map(({ name, value }: { name: string; value: string }) => [name, value]);
  return configurationOf({ ...kubernetes('secret.example').stringData, ...Object.fromEntries(stated) });
}

test.each(globSync('deploy/**/*.yaml'))('manifests: %s is YAML without errors', (path) => {
  const documents = parseAllDocuments(readFileSync(path, 'utf8'), { merge: true });
  expect([...documents].flatMap((document) => ('errors' in document ? document.errors : []))).toEqual([]);
});

test('manifests: the pod is configured by settings that there are, for a store that instances share', () => {
  const configuration = podConfiguration();
  expect(configuration).toMatchObject({ host: '0.0.0.0', store: { adapter: 'mongodb' }, cache: { adapter: 'redis' } });
});

test('manifests: a pod has more time to end than it takes to drain', () => {
  const { probePeriodMs, drainPeriodMs } = podConfiguration();
  expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(probePeriodMs + drainPeriodMs);
});

test('manifests: balancers know of a drain before calls are turned away', () => {
  const { periodSeconds, failureThreshold } = container.readinessProbe;
  expect(podConfiguration().probePeriodMs).toBeGreaterThan(periodSeconds * failureThreshold * 1000);
});

test('manifests: probes, scraping and Service ask the port and the pages of the service', () => {
  const { port } = podConfiguration();
  expect(container.ports).toEqual([{ name: 'grpc', containerPort: port }]);
  expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'grpc' });
  for (const probe of [container.livenessProbe, container.startupProbe]) {
    expect(probe.httpGet).toEqual({ path: '/healthz', port: 'grpc' });
  }
  const { annotations } = kubernetes('deployment').spec.template.metadata;
  expect([annotations['prometheus.io/port'], annotations['prometheus.io/path']]).toEqual([String(port), '/metrics']);
  expect(kubernetes('service').spec.ports[0]).toMatchObject({ port, targetPort: 'grpc' });
});

test('manifests: everything names the same pods, and the image has the version of the package', () => {
  const { matchLabels } = kubernetes('deployment').spec.selector;
  expect(kubernetes('deployment').spec.template.metadata.labels).toEqual(matchLabels);
  expect(kubernetes('service').spec.selector).toEqual(matchLabels);
  expect(kubernetes('pod-disruption-budget').spec.selector.matchLabels).toEqual(matchLabels);
  expect(kubernetes('horizontal-pod-autoscaler').spec.scaleTargetRef.name).toBe(kubernetes('deployment').metadata.name);
  expect(container.image).toBe(`threadkeep:${version}`);
});

test('manifests: kustomization lists files that are there, but for the secret, which everybody makes', () => {
  const files: string[] = kubernetes('kustomization').resources;
  const missing = files.filter((file) => !existsSync(join('deploy/kubernetes', file)));
  expect(missing).toEqual(['secret.yaml']);
});

test('compose.yaml: both instances share MongoDB and Redis, by settings that there are', () => {
  for (const name of ['threadkeep-1', 'threadkeep-2']) {
    const { environment, ports, stop_grace_period: grace, build } = compose.services[name];
    const configuration = configurationOf({ ...environment, THREADKEEP_API_KEYS: 'correct-horse:acme' });
    expect(configuration).toMatchObject({ store: { adapter: 'mongodb' }, cache: { adapter: 'redis' } });
    expect(seconds(grace) * 1000).toBeGreaterThan(configuration.probePeriodMs + configuration.drainPeriodMs);
    expect(ports[0]).toMatch(new RegExp(`:${configuration.port}$`));
    expect(existsSync(join('deploy', build.context, build.dockerfile))).toBe(true);
    for (const host of environment.THREADKEEP_STORE.match(/mongodb-\d/g)) expect(compose.services).toHaveProperty(host);
    expect(compose.services).toHaveProperty(new URL(environment.THREADKEEP_CACHE).hostname);
  }
});

test('Dockerfile: copies what is there, and starts what package.json calls the service', () => {
  const text = readFileSync('deploy/Dockerfile', 'utf8');
  const copied = [...text.matchAll(/^COPY (.+) \S+$/gm)].flatMap((match) => match[1]!.split(' '));
  expect(copied.filter((path) => !existsSync(path))).toEqual([]);
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(text).toContain(`ENTRYPOINT ["node", "${bin.threadkeep}"]`);
  expect(copied).toContain(dirname(bin.threadkeep));
  const environment = [...text.matchAll(/(THREADKEEP_\w+)=(\S+)/g)].map((match) => [match[1]!, match[2]!]);
  const { port } = configurationOf({ ...Object.fromEntries(environment), THREADKEEP_API_KEYS: 'correct-horse:acme' });
  expect(text).toContain(`EXPOSE ${port}`);
});
