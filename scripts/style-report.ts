import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

// Prints the size of what people read: the largest and the median file and function, and the share of comments,
// over the hand-written TypeScript of src/ and clients/. Fails when a ceiling is broken; the aims are for the median.

type Sized = { name: string; lines: number };
type SourceReport = { file: Sized; functions: Sized[]; written: number; commented: number };

const limits = {
  file: { ceiling: 300, aim: 120 },
  function: { ceiling: 60, aim: 12 },
};

const ownFiles = globSync(['src/**/*.ts', 'clients/**/*.ts'], {
  exclude: (path) => /(^|\/)(node_modules|gen|dist)(\/|$)/.test(path),
});
const reports = ownFiles.sort().map(reportOf);
const sections = {
  file: reports.map(({ file }) => file),
  function: reports.flatMap(({ functions }) => functions),
};

console.log(`${reports.length} hand-written files, ${sections.function.length} functions`);
for (const kind of ['file', 'function'] as const) {
  printSection(kind, sections[kind]);
}
const written = sum(reports.map((report) => report.written));
const commented = sum(reports.map((report) => report.commented));
console.log(`comments: ${percent(commented, written)} of ${written} lines that are not blank`);

function printSection(kind: keyof typeof limits, all: Sized[]): void {
  const { ceiling, aim } = limits[kind];
  const bySize = all.toSorted((one, other) => other.lines - one.lines);
  const median = bySize[Math.floor(bySize.length / 2)]?.lines ?? 0;
  console.log(`${kind}: largest ${bySize[0]?.lines ?? 0} (ceiling ${ceiling}), median ${median} (aim ${aim})`);
  for (const { name, lines } of bySize.slice(0, 3)) console.log(`  ${lines}  ${name}`);
  for (const { name, lines } of bySize.filter(({ lines }) => lines > ceiling)) {
    console.error(`${name} has ${lines} lines; a ${kind} may have ${ceiling}`);
    process.exitCode = 1;
  }
}

function reportOf(path: string): SourceReport {
  const text = readFileSync(path, 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lines = text.trimEnd().split('\n');
  return {
    file: { name: path, lines: lines.length },
    functions: functionsOf(source),
    written: lines.filter((line) => line.trim() !== '').length,
    commented: lines.filter((line) => /^\s*(\/\/|\/?\*)/.test(line)).length,
  };
}

function functionsOf(source: ts.SourceFile): Sized[] {
  const found: Sized[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) found.push(sizeOf(node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function sizeOf(node: ts.SignatureDeclaration, source: ts.SourceFile): Sized {
  const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  const last = source.getLineAndCharacterOfPosition(node.end).line;
  const name = node.name?.getText(source) ?? 'anonymous function';
  return { name: `${source.fileName}:${first + 1} ${name}`, lines: last - first + 1 };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? 0 : Math.round((part / whole) * 100)} %`;
}
