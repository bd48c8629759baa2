import { counted } from '../base/counted';
import type { Prices } from '../config/prices';
import { clusterBill } from './bill';
import type { Bill, Priced } from './priced';
import { renderBill } from './render';
import { loadsOf, useAt } from './use';

/** How far above the maximum the loads go that are compared, and how many of them at most. */
const TIMES_THE_MAXIMUM = 10;
const MOST_LOADS = 400;

/** One load, with what it costs at both places. */
interface Compared {
  readonly pods: number;
  readonly render: number;
  readonly cluster: number;
}

/** US$ as sentences and tables show them: `US$ 145`. */
export function dollars(amount: number): string {
  return `US$ ${amount < 10 && !Number.isInteger(amount) ? amount.toFixed(2) : Math.round(amount)}`;
}

const monthIn = (bill: Bill | undefined) => (bill === undefined || 'impossible' in bill ? undefined : bill.month);

/** The loads from the minimum to ten times the maximum, each with one pod more of the workload that scales most. */
function loadsIn({ workloads }: Priced): number[] {
  const widest = Math.max(0, ...workloads.groups.map(({ least, most }) => most - least));
  if (widest === 0) return [0];
  const step = Math.max(1 / widest, TIMES_THE_MAXIMUM / MOST_LOADS);
  return Array.from({ length: Math.floor(TIMES_THE_MAXIMUM / step) + 1 }, (_, index) => index * step);
}

/** Both prices at each load, or undefined where one of them cannot run it. */
function pricesOf(priced: Priced, cluster: string, prices: Prices): Compared[] | undefined {
  const compared = loadsIn(priced).map((load) => ({
    pods: useAt(priced.workloads, load).pods,
    render: monthIn(renderBill(priced, load, prices)),
    cluster: monthIn(clusterBill(priced, cluster, load, prices)),
  }));
  const known = compared.filter((one): one is Compared => one.render !== undefined && one.cluster !== undefined);
  return known.length === compared.length ? known : undefined;
}

/** What each further pod costs at both places, on average: why one of them becomes cheaper. */
function whyOf(all: readonly Compared[]): string {
  const [first, last] = [all[0] as Compared, all.at(-1) as Compared];
  const more = last.pods - first.pods;
  if (more === 0) return 'nothing of it scales';
  const each = (key: 'render' | 'cluster') => dollars((last[key] - first[key]) / more);
  return `each further pod costs ${each('render')} on Render, as an instance of its own, and ${each('cluster')} here, as its part of a node`;
}

/** From how many tenants a cluster is cheaper where Render has a database of its own for each. */
function tenantsOf(priced: Priced, cluster: string, { render, ...prices }: Prices): string[] {
  const plan = render?.tenantDatabase;
  const each = render?.databases[plan ?? '']?.month ?? 0;
  if (priced.tenants === undefined || each === 0) return [];
  const load = loadsOf(prices.typical).typical;
  const [there, here] = [
    monthIn(renderBill(priced, load, { render, ...prices })),
    monthIn(clusterBill(priced, cluster, load, prices)),
  ];
  if (there === undefined || here === undefined || here < there) return [];
  const from = Math.floor((here - there) / each) + 1;
  return [
    `${cluster}: at the typical load it is cheaper from ${counted(from, 'tenant')} if each has a database server of its own on Render (${plan}, ${dollars(each)}), while all share one here; there are ${priced.tenants}.`,
  ];
}

/** From which load a cluster is cheaper than Render, and why, as sentences. Nothing where one of them cannot run it. */
export function comparisonOf(priced: Priced, cluster: string, prices: Prices): string[] {
  const all = pricesOf(priced, cluster, prices);
  if (all === undefined) return [];
  const [first, last] = [all[0] as Compared, all.at(-1) as Compared];
  const dearest = all.findLastIndex((one) => one.cluster >= one.render);
  const from = all[dearest + 1];
  const against = (one: Compared) => `${dollars(one.cluster)} against ${dollars(one.render)} a month`;
  const upTo = all.length === 1 ? '' : ` up to ${counted(last.pods, 'pod')}`;
  const sentence =
    from === undefined
      ? `Render is cheaper${upTo} (here ${against(last)} there)`
      : dearest === -1
        ? `it is cheaper than Render at every load (with ${counted(first.pods, 'pod')} ${against(first)})`
        : `it is cheaper than Render from ${counted(from.pods, 'pod')} (${against(from)})`;
  return [`${cluster}: ${sentence}: ${whyOf(all)}.`, ...tenantsOf(priced, cluster, prices)];
}
