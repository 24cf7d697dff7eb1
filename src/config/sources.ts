import type { Fault } from './configuration-error.ts';
import { isSlip, nearestName, suggestionFor } from './nearest-name.ts';
import { environmentNameOf } from './setting.ts';
import { ALL_SETTINGS, type AnySetting } from './settings.ts';

/** Given is the text that a source gives for a setting. */
export interface Given {
  kind: 'flag' | 'environment' | 'file';
  /** As the user wrote it: `--port`, `THREADKEEP_PORT`, `threadkeep.json: port`. */
  source: string;
  text: string;
}

/** ReadSource is what one source gives, by the settings' names, with what it got wrong. */
export interface ReadSource {
  given: Map<string, Given>;
  faults: Fault[];
  warnings: string[];
}

/** The environment variable that names the configuration file. */
export const CONFIG_PATH_VARIABLE = 'THREADKEEP_CONFIG';

/** Reads the environment. A variable that is empty is not given, but for secrets, where it is a fault. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): ReadSource {
  const given = new Map<string, Given>();
  for (const row of ALL_SETTINGS) {
    const name = environmentNames(row).find((each) => isGiven(environment[each], row));
    if (name !== undefined) given.set(row.name, { kind: 'environment', source: name, text: environment[name]! });
  }
  return { given, ...judgeUnknown(Object.keys(environment)) };
}

/** Reads a configuration file: a JSON object of names and values. */
export function readFile(path: string, content: string): ReadSource {
  const read: ReadSource = { given: new Map(), faults: [], warnings: [] };
  const names = ALL_SETTINGS.map(({ name }) => name);
  for (const [name, value] of Object.entries(parseObject(path, content, read.faults))) {
    const source = `${path}: ${name}`;
    const text = textOf(value);
    if (!names.includes(name)) {
      read.faults.push({ source, value: null, message: `no such setting${suggestionFor(name, names)}` });
    } else if (text === undefined) {
      read.faults.push({
        source,
        value: null,
        message: 'neither text, number nor list: write it as on the command line',
      });
    } else {
      read.given.set(name, { kind: 'file', source, text });
    }
  }
  return read;
}

function environmentNames(row: AnySetting): string[] {
  return [environmentNameOf(row.name), ...(row.aliases ?? [])];
}

// Kubernetes sets THREADKEEP_PORT=tcp://10.0.0.1:7420 beside a Service of the name threadkeep.
function isGiven(value: string | undefined, row: AnySetting): boolean {
  if (value === undefined || /^(tcp|udp|sctp):\/\//.test(value)) return false;
  return value !== '' || row.kind.name === 'secret';
}

// A slip in a name must not go unnoticed; a name that is like none may belong to another program.
function judgeUnknown(variables: string[]): Pick<ReadSource, 'faults' | 'warnings'> {
  const known = [...ALL_SETTINGS.map(({ name }) => environmentNameOf(name)), CONFIG_PATH_VARIABLE];
  const faults: Fault[] = [];
  const warnings: string[] = [];
  for (const variable of variables) {
    if (!variable.startsWith('THREADKEEP_') || known.includes(variable) || isOfKubernetes(variable)) continue;
    const nearest = nearestName(
      variable.slice('THREADKEEP_'.length),
      known.map((name) => name.slice('THREADKEEP_'.length)),
    )!;
    const message = `no such setting${suggestionFor(variable, known)}`;
    if (isSlip(nearest)) faults.push({ source: variable, value: null, message });
    else warnings.push(`${variable} is ignored: ${message}`);
  }
  return { faults, warnings };
}

function isOfKubernetes(variable: string): boolean {
  return /_SERVICE_(HOST|PORT(_.+)?)$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/.test(variable);
}

function parseObject(path: string, content: string, faults: Fault[]): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(content);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
    faults.push({ source: path, value: null, message: 'no JSON object: write {"port": 7420, "ttl": "20h"}' });
  } catch (error) {
    faults.push({ source: path, value: null, message: `no JSON: ${(error as Error).message}` });
  }
  return {};
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value.join(',') : undefined;
}
