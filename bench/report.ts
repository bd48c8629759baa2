import { formatTable } from '../lib/base/table';
import { median, type Samples, type Usage } from './measure';

/** The line of a contender: medians over the rounds, and medians of the ratios to helm within each round. */
export interface Row extends Usage {
  readonly name: string;
  /** @default - helm was not measured */
  readonly toHelm?: Usage;
}
const FIELDS = ['wall', 'cpu', 'memory'] as const;

function overRounds(numbers: (field: (typeof FIELDS)[number]) => readonly number[]): Usage {
  const [wall = 0, cpu = 0, memory = 0] = FIELDS.map((field) => median(numbers(field)));
  return { wall, cpu, memory };
}

export function rowsOf(samples: Samples): Row[] {
  const helm = samples.get('helm template');
  return [...samples].flatMap(([name, usages]): Row[] => {
    if (usages === undefined) return [];
    const row = { name, ...overRounds((field) => usages.map((one) => one[field])) };
    if (helm === undefined) return [row];
    const toHelm = overRounds((field) =>
      usages.flatMap((one, round) => (helm[round] ? one[field] / helm[round][field] : [])),
    );
    return [{ ...row, toHelm }];
  });
}

export function tableOf(rows: readonly Row[]): string {
  const head = ['', 'WALL ms', 'CPU ms', 'MB', '× HELM wall', 'cpu', 'memory'];
  const lines = rows.map(({ name, toHelm, ...own }) => [
    name,
    ...FIELDS.map((field) => own[field].toFixed(0)),
    ...FIELDS.map((field) => toHelm?.[field].toFixed(2) ?? ''),
  ]);
  return formatTable([head, ...lines], [1, 2, 3, 4, 5, 6]);
}
