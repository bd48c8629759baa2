import { formatTable } from '../../lib/base/table';
import { dollars } from '../../lib/cost/compare';
import type { Estimate } from '../../lib/cost/estimate';
import { itemLines, priceRows, useRows } from '../../lib/cost/rows';
import { type ByLoad, LOADS, type Use } from '../../lib/cost/use';

/** What the systems of an environment reserve and cost. */
export interface CostReport {
  /** `prod`, `prod/salient` */
  readonly scope: string;
  readonly prices: {
    readonly file: string;
    readonly date: string;
    /** The share of the way to the maximum that is typical, in %. */
    readonly typical: number;
    /** The cluster whose price is divided among the systems. */
    readonly cluster: string;
  };
  readonly systems: readonly {
    readonly name: string;
    readonly use: ByLoad<Use>;
    /** Its part of the price of the cluster at the typical load, in US$ a month. Undefined where the cluster cannot run it. */
    readonly share?: number | undefined;
  }[];
  /** All of them together, in one cluster. */
  readonly total: Estimate;
}

const RIGHT = [1, 2, 3];
const head = (title: string) => [title, ...LOADS.map((load) => load.toUpperCase())];

/** Formats a report for a terminal. */
export function formatText({ scope, prices, systems, total }: CostReport): string {
  const [only] = systems;
  const parts =
    systems.length > 1 || only === undefined
      ? [
          ...systems.map(({ name, use }) => formatTable([head(name), ...useRows({ use })], RIGHT)),
          formatTable([head('all together'), ...useRows(total)], RIGHT),
        ]
      : [formatTable([head(only.name), ...useRows(only)], RIGHT)];
  const shares = systems.flatMap(({ name, share }) => (share === undefined ? [] : [[name, dollars(share)]]));
  return [
    `${scope}, with the prices of ${prices.date} (${prices.file}); typical is ${prices.typical} % of the way from the fewest to the most pods`,
    ...parts,
    formatTable([head('A MONTH'), ...priceRows(total)], RIGHT),
    `At the typical load:\n${itemLines(total).join('\n')}`,
    ...(systems.length > 1 && shares.length > 0
      ? [formatTable([[`PART OF ${prices.cluster}`, 'TYPICAL'], ...shares], [1])]
      : []),
    ...(total.comparison.length > 0 ? [total.comparison.join('\n')] : []),
  ].join('\n\n');
}

/**
 * Formats a report as JSON: `scope`, `prices`, `systems` (`name`, `use` at each load, `share`) and `total` (`use`, `options` with the
 * `bills` of each load, `comparison`). CPU is in cores, memory and volumes in bytes, prices in US$ a month. Keys may be added, but not
 * removed.
 */
export function formatJson(report: CostReport): string {
  return JSON.stringify(report, null, 2);
}
