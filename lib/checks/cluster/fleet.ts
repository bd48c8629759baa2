import { podCountOf, quantityOf } from '../../base/quantity';
import type { ManifestObject } from '../../manifests/object';
import { ClusterIndex } from './cluster-index';
import { type Limit, limitsByNamespace, withDefaults } from './limit-ranges';
import { containersOf, type Fields, listOf, numberOr, type Pod } from './pods';
import { asStatefulSet, isRabbitmqCluster } from './rabbitmq';
import { type Amounts, podAmounts } from './requests';
import { autoscalersByTarget, boundsOf } from './workloads';

/** The pods of one workload, and how many there may be. */
export interface PodGroup {
  readonly owner: ManifestObject;
  readonly namespace: string;
  readonly name: string;
  /** The spec of a pod, as far as an object has it, with the defaults of LimitRanges. */
  readonly spec: Fields;
  readonly labels: Readonly<Record<string, string>>;
  readonly requests: Amounts;
  readonly limits: Amounts;
  readonly least: number;
  readonly most: number;
  /** The pods beside the most while a rollout replaces them. */
  readonly surge: number;
  /** The autoscaler that sets the number. @default - none: it is fixed */
  readonly autoscaler?: ManifestObject | undefined;
  /** The specs of the volume claims that each pod has of its own. */
  readonly claims: readonly Fields[];
  /** The bytes of these claims. */
  readonly volumes: number;
  /** Whether a pod has a volume that stays when it goes, and is in one zone. */
  readonly keepsData: boolean;
}

const STAYING = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'Pod'];
const RUNNING = ['Job', 'CronJob'];

/** The bytes that a claim asks for. */
export const bytesOf = (claimSpec: Fields): number => quantityOf(claimSpec?.resources?.requests?.storage) ?? 0;
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

/** The volume claims that are made for each pod: those of a StatefulSet, and ephemeral ones. */
export function claimsOf({ owner, spec }: Pick<Pod, 'owner' | 'spec'>): Fields[] {
  const templates = listOf(owner.spec?.volumeClaimTemplates).map((claim) => claim.spec);
  const ephemeral = listOf(spec.volumes).flatMap((volume) => volume.ephemeral?.volumeClaimTemplate?.spec ?? []);
  return [...templates, ...ephemeral];
}

/** The pods that a rolling update starts before it ends others. Source: kubernetes.io, Deployments, Max Surge. */
function surgeOf({ kind, spec }: ManifestObject, most: number): number {
  if (kind !== 'Deployment' || spec?.strategy?.type === 'Recreate') return 0;
  return podCountOf(spec?.strategy?.rollingUpdate?.maxSurge ?? '25%', most) ?? 0;
}

function groupOf(pod: Pod, limits: readonly Limit[] | undefined, autoscaler?: ManifestObject): PodGroup {
  const { owner, namespace, name, labels } = pod;
  const spec = withDefaults(pod.spec, limits);
  const claims = claimsOf(pod);
  const fixed = numberOr(owner.spec?.replicas, 1);
  const { least = fixed, most = fixed } = autoscaler ? boundsOf(autoscaler) : {};
  const isClaimed = listOf(spec.volumes).some((volume) => volume.persistentVolumeClaim != null);
  return {
    ...{ owner, namespace, name, spec, labels, autoscaler },
    requests: podAmounts(spec),
    limits: podAmounts(spec, 'limits'),
    least: numberOr(least, fixed),
    most: numberOr(most, numberOr(least, fixed)),
    surge: surgeOf(owner, numberOr(most, fixed)),
    claims,
    volumes: sum(claims.map(bytesOf)),
    keepsData: isClaimed || listOf(owner.spec?.volumeClaimTemplates).length > 0,
  };
}

type Limits = ReturnType<typeof limitsByNamespace>;

/** The pods that CloudNativePG makes of a Cluster, one on each node. Source: cloudnative-pg.io, Scheduling. */
function instancesOf(owner: ManifestObject, limits: Limits): PodGroup {
  const { namespace = 'default', name } = owner.metadata;
  const { instances, resources, storage, walStorage, affinity } = owner.spec ?? {};
  const labels = { 'cnpg.io/cluster': name };
  const count = numberOr(instances, 1);
  const term = {
    labelSelector: { matchLabels: labels },
    topologyKey: affinity?.topologyKey ?? 'kubernetes.io/hostname',
  };
  const isApart = affinity?.enablePodAntiAffinity !== false && affinity?.podAntiAffinityType === 'required';
  const own = {
    containers: [{ resources }],
    ...(affinity?.nodeSelector && { nodeSelector: affinity.nodeSelector }),
    tolerations: affinity?.tolerations,
    ...(isApart && { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }),
  };
  const spec = withDefaults(own, limits.get(namespace));
  const claims = [storage, walStorage].flatMap((one) =>
    one == null ? [] : { storageClassName: one.storageClass, resources: { requests: { storage: one.size } } },
  );
  return {
    ...{ owner, namespace, name, spec, labels, claims, least: count, most: count, surge: 0 },
    requests: podAmounts(spec),
    limits: podAmounts(spec, 'limits'),
    volumes: sum(claims.map(bytesOf)),
    keepsData: true,
  };
}

