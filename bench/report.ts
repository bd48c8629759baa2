import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '../lib/base/table';
import { LIMIT } from './measure';
import { plotOf } from './plot';
import { FIELDS, type Result, type Row } from './result';

/** What the machine is, for the reader of figures. */
export function machine(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model ?? 'an unknown processor'}, Node.js ${process.versions.node}`;
}

const HEAD = ['wall ms', 'CPU ms', 'MB'];

function cellsOf({ name, median: own, ratio }: Row): string[] {
  if (own === undefined) return [name, `> ${LIMIT} s`];
  return [
    name,
    ...FIELDS.map((field) => own[field].toFixed(0)),
    ...FIELDS.map((field) => ratio?.[field].toFixed(2) ?? ''),
  ];
}

/** The rows as a table for a terminal. */
export function tableOf(rows: readonly Row[], compared: string): string {
  const head = ['', ...HEAD, `× ${compared}: wall`, 'CPU', 'memory'];
  return formatTable([head, ...rows.map(cellsOf)], [1, 2, 3, 4, 5, 6]);
}

function markdownTable(rows: readonly Row[], compared: string): string {
  const head = ['', ...HEAD, `wall × ${compared}`, 'CPU ×', 'memory ×'];
  const lines = [head, ['---', ...HEAD.map(() => '--:'), '--:', '--:', '--:'], ...rows.map(cellsOf)];
  return lines.map((cells) => `| ${head.map((_, index) => cells[index] ?? '').join(' | ')} |`).join('\n');
}

const grouped = (count: number) => count.toLocaleString('en-US');

/** The figures for the README. */
export function markdownOf({ date, machine: where, versions, rounds, sizes, small }: Result): string {
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date}, ${where}; ${tools.join(', ')}; medians of ${rounds} rounds.`,
    ...sizes.flatMap(({ tenants, objects, rows }) => [
      `### ${grouped(tenants)} tenants, ${grouped(objects)} objects`,
      markdownTable(rows, 'helm'),
    ]),
    '### What does not depend on the size',
    markdownTable(small, 'node'),
  ].join('\n\n');
}

const FIGURES = /(<!-- figures -->\n).*(<!-- end of figures -->)/s;

/** Writes the figures into a folder: results.json, results.svg, and the part of its README.md, if it has one. */
export function writeResult(folder: string, result: Result): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(join(folder, 'results.svg'), plotOf(result.sizes));
  const readme = join(folder, 'README.md');
  if (!existsSync(readme)) return;
  const text = readFileSync(readme, 'utf8');
  writeFileSync(
    readme,
    text.replace(FIGURES, (_, before, after) => `${before}\n${markdownOf(result)}\n\n${after}`),
  );
}
