/** What of a cluster was looked at, and what came of it. */
export interface Row {
  readonly what: string;
  /** Whether it is as it has to be. `unknown` where it cannot be seen, or nobody may know before something is applied. */
  readonly state: 'ok' | 'missing' | 'unknown';
  readonly found: string;
  readonly needed: string;
  /** What mends it, or how it is found out. Empty where all is well. */
  readonly mend: string;
}

type Said = Pick<Row, 'what' | 'needed' | 'found'>;

export function ok(row: Said): Row {
  return { ...row, state: 'ok', mend: '' };
}

export function missing(row: Said, mend: string): Row {
  return { ...row, state: 'missing', mend };
}

export function unknown(row: Said, mend: string): Row {
  return { ...row, state: 'unknown', mend };
}

/** `3 nodes`, `1 node`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
