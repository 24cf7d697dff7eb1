/** Scale places values on an axis, 0 at its beginning and 1 at its end, and says where it is marked. */
export interface Scale {
  shareOf(value: number): number;
  ticks: number[];
}

/** A range that is wider is drawn by its logarithm. */
const LINEAR_MAX = 20;
const LINEAR_FROM_ZERO_MAX = 200;

/** Makes a scale for all of these values: from zero or from the least, marked at each value or at round steps. */
export function scaleOf(
  values: readonly number[],
  { from, ticksAt }: { from: 'zero' | 'least'; ticksAt: 'values' | 'steps' },
): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const isLogarithmic = least > 0 && most / least > (from === 'zero' ? LINEAR_FROM_ZERO_MAX : LINEAR_MAX);
  if (isLogarithmic) {
    const decades = decadesAround(least, most);
    const [first, last] = ticksAt === 'values' ? [least, most] : [decades[0]!, decades.at(-1)!];
    const shareOf = (value: number) => Math.log(value / first) / Math.log(last / first);
    return { shareOf, ticks: ticksAt === 'values' ? distinct(values) : decades };
  }
  const steps = stepsUpTo(most);
  const [first, last] = from === 'zero' ? [0, steps.at(-1)!] : [least, most];
  const shareOf = (value: number) => (last === first ? 0.5 : (value - first) / (last - first));
  return { shareOf, ticks: ticksAt === 'values' ? distinct(values) : steps };
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}

function decadesAround(least: number, most: number): number[] {
  const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return Array.from({ length: last - first + 1 }, (_, place) => 10 ** (first + place));
}

/** Four to eight round steps, the last of them at or above `most`. */
function stepsUpTo(most: number): number[] {
  if (most <= 0) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [0.2, 0.25, 0.5, 1, 2].map((part) => part * power).find((size) => most / size <= 7) as number;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, place) => place * step);
}
