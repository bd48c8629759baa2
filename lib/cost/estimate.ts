import type { Prices } from '../config/prices';
import { clusterBill } from './bill';
import { comparisonOf } from './compare';
import type { Bill, Priced } from './priced';
import { renderBill } from './render';
import { type ByLoad, LOADS, loadsOf, type Use, useAt } from './use';

/** A place where it could run, with what it costs there at each load. */
export interface Option {
  /** The name of a cluster in the prices, or `render`. */
  readonly name: string;
  readonly bills: ByLoad<Bill>;
}

/** What a system, or all of an environment, reserves and costs. */
export interface Estimate {
  readonly use: ByLoad<Use>;
  readonly options: readonly Option[];
  /** From which load which is cheaper, and why, as sentences. */
  readonly comparison: readonly string[];
}

/** The name of the option that is Render. */
export const RENDER = 'render';

/** The same value for each load. */
export function byLoad<T>(typical: number, valueAt: (load: number) => T): ByLoad<T> {
  const loads = loadsOf(typical);
  return Object.fromEntries(LOADS.map((name) => [name, valueAt(loads[name])])) as ByLoad<T>;
}

/** What is priced, on Render and on each kind of cluster, in the order of the prices. */
export function estimateOf(priced: Priced, prices: Prices): Estimate {
  const { typical } = prices;
  const optionOf = (name: string, billAt: (load: number) => Bill): Option => ({ name, bills: byLoad(typical, billAt) });
  const isOnRender = priced.render !== undefined && prices.render !== undefined;
  return {
    use: byLoad(typical, (load) => useAt(priced.workloads, load)),
    options: [
      ...(isOnRender ? [optionOf(RENDER, (load) => renderBill(priced, load, prices) as Bill)] : []),
      ...Object.keys(prices.clusters).map((name) => optionOf(name, (load) => clusterBill(priced, name, load, prices))),
    ],
    comparison: isOnRender ? Object.keys(prices.clusters).flatMap((name) => comparisonOf(priced, name, prices)) : [],
  };
}

/** The US$ of a month at the typical load, on the cluster by which changes are priced. Undefined where that is not possible. */
export function monthOf(priced: Priced, prices: Prices): number | undefined {
  const bill = clusterBill(priced, prices.cluster, loadsOf(prices.typical).typical, prices);
  return 'impossible' in bill ? undefined : bill.month;
}
