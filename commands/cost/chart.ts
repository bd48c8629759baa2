import { dollars } from '../../lib/cost/compare';
import { LOADS, type Load } from '../../lib/cost/use';
import type { CostReport } from './report';

/** Sizes in pixels. */
const BARS = 520;
const RIGHT = 110;
const BAR = 18;
const GAP = 18;
const TOP = 84;
/** Of a bold letter. */
const LETTER = 9;

const COLOURS: Readonly<Record<Load, string>> = { minimum: '#9ecae1', typical: '#4292c6', maximum: '#08519c' };

/** A text as XML has it. */
function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function textAt(x: number, y: number, content: string, more = ''): string {
  return `<text x="${x}" y="${y}"${more}>${xml(content)}</text>`;
}

/** The largest round step with which an axis of five parts or less ends at or above an amount. */
function stepFor(most: number): number {
  const raw = Math.max(most, 1) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5, 10].find((factor) => factor * power >= raw) as number) * power;
}

function legend(left: number): string[] {
  return LOADS.flatMap((load, index) => [
    `<rect x="${left + index * 120}" y="46" width="14" height="14" fill="${COLOURS[load]}"/>`,
    textAt(left + index * 120 + 20, 58, load),
  ]);
}

/** A chart of what a month costs at each load, a group of bars for each place, as SVG without fonts of its own. */
export function chartOf({ scope, prices, total: { options } }: CostReport): string {
  const left = 24 + LETTER * Math.max(12, ...options.map(({ name }) => name.length));
  const whole = left + BARS + RIGHT;
  const amounts = options.flatMap(({ bills }) =>
    LOADS.flatMap((load) => ('impossible' in bills[load] ? [] : bills[load].month)),
  );
  const step = stepFor(Math.max(0, ...amounts));
  const parts = Math.max(1, Math.ceil(Math.max(0, ...amounts) / step));
  const scale = BARS / (parts * step);
  const groupHeight = LOADS.length * BAR + GAP;
  const bottom = TOP + options.length * groupHeight;
  const axis = Array.from({ length: parts + 1 }, (_, index) => {
    const x = left + index * step * scale;
    return [
      `<line x1="${x}" y1="${TOP - 8}" x2="${x}" y2="${bottom}" stroke="#ddd"/>`,
      textAt(x, bottom + 18, String(index * step), ' text-anchor="middle" fill="#555"'),
    ].join('');
  });
  const groups = options.flatMap(({ name, bills }, group) => {
    const y = TOP + group * groupHeight;
    const bars = LOADS.map((load, index) => {
      const bill = bills[load];
      const top = y + index * BAR;
      if ('impossible' in bill) return textAt(left + 6, top + 13, 'not possible', ' fill="#777"');
      const width = bill.month * scale;
      return `<rect x="${left}" y="${top}" width="${width.toFixed(1)}" height="${BAR - 3}" fill="${COLOURS[load]}"><title>${xml(`${name}, ${load}: ${dollars(bill.month)}`)}</title></rect>${textAt(left + width + 6, top + 13, dollars(bill.month))}`;
    });
    return [textAt(left - 10, y + 1.5 * BAR + 4, name, ' text-anchor="end" font-weight="bold"'), ...bars];
  });
  const title = `What ${scope} costs a month, in US$`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${bottom + 30}" viewBox="0 0 ${whole} ${bottom + 30}" font-family="sans-serif" font-size="13" fill="#222" role="img" aria-label="${xml(title)}">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    textAt(16, 26, `${title}; prices of ${prices.date}`, ' font-size="16"'),
    ...legend(left),
    ...axis,
    ...groups,
    '</svg>',
  ].join('\n');
}
