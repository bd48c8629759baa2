import { isInteger, percentOf } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import { attachmentFindings } from '../cluster/attachments';
import { clientAddressFindings, unlimitedFindings } from '../cluster/client-address';
import { clustersOf } from '../cluster/cloudnative-pg';
import { type ClusterIndex, selects } from '../cluster/cluster-index';
import { egressFindings } from '../cluster/egress';
import { imageFindings } from '../cluster/image-folders';
import { imageName } from '../cluster/known-images';
import { containersOf, listOf, type Pod } from '../cluster/pods';
import { directionsOf, isPolicy } from '../cluster/policies';
import { selectionOf } from '../cluster/selection';
import { placementFindings } from '../cluster/spread';
import type { FieldFinding, Finding, Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'pitfalls';

/** Programs that read the variable of their port: REDIS_PORT, SOLR_PORT. */
const READS_PORT = new Set(
  'redis redis-cluster valkey solr superset rabbitmq kong influxdb mongodb sentry airflow registry zookeeper kafka keycloak consul jenkins memcached'.split(
    ' ',
  ),
);

/** Variables that a Service of the same name as the program makes, and the program reads. Source: kubernetes.io, Service, Environment variables. */
function linkFindings(cluster: ClusterIndex, pod: Pod): FieldFinding[] {
  if (pod.spec.enableServiceLinks === false || pod.path === 'spec') return [];
  return containersOf(pod).flatMap(({ fields, path }): FieldFinding[] => {
    const name = imageName(fields.image);
    const service = !READS_PORT.has(name) ? undefined : cluster.find('Service', pod.namespace, name);
    const variable = `${name.toUpperCase().replaceAll('-', '_')}_PORT`;
    if (service === undefined || listOf(fields.env).some((one) => one.name === variable)) return [];
    const message = `given nothing, expected false: ${objectName(service)} makes the variable ${variable}=tcp://… in the pods of its namespace, which the image ${name} (${path}) may read as its own`;
    return [{ path: `${pod.path}.enableServiceLinks`, message }];
  });
}

/** Files of ConfigMaps that are never updated, since they are mounted by subPath. Source: kubernetes.io, ConfigMaps, Mounted ConfigMaps are updated automatically. */
function subPathFindings(pod: Pod): FieldFinding[] {
  const configs = new Map(
    listOf(pod.spec.volumes).flatMap(({ name, configMap }) => (configMap?.name ? [[name, configMap.name]] : [])),
  );
  const isRolled = Object.keys(pod.annotations).some((key) => /checksum|hash|reload|^berth\.dev\/config$/i.test(key));
  return containersOf(pod).flatMap(({ fields, path }) =>
    listOf(fields.volumeMounts).flatMap(({ name, subPath }, index): FieldFinding[] => {
      const config = configs.get(name);
      if (typeof subPath !== 'string' || config === undefined || isRolled || /-[a-z0-9]{8,10}$/.test(config)) return [];
      const message = `given a file of ConfigMap "${config}" by subPath, which is never updated in a pod that runs; expected the whole folder, or an annotation of the pod with a checksum`;
      return [{ path: `${path}.volumeMounts[${index}].subPath`, message, level: 'policy' }];
    }),
  );
}

const VERSION = /(?:^|\/)(?:version|chart|revision)$/;

/** Selectors that hold a version, which cannot be changed. Source: kubernetes.io, Deployments, Label selector updates. */
function selectorFindings({ kind, spec }: ManifestObject): FieldFinding[] {
  if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind)) return [];
  const key = Object.keys(spec?.selector?.matchLabels ?? {}).find((one) => VERSION.test(one) && one.includes('/'));
  if (key === undefined) return [];
  return [
    {
      path: `spec.selector.matchLabels["${key}"]`,
      message:
        'given a version, expected labels that stay: a selector cannot be changed, so that the next version is refused',
      level: 'policy',
    },
  ];
}

/** Deployments whose only pod ends before the new one runs. */
function downtimeFindings({ kind, spec }: ManifestObject): FieldFinding[] {
  const { maxUnavailable, maxSurge } = spec?.strategy?.rollingUpdate ?? {};
  const isOne = kind === 'Deployment' && isInteger(spec?.replicas, 1, 1);
  const goesFirst = isInteger(maxUnavailable, 1) || (percentOf(maxUnavailable) ?? 0) >= 100;
  if (!isOne || !goesFirst || !(maxSurge === 0 || maxSurge === '0%')) return [];
  const message = 'given 1 of 1 pod, expected 0 with maxSurge: 1, since the only pod ends before the new one runs';
  return [{ path: 'spec.strategy.rollingUpdate.maxUnavailable', message }];
}

