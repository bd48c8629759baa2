import { counted } from '../base/counted';
import { formatTable } from '../base/table';
import type { Change, Plan } from './plan';

/** One row of the summary of a synth. */
export interface SummaryRow {
  readonly environment: string;
  readonly system: string;
  /** The number of objects. */
  readonly objects: number;
  readonly change: Change;
  /** The time to build and print them, in ms. */
  readonly milliseconds: number;
}

const HEADINGS = ['ENVIRONMENT', 'SYSTEM', 'OBJECTS', 'WRITTEN', 'CHANGED', 'REMOVED', 'TIME'];

/** The summary table of a synth. Removed files of no row are counted below it. */
export function formatSummary(rows: readonly SummaryRow[], plan: Plan): string {
  const others = plan.changeIn().removed.length - rows.reduce((sum, { change }) => sum + change.removed.length, 0);
  const cells = rows.map(({ environment, system, objects, change, milliseconds }) => [
    environment,
    system,
    String(objects),
    String(change.written.length),
    String(change.changed.length),
    String(change.removed.length),
    `${Math.round(milliseconds)} ms`,
  ]);
  const table = formatTable([HEADINGS, ...cells], [2, 3, 4, 5, 6]);
  return others > 0
    ? `${table}\nand ${counted(others, 'file')} removed, which no environment file generates any more`
    : table;
}

/** The report of `--check`: each file that differs, or that none does. */
export function formatStale(plan: Plan): string {
  const { written, changed, removed } = plan.changeIn();
  const lines = [
    ...written.map((path) => `missing: dist/${path}`),
    ...changed.map((path) => `differs: dist/${path}`),
    ...removed.map((path) => `left over: dist/${path}`),
  ];
  if (plan.isEmpty) return 'dist/ is up to date';
  return [...lines, `dist/ is stale in ${counted(lines.length, 'file')}; run npm run synth and commit dist/`].join(
    '\n',
  );
}
