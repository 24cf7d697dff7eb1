import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { METRIC_HELP } from '../../../src/adapters/prometheus/metric-help.ts';
import { PrometheusMetrics } from '../../../src/adapters/prometheus/metrics.ts';

test('PrometheusMetrics: counters add up by label, gauges keep the last value', async () => {
  const metrics = new PrometheusMetrics();
  metrics.count('threadkeep_commits_total', { outcome: 'committed' });
  metrics.count('threadkeep_commits_total', { outcome: 'committed' }, 2);
  metrics.count('threadkeep_commits_total', { outcome: 'conflict' });
  metrics.gauge('threadkeep_watchers', 7);
  metrics.gauge('threadkeep_watchers', 3);
  const page = await metrics.render();
  expect(page).toContain('threadkeep_commits_total{outcome="committed"} 3\n');
  expect(page).toContain('threadkeep_commits_total{outcome="conflict"} 1\n');
  expect(page).toContain('threadkeep_watchers 3\n');
});

test('PrometheusMetrics: a distribution has buckets that fit its unit', async () => {
  const metrics = new PrometheusMetrics();
  metrics.observe('threadkeep_rpc_duration_seconds', 0.003, { method: 'Get' });
  metrics.observe('threadkeep_commit_calls', 3);
  const page = await metrics.render();
  expect(page).toContain('threadkeep_rpc_duration_seconds_bucket{le="0.005",method="Get"} 1\n');
  expect(page).toContain('threadkeep_commit_calls_bucket{le="4"} 1\n');
});

test('METRIC_HELP: explains exactly the metrics that the service counts', () => {
  const source = globSync('src/{operations,rpc,http}/**/*.ts').map((path) => readFileSync(path, 'utf8'));
  const counted = new Set(source.flatMap((text) => text.match(/(?<=')threadkeep_[a-z_]+(?=')/g) ?? []));
  expect(Object.keys(METRIC_HELP).toSorted()).toEqual([...counted].toSorted());
});
