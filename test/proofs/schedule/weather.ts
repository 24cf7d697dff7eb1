import type { SeededRandom } from '../../support/seeded-random.ts';

/** Weather is how a network behaves: chances from 0 to 1, delays in ms. */
export interface Weather {
  /** Usual one-way delays lie between 0 and this. */
  delayMs: number;
  /** Chance that a way takes far longer, and how long at most. */
  slow: number;
  slowMs: number;
  /** Chance that a call never arrives, and that its answer never comes. */
  lostCall: number;
  lostAnswer: number;
}

/** Nothing is lost and nothing takes long. */
export const CALM: Weather = { delayMs: 2, slow: 0, slowMs: 0, lostCall: 0, lostAnswer: 0 };

const WEATHERS: readonly Weather[] = [
  CALM,
  { delayMs: 20, slow: 0, slowMs: 0, lostCall: 0, lostAnswer: 0 },
  { delayMs: 10, slow: 0.02, slowMs: 40_000, lostCall: 0, lostAnswer: 0 },
  { delayMs: 5, slow: 0.05, slowMs: 3000, lostCall: 0.01, lostAnswer: 0.03 },
  { delayMs: 30, slow: 0.02, slowMs: 8000, lostCall: 0.03, lostAnswer: 0.08 },
  { delayMs: 2, slow: 0, slowMs: 0, lostCall: 0.1, lostAnswer: 0.1 },
];

/** Every way takes long, so that much happens while a call is under way. */
const SLUGGISH: Weather = { delayMs: 200, slow: 0, slowMs: 0, lostCall: 0, lostAnswer: 0 };

/** Draws the weather of a schedule; where all depends on the moment, the sluggish one is more likely. */
export function drawWeather(random: SeededRandom, isSluggish: boolean): Weather {
  return random.pick(isSluggish ? [SLUGGISH, SLUGGISH, ...WEATHERS] : WEATHERS);
}

/** Draws how long a call is under way in one direction, in ms. */
export function drawDelay({ delayMs, slow, slowMs }: Weather, random: SeededRandom): number {
  const reach = happens(slow, random) ? slowMs : delayMs;
  return (random.integer(1000) / 1000) * reach;
}

/** Draws whether something happens that has a chance from 0 to 1. */
export function happens(chance: number, random: SeededRandom): boolean {
  return chance > 0 && random.integer(10_000) < chance * 10_000;
}
