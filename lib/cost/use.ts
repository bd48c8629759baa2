import { quantityOf } from '../base/quantity';
import { ClusterIndex } from '../checks/cluster/cluster-index';
import { daemonPods, type PodGroup, runningPods, stayingPods } from '../checks/cluster/fleet';
import { type Amounts, sumOf, times } from '../checks/cluster/requests';
import type { ManifestObject } from '../manifests/object';

/** The loads that are priced: the fewest pods, those of a typical load, and the most. */
export const LOADS = ['minimum', 'typical', 'maximum'] as const;

export type Load = (typeof LOADS)[number];

/** One number for each load. */
export type ByLoad<T = number> = Readonly<Record<Load, T>>;

/** What objects ask of a cluster. */
export interface Workloads {
  /** The pods that stay. */
  readonly groups: readonly PodGroup[];
  /** The pods of Jobs, which come on top for a while. */
  readonly jobs: readonly PodGroup[];
  /** What DaemonSets of the objects take of each node. */
  readonly daemons: Amounts;
  /** The bytes of volumes that do not depend on the number of pods. */
  readonly claims: number;
  /** The load balancers: one for each kind of edge, and one for each Service that asks for its own. */
  readonly balancers: number;
}

/** What pods reserve at some load. */
export interface Use {
  readonly pods: number;
  /** Cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  readonly gpus: number;
  /** Bytes of volumes. */
  readonly volumes: number;
}

/** The kinds of routes, by the edge that serves them. */
const AT_THE_EDGE = [['Ingress'], ['IngressRoute'], ['HTTPRoute', 'GRPCRoute']];

const isBalancer = ({ kind, spec }: ManifestObject) => kind === 'Service' && spec?.type === 'LoadBalancer';

/** Reads from finished objects what they ask of a cluster. */
export function workloadsIn(objects: readonly ManifestObject[]): Workloads {
  const cluster = new ClusterIndex(objects);
  const claims = cluster.ofKind('PersistentVolumeClaim').map(({ spec }) => spec?.resources?.requests?.storage);
  const edges = AT_THE_EDGE.filter((kinds) => cluster.ofKind(...kinds).length > 0);
  return {
    groups: stayingPods(cluster),
    jobs: runningPods(cluster),
    daemons: sumOf(daemonPods(cluster)),
    claims: claims.reduce<number>((sum, size) => sum + (quantityOf(size) ?? 0), 0),
    balancers: edges.length + objects.filter(isBalancer).length,
  };
}

/** The pods of a group at a load between the fewest (0) and the most (1); above 1 there are more than its autoscaler allows. */
export function podsAt({ least, most, autoscaler }: PodGroup, load: number): number {
  return autoscaler === undefined ? least : least + Math.ceil((most - least) * load - 1e-9);
}

/** The loads as numbers, by the share of the way to the maximum, in %, that is typical. */
export function loadsOf(typical: number): ByLoad {
  return { minimum: 0, typical: typical / 100, maximum: 1 };
}

/** The GPUs of amounts: every device whose name says so, such as `nvidia.com/gpu`. */
export function gpusOf(amounts: Amounts): number {
  return Object.entries(amounts).reduce((sum, [name, amount]) => sum + (/\/gpu$/.test(name) ? amount : 0), 0);
}

/** What workloads reserve at a load. */
export function useAt({ groups, claims }: Workloads, load: number): Use {
  const counted = groups.map((group) => ({ group, pods: podsAt(group, load) }));
  const amounts = sumOf(counted.map(({ group, pods }) => times(group.requests, pods)));
  return {
    pods: counted.reduce((sum, { pods }) => sum + pods, 0),
    cpu: amounts.cpu ?? 0,
    memory: amounts.memory ?? 0,
    gpus: gpusOf(amounts),
    volumes: claims + counted.reduce((sum, { group, pods }) => sum + group.volumes * pods, 0),
  };
}
