import type { Prices } from '../config/prices';
import { clusterBill, rateOf } from './bill';
import type { Priced } from './priced';
import { useAt } from './use';

/** The sums that all systems of a cluster pay together. */
const TOGETHER = ['nodes', 'control plane', 'load balancers'];

/**
 * The part that each system has of the price of a cluster that they share: nodes and load balancers by what their pods reserve, at the
 * rates of CPU and memory; the rest is their own.
 *
 * @param all the systems together
 * @returns US$ a month, in the order of the systems; undefined where the cluster cannot run them
 */
export function sharesOf(
  systems: readonly Priced[],
  all: Priced,
  cluster: string,
  load: number,
  prices: Prices,
): number[] | undefined {
  const total = clusterBill(all, cluster, load, prices);
  if ('impossible' in total) return undefined;
  const sum = (numbers: readonly number[]) => numbers.reduce((so, one) => so + one, 0);
  const together = sum(total.items.filter(({ name }) => TOGETHER.includes(name)).map(({ month }) => month));
  const weights = systems.map(({ workloads }) => rateOf(useAt(workloads, load), prices));
  const whole = sum(weights) || 1;
  return systems.map((one, index) => {
    const own = clusterBill(one, cluster, load, prices);
    const items = 'impossible' in own ? [] : own.items.filter(({ name }) => !TOGETHER.includes(name));
    return (together * (weights[index] as number)) / whole + sum(items.map(({ month }) => month));
  });
}
