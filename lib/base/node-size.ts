/** A size of nodes: cores, and bytes of memory. */
export interface NodeSize {
  readonly cpu: number;
  readonly memory: number;
}

const GIBIBYTE = 2 ** 30;

/** The share of an amount that each of its steps gives: `[[1, 0.06], [1, 0.01]]` is 6 % of the first one and 1 % of the second. */
function inSteps(amount: number, steps: readonly (readonly [size: number, share: number])[]): number {
  let left = amount;
  let total = 0;
  for (const [size, share] of steps) {
    total += Math.min(left, size) * share;
    left = Math.max(0, left - size);
  }
  return total;
}

/**
 * What Kubernetes and the system of a node keep for themselves, as GKE does, and others do nearly so.
 * Source: cloud.google.com, Plan GKE Standard node sizes.
 */
export function reservedOf({ cpu, memory }: NodeSize): NodeSize {
  return {
    cpu: inSteps(cpu, [
      [1, 0.06],
      [1, 0.01],
      [2, 0.005],
      [Number.POSITIVE_INFINITY, 0.0025],
    ]),
    memory:
      inSteps(memory / GIBIBYTE, [
        [4, 0.25],
        [4, 0.2],
        [8, 0.1],
        [112, 0.06],
        [Number.POSITIVE_INFINITY, 0.02],
      ]) *
        GIBIBYTE +
      100 * 2 ** 20, // below which pods are evicted
  };
}

/** What usual DaemonSets take of each node: network, proxy, node-exporter, logs. */
export const USUAL_DAEMONS = { cpu: '200m', memory: '256Mi' } as const;
