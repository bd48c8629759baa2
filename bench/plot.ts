import type { Usage } from './measure';
import type { SizeResult } from './result';

/** Sizes in pixels. */
const WIDTH = 380;
const HEIGHT = 300;
const LEFT = 70;
const TOP = 70;
const GAP = 90;
const LEGEND = 22;

/** Colours that people with any sight of colours can tell apart. */
const COLOURS = ['#000000', '#e69f00', '#56b4e9', '#009e73', '#0072b2', '#d55e00', '#cc79a7', '#777777'];

/** One picture: how a figure depends on the number of tenants. */
interface Panel {
  readonly title: string;
  readonly field: keyof Usage;
  readonly left: number;
  readonly unit: (value: number) => string;
}

const seconds = (value: number) => (value >= 1000 ? `${value / 1000} s` : `${value} ms`);

const PANELS: readonly Panel[] = [
  { title: 'Time of the whole process', field: 'wall', left: LEFT, unit: seconds },
  { title: 'Peak memory', field: 'memory', left: LEFT + WIDTH + GAP, unit: (value) => `${value} MB` },
];

/** The powers of ten from the one below the least to the one above the greatest. */
function decades(values: readonly number[]): number[] {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
}

/** The place of a value on a logarithmic axis, from 0 to 1. */
function share(value: number, marks: readonly number[]): number {
  const [first = 1] = marks;
  const last = marks.at(-1) ?? 10;
  return Math.log10(value / first) / Math.log10(last / first);
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${more}>${content}</text>`;
}

function axes({ title, left, unit }: Panel, across: readonly number[], up: readonly number[]): string[] {
  const bottom = TOP + HEIGHT;
  return [
    text(left, TOP - 16, `${title}, by the number of tenants`, ' font-size="15"'),
    ...across.map((mark) => {
      const x = left + share(mark, across) * WIDTH;
      return `<path d="M${x.toFixed(1)} ${TOP}V${bottom}" stroke="#ddd"/>${text(x, bottom + 18, mark.toLocaleString('en-US'), ' text-anchor="middle" fill="#555"')}`;
    }),
    ...up.map((mark) => {
      const y = bottom - share(mark, up) * HEIGHT;
      return `<path d="M${left} ${y.toFixed(1)}H${left + WIDTH}" stroke="#ddd"/>${text(left - 8, y + 4, unit(mark), ' text-anchor="end" fill="#555"')}`;
    }),
  ];
}

function panelOf(panel: Panel, sizes: readonly SizeResult[], names: readonly string[]): string[] {
  const measured = sizes.flatMap(({ rows }) => rows.flatMap(({ median }) => median?.[panel.field] ?? []));
  const across = decades(sizes.map(({ tenants }) => tenants));
  const up = decades(measured);
  const lines = names.map((name, index) => {
    const points = sizes.flatMap(({ tenants, rows }) => {
      const value = rows.find((row) => row.name === name)?.median?.[panel.field];
      if (value === undefined) return [];
      return [[panel.left + share(tenants, across) * WIDTH, TOP + HEIGHT - share(value, up) * HEIGHT] as const];
    });
    const path = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
    const dots = points.map(([x, y]) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3"/>`).join('');
    const colour = COLOURS[index % COLOURS.length];
    return `<g fill="${colour}"><polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}<title>${name}</title></g>`;
  });
  return [...axes(panel, across, up), ...lines];
}

/** A plot of time and memory by the number of tenants, on logarithmic axes, as SVG without fonts of its own. */
export function plotOf(sizes: readonly SizeResult[]): string {
  const names = [...new Set(sizes.flatMap(({ rows }) => rows.map(({ name }) => name)))];
  const width = LEFT + 2 * WIDTH + GAP + 40;
  const bottom = TOP + HEIGHT + 50;
  const height = bottom + Math.ceil(names.length / 2) * LEGEND;
  const legend = names.map((name, index) => {
    const x = LEFT + (index % 2) * (WIDTH + GAP);
    const y = bottom + Math.floor(index / 2) * LEGEND;
    return `<rect x="${x}" y="${y - 10}" width="20" height="4" fill="${COLOURS[index % COLOURS.length]}"/>${text(x + 28, y - 3, name)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13" fill="#222" role="img" aria-label="Time and memory by the number of tenants">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...PANELS.flatMap((panel) => panelOf(panel, sizes, names)),
    ...legend,
    '</svg>\n',
  ].join('\n');
}
