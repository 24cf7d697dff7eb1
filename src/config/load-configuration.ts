import { readFileSync } from 'node:fs';
import { type ApiKey, parseApiKeys } from './api-key.ts';
import { checkTogether, warnTogether } from './check-together.ts';
import { ConfigurationError, type Fault } from './configuration-error.ts';
import { ALL_SETTINGS, type AnySetting, type Configuration } from './settings.ts';
import { CONFIG_PATH_VARIABLE, type Given, type ReadSource, readEnvironment, readFile } from './sources.ts';

/** ConfigurationInput is where the configuration comes from; the first of flags, environment, file wins. */
export interface ConfigurationInput {
  /** The text of each flag that was given, by the setting's name. */
  flags?: Readonly<Record<string, string>>;
  environment?: Readonly<Record<string, string | undefined>>;
  /** The file to read; absent = the one that THREADKEEP_CONFIG names, if it is set. */
  configPath?: string;
}

/** LoadedConfiguration is a configuration without faults, with the source of each value. */
export interface LoadedConfiguration {
  configuration: Configuration;
  /** By the setting's name: `--port`, `THREADKEEP_PORT`, `threadkeep.json: port`, `default`. */
  sources: ReadonlyMap<string, string>;
  /** What was ignored, one line each. */
  warnings: readonly string[];
}

/** Reads and checks the configuration; throws ConfigurationError with all its faults. */
export function loadConfiguration({
  flags = {},
  environment = {},
  configPath,
}: ConfigurationInput): LoadedConfiguration {
  const read = [readFlags(flags), readEnvironment(environment), readConfigFile(configPath, environment)];
  const faults = read.flatMap((source) => source.faults);
  const given = new Map<string, Given>(read.toReversed().flatMap((source) => [...source.given]));

  const values = ALL_SETTINGS.map((row) => [row.property, readValue(row, given.get(row.name), faults)]);
  const stated = Object.fromEntries(values) as Configuration;
  const configuration = { ...stated, apiKeys: [...stated.apiKeys, ...readKeyFile(stated, given, faults)] };
  const faulty = [...given].filter(([, { source }]) => faults.some((fault) => fault.source === source));
  faults.push(...checkTogether({ configuration, given, faulty: new Set(faulty.map(([name]) => name)) }));
  if (faults.length > 0) throw new ConfigurationError(faults);

  const sources = new Map(ALL_SETTINGS.map(({ name }) => [name, given.get(name)?.source ?? 'default']));
  const warnings = [...read.flatMap((source) => source.warnings), ...warnTogether(configuration)];
  return { configuration, sources, warnings };
}

function readFlags(flags: Readonly<Record<string, string>>): ReadSource {
  const given = Object.entries(flags).map(([name, text]): [string, Given] => [
    name,
    { kind: 'flag', source: `--${name}`, text },
  ]);
  return { given: new Map(given), faults: [], warnings: [] };
}

function readConfigFile(
  configPath: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): ReadSource {
  const path = configPath ?? environment[CONFIG_PATH_VARIABLE] ?? '';
  const source = configPath === undefined ? CONFIG_PATH_VARIABLE : '--config';
  const none: ReadSource = { given: new Map(), faults: [], warnings: [] };
  if (path === '') return none;
  const content = readText({ path, source, faults: none.faults });
  return content === undefined ? none : readFile(path, content);
}

function readValue(row: AnySetting, given: Given | undefined, faults: Fault[]): unknown {
  if (given === undefined) return row.default;
  try {
    return row.kind.parse(given.text);
  } catch (error) {
    faults.push({ source: given.source, value: shownText(row, given.text), message: (error as Error).message });
    return row.default;
  }
}

/** Null where nothing of a value may be shown. */
function shownText({ kind }: AnySetting, text: string): string | null {
  if (kind.name === 'secret') return null;
  return kind.mask?.(text) ?? text;
}

function readKeyFile(stated: Configuration, given: Map<string, Given>, faults: Fault[]): ApiKey[] {
  const path = stated.apiKeysPath;
  const source = given.get('api-keys-file')?.source ?? '';
  const content = path === null ? undefined : readText({ path, source, faults });
  if (content === undefined) return [];
  try {
    return parseApiKeys(content);
  } catch (error) {
    faults.push({ source, value: path, message: (error as Error).message });
    return [];
  }
}

function readText({ path, source, faults }: { path: string; source: string; faults: Fault[] }): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    faults.push({ source, value: path, message: `cannot be read (${code}): name a file that this user may read` });
    return undefined;
  }
}
