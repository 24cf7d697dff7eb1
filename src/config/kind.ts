import { NEVER_MS } from '../model/limits.ts';

/** Kind is how people write the values of a setting, and what they become. */
export interface Kind<Value> {
  /** The name of the kind, shown in help as `<duration>`. */
  name: 'text' | 'path' | 'duration' | 'size' | 'integer' | 'choice' | 'list' | 'url' | 'secret';
  /** What may be written, as a phrase: `1 to 65535`. */
  range: string;
  /** Reads a value; throws ValueFault. */
  parse(text: string): Value;
  /** Writes a value as people would; a secret is masked. */
  format(value: Value): string;
  /** Hides what must not be shown of a text, however wrong it is; absent = all may be. */
  mask?(text: string): string;
}

/** ValueFault says why a text is no value of its kind, and what to write instead. */
export class ValueFault extends Error {
  override readonly name = 'ValueFault';
}

/** Bounds include both ends. */
export interface Bounds {
  min: number;
  max: number;
}

const DURATION_UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const SIZE_UNITS = { GiB: 1024 ** 3, MiB: 1024 ** 2, KiB: 1024, B: 1 };

/** A duration in ms, written 250ms, 1s, 15m, 10h, 7d, and never where `never` is set. */
export function duration(bounds: Bounds, { never = false }: { never?: boolean } = {}): Kind<number> {
  const range = `${formatDuration(bounds.min)} to ${formatDuration(bounds.max)}${never ? ', or never' : ''}`;
  return {
    name: 'duration',
    range,
    parse(text) {
      if (text === 'never' && never) return NEVER_MS;
      const value = parseAmount(text, DURATION_UNITS);
      if (value === undefined) throw new ValueFault('no duration: write it as 250ms, 1s, 15m, 10h or 7d');
      return within(value, bounds, range);
    },
    format: formatDuration,
  };
}

/** A number of bytes, written 65536, 64KiB or 1.5MiB. */
export function size(bounds: Bounds): Kind<number> {
  const range = `${formatSize(bounds.min)} to ${formatSize(bounds.max)}`;
  return {
    name: 'size',
    range,
    parse(text) {
      const value = parseAmount(/^\d+$/.test(text) ? `${text}B` : text, SIZE_UNITS);
      if (value === undefined) throw new ValueFault('no size: write it as 65536, 64KiB or 1MiB');
      return within(value, bounds, range);
    },
    format: formatSize,
  };
}

/** A whole number. */
export function integer(bounds: Bounds): Kind<number> {
  const range = `${bounds.min} to ${bounds.max}`;
  return {
    name: 'integer',
    range,
    parse(text) {
      if (!/^-?\d{1,15}$/.test(text)) throw new ValueFault(`no whole number: give ${range}`);
      return within(Number(text), bounds, range);
    },
    format: String,
  };
}

/** One of a few words. */
export function choice<const Choice extends string>(choices: readonly Choice[]): Kind<Choice> {
  const range = choices.join(', ');
  return {
    name: 'choice',
    range,
    parse(text) {
      const found = choices.find((each) => each === text.toLowerCase());
      if (found === undefined) throw new ValueFault(`not among the choices: give one of ${range}`);
      return found;
    },
    format: String,
  };
}

/** Words separated by commas; each is checked by `check`, which throws ValueFault. */
export function list(range: string, check: (entry: string) => void): Kind<string[]> {
  return {
    name: 'list',
    range,
    parse(text) {
      const entries = splitList(text);
      entries.forEach(check);
      return entries;
    },
    format: (entries) => entries.join(','),
  };
}

/** Any text but the empty one. */
export function text(range: string): Kind<string> {
  return { name: 'text', range, parse: nonEmpty, format: String };
}

/** The path of a file, from the working directory; null = none. */
export function path(): Kind<string | null> {
  return { name: 'path', range: 'path of a file', parse: nonEmpty, format: (value) => value ?? '' };
}

/** Splits a text at commas and line breaks and drops what is blank. */
export function splitList(listed: string): string[] {
  return listed
    .split(/[,\n\r]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Writes a duration in the largest unit that leaves no rest: 36000000 → `10h`. */
export function formatDuration(ms: number): string {
  return ms >= NEVER_MS ? 'never' : formatAmount(ms, DURATION_UNITS);
}

/** Writes a number of bytes in the largest unit that leaves no rest: 1048576 → `1MiB`. */
export function formatSize(bytes: number): string {
  return formatAmount(bytes, SIZE_UNITS);
}

function nonEmpty(given: string): string {
  if (given.trim() === '') throw new ValueFault('empty: give a value or leave the setting out');
  return given;
}

function within(value: number, { min, max }: Bounds, range: string): number {
  if (value < min || value > max) throw new ValueFault(`out of bounds: give ${range}`);
  return value;
}

function parseAmount(amount: string, units: Record<string, number>): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(amount) ?? [];
  const known = Object.keys(units).find((each) => each.toLowerCase() === unit?.toLowerCase());
  return number === undefined || known === undefined ? undefined : Math.round(Number(number) * units[known]!);
}

function formatAmount(amount: number, units: Record<string, number>): string {
  const smallest = Object.keys(units).at(-1)!;
  const unit = amount === 0 ? smallest : Object.keys(units).find((each) => amount % units[each]! === 0);
  return amount === 0 && 's' in units ? '0s' : `${amount / units[unit ?? smallest]!}${unit ?? smallest}`;
}
