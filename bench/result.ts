import { median, type Samples, type Usage } from './measure';

/** What a contender took: medians over the rounds. */
export interface Row {
  readonly name: string;
  /** @default - it took longer than the limit */
  readonly median?: Usage;
  /** The least of all rounds, which other work on the machine disturbed least. @default - it took longer than the limit */
  readonly least?: Usage;
  /** The medians of the ratios to the contender that is compared with, each within one round. @default - one of them was not measured */
  readonly ratio?: Usage;
}

/** The table of one size. */
export interface SizeResult {
  readonly tenants: number;
  readonly objects: number;
  readonly rows: readonly Row[];
}

/** All that a run of the benchmark found. */
export interface Result {
  readonly date: string;
  readonly machine: string;
  /** The versions of the tools. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** With ratios to helm. */
  readonly sizes: readonly SizeResult[];
  /** What does not depend on the size, with ratios to an empty program. */
  readonly small: readonly Row[];
}

/** The fields of usage, in the order of tables. */
export const FIELDS = ['wall', 'cpu', 'memory'] as const;

function eachField(numberOf: (field: (typeof FIELDS)[number]) => number): Usage {
  const [wall = 0, cpu = 0, memory = 0] = FIELDS.map(numberOf);
  return { wall, cpu, memory };
}

/** The rows of contenders, with their ratios to the one of this name. */
export function rowsOf(samples: Samples, compared: string): Row[] {
  const base = samples.get(compared);
  return [...samples].map(([name, usages]): Row => {
    if (usages === undefined) return { name };
    const rounded = (of: (numbers: readonly number[]) => number) =>
      eachField((field) => Math.round(of(usages.map((one) => one[field]))));
    const row = { name, median: rounded(median), least: rounded((numbers) => Math.min(...numbers)) };
    if (base === undefined) return row;
    const ratios = (field: keyof Usage) =>
      usages.flatMap((one, round) => (base[round] === undefined ? [] : one[field] / base[round][field]));
    return { ...row, ratio: eachField((field) => Number(median(ratios(field)).toFixed(2))) };
  });
}