const isCluster = ({ apiVersion }: ManifestObject) => apiVersion.startsWith('postgresql.cnpg.io/');

/** The pods that RabbitMQ's operator makes of an object. */
const nodesOf = (owner: ManifestObject, limits: ReturnType<typeof limitsByNamespace>): PodGroup[] =>
  new ClusterIndex([asStatefulSet(owner)]).pods.map((pod) => ({ ...groupOf(pod, limits.get(pod.namespace)), owner }));

/** The pods that stay: of Deployments, StatefulSets, and clusters of PostgreSQL and RabbitMQ. */
export function stayingPods(cluster: ClusterIndex): PodGroup[] {
  const autoscalers = autoscalersByTarget(cluster);
  const limits = limitsByNamespace(cluster);
  return [
    ...cluster.pods
      .filter(({ owner }) => STAYING.includes(owner.kind))
      .map((pod) => groupOf(pod, limits.get(pod.namespace), autoscalers.get(pod.owner))),
    ...cluster
      .ofKind('Cluster')
      .filter(isCluster)
      .map((one) => instancesOf(one, limits)),
    ...cluster.objects.filter(isRabbitmqCluster).flatMap((one) => nodesOf(one, limits)),
  ];
}

/** The pods that run to their end, of Jobs and of CronJobs that are not suspended, as many at once as there may be. */
export function runningPods(cluster: ClusterIndex): PodGroup[] {
  const limits = limitsByNamespace(cluster);
  return cluster.pods
    .filter(({ owner }) => RUNNING.includes(owner.kind) && owner.spec?.suspend !== true)
    .map((pod) => {
      const job = pod.owner.kind === 'CronJob' ? pod.owner.spec?.jobTemplate?.spec : pod.owner.spec;
      const most = numberOr(job?.parallelism, 1);
      return { ...groupOf(pod, limits.get(pod.namespace)), least: 0, most };
    });
}

/** What the DaemonSets of the objects take of each node. */
export function daemonPods(cluster: ClusterIndex): Amounts[] {
  const limits = limitsByNamespace(cluster);
  const daemons = cluster.pods.filter(({ owner }) => owner.kind === 'DaemonSet');
  return daemons.map(({ spec, namespace }) => podAmounts(withDefaults(spec, limits.get(namespace))));
}

/** A pod as the API server admits it, with the defaults of LimitRanges. */
export interface AdmittedPod extends Pick<PodGroup, 'owner' | 'namespace' | 'name' | 'spec'> {
  /** The path of its spec in the owner. */
  readonly path: string;
  /** Those that start with it, each with what its object states and the path of its fields. */
  readonly containers: readonly { readonly path: string; readonly fields: Fields; readonly stated: Fields }[];
}

/** One pod of each workload, and of each cluster of PostgreSQL. */
export function admittedPods(cluster: ClusterIndex): AdmittedPod[] {
  const limits = limitsByNamespace(cluster);
  const pods = cluster.pods.map((pod) => {
    const admitted = { ...pod, spec: withDefaults(pod.spec, limits.get(pod.namespace)) };
    const stated = containersOf(pod);
    const containers = containersOf(admitted).flatMap(({ path, fields, role }, index) =>
      role === 'ephemeral' ? [] : [{ path, fields, stated: stated[index]?.fields }],
    );
    return { ...admitted, containers };
  });
  const instances = cluster
    .ofKind('Cluster')
    .filter(isCluster)
    .map((object) => {
      const group = instancesOf(object, limits);
      return {
        ...group,
        path: 'spec',
        containers: [{ path: 'spec', fields: group.spec.containers[0], stated: object.spec }],
      };
    });
  return [...pods, ...instances];
}

/** The object and the field that set the most, or the fewest, pods of a workload. */
export function scaleOf({ autoscaler, owner }: PodGroup, which: 'least' | 'most' = 'most') {
  if (autoscaler !== undefined) {
    const { path, leastPath } = boundsOf(autoscaler);
    return { object: autoscaler, path: which === 'most' ? path : leastPath };
  }
  return { object: owner, path: owner.kind === 'Cluster' ? 'spec.instances' : 'spec.replicas' };
}
