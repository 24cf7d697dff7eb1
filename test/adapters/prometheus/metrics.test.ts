import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mergeSnapshots } from '../../../src/adapters/prometheus/merge-snapshots.ts';
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
  const source = globSync('src/**/*.ts', { exclude: ['src/adapters/prometheus/**'] }).map((path) =>
    readFileSync(path, 'utf8'),
  );
  const counted = new Set(source.flatMap((text) => text.match(/(?<=')threadkeep_[a-z_]+(?=')/g) ?? []));
  expect(Object.keys(METRIC_HELP).toSorted()).toEqual([...counted].toSorted());
});

test('mergeSnapshots: what workers counted stands side by side, under the label of each', async () => {
  const workers = ['1', '2'].map((worker) => new PrometheusMetrics({ worker }));
  for (const metrics of workers) metrics.count('threadkeep_commits_total', { outcome: 'committed' }, 2);
  const page = await mergeSnapshots(await Promise.all(workers.map((metrics) => metrics.snapshot())));
  for (const worker of ['1', '2']) {
    expect(page).toMatch(new RegExp(`^threadkeep_commits_total\\{[^}]*worker="${worker}"[^}]*\\} 2$`, 'm'));
    expect(page).toMatch(new RegExp(`^process_resident_memory_bytes\\{worker="${worker}"\\} \\d+$`, 'm'));
  }
  expect(page.match(/^# HELP threadkeep_commits_total /gm)).toHaveLength(1);
});
