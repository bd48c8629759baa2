import { formatTable } from '../base/table';
import type { Change, Plan } from './plan';

/** One line of the table that a synth ends with. */
export interface SummaryRow {
  readonly environment: string;
  readonly system: string;
  readonly objects: number;
  readonly change: Change;
  readonly milliseconds: number;
}

const HEADINGS = ['ENVIRONMENT', 'SYSTEM', 'OBJECTS', 'WRITTEN', 'CHANGED', 'REMOVED', 'TIME'];

/** Columns as wide as their widest cell; numbers to the right. What goes away with no system of its own is counted below. */
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
  return others > 0 ? `${table}\nand ${others} files removed that no environment file makes any more` : table;
}

/** What `--check` says of a plan: that nothing differs, or each file that does. */
export function formatStale(plan: Plan): string {
  const { written, changed, removed } = plan.changeIn();
  const lines = [
    ...written.map((path) => `missing: dist/${path}`),
    ...changed.map((path) => `differs: dist/${path}`),
    ...removed.map((path) => `left over: dist/${path}`),
  ];
  if (plan.isEmpty) return 'dist/ is up to date';
  return [...lines, `dist/ is stale in ${lines.length} files; run npm run synth and commit dist/`].join('\n');
}
