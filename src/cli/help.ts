import { environmentNameOf } from '../config/setting.ts';
import { type AnySetting, SETTING_GROUPS } from '../config/settings.ts';
import type { Command, CommandOption } from './command.ts';
import { wrap } from './wrap.ts';

/** Options that every command takes. */
export const COMMON_OPTIONS: readonly CommandOption[] = [
  {
    name: 'config',
    placeholder: 'file',
    effect: 'JSON file with settings by name, {"ttl": "20h"}; also THREADKEEP_CONFIG.',
  },
  { name: 'help', effect: 'Print this.' },
];

/** Returns what `threadkeep --help` prints. */
export function overallHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    'Threadkeep keeps the sessions of conversational agents.',
    '',
    'threadkeep <command> [options]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'threadkeep <command> --help tells more. threadkeep --version prints the version.',
    'Exit codes: 0 fine; 1 some input was refused or found broken; 2 wrong usage, configuration or surroundings.',
  ].join('\n');
}

/** Returns what `threadkeep <command> --help` prints. */
export function commandHelp(command: Command): string {
  const groups = SETTING_GROUPS.filter(({ title }) => command.settingGroups.includes(title));
  const isAll = groups.length === SETTING_GROUPS.length;
  return [
    `threadkeep ${command.name} ${command.usage}`,
    '',
    ...wrap(command.description, 0),
    ...section('Options', [...command.options, ...COMMON_OPTIONS].map(optionEntry)),
    ...groups.flatMap(({ title, settings }) => section(title, settings.map(settingEntry))),
    '',
    ...wrap('A flag wins over its environment variable, that over the configuration file, that over the default.', 0),
    ...(isAll ? [] : ['Every setting of `threadkeep serve --help` can be given here, too.']),
  ].join('\n');
}

type Entry = { term: string; text: string };

function section(title: string, entries: Entry[]): string[] {
  return ['', `${title}:`, ...entries.flatMap(({ term, text }) => [`  ${term}`, ...wrap(text, 6)])];
}

function optionEntry({ name, placeholder, effect }: CommandOption): Entry {
  return { term: `--${name}${placeholder === undefined ? '' : ` <${placeholder}>`}`, text: effect };
}

function settingEntry(row: AnySetting): Entry {
  const variables = [environmentNameOf(row.name), ...(row.aliases ?? [])].join(', ');
  const flag = row.hasFlag === false ? '' : `--${row.name} <${row.kind.name}>, `;
  return { term: `${flag}${variables}`, text: `${row.effect} ${defaultText(row)} Range: ${row.kind.range}.` };
}

function defaultText(row: AnySetting): string {
  const written = row.default === null ? '' : row.kind.format(row.default);
  return written === '' ? 'Default: none.' : `Default: ${written}.`;
}
