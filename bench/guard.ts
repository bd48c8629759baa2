import type { Result, Row } from './result';

/** The size that the guard measures. */
export const TENANTS = 1000;

/** The contender that all are compared with. */
export const HELM = 'helm template';

/** What is measured but not guarded: it mostly waits for the file system, whose times vary by half. */
const NOT_GUARDED = 'berth, without dist';

/** How much a ratio to helm may grow. Less is noise. */
const ALLOWED = 1.3;

/** The ratio of the least CPU times to helm: other work on the machine changes them less than wall times and medians. */
function ratioOf(rows: readonly Row[], name: string): number | undefined {
  const [own, helm] = [name, HELM].map((one) => rows.find((row) => row.name === one)?.least?.cpu);
  return own === undefined || helm === undefined ? undefined : own / helm;
}

const isGuarded = (name: string): boolean => name.startsWith('berth') && name !== NOT_GUARDED;

/** The comparison of one contender with its last figures. */
export interface Judgement {
  readonly name: string;
  readonly ratio: number;
  readonly reference: number;
  readonly isRegression: boolean;
}

/**
 * Compares the ratios of all of Berth's contenders with those of the committed figures. One that has no reference is a regression, as is
 * one that was not measured, since it took too long.
 */
export function judge(rows: readonly Row[], { sizes }: Pick<Result, 'sizes'>): Judgement[] {
  const references = sizes.find(({ tenants }) => tenants === TENANTS)?.rows ?? [];
  const names = new Set([...references, ...rows].map(({ name }) => name).filter(isGuarded));
  return [...names].map((name) => {
    const ratio = ratioOf(rows, name) ?? Number.POSITIVE_INFINITY;
    const reference = ratioOf(references, name) ?? 0;
    return { name, ratio, reference, isRegression: ratio > reference * ALLOWED };
  });
}

/** A second measurement, since the first may have been disturbed: the lower ratio of each counts. */
export function lower(first: readonly Judgement[], second: readonly Judgement[]): Judgement[] {
  return first.map((one) => {
    const again = second.find(({ name }) => name === one.name);
    return again !== undefined && again.ratio < one.ratio ? again : one;
  });
}

/** One line for each contender. */
export function formatJudgements(judgements: readonly Judgement[]): string {
  return judgements
    .map(({ name, ratio, reference, isRegression }) => {
      const now = `${name}: ${ratio.toFixed(2)} × the CPU time of helm template`;
      const before = `${reference.toFixed(2)} × in bench/results.json`;
      return isRegression
        ? `${now}, which is ${(ratio / reference).toFixed(2)} times the ${before}; expected at most ${ALLOWED} times. Profile it, or write new figures: npm run bench -- --out bench`
        : `${now}, ${before}`;
    })
    .join('\n');
}
