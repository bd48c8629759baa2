import { quantityOf } from '../../base/quantity';
import { type Fields, listOf } from './pods';

/** Amounts by resource: `cpu` in cores, `memory` in bytes, devices such as `nvidia.com/gpu` in pieces. */
export type Amounts = Readonly<Record<string, number>>;

/** The sum of amounts. */
export function sumOf(all: readonly Amounts[]): Amounts {
  const sum: Record<string, number> = {};
  for (const one of all) for (const [name, amount] of Object.entries(one)) sum[name] = (sum[name] ?? 0) + amount;
  return sum;
}

/** Amounts, each multiplied by a number. */
export function times(amounts: Amounts, factor: number): Amounts {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, amount * factor]));
}

/** The larger amount of each resource. */
function largestOf(one: Amounts, other: Amounts): Amounts {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, Math.max(one[name] ?? 0, other[name] ?? 0)]));
}

/** The requests or limits of one container. A limit without a request is also the request. */
export function amountsOf(container: Fields, field: 'requests' | 'limits'): Amounts {
  const { limits, requests } = container?.resources ?? {};
  const stated = field === 'requests' ? { ...limits, ...requests } : (limits ?? {});
  return Object.fromEntries(Object.entries(stated).map(([name, amount]) => [name, quantityOf(amount) ?? 0]));
}

/**
 * What a pod reserves, as the scheduler and quotas count it: its containers and sidecars together, or what an init container needs
 * beside the sidecars that started before it, whichever is more. What the pod states for itself counts in place of that. Source:
 * kubernetes.io, Sidecar Containers, Resource sharing; Assign Pod-level CPU and memory resources.
 */
export function podAmounts(spec: Fields, field: 'requests' | 'limits' = 'requests'): Amounts {
  let sidecars: Amounts = {};
  let starting: Amounts = {};
  for (const container of listOf(spec?.initContainers)) {
    const own = amountsOf(container, field);
    const together = sumOf([sidecars, own]);
    starting = largestOf(starting, together);
    if (container.restartPolicy === 'Always') sidecars = together;
  }
  const running = sumOf([sidecars, ...listOf(spec?.containers).map((one) => amountsOf(one, field))]);
  const counted = { ...largestOf(running, starting), ...amountsOf(spec, field) };
  return sumOf([counted, amountsOf({ resources: { [field]: spec?.overhead } }, field)]);
}
