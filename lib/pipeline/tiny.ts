import { quantityOf } from '../base/quantity';
import type { Described } from './describe';

/** The least limits that programs usually start with, in cores and bytes, and what a smaller one may have been meant as. */
const LEAST: Readonly<Record<string, { readonly least: number; readonly hint: string }>> = {
  cpu: { least: 0.01, hint: '1m is a thousandth of a core, 1 is a core' },
  memory: { least: 16 * 2 ** 20, hint: 'few programs start with less than 16Mi' },
};

/** Limits of CPU and memory that are allowed, but so small that they are hardly meant, each with its file and line. */
export function tinyResources({ values, locate }: Pick<Described, 'values' | 'locate'>): string[] {
  const tinyIn = (value: unknown, path: readonly string[]): string[] => {
    if (value === null || typeof value !== 'object') return [];
    const known = LEAST[path.at(-1) ?? ''];
    const limit = 'limit' in value ? quantityOf(value.limit) : undefined;
    if (known === undefined || limit === undefined)
      return Object.entries(value).flatMap(([key, inner]) => tinyIn(inner, [...path, key]));
    const { file, position } = locate(path);
    const place = `${file}:${position?.line ?? 1}: ${path.join('.')}`;
    return limit < known.least
      ? [`${place}: a limit of ${(value as { limit: string }).limit} is very small; ${known.hint}`]
      : [];
  };
  return tinyIn(values, []);
}
