import { type ManifestObject, objectName } from '../../manifests/object';
import { clusterPods } from './cloudnative-pg';
import type { ClusterIndex } from './cluster-index';
import { apiGroupOf } from './field-paths';
import type { Fields } from './pods';
import type { Prerequisite } from './prerequisite';
import { rabbitmqPods } from './rabbitmq';
import { tableOf } from './schema-table';

const labelsIn = (metadata: Fields): Readonly<Record<string, string>> => metadata?.labels ?? {};

/** The pods of kinds of the Prometheus operator. Source: prometheus-operator.dev, API reference. */
function monitoringPods(object: ManifestObject): Prerequisite[] {
  const { kind, spec } = object;
  const { namespace = 'default', name } = object.metadata;
  const program = {
    Prometheus: 'prometheus',
    PrometheusAgent: 'prometheus-agent',
    Alertmanager: 'alertmanager',
    ThanosRuler: 'thanos-ruler',
  }[kind];
  if (program === undefined) return [];
  const labels = {
    'app.kubernetes.io/name': program,
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/managed-by': 'prometheus-operator',
    'operator.prometheus.io/name': name,
    [program]: name,
    ...labelsIn(spec?.podMetadata),
  };
  return [{ kind: 'Pod', namespace, name, labels }];
}

/** The pods of a pooler of CloudNativePG. */
function poolerPods({ kind, metadata: { namespace = 'default', name }, spec }: ManifestObject): Prerequisite[] {
  if (kind !== 'Pooler') return [];
  const labels = { 'cnpg.io/poolerName': name, 'cnpg.io/cluster': spec?.cluster?.name, 'cnpg.io/podRole': 'pooler' };
  return [{ kind: 'Pod', namespace, name, labels: { ...labels, ...labelsIn(spec?.template?.metadata) } }];
}

/** The pods of templates in a LeaderWorkerSet. Source: lws.sigs.k8s.io, Labels and annotations. */
function leaderWorkerPods({ metadata: { namespace = 'default', name }, spec }: ManifestObject): Prerequisite[] {
  const { leaderTemplate, workerTemplate } = spec?.leaderWorkerTemplate ?? {};
  const own = { 'leaderworkerset.sigs.k8s.io/name': name };
  const leader = labelsIn((leaderTemplate ?? workerTemplate)?.metadata);
  const index = 'leaderworkerset.sigs.k8s.io/worker-index';
  return [
    { kind: 'Pod', namespace, name, labels: { ...own, ...leader, [index]: '0' } },
    { kind: 'Pod', namespace, name, labels: { ...own, ...labelsIn(workerTemplate?.metadata), [index]: '1' } },
  ];
}

const MAKERS: Readonly<Record<string, (object: ManifestObject) => Prerequisite[]>> = {
  'monitoring.coreos.com': monitoringPods,
  'postgresql.cnpg.io': poolerPods,
  'leaderworkerset.x-k8s.io': leaderWorkerPods,
  'rabbitmq.com': rabbitmqPods,
};

const SOLVER = 'acme.cert-manager.io/http01-solver';

