import { ALL_SETTINGS } from '../config/settings.ts';
import type { Command, Invocation } from './command.ts';
import { writeLine } from './terminal.ts';

/** `threadkeep config`: the settings in effect, with the source of each; secrets are masked. */
export const configCommand: Command = {
  name: 'config',
  summary: 'Prints the settings in effect and where each comes from.',
  usage: '[options]',
  description: 'Prints every setting with the value in effect and its source. Secrets are masked.',
  options: [],
  settingGroups: [],
  operands: { min: 0, max: 0 },
  run: printConfiguration,
};

async function printConfiguration({ loaded, terminal }: Invocation): Promise<number> {
  const rows = ALL_SETTINGS.map((row) => {
    const value = loaded.configuration[row.property];
    const written = value === null ? '' : row.kind.format(value);
    return [row.name, written === '' ? '-' : written, sourceOf(loaded.sources, row.name)];
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)) + 2);
  for (const [name, value, source] of rows) {
    writeLine(terminal.stdout, `${name!.padEnd(widths[0]!)}${value!.padEnd(widths[1]!)}${source}`);
  }
  return 0;
}

// The keys in effect are those of both settings.
function sourceOf(sources: ReadonlyMap<string, string>, name: string): string {
  const own = sources.get(name)!;
  const ofFile = sources.get('api-keys-file')!;
  if (name !== 'api-keys' || ofFile === 'default') return own;
  return own === 'default' ? ofFile : `${own} and ${ofFile}`;
}
