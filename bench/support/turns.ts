import { median } from './median.ts';
import type { Figure } from './report.ts';

/** The first finds out how much a side can do in its time, the second is as long as those that count. */
const WARM_UP_ROUNDS = 2;

/** Takes sides in turn, round by round, so that a drift of the machine touches all alike; rounds before warm them up. */
export async function takeTurns<Sides extends Record<string, () => unknown>>(
  rounds: number,
  sides: Sides,
): Promise<TurnOf<Sides>[]> {
  const turns: TurnOf<Sides>[] = [];
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round += 1) {
    const turn: Record<string, unknown> = {};
    for (const [side, take] of Object.entries(sides)) turn[side] = await take();
    if (round > 0) turns.push(turn as TurnOf<Sides>);
  }
  return turns;
}

/** TurnOf is what each side came to in one round. */
export type TurnOf<Sides extends Record<string, () => unknown>> = {
  [Side in keyof Sides]: Awaited<ReturnType<Sides[Side]>>;
};

/** Returns the medians of what rounds came to: of the value, of its reference, and of their ratio in each round. */
export function compare<Turn>(
  turns: readonly Turn[],
  take: (turn: Turn) => number,
  reference: { name: string; of: (turn: Turn) => number },
): Required<Pick<Figure, 'value' | 'reference'>> {
  const ratio = median(turns.map((turn) => take(turn) / reference.of(turn)));
  const value = median(turns.map(reference.of));
  return { value: median(turns.map(take)), reference: { name: reference.name, value, ratio } };
}
