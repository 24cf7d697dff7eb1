import { environmentNameOf } from '../../src/config/setting.ts';
import { type AnySetting, SETTING_GROUPS } from '../../src/config/settings.ts';
import { NEVER_MS } from '../../src/model/limits.ts';

/** Returns docs/configuration.md, made from the configuration table. */
export function configurationPage(): string {
  return [
    '# Configuration',
    '',
    'Every setting has one name, and three places to be given: the flag `--name`, the environment variable',
    '`THREADKEEP_NAME`, and the key `name` of a JSON file that `--config` or `THREADKEEP_CONFIG` names, such as',
    '`{"port": 7420, "ttl": "20h"}`. A flag wins over the environment, that over the file, that over the default.',
    'All faults are told at once, with exit code 2. `threadkeep config` prints the settings in effect and their sources.',
    '',
    '- Durations are written `250ms`, `1s`, `15m`, `10h`, `7d`, and `never` where the table says so' +
      ` (${NEVER_MS / (365 * 86_400_000)} years).`,
    '- Sizes are written `65536`, `64KiB`, `1MiB`. Lists are separated by commas, in the file also JSON lists.',
    '- An empty variable is not given; empty API keys are a fault.',
    '- An unknown flag or key is a fault; an unknown `THREADKEEP_…` variable is one if it looks like a slip, else a warning.',
    '- What Kubernetes sets beside a Service named threadkeep (`THREADKEEP_PORT=tcp://…`) is ignored.',
    ...SETTING_GROUPS.flatMap(({ title, settings }) => ['', `## ${title}`, '', ...settings.flatMap(settingLines)]),
    '',
  ].join('\n');
}

function settingLines(row: AnySetting, index: number): string[] {
  const variables = [environmentNameOf(row.name), ...(row.aliases ?? [])].map((name) => `\`${name}\``).join(', ');
  const flag = row.hasFlag === false ? 'no flag' : `\`--${row.name}\``;
  const written = row.default === null ? '' : row.kind.format(row.default);
  return [
    ...(index === 0 ? [] : ['']),
    `### ${row.name}`,
    '',
    row.effect,
    '',
    `${variables}, ${flag} · ${row.kind.name}: ${asText(row.kind.range)} · default ${written === '' ? 'none' : `\`${written}\``}`,
  ];
}

function asText(range: string): string {
  return range.includes('<') ? `\`${range}\`` : range;
}
