import { formatNumber } from './format-number.ts';
import type { Figure, Plot } from './report.ts';
import { type Scale, scaleOf } from './scale.ts';

const HEIGHT = 380;
const LEFT = 8;
const AREA = { left: 70, top: 56, right: 540, bottom: 324 };
const LEGEND = { left: AREA.right + 20, label: AREA.right + 52, row: 22 };
/** Wider than most letters are. */
const LETTER_WIDTH = 7.5;
/** Hues that can be told apart on white and on black, by the colour-blind too. */
const COLOURS = ['#0e8fd0', '#e07b00', '#0fa37f', '#cc5fa0', '#9a7bd8', '#c9a400', '#d0463a', '#6b8e23'];

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #333 }
.title { font-size: 16px; font-weight: 600 }
.grid { stroke: #8886; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
.reference { stroke-dasharray: 5 4 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }`;

interface Series {
  name: string;
  isReference: boolean;
  points: [x: number, y: number][];
}

/** Draws a plot as SVG, for light and dark backgrounds: lines over a numeric condition, what they are held against dashed. */
export function drawPlot(plot: Plot): string {
  const all = [...seriesOf(plot), ...referencesOf(plot)];
  const points = all.flatMap((series) => series.points);
  const along = scaleOf(
    points.map(([x]) => x),
    { from: 'least', ticksAt: 'values' },
  );
  const up = scaleOf(
    points.map(([, y]) => y),
    { from: 'zero', ticksAt: 'steps' },
  );
  const unit = plot.of === 'ratio' ? `ratio to ${plot.figures[0]?.reference?.name}` : (plot.figures[0]?.unit ?? '');
  const width = LEGEND.label + Math.ceil(LETTER_WIDTH * Math.max(...all.map(({ name }) => name.length)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" role="img">
<style>${STYLE}</style>
${text(plot.title, { x: LEFT, y: 18, more: 'class="title"' })}
${drawAxes(along, up)}
${text(plot.along, { x: (AREA.left + AREA.right) / 2, y: AREA.bottom + 42, more: 'text-anchor="middle"' })}
${text(unit, { x: LEFT, y: AREA.top - 14 })}
${all.map((series, place) => drawSeries(series, place, along, up)).join('\n')}
</svg>
`;
}

/** Where all figures have one name, the conditions tell series apart. */
function seriesOf({ figures, series, along, of }: Plot): Series[] {
  const isNameTold = series.length === 0 || new Set(figures.map(({ name }) => name)).size > 1;
  const named = Map.groupBy(figures, ({ name, at }) =>
    [...(isNameTold ? [name] : []), ...series.map((condition) => at[condition])].join(', '),
  );
  return [...named].map(([name, members]) => ({
    name,
    isReference: false,
    points: members.map((figure) => [placeOf(figure, along), of === 'value' ? figure.value : ratioOf(figure)]),
  }));
}

/** One line for each thing that figures are held against: where several are held against it, the first says what it was. */
function referencesOf({ figures, along, of }: Plot): Series[] {
  if (of === 'ratio') return [];
  const held = figures.filter(({ reference }) => reference !== undefined);
  return [...Map.groupBy(held, ({ reference }) => reference!.name)].map(([name, members]) => ({
    name,
    isReference: true,
    points: [...Map.groupBy(members, (figure) => placeOf(figure, along))].map(([x, [first]]) => [
      x,
      first!.reference!.value,
    ]),
  }));
}

function placeOf({ name, at }: Figure, along: string): number {
  const place = at[along];
  if (typeof place !== 'number') throw new Error(`${name} has no number for ${along}, along which it is to be drawn`);
  return place;
}

function ratioOf({ name, reference }: Figure): number {
  if (reference === undefined) throw new Error(`${name} has no reference, and its ratio is to be drawn`);
  return reference.ratio;
}

function drawAxes(along: Scale, up: Scale): string {
  const columns = along.ticks.map((tick) =>
    text(formatNumber(tick), { x: xOf(along, tick), y: AREA.bottom + 20, more: 'text-anchor="middle"' }),
  );
  const rows = up.ticks.map((tick) => {
    const y = yOf(up, tick);
    const line = `<line class="grid" x1="${AREA.left}" x2="${AREA.right}" y1="${y}" y2="${y}"/>`;
    return line + text(formatNumber(tick), { x: AREA.left - 8, y: y + 4, more: 'text-anchor="end"' });
  });
  return [...rows, ...columns].join('\n');
}

function drawSeries({ name, isReference, points }: Series, place: number, along: Scale, up: Scale): string {
  const colour = isReference ? '#888' : COLOURS[place % COLOURS.length];
  const sorted = points.toSorted(([one], [other]) => one - other);
  const places = sorted.map(([x, y]) => [xOf(along, x), yOf(up, y)]);
  const line = `class="line${isReference ? ' reference' : ''}" stroke="${colour}"`;
  const dots = places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`);
  const y = AREA.top + 8 + LEGEND.row * place;
  const legend = `<line ${line} x1="${LEGEND.left}" x2="${LEGEND.label - 8}" y1="${y}" y2="${y}"/>`;
  const label = text(name, { x: LEGEND.label, y: y + 4 });
  return `<polyline ${line} points="${places.map((pair) => pair.join(',')).join(' ')}"/>${dots.join('')}${legend}${label}`;
}

function xOf(scale: Scale, value: number): number {
  return Math.round(AREA.left + 12 + scale.shareOf(value) * (AREA.right - AREA.left - 24));
}

function yOf(scale: Scale, value: number): number {
  return Math.round(AREA.bottom - scale.shareOf(value) * (AREA.bottom - AREA.top));
}

function text(content: string, { x, y, more = '' }: { x: number; y: number; more?: string }): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}"${more && ` ${more}`}>${escaped}</text>`;
}
