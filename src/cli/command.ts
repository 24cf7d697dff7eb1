import type { LoadedConfiguration } from '../config/load-configuration.ts';
import type { Terminal } from './terminal.ts';

/** CommandOption is an option of one command, beside the settings, which every command takes. */
export interface CommandOption {
  /** Without dashes. */
  name: string;
  /** What stands for its value in help; absent = a switch. */
  placeholder?: string;
  effect: string;
}

/** Invocation is what a command was asked to do. */
export interface Invocation {
  loaded: LoadedConfiguration;
  /** The text of each of the command's own options that was given; `true` for a switch. */
  options: ReadonlyMap<string, string | true>;
  operands: readonly string[];
  terminal: Terminal;
}

/** Command is one word of the command line. */
export interface Command {
  name: string;
  /** One line, for the list of commands. */
  summary: string;
  /** What follows the name: `[options] FILE…`. */
  usage: string;
  description: string;
  options: readonly CommandOption[];
  /** The groups of settings that its help lists. */
  settingGroups: readonly string[];
  operands: { min: number; max: number };
  /** Answers the exit code: 0 fine, 1 some input was refused or found broken; throws UsageError for 2. */
  run(invocation: Invocation): Promise<number>;
}

/** UsageError is a wrong command line or surrounding: exit code 2, its message in one or two lines with the remedy. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Returns the text of an option, or undefined when it was not given. */
export function textOption({ options }: Invocation, name: string): string | undefined {
  const given = options.get(name);
  return typeof given === 'string' ? given : undefined;
}
