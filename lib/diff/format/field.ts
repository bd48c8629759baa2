import { structuredPatch } from 'diff';
import type { ExplainedField } from '../difference';

/** One line of the diff of a field: new (+), removed (-), changed (~) or context ( ). */
export interface DiffLine {
  readonly sign: '+' | '-' | '~' | ' ';
  readonly text: string;
}

/** The most characters of a line. Longer values are split into lines or cut. */
const MAX_LINE = 140;
/** The most lines of a field. */
const MAX_LINES = 24;

function cut(text: string): string {
  return text.length > MAX_LINE ? `${text.slice(0, MAX_LINE - 1)}…` : text;
}

/** A value on one line. */
function inline(value: unknown): string {
  if (typeof value === 'string') return value === '' || /^\s|\s$|[\n\t]/.test(value) ? JSON.stringify(value) : value;
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== 'object')) {
    return `[${value.map(inline).join(', ')}]`;
  }
  return JSON.stringify(value);
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' ? value.includes('\n') : Array.isArray(value) && inline(value).length > MAX_LINE;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `${inline(item)}\n`).join('');
  const text = value === undefined ? '' : String(value);
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** The lines that differ, with one line of context. */
function lineDiff(before: unknown, after: unknown): DiffLine[] {
  const { hunks } = structuredPatch('', '', textOf(before), textOf(after), '', '', { context: 1 });
  const lines = hunks.flatMap(({ lines: all }, index): DiffLine[] => [
    ...(index > 0 ? [{ sign: ' ' as const, text: '    …' }] : []),
    ...all.map(
      (line): DiffLine => ({ sign: line[0] as DiffLine['sign'], text: `    ${line[0]} ${cut(line.slice(1))}` }),
    ),
  ]);
  const more = lines.length - MAX_LINES;
  return more > 1 ? [...lines.slice(0, MAX_LINES), { sign: ' ', text: `    … and ${more} lines more` }] : lines;
}

/** The diff of a field: one line, or a line diff of long texts. */
export function linesOf({ path, before, after, means }: ExplainedField): DiffLine[] {
  if (means !== undefined) return [{ sign: '~', text: `  ${path}: ${means}` }];
  if (isLong(before) || isLong(after)) return [{ sign: '~', text: `  ${path}:` }, ...lineDiff(before, after)];
  if (before === undefined) return [{ sign: '+', text: `+ ${path}: ${cut(inline(after))}` }];
  if (after === undefined) return [{ sign: '-', text: `- ${path}: ${cut(inline(before))}` }];
  return [{ sign: '~', text: `  ${path}: ${cut(inline(before))} → ${cut(inline(after))}` }];
}
