import { METRIC_HELP } from '../../src/adapters/prometheus/metric-help.ts';

/** Puts the table of metrics between its markers. */
export function tabulateMetrics(page: string): string {
  const rows = Object.entries(METRIC_HELP).map(([name, help]) => `| \`${name}\` | ${help} |`);
  const table = ['| Metric | What it means |', '|---|---|', ...rows].join('\n');
  return page.replace(
    /(<!-- metrics -->\n).*?(<!-- end of metrics -->)/s,
    (_, begin, end) => `${begin}${table}\n${end}`,
  );
}