/** What is never rolled out, scheduled, or waited for. Source: kubernetes.io, Deployments, Assigning Pods to Nodes, Service. */
function stillFindings({ kind, spec }: ManifestObject): FieldFinding[] {
  const isWorkload = ['Deployment', 'StatefulSet'].includes(kind);
  const findings: FieldFinding[] = [];
  const report = (path: string, message: string) => findings.push({ path, message });
  if (kind === 'Deployment' && spec?.paused === true) {
    report('spec.paused', 'given true, expected false: no change of its pods is rolled out');
  }
  if (isWorkload && typeof spec?.template?.spec?.nodeName === 'string') {
    report(
      'spec.template.spec.nodeName',
      'given a node, expected none: all pods are of that node, whether it has room for them or not',
    );
  }
  // A Service of one pod announces that pod to the others of its cluster.
  const isOfOnePod = spec?.selector?.['statefulset.kubernetes.io/pod-name'] !== undefined;
  if (kind === 'Service' && spec?.publishNotReadyAddresses === true && spec.clusterIP !== 'None' && !isOfOnePod) {
    report(
      'spec.publishNotReadyAddresses',
      'given true, expected false: pods get requests that are not ready for them',
    );
  }
  return findings;
}

/** Clusters of CloudNativePG whose operator cannot ask its instances for their status. Source: cloudnative-pg.io, Networking. */
function shutOutOperators(cluster: ClusterIndex): Finding[] {
  const policies = cluster
    .ofKind('NetworkPolicy')
    .filter((one) => isPolicy(one) && directionsOf(one).includes('ingress'));
  return clustersOf(cluster).flatMap(({ metadata: { namespace = 'default', name } }): Finding[] => {
    const labels = { 'cnpg.io/cluster': name, 'cnpg.io/podRole': 'instance', 'cnpg.io/instanceRole': 'primary' };
    const own = policies.filter(
      (one) => (one.metadata.namespace ?? 'default') === namespace && selects(one.spec?.podSelector, labels),
    );
    const isOpen = own.some(({ spec }) =>
      listOf(spec?.ingress).some(
        ({ ports }) =>
          listOf(ports).length === 0 ||
          listOf(ports).some(
            ({ port, endPort }) => typeof port !== 'number' || (port <= 8000 && 8000 <= (endPort ?? port)),
          ),
      ),
    );
    const [first] = own;
    if (first === undefined || isOpen) return [];
    const message = `given no ingress to port 8000 of the instances of Cluster ${namespace}/${name}, expected a rule for the operator, which asks them for their status there; without it the Cluster is never healthy`;
    return [{ object: first, path: 'spec.ingress', message }];
  });
}

function judge(cluster: ClusterIndex): Violation[] {
  const of = (object: ManifestObject, findings: readonly FieldFinding[]): Violation[] =>
    findings.map((finding) => ({ rule: NAME, object, ...finding }));
  const selection = selectionOf(cluster);
  const found = [
    ...egressFindings(cluster, selection),
    ...attachmentFindings(cluster),
    ...shutOutOperators(cluster),
    ...clientAddressFindings(cluster),
    ...unlimitedFindings(cluster),
  ];
  return [
    ...found.map((finding) => ({ rule: NAME, ...finding })),
    ...cluster.objects.flatMap((object) =>
      of(object, [...selectorFindings(object), ...downtimeFindings(object), ...stillFindings(object)]),
    ),
    ...cluster.pods.flatMap((pod) =>
      of(pod.owner, [
        ...placementFindings(pod, selection),
        ...imageFindings(cluster, pod),
        ...linkFindings(cluster, pod),
        ...subPathFindings(pod),
      ]),
    ),
  ];
}

/** What works in no cluster although all objects are valid, or works until something changes. */
export const pitfalls: Rule = {
  name: NAME,
  level: 'risk',
  rationale: `Some mistakes are valid for every schema: a policy that closes DNS, or opens the port of a Service where the ports of pods
count; a route that no listener takes; an image that writes to a root file system that is read-only; a disk that is mounted as the data
folder of a database; a rule of placement that selects other pods. They show only when the pods run.`,
  wrong: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: default }
spec:
  containers:
    - name: web
      image: docker.io/library/nginx:1.27.3
      securityContext: { readOnlyRootFilesystem: true }
`,
  right: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: default }
spec:
  containers:
    - name: web
      image: docker.io/library/nginx:1.27.3
      securityContext: { readOnlyRootFilesystem: true }
      volumeMounts: [{ name: cache, mountPath: /var/cache/nginx }, { name: run, mountPath: /var/run }]
  volumes: [{ name: cache, emptyDir: { sizeLimit: 64Mi } }, { name: run, emptyDir: { sizeLimit: 1Mi } }]
`,
  judge,
};
