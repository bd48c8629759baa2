import { selects } from './cluster-index';
import type { PodGroup } from './fleet';
import { type Fields, listOf } from './pods';
import type { Amounts } from './requests';

/** A node that pods are placed on. */
export interface Node {
  readonly name: string;
  readonly pool: string;
  /** @default - not known */
  readonly zone?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Keys of taints with the effect NoSchedule. */
  readonly taints: readonly string[];
  /** What it has for pods: CPU, memory, devices, and `pods`. */
  readonly room: Amounts;
}

/** One pod to place. */
export interface Unit {
  readonly group: PodGroup;
  /** Which revision of its workload: each is spread by itself. */
  readonly revision: 'present' | 'next';
  /** The zone that its volume is in. @default - any */
  readonly zone?: string | undefined;
}

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';

/** Whether room is enough for what is asked: CPU, memory, pods and devices. Others, such as local storage, are not stated for nodes. */
export function hasRoomFor(room: Amounts, asked: Amounts): boolean {
  const counted = Object.entries(asked).filter(
    ([name]) => ['cpu', 'memory', 'pods'].includes(name) || name.includes('/'),
  );
  // Sums of binary fractions are not exact.
  return counted.every(([name, amount]) => (room[name] ?? 0) + 1e-6 >= amount);
}

/** The domain of a topology that a node is in. Others than zones and nodes are not known. */
const domainOf = (node: Node, key: unknown) => (key === ZONE ? node.zone : key === HOST ? node.name : undefined);

function toleratesAll({ spec }: PodGroup, { taints }: Node): boolean {
  return taints.every((taint) =>
    listOf(spec.tolerations).some(
      ({ key, effect }) => (key === undefined || key === taint) && (effect === undefined || effect === 'NoSchedule'),
    ),
  );
}

/** Whether the labels and taints of a node suit a pod. Source: kubernetes.io, Assigning Pods to Nodes; Taints and Tolerations. */
export function suits(group: PodGroup, node: Node): boolean {
  const { nodeSelector, affinity } = group.spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = listOf(required?.nodeSelectorTerms);
  const labels = { ...node.labels, ...(node.zone !== undefined && { [ZONE]: node.zone }), [HOST]: node.name };
  return (
    selects({ matchLabels: nodeSelector }, labels) &&
    (required == null || terms.some(({ matchExpressions }) => selects({ matchExpressions }, labels))) &&
    toleratesAll(group, node)
  );
}

/** The constraints that keep a pod unscheduled. */
export function strictSpread({ spec }: PodGroup, key = ZONE): Fields[] {
  return listOf(spec.topologySpreadConstraints).filter(
    ({ topologyKey, whenUnsatisfiable }) => topologyKey === key && whenUnsatisfiable !== 'ScheduleAnyway',
  );
}

/** Nodes with what is placed on them. */
class Placed {
  private readonly free: ReadonlyMap<Node, Record<string, number>>;
  private readonly on = new Map<Node, Unit[]>();
  private readonly suited = new Map<PodGroup, readonly Node[]>();

  constructor(readonly nodes: readonly Node[]) {
    this.free = new Map(nodes.map((node) => [node, { ...node.room }]));
  }

  private unitsOn(nodes: readonly Node[]): Unit[] {
    return nodes.flatMap((node) => this.on.get(node) ?? []);
  }

  /** The pods of the same revision in each domain of the nodes that suit it. */
  private countsOf(unit: Unit, suited: readonly Node[], key: string): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const node of suited) {
      const domain = domainOf(node, key);
      if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + this.sameOn(unit, node));
    }
    return counts;
  }

  private sameOn({ group, revision }: Unit, node: Node): number {
    const units = this.on.get(node) ?? [];
    return units.filter((other) => other.group === group && other.revision === revision).length;
  }

  /** A function that tells whether a pod on a node is spread as it has to be. */
  private spreadOf(unit: Unit, suited: readonly Node[]): (node: Node) => boolean {
    const limits = [ZONE, HOST].flatMap((key) =>
      strictSpread(unit.group, key).map(({ maxSkew = 1 }) => {
        const counts = this.countsOf(unit, suited, key);
        return { key, counts, most: Math.min(...counts.values()) + maxSkew };
      }),
    );
    return (node) =>
      limits.every(({ key, counts, most }) => {
        const domain = domainOf(node, key);
        return domain === undefined || (counts.get(domain) ?? 0) + 1 <= most;
      });
  }

  private isApart({ group }: Unit, node: Node): boolean {
    const terms = listOf(group.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
    return terms.every(({ labelSelector, topologyKey }) => {
      const domain = domainOf(node, topologyKey);
      const near = this.nodes.filter((one) => domain !== undefined && domainOf(one, topologyKey) === domain);
      return !this.unitsOn(near).some(
        (other) => other.group.namespace === group.namespace && selects(labelSelector, other.group.labels),
      );
    });
  }

  private suitedFor(group: PodGroup): readonly Node[] {
    const suited = this.suited.get(group) ?? this.nodes.filter((node) => suits(group, node));
    this.suited.set(group, suited);
    return suited;
  }

  /** Places a pod on the first node with room, in the zone with the fewest of its kind. @returns the node, or undefined */
  place(unit: Unit): Node | undefined {
    const suited = this.suitedFor(unit.group);
    const isSpread = this.spreadOf(unit, suited);
    const counts = this.countsOf(unit, suited, ZONE);
    const inZone = (node: Node) => counts.get(node.zone ?? '') ?? 0;
    const node = [...suited]
      .sort((one, other) => inZone(one) - inZone(other))
      .find(
        (one) =>
          (unit.zone === undefined || one.zone === unit.zone) &&
          hasRoomFor(this.free.get(one) ?? {}, { ...unit.group.requests, pods: 1 }) &&
          isSpread(one) &&
          this.isApart(unit, one),
      );
    if (node === undefined) return undefined;
    const free = this.free.get(node) as Record<string, number>;
    for (const [name, amount] of Object.entries({ ...unit.group.requests, pods: 1 })) {
      free[name] = (free[name] ?? 0) - amount;
    }
    this.on.set(node, [...(this.on.get(node) ?? []), unit]);
    return node;
  }
}

/**
 * Places pods on nodes, the largest first, each on the first node that suits it and has room (first-fit decreasing), spread as they have
 * to be. Where it succeeds, there is a placement. Where it fails, a cleverer one may still exist: it errs on the safe side.
 *
 * @returns the node of each pod, in the order of the pods, or the pods that found no room
 */
export function placementOf(
  units: readonly Unit[],
  nodes: readonly Node[],
): { readonly on: ReadonlyMap<Unit, Node> } | { readonly without: Unit } {
  const most = (name: string) => Math.max(1e-9, ...nodes.map(({ room }) => room[name] ?? 0));
  const [cpu, memory] = [most('cpu'), most('memory')];
  const sizeOf = ({ group: { requests } }: Unit) =>
    Math.max((requests.cpu ?? 0) / cpu, (requests.memory ?? 0) / memory);
  const placed = new Placed(nodes);
  const on = new Map<Unit, Node>();
  for (const unit of [...units].sort((one, other) => sizeOf(other) - sizeOf(one))) {
    const node = placed.place(unit);
    if (node === undefined) return { without: unit };
    on.set(unit, node);
  }
  return { on };
}
