import { sumOf, times } from '../checks/cluster/requests';
import type { Prices } from '../config/prices';
import { nodesFor } from './nodes';
import { type Bill, GIBIBYTE, type Item, type Priced } from './priced';
import { gpusOf, podsAt, useAt } from './use';

/** The hours of a month, as OpenCost counts them. */
const HOURS = 730;

const rounded = (amount: number, digits = 1) => String(Number(amount.toFixed(digits)));

/** The sum of items, of which those without an amount are left out. */
export function billOf(items: readonly Item[]): Bill {
  const paid = items.filter(({ month }) => month > 0);
  return { items: paid, month: paid.reduce((sum, { month }) => sum + month, 0) };
}

/** US$ a month for what pods reserve, by the rates of CPU and memory. */
export function rateOf(
  { cpu = 0, memory = 0 }: { readonly cpu?: number; readonly memory?: number },
  { rates }: Pick<Prices, 'rates'>,
): number {
  return HOURS * (cpu * rates.cpuHour + (memory / GIBIBYTE) * rates.memoryHour);
}

/** What does not depend on where it runs: traffic, tokens, and sums that the prices state. */
export function sharedItems({ systems, tokens = 0 }: Priced, { systems: stated, rates }: Prices): Item[] {
  const own = systems.flatMap((name) => stated[name] ?? []);
  const egress = own.reduce((sum, one) => sum + (one.egress ?? 0), 0);
  return [
    { name: 'egress', amount: `${egress} GB`, month: egress * rates.egress },
    { name: 'tokens of language models', amount: '', month: tokens },
    ...own.flatMap(({ other }) => Object.entries(other).map(([name, month]) => ({ name, amount: '', month }))),
  ];
}

/** The managed databases: of the size that the prices state for a system, or else of that of the cluster. */
function databaseItem({ systems, databases }: Priced, size: string | undefined, prices: Prices): Item {
  const [stated] = systems.flatMap((name) => prices.systems[name]?.database ?? []);
  const chosen = systems.length === 1 ? (stated ?? size) : size;
  const month = chosen === undefined ? 0 : (prices.databases[chosen]?.month ?? 0);
  return { name: 'databases', amount: `${databases} × ${chosen}`, month: databases * month };
}

/** Pods with GPUs, on nodes of their own: their requests at the rates. */
function gpuItem({ workloads }: Priced, load: number, prices: Prices): Item {
  const amounts = sumOf(
    workloads.groups
      .filter(({ requests }) => gpusOf(requests) > 0)
      .map((group) => times(group.requests, podsAt(group, load))),
  );
  const gpus = gpusOf(amounts);
  const month = gpus * HOURS * prices.rates.gpuHour + rateOf(amounts, prices);
  return { name: 'nodes with GPUs', amount: `${gpus} GPUs, with the CPU and memory of their pods`, month };
}

/** What a month on a kind of cluster costs. */
export function clusterBill(priced: Priced, cluster: string, load: number, prices: Prices): Bill {
  const {
    nodes: type,
    least,
    database,
    loadBalancer,
    controlPlane,
  } = prices.clusters[cluster] as Prices['clusters'][string];
  const node = prices.nodes[type] as Prices['nodes'][string];
  const nodes = nodesFor(priced.workloads, load, node, least, prices.daemons);
  if ('impossible' in nodes) return nodes;
  const volumes = useAt(priced.workloads, load).volumes / GIBIBYTE;
  const { balancers } = priced.workloads;
  return billOf([
    {
      name: 'nodes',
      amount: `${nodes.count} × ${type}: ${nodes.why}`,
      month: nodes.count * (node.month ?? rateOf(node, prices)),
    },
    gpuItem(priced, load, prices),
    { name: 'control plane', amount: '', month: controlPlane },
    { name: 'load balancers', amount: String(balancers), month: balancers * loadBalancer },
    databaseItem(priced, database, prices),
    { name: 'volumes', amount: `${rounded(volumes)} GiB`, month: volumes * HOURS * prices.rates.storageHour },
    ...sharedItems(priced, prices),
  ]);
}
