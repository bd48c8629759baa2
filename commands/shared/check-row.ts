import { formatTable } from '../../lib/base/table';

/** The result of one check of a deployed system. */
export interface CheckRow {
  readonly state: 'ok' | 'failed' | 'not asked';
  /** What was checked. */
  readonly what: string;
  /** What was found, or why it was not asked. */
  readonly found: string;
}

/** A check that passed. */
export const passed = (what: string, found: string): CheckRow => ({ state: 'ok', what, found });

/** A check that failed. */
export const failed = (what: string, found: string): CheckRow => ({ state: 'failed', what, found });

/** A check that could not be made, with the reason. */
export const notAsked = (what: string, why: string): CheckRow => ({ state: 'not asked', what, found: why });

/** The rows as a table. */
export function tableOf(rows: readonly CheckRow[]): string {
  return formatTable(rows.map(({ state, what, found }) => [state, what, found]));
}
