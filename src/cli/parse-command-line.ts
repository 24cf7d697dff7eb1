import { parseArgs } from 'node:util';
import { suggestionFor } from '../config/nearest-name.ts';
import { ALL_SETTINGS } from '../config/settings.ts';
import type { Command } from './command.ts';
import { COMMON_OPTIONS } from './help.ts';

/** CommandLine is what follows the name of a command, told apart. */
export interface CommandLine {
  /** The text of each setting, by name. */
  flags: Record<string, string>;
  /** The other options. */
  options: Map<string, string | true>;
  operands: string[];
  /** Everything wrong with the arguments, a line each. */
  faults: string[];
}

/** Tells the arguments of a command apart. */
export function parseCommandLine(command: Command, given: readonly string[]): CommandLine {
  const settings = ALL_SETTINGS.filter(({ hasFlag }) => hasFlag !== false).map(({ name }) => name);
  const own = [...command.options, ...COMMON_OPTIONS];
  const known = new Map<string, 'string' | 'boolean'>([
    ...settings.map((name) => [name, 'string'] as const),
    ...own.map(({ name, placeholder }) => [name, placeholder === undefined ? 'boolean' : 'string'] as const),
  ]);
  const { tokens } = parseArgs({
    args: [...given],
    options: Object.fromEntries([...known].map(([name, type]) => [name, { type }])),
    strict: false,
    tokens: true,
  });

  const line: CommandLine = { flags: {}, options: new Map(), operands: [], faults: [] };
  const { faults } = line;
  for (const token of tokens) {
    if (token.kind === 'positional') line.operands.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const type = known.get(name);
    if (type === undefined) faults.push(`${rawName} is no option${suggestionFor(name, [...known.keys()])}`);
    else if (type === 'boolean' && value !== undefined) faults.push(`${rawName} takes no value`);
    else if (type === 'string' && value === undefined) faults.push(`${rawName} needs a value`);
    else if (own.some((option) => option.name === name)) line.options.set(name, value ?? true);
    else line.flags[name] = value!;
  }
  // What follows an unknown option may be its value.
  if (!line.options.has('help') && faults.length === 0) faults.push(...countFaults(command, line.operands));
  return line;
}

function countFaults({ operands: { min, max }, usage }: Command, operands: string[]): string[] {
  if (operands.length < min) return [`something is missing: give ${usage}`];
  return operands.slice(max).map((operand) => `${JSON.stringify(operand)} is too much: give ${usage}`);
}
