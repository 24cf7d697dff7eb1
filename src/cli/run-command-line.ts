import { ConfigurationError } from '../config/configuration-error.ts';
import { type LoadedConfiguration, loadConfiguration } from '../config/load-configuration.ts';
import { suggestionFor } from '../config/nearest-name.ts';
import { SessionError } from '../model/session-error.ts';
import { type Command, UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { commandHelp, overallHelp } from './help.ts';
import { type CommandLine, parseCommandLine } from './parse-command-line.ts';
import { type Terminal, writeLine } from './terminal.ts';
import { VERSION } from './version.ts';

/** Runs what the arguments ask for and answers the exit code; faults are told on standard error, without a stack. */
export async function runCommandLine(given: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await runWord(given, terminal);
  } catch (error) {
    if (!isExpected(error)) throw error;
    writeLine(terminal.stderr, error.message);
    return 2;
  }
}

async function runWord([word, ...rest]: readonly string[], terminal: Terminal): Promise<number> {
  if (word === '--version') {
    writeLine(terminal.stdout, VERSION);
    return 0;
  }
  if (word === '--help' || word === 'help' || word === undefined) {
    const commands = await Promise.all(Object.values(COMMANDS).map((loadEach) => loadEach()));
    writeLine(word === undefined ? terminal.stderr : terminal.stdout, overallHelp(commands));
    return word === undefined ? 2 : 0;
  }
  const loadCommand = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (loadCommand === undefined) {
    const names = Object.keys(COMMANDS);
    throw new UsageError(`${word} is no command${suggestionFor(word, names)}: give one of ${names.join(', ')}`);
  }
  return runCommand(await loadCommand(), rest, terminal);
}

async function runCommand(command: Command, given: readonly string[], terminal: Terminal): Promise<number> {
  const line = parseCommandLine(command, given);
  if (line.options.has('help')) {
    writeLine(terminal.stdout, commandHelp(command));
    return 0;
  }
  const loaded = load(command, line, terminal);
  for (const warning of loaded.warnings) writeLine(terminal.stderr, warning);
  return command.run({ loaded, options: line.options, operands: line.operands, terminal });
}

function load({ name }: Command, { flags, options, faults }: CommandLine, terminal: Terminal): LoadedConfiguration {
  const configPath = options.get('config');
  const source = typeof configPath === 'string' ? { configPath } : {};
  const found = [...faults];
  try {
    const loaded = loadConfiguration({ flags, environment: terminal.environment, ...source });
    if (found.length === 0) return loaded;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    found.push(error.message);
  }
  throw new UsageError([...found, `threadkeep ${name} --help tells more.`].join('\n'));
}

function isExpected(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof SessionError;
}
