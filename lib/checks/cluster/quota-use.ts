import { groupBy } from '../../base/group';
import { quantityOf } from '../../base/quantity';
import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { apiGroupOf } from './field-paths';
import { bytesOf, type PodGroup, runningPods, stayingPods } from './fleet';
import { type Fields, listOf, numberOr } from './pods';
import { secretMakers } from './secret-keys';

/** What one workload or object takes of a resource of a quota. */
export interface QuotaUse {
  readonly name: string;
  /** At the fewest pods, without a rollout. */
  readonly least: number;
  /** At the most pods, while a rollout has its further pods. */
  readonly most: number;
  /** The workload, for what its pods take. */
  readonly group?: PodGroup;
  /** Whether it is a Job, whose pod takes it for a while. @default false */
  readonly passes?: boolean;
}

/** What a namespace holds. */
export interface Contents {
  readonly groups: readonly PodGroup[];
  readonly jobs: readonly PodGroup[];
  readonly objects: readonly ManifestObject[];
  /** The names of Secrets that are there or that objects make, by their names. */
  readonly secrets: readonly string[];
  /** The kinds and names of objects that exist already. */
  readonly existing: readonly { readonly kind: string; readonly name: string }[];
}

/** What each namespace with a ResourceQuota holds. */
export function contentsOf(cluster: ClusterIndex): (namespace: string) => Contents {
  const of = ({ metadata }: ManifestObject) => metadata.namespace ?? 'default';
  const objects = groupBy(cluster.objects, of);
  const groups = groupBy(stayingPods(cluster), ({ namespace }) => namespace);
  const jobs = groupBy(runningPods(cluster), ({ namespace }) => namespace);
  const secrets = groupBy([...secretMakers(cluster).keys()], (key) => key.split('/')[0] as string);
  return (namespace) => ({
    groups: groups.get(namespace) ?? [],
    jobs: jobs.get(namespace) ?? [],
    objects: objects.get(namespace) ?? [],
    secrets: secrets.get(namespace) ?? [],
    existing: cluster.prerequisites.filter((one) => one.namespace === namespace),
  });
}

/** What the pods of each workload take, by what one pod takes. */
function ofPods({ groups, jobs }: Contents, perPod: (group: PodGroup) => number): QuotaUse[] {
  const use = (group: PodGroup, passes: boolean): QuotaUse => {
    const each = perPod(group);
    const least = (passes ? group.most : group.least) * each;
    return { name: group.name, least, most: (group.most + group.surge) * each, group, passes };
  };
  return [...groups.map((group) => use(group, false)), ...jobs.map((group) => use(group, true))];
}

/** What claims take, of one class or of all, each counted by its spec. */
function ofClaims(contents: Contents, storageClass: string | undefined, count: (spec: Fields) => number): QuotaUse[] {
  const counted = (spec: Fields) =>
    storageClass === undefined || spec?.storageClassName === storageClass ? count(spec) : 0;
  const single = contents.objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  return [
    ...single.map(({ metadata, spec }) => ({ name: metadata.name, least: counted(spec), most: counted(spec) })),
    ...ofPods(contents, ({ claims }) => claims.reduce<number>((sum, claim) => sum + counted(claim), 0)),
  ];
}

/** The name of an object's kind in a path of the API: `networkpolicies.networking.k8s.io`. */
function resourceOf(kind: string, group: string): string {
  const word = kind.toLowerCase();
  const plural = word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}${word.endsWith('s') ? 'es' : 's'}`;
  return group === '' ? plural : `${plural}.${group}`;
}

/** What Kubernetes puts into each namespace. */
const GIVEN: Readonly<Record<string, string>> = { configmaps: 'kube-root-ca.crt', serviceaccounts: 'default' };

/** The Jobs that a CronJob keeps, and one that runs. Source: kubernetes.io, CronJob, Jobs history limits. */
function jobsOf({ metadata, spec }: ManifestObject): QuotaUse {
  const kept = numberOr(spec?.successfulJobsHistoryLimit, 3) + numberOr(spec?.failedJobsHistoryLimit, 1);
  return { name: metadata.name, least: 1, most: kept + 1 };
}

const one = (name: string): QuotaUse => ({ name, least: 1, most: 1 });

/** The objects of a kind, with those that other objects make. */
function ofObjects({ objects, secrets, existing }: Contents, resource: string): QuotaUse[] {
  if (resource === 'secrets') {
    const others = existing.filter(({ kind }) => kind === 'Secret').map(({ name }) => name);
    return [...new Set([...secrets.map((key) => key.slice(key.indexOf('/') + 1)), ...others])].map(one);
  }
  const own = objects.filter(({ kind, apiVersion }) => resourceOf(kind, apiGroupOf(apiVersion)) === resource);
  const others = existing.filter(({ kind }) => resourceOf(kind, '') === resource);
  const names = [...own.map(({ metadata }) => metadata.name), ...others.map(({ name }) => name), GIVEN[resource] ?? []];
  const made = resource === 'jobs.batch' ? objects.filter(({ kind }) => kind === 'CronJob').map(jobsOf) : [];
  return [...[...new Set(names.flat())].map(one), ...made];
}

/** The load balancers, or the ports of nodes, of Services. Source: kubernetes.io, Resource Quotas. */
function ofServices({ objects }: Contents, countOf: (spec: Fields) => number): QuotaUse[] {
  return objects
    .filter(({ kind }) => kind === 'Service')
    .map(({ metadata, spec }) => ({ name: metadata.name, least: countOf(spec), most: countOf(spec) }));
}

const isBalancer = (spec: Fields) => spec?.type === 'LoadBalancer';
const nodePorts = (spec: Fields) =>
  spec?.type === 'NodePort' || (isBalancer(spec) && spec.allocateLoadBalancerNodePorts !== false)
    ? listOf(spec.ports).length
    : 0;

/** The resources that count objects under a name of their own, without `count/`. */
const COUNTED = ['services', 'secrets', 'configmaps', 'replicationcontrollers', 'resourcequotas'];

/** What a namespace uses of a resource of a quota, as `spec.hard` names it. Source: kubernetes.io, Resource Quotas. */
export function usesOf(resource: string, contents: Contents): QuotaUse[] {
  const name = resource.replace(/^count\//, '');
  const [, storageClass, ofClass] = /^(.+)\.storageclass\.storage\.k8s\.io\/(.+)$/.exec(resource) ?? [];
  switch (ofClass ?? name) {
    case 'pods':
      return ofPods(contents, () => 1);
    case 'requests.storage':
      return ofClaims(contents, storageClass, bytesOf);
    case 'persistentvolumeclaims':
      return ofClaims(contents, storageClass, () => 1);
    case 'services.loadbalancers':
      return ofServices(contents, (spec) => Number(isBalancer(spec)));
    case 'services.nodeports':
      return ofServices(contents, nodePorts);
  }
  if (resource.startsWith('count/') || COUNTED.includes(resource)) return ofObjects(contents, name);
  const [, field = 'requests', amount = resource] = /^(requests|limits)\.(.+)$/.exec(resource) ?? [];
  return ofPods(contents, (group) => quantityOf(group[field as 'requests' | 'limits'][amount]) ?? 0);
}
