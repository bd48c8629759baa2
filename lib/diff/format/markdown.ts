import { objectName } from '../../manifests/object';
import type { MarkedChange } from '../difference';
import { RISKS } from '../mark';
import { changeKindOf, type Report, summaryOf, titleOf } from '../report';
import { linesOf } from './field';

/** The most bytes of a comment. GitHub refuses more than 65,536 characters. */
const MAX_BYTES = 64_000;
/** The most bytes of the table of risks. */
const MAX_TABLE_BYTES = 24_000;

/** Escapes a text for Markdown and HTML. */
function plain(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|#@~]/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replace(/\s*\n\s*/g, ' ');
}

/** A fenced code block whose fence is longer than any in the code. */
function fenced(lines: readonly string[]): string {
  const runs = lines.flatMap((line) => line.match(/`{3,}/g) ?? []).map(({ length }) => length);
  const fence = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return [`${fence}diff`, ...lines, fence].join('\n');
}

/** The first characters of lines, which set their colours in a block of the language "diff". */
const COLOURS = { '+': '+', '-': '-', '~': '!', ' ': ' ' } as const;

function details(change: MarkedChange): string {
  const fields = change.fields.filter(({ path }) => path !== 'metadata.name');
  const lines = fields.flatMap((field) =>
    linesOf(field).map(({ sign, text }) => `${COLOURS[sign]} ${text.replace(/^( *)[+-] /, '$1')}`),
  );
  const risks = [...new Set(change.marks.map(({ risk }) => RISKS[risk]))];
  const count = lines.length === 0 ? changeKindOf(change) : fields.length === 1 ? '1 field' : `${fields.length} fields`;
  const summary = `${plain(titleOf(change))} (${[count, ...risks].join(', ')})`;
  if (lines.length === 0) return `- ${summary}`;
  return `<details><summary>${summary}</summary>\n\n${fenced(lines)}\n</details>`;
}

/** The first pieces that fit into some bytes, and the number of the others. */
function fitting(pieces: readonly string[], room: number): { readonly kept: string[]; readonly more: number } {
  let left = room;
  const kept: string[] = [];
  for (const piece of pieces) {
    left -= Buffer.byteLength(piece) + 2;
    if (left < 0) break;
    kept.push(piece);
  }
  return { kept, more: pieces.length - kept.length };
}

function riskTable({ changes }: Report): string[] {
  const rows = changes.flatMap((change) =>
    change.marks.map(({ risk, message }) => `| **${RISKS[risk]}** | ${plain(titleOf(change))} | ${plain(message)} |`),
  );
  if (rows.length === 0) return [];
  const { kept, more } = fitting(rows, MAX_TABLE_BYTES);
  const rest = more > 0 ? [`| … | | and ${more} more |`] : [];
  return [['| risk | object | |', '|---|---|---|', ...kept, ...rest].join('\n')];
}

/** Formats a report as a comment on a pull request: a table of the risks, then the fields of each object. It is cut to the size limit. */
export function formatMarkdown(report: Report): string {
  const { scope, against, changes, notes } = report;
  const leftOver = report.leftOver.map(
    ({ object, command, why }) =>
      `- left over: ${plain(objectName(object))}: ${command === undefined ? plain(why ?? '') : `\`${command}\``}`,
  );
  const head = [`### ${plain(scope)}, against ${plain(against)}`, plain(summaryOf(report)), ...riskTable(report)];
  const pieces = [...notes.map((note) => `> ${plain(note)}`), ...changes.map(details), ...leftOver];
  const { kept, more } = fitting(pieces, MAX_BYTES - Buffer.byteLength(head.join('\n\n')));
  const rest = `… and ${more} more; \`npm run diff\` shows them all.`;
  return [...head, ...kept, ...(more > 0 ? [rest] : [])].join('\n\n');
}
