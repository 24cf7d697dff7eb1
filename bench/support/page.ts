import type { Outcome } from './outcome.ts';
import type { Report } from './report.ts';
import { markDownRows, meets, tabulate } from './table.ts';

/** Returns the page of an outcome, in Markdown; `linkTo` tells where the plot of a report's name and a title is. */
export function pageOf(outcome: Outcome, linkTo: (name: string, title: string) => string): string {
  const { command, machine, reports, skipped } = outcome;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const parts = [
    '# Performance',
    `\`${command}\` wrote this page, and measures all of it anew on your machine.
What counts are the ratios: each figure stands beside what the same machine did at best in the same run, in turns with it.
Figures are medians of the rounds.`,
    markDownRows([
      ['what', 'here'],
      ['measured on', machine.measuredAt],
      ['processor', `${machine.processor}, ${machine.cores} cores`],
      ['memory', `${machine.memoryGiB} GiB`],
      ['kernel', machine.kernel],
      ['versions', versions.join(', ')],
    ]),
    boundsOf(Object.values(reports)),
    ...Object.entries(reports).map(([name, report]) => sectionOf(report, (title) => linkTo(name, title))),
    ...Object.entries(skipped).map(([name, reason]) => `## ${name}\n\nNot measured: ${reason}.`),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Tells how many of the bounds that figures are to keep are kept; empty where there are none. */
export function boundsOf(reports: readonly Report[]): string {
  const judged = reports.flatMap(({ figures }) => figures.map(meets)).filter((isMet) => isMet !== undefined);
  if (judged.length === 0) return '';
  return `${judged.filter((isMet) => isMet).length} of ${judged.length} bounds are met.`;
}

function sectionOf({ title, method, figures, plots }: Report, linkTo: (title: string) => string): string {
  const pictures = plots.map((plot) => `![${plot.title}](${linkTo(plot.title)})`);
  return [`## ${title}`, method, markDownRows(tabulate(figures)), ...pictures].join('\n\n');
}
