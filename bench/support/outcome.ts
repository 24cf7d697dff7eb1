import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Machine } from './machine.ts';
import { pageOf } from './page.ts';
import { drawPlot } from './plot.ts';
import type { Report } from './report.ts';

/** Outcome is all that one run of measurements came to, by their names. */
export interface Outcome {
  command: string;
  machine: Machine;
  reports: Record<string, Report>;
  /** Why a measurement could not be taken. */
  skipped: Record<string, string>;
}

/** Writes an outcome to a folder: performance.md, and beside it performance/ with a plot a file and results.json. */
export function writeOutcome(outcome: Outcome, folder: string): void {
  const beside = join(folder, 'performance');
  mkdirSync(beside, { recursive: true });
  for (const stale of globSync(join(beside, '*.svg'))) rmSync(stale);
  for (const [name, { plots }] of Object.entries(outcome.reports)) {
    for (const plot of plots) writeFileSync(join(beside, plotFileOf(name, plot.title)), drawPlot(plot));
  }
  writeFileSync(join(beside, 'results.json'), `${JSON.stringify(outcome, withoutPlots, 2)}\n`);
  const linkTo = (name: string, title: string) => `${basename(beside)}/${plotFileOf(name, title)}`;
  writeFileSync(join(folder, 'performance.md'), pageOf(outcome, linkTo));
}

function plotFileOf(name: string, title: string): string {
  return `${name}-${title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}.svg`;
}

/** Plots repeat figures. */
function withoutPlots(key: string, value: unknown): unknown {
  return key === 'plots' ? undefined : value;
}