/** A selector in normal form. */
interface Solved {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

/** Whether a selector is for the pods that solve HTTP-01 challenges, in any namespace. Source: cert-manager.io, HTTP01. */
export const areOfSolvers = ({ matchLabels, matchExpressions }: Solved): boolean =>
  matchLabels[SOLVER] === 'true' ||
  matchExpressions.some(
    ({ key, operator, values }) =>
      key === SOLVER && (operator === 'Exists' || (operator === 'In' && values.includes('true'))),
  );

/** The pods that operators are known to make of the objects of a set. */
export function operatorPods(cluster: ClusterIndex): Prerequisite[] {
  const made = cluster.objects.flatMap((object) => MAKERS[apiGroupOf(object.apiVersion)]?.(object) ?? []);
  return [...clusterPods(cluster), ...made];
}

/** Groups of custom resources from which no pods are made. */
const WITHOUT_PODS =
  /(?:^|\.)(?:external-secrets\.io|cert-manager\.io|istio\.io|kyverno\.io|cilium\.io|projectcalico\.org|traefik\.io|traefik\.containo\.us|snapshot\.storage\.k8s\.io|gateway\.networking\.k8s\.io|gateway\.envoyproxy\.io|policies\.kuma\.io|bitnami\.com|keda\.sh|autoscaling\.k8s\.io|argoproj\.io|x-k8s\.io|metallb\.io|linkerd\.io)$/;

/** Kinds of a group from which pods are made, where others of it make none. */
const WITH_PODS = new Set([
  'Rollout',
  'Prometheus',
  'PrometheusAgent',
  'Alertmanager',
  'ThanosRuler',
  'Cluster',
  'Pooler',
  'RabbitmqCluster',
  'LeaderWorkerSet',
  'JobSet',
  'Workflow',
  'CronWorkflow',
  'WorkflowTemplate',
]);

/** Groups of Kubernetes and of its parts, with names that others have as well. */
const OWN_GROUPS =
  /^(?:(?:admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|gateway\.networking|metrics|networking|node|policy\.networking|rbac\.authorization|resource|scheduling|snapshot\.storage|storage|storagemigration)|.*\.apiserver)\.k8s\.io$/;

function mayMakePods({ apiVersion, kind }: ManifestObject): boolean {
  const group = apiGroupOf(apiVersion);
  if (WITH_PODS.has(kind)) return group.includes('.');
  const isCustom = group.includes('.') && !OWN_GROUPS.test(group);
  return (
    isCustom &&
    group !== 'monitoring.coreos.com' &&
    !WITHOUT_PODS.test(group) &&
    tableOf(`${apiVersion}/${kind}`) === undefined
  );
}

/** A function that names a custom resource of a namespace from which an operator may make pods, or undefined. */
export function podMakers(cluster: ClusterIndex): (namespace: string) => string | undefined {
  const makers = new Map<string, string>();
  for (const object of cluster.objects) {
    const { namespace } = object.metadata;
    if (namespace !== undefined && !makers.has(namespace) && mayMakePods(object))
      makers.set(namespace, objectName(object));
  }
  return (namespace) => makers.get(namespace);
}

const inKubeSystem = (name: string) => ({
  ...{ namespace: 'kube-system', name },
  labels: { 'k8s-app': name, component: name, 'app.kubernetes.io/name': name, tier: 'control-plane' },
});

/** Programs of the control plane and of nodes, which the installer of a cluster runs. Monitoring has Services for them, by one of these labels. */
const CONTROL_PLANE = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'etcd',
  'kubelet',
].map(inKubeSystem);

/** Pods of the control plane. */
export const CONTROL_PLANE_PODS: readonly Prerequisite[] = CONTROL_PLANE.map((one) => ({ kind: 'Pod', ...one }));

/** Services that every cluster has, or that operators make, with their labels. */
export const BUILT_IN_SERVICES: readonly Prerequisite[] = [
  {
    kind: 'Service',
    namespace: 'default',
    name: 'kubernetes',
    labels: { component: 'apiserver', provider: 'kubernetes' },
  },
  ...[...CONTROL_PLANE, ...['kube-dns', 'coredns'].map(inKubeSystem)].map((one) => ({ kind: 'Service', ...one })),
];

/** The names of labels that only controllers set, after a pod is made. */
const ADDED =
  /^(?:statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|pod-template-hash|controller-revision-hash|pod-template-generation|job-name|controller-uid|batch\.kubernetes\.io\/.*|rollouts-pod-template-hash)$/;

/** Whether a label is one that a controller adds to the pods of its objects. */
export const isAddedLabel = (key: string): boolean => ADDED.test(key);

/** Whether a controller may add a label with a value to the pods of an object. */
export function mayAdd({ kind, metadata: { name }, spec }: ManifestObject, key: string, value: unknown): boolean {
  switch (key) {
    case 'statefulset.kubernetes.io/pod-name':
      return kind === 'StatefulSet' && typeof value === 'string' && value.replace(/-\d+$/, '') === name;
    case 'apps.kubernetes.io/pod-index':
      return kind === 'StatefulSet' && /^\d+$/.test(String(value));
    case 'job-name':
    case 'batch.kubernetes.io/job-name':
      return kind === 'Job' ? value === name : kind === 'CronJob' && String(value).startsWith(`${name}-`);
    case 'pod-template-hash':
      return kind === 'Deployment' || kind === 'ReplicaSet';
    default:
      return spec !== undefined;
  }
}
