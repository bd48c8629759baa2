import { podCountOf, quantityOf } from '../../base/quantity';
import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { type Fields, listOf, numberOr, type Pod } from './pods';
import { type Amounts, podAmounts } from './requests';
import { autoscalersByTarget, boundsOf } from './workloads';

/** The pods of one workload, and how many there may be. */
export interface PodGroup {
  readonly owner: ManifestObject;
  readonly namespace: string;
  readonly name: string;
  /** The spec of a pod, as far as an object has it. */
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
  /** The bytes of the volumes that each pod has of its own. */
  readonly volumes: number;
  /** Whether a pod has a volume that stays when it goes, and is in one zone. */
  readonly keepsData: boolean;
}

const STAYING = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'Pod'];
const RUNNING = ['Job', 'CronJob'];

const bytesOf = (claimSpec: Fields) => quantityOf(claimSpec?.resources?.requests?.storage) ?? 0;
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

/** The bytes of the volumes that are made for each pod: those of a StatefulSet, and ephemeral ones. */
function volumesOf({ owner, spec }: Pod): number {
  const templates = listOf(owner.spec?.volumeClaimTemplates).map((claim) => bytesOf(claim.spec));
  const ephemeral = listOf(spec.volumes).map((volume) => bytesOf(volume.ephemeral?.volumeClaimTemplate?.spec));
  return sum([...templates, ...ephemeral]);
}

/** The pods that a rolling update starts before it ends others. Source: kubernetes.io, Deployments, Max Surge. */
function surgeOf({ kind, spec }: ManifestObject, most: number): number {
  if (kind !== 'Deployment' || spec?.strategy?.type === 'Recreate') return 0;
  return podCountOf(spec?.strategy?.rollingUpdate?.maxSurge ?? '25%', most) ?? 0;
}

function groupOf(pod: Pod, autoscaler: ManifestObject | undefined): PodGroup {
  const { owner, namespace, name, spec, labels } = pod;
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
    volumes: volumesOf(pod),
    keepsData: isClaimed || listOf(owner.spec?.volumeClaimTemplates).length > 0,
  };
}

/** The pods that CloudNativePG makes of a Cluster, one on each node. Source: cloudnative-pg.io, Scheduling. */
function instancesOf(owner: ManifestObject): PodGroup {
  const { namespace = 'default', name } = owner.metadata;
  const { instances, resources, storage, walStorage, affinity } = owner.spec ?? {};
  const labels = { 'cnpg.io/cluster': name };
  const count = numberOr(instances, 1);
  const term = {
    labelSelector: { matchLabels: labels },
    topologyKey: affinity?.topologyKey ?? 'kubernetes.io/hostname',
  };
  const isApart = affinity?.enablePodAntiAffinity !== false && affinity?.podAntiAffinityType === 'required';
  const spec = {
    containers: [{ resources }],
    ...(affinity?.nodeSelector && { nodeSelector: affinity.nodeSelector }),
    tolerations: affinity?.tolerations,
    ...(isApart && { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }),
  };
  return {
    ...{ owner, namespace, name, spec, labels, least: count, most: count, surge: 0 },
    requests: podAmounts(spec),
    limits: podAmounts(spec, 'limits'),
    volumes: sum([storage, walStorage].map((one) => quantityOf(one?.size) ?? 0)),
    keepsData: true,
  };
}

const isCluster = ({ apiVersion }: ManifestObject) => apiVersion.startsWith('postgresql.cnpg.io/');

/** The pods that stay: of Deployments, StatefulSets and clusters of PostgreSQL. */
export function stayingPods(cluster: ClusterIndex): PodGroup[] {
  const autoscalers = autoscalersByTarget(cluster);
  return [
    ...cluster.pods
      .filter(({ owner }) => STAYING.includes(owner.kind))
      .map((pod) => groupOf(pod, autoscalers.get(pod.owner))),
    ...cluster.ofKind('Cluster').filter(isCluster).map(instancesOf),
  ];
}

/** The pods that run to their end, of Jobs and of CronJobs that are not suspended, as many at once as there may be. */
export function runningPods(cluster: ClusterIndex): PodGroup[] {
  return cluster.pods
    .filter(({ owner }) => RUNNING.includes(owner.kind) && owner.spec?.suspend !== true)
    .map((pod) => {
      const job = pod.owner.kind === 'CronJob' ? pod.owner.spec?.jobTemplate?.spec : pod.owner.spec;
      const most = numberOr(job?.parallelism, 1);
      return { ...groupOf(pod, undefined), least: 0, most };
    });
}

/** What the DaemonSets of the objects take of each node. */
export function daemonPods(cluster: ClusterIndex): Amounts[] {
  return cluster.pods.filter(({ owner }) => owner.kind === 'DaemonSet').map(({ spec }) => podAmounts(spec));
}
