import { formatNumber } from './format-number.ts';
import type { Figure } from './report.ts';

/** Returns a report's figures as rows of cells, the first with the titles; a column that would be empty is left out. */
export function tabulate(figures: readonly Figure[]): string[][] {
  const conditions = [...new Set(figures.flatMap(({ at }) => Object.keys(at)))];
  const titles = ['what', ...conditions, 'measured', 'reference', 'ratio', 'wanted', 'met'];
  const rows = figures.map((figure) => [
    figure.name,
    ...conditions.map((condition) => cellOf(figure.at[condition] ?? '')),
    `${formatNumber(figure.value)} ${figure.unit}`,
    figure.reference === undefined ? '' : `${formatNumber(figure.reference.value)} (${figure.reference.name})`,
    figure.reference === undefined ? '' : figure.reference.ratio.toFixed(2),
    wantedOf(figure),
    meets(figure) === undefined ? '' : meets(figure) ? 'yes' : 'no',
  ]);
  const isUsed = titles.map((_, column) => rows.some((row) => row[column] !== ''));
  return [titles, ...rows].map((row) => row.filter((_, column) => isUsed[column]));
}

/** Tells whether a figure keeps the bound that it is to keep; undefined where it has none. */
export function meets({ value, reference, wanted }: Figure): boolean | undefined {
  if (wanted === undefined) return undefined;
  const judged = wanted.of === 'value' ? value : (reference?.ratio ?? Number.NaN);
  return 'atLeast' in wanted ? judged >= wanted.atLeast : judged <= wanted.atMost;
}

/** Returns rows as text for a terminal: columns are aligned, those of numbers to the right. */
export function alignRows(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isRight = rows[0]!.map((_, column) => isNumeric(rows, column));
  const align = (cell: string, column: number) =>
    isRight[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return rows.map((row) => row.map(align).join('  ').trimEnd()).join('\n');
}

/** Returns rows as a table of Markdown. */
export function markDownRows(rows: readonly (readonly string[])[]): string {
  const rule = rows[0]!.map((_, column) => (isNumeric(rows, column) ? '--:' : '---'));
  return [rows[0]!, rule, ...rows.slice(1)].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function isNumeric(rows: readonly (readonly string[])[], column: number): boolean {
  return rows.slice(1).every((row) => /^($|\d)/.test(row[column]!));
}

function cellOf(condition: string | number): string {
  return typeof condition === 'number' ? formatNumber(condition) : condition;
}

function wantedOf({ wanted }: Figure): string {
  if (wanted === undefined) return '';
  const bound =
    'atLeast' in wanted ? `at least ${formatNumber(wanted.atLeast)}` : `at most ${formatNumber(wanted.atMost)}`;
  return wanted.of === 'ratio' ? `ratio ${bound}` : bound;
}
