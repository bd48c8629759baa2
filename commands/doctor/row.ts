import type { Answer, Live, View } from '../shared/view';

/** The result of one check. */
export interface Row {
  readonly what: string;
  /** `old` where it works, and should be newer; `unknown` where it cannot be read, or only after something is applied. */
  readonly state: 'ok' | 'missing' | 'old' | 'unknown';
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

/** A version that works, and should be newer. */
export function old(row: RowText, mend: string): Row {
  return { ...row, state: 'old', mend };
}

/** A check whose result cannot be read. */
export function unknown(row: RowText, mend: string): Row {
  return { ...row, state: 'unknown', mend };
}

/** The resource that the path of a list names: `nodes`. */
function resourceOf(path: string): string {
  return path.replace(/\?.*$/, '').split('/').at(-1) as string;
}

/** The row of an answer that could not be read, or undefined where it could. */
export function unreadable(
  answer: Answer<unknown>,
  row: Pick<Row, 'what' | 'needed'>,
  path: string,
  mend: string,
): Row | undefined {
  switch (answer.kind) {
    case 'found':
      return undefined;
    case 'absent':
      return missing({ ...row, found: `the cluster has no ${resourceOf(path)}` }, mend);
    case 'denied':
      return unknown(
        { ...row, found: 'forbidden' },
        `needs permission to get and list ${resourceOf(path)}: ${answer.why}`,
      );
    case 'failed':
      return unknown({ ...row, found: 'no answer' }, answer.why);
  }
}

/** The rows that `judge` makes of a list, or the row that says why the list could not be read. */
export async function rowsFromList(
  view: View,
  path: string,
  row: Pick<Row, 'what' | 'needed'>,
  judge: (items: Live[]) => Row | Row[],
  mend = '',
): Promise<Row[]> {
  const answer = await view.list(path);
  const failure = unreadable(answer, row, path, mend);
  return failure !== undefined ? [failure] : [judge(answer.kind === 'found' ? answer.value : [])].flat();
}
