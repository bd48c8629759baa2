import { type NodeSize, reservedOf } from '../base/node-size';
import type { Amounts } from '../checks/cluster/requests';
import type { Prices } from '../config/prices';
import { gpusOf, podsAt, type Workloads } from './use';

/** The pods that a node of every kind takes by default. Source: kubernetes.io, Considerations for large clusters. */
const PODS_OF_NODE = 110;

/** What a node has for pods: its size less what Kubernetes and DaemonSets take. */
export function allocatableOf(
  type: NodeSize & { readonly reserved?: NodeSize | undefined },
  daemons: NodeSize,
  own: Amounts = {},
): NodeSize {
  const reserved = type.reserved ?? reservedOf(type);
  return {
    cpu: type.cpu - reserved.cpu - daemons.cpu - (own.cpu ?? 0),
    memory: type.memory - reserved.memory - daemons.memory - (own.memory ?? 0),
  };
}

/**
 * The nodes that pods fill, each pod on the first node with room for it, the largest pods first (first-fit decreasing). The fewest
 * possible are at most a few less, never more.
 *
 * @returns the pod that is larger than a whole node, where there is one
 */
export function filledNodes(pods: readonly NodeSize[], room: NodeSize): number | { readonly tooLarge: NodeSize } {
  const tooLarge = pods.find(({ cpu, memory }) => cpu > room.cpu || memory > room.memory);
  if (tooLarge !== undefined) return { tooLarge };
  const sizeOf = ({ cpu, memory }: NodeSize) => Math.max(cpu / room.cpu, memory / room.memory);
  const nodes: { cpu: number; memory: number; pods: number }[] = [];
  for (const pod of [...pods].sort((one, other) => sizeOf(other) - sizeOf(one))) {
    const node = nodes.find(
      // A thousandth of a thousandth: sums of binary fractions are not exact.
      ({ cpu, memory, pods: count }) => cpu + 1e-6 >= pod.cpu && memory >= pod.memory && count < PODS_OF_NODE,
    );
    if (node === undefined) nodes.push({ cpu: room.cpu - pod.cpu, memory: room.memory - pod.memory, pods: 1 });
    else {
      node.cpu -= pod.cpu;
      node.memory -= pod.memory;
      node.pods += 1;
    }
  }
  return nodes.length;
}

/** The nodes of a cluster for workloads at a load. */
export interface Nodes {
  readonly count: number;
  /** How the number comes about: `7 for pods, 1 that may be away`. */
  readonly why: string;
}

/**
 * The nodes of one type that carry workloads while one node is away, for a failure or an upgrade. Pods with GPUs are not counted: they
 * are on nodes of another type.
 *
 * @param least the fewest nodes, one for each zone
 * @returns why it is not possible, where a pod is larger than a node
 */
export function nodesFor(
  workloads: Workloads,
  load: number,
  type: Prices['nodes'][string],
  least: number,
  daemons: NodeSize,
): Nodes | { readonly impossible: string } {
  const room = allocatableOf(type, daemons, workloads.daemons);
  const pods = workloads.groups
    .filter(({ requests }) => gpusOf(requests) === 0)
    .flatMap((group) =>
      Array.from({ length: podsAt(group, load) }, () => ({
        cpu: group.requests.cpu ?? 0,
        memory: group.requests.memory ?? 0,
        name: group.name,
      })),
    );
  const filled = filledNodes(pods, room);
  if (typeof filled !== 'number') {
    const { name } = filled.tooLarge as (typeof pods)[number];
    return { impossible: `a pod of ${name} is larger than what a node has for pods` };
  }
  const needed = filled + 1;
  return needed > least
    ? { count: needed, why: `${filled} for pods and one that may be away` }
    : { count: least, why: `at least ${least}; pods fill ${filled}` };
}
