/** The result of one check. */
export interface Row {
  readonly what: string;
  /** `unknown` where it cannot be read, or only after something is applied. */
  readonly state: 'ok' | 'missing' | 'unknown';
  readonly found: string;
  readonly needed: string;
  /** How to fix it, or how to check it by hand. Empty where all is well. */
  readonly mend: string;
}

type RowText = Pick<Row, 'what' | 'needed' | 'found'>;

/** A check that passed. */
export function ok(row: RowText): Row {
  return { ...row, state: 'ok', mend: '' };
}

/** A check that failed. */
export function missing(row: RowText, mend: string): Row {
  return { ...row, state: 'missing', mend };
}

/** A check whose result cannot be read. */
export function unknown(row: RowText, mend: string): Row {
  return { ...row, state: 'unknown', mend };
}
