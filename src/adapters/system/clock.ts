import type { Clock } from '../../ports/clock.ts';

/** The machine's own clocks. */
export const systemClock: Clock = {
  wallAt: () => Date.now(),
  monotonicMs: () => performance.now(),
};
