import { expect, test } from 'vitest';
import { BREACHES } from './schedule/breaches.ts';
import { runSchedule } from './schedule/run-schedule.ts';

/** Within so many schedules each missing protection is noticed. */
const SCHEDULES_MAX = 600;

test.each(BREACHES)('a store that $fault is caught', { timeout: 300_000 }, async ({ fault: _, kind, ...breach }) => {
  let violations: string[] = [];
  for (let seed = 1; seed <= SCHEDULES_MAX && violations.length === 0; seed += 1) {
    violations = (await runSchedule({ seed, kind, breach })).violations;
  }
  expect(violations).not.toEqual([]);
});
