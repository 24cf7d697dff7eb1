import { spawnSync } from 'node:child_process';

/** CannotMeasure says what a measurement lacks on this machine, and what to do about it. */
export class CannotMeasure extends Error {
  override readonly name = 'CannotMeasure';
}

/** Throws CannotMeasure with the remedy where a program is not installed. */
export function requireProgram(program: string, remedy: string): void {
  if (spawnSync(program, ['--version']).error === undefined) return;
  throw new CannotMeasure(`${program} is not installed: ${remedy}`);
}
