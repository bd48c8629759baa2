import { isInteger, percentOf } from '../../base/quantity';
import type { ManifestObject } from '../../manifests/object';
import { attachmentFindings } from '../cluster/attachments';
import { clientAddressFindings, unlimitedFindings } from '../cluster/client-address';
import type { ClusterIndex } from '../cluster/cluster-index';
import { shutOutOperators } from '../cluster/database-operator';
import { egressFindings } from '../cluster/egress';
import { imageFindings } from '../cluster/image-folders';
import { subPathFindings } from '../cluster/mounted-files';
import { listOf } from '../cluster/pods';
import { selectionOf } from '../cluster/selection';
import { linkFindings } from '../cluster/service-links';
import { placementFindings } from '../cluster/spread';
import type { FieldFinding, Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'pitfalls';

const VERSION_KEY = /(?:^|\/)(?:version|chart|revision|tag|image-tag|build|commit)$/;

/** A full version or a commit: `1.2.3`, `api-1.2.3`, `2026.11`; `v1` names a variant. */
const VERSION = /(?:^|[-v])\d+\.\d+|^[0-9a-f]{7,40}$/;

/** Whether a label changes with each release. */
const isVersion = (key: string, value: unknown): boolean =>
  VERSION_KEY.test(key) &&
  (key.startsWith('app.kubernetes.io/') || key.startsWith('helm.sh/') || VERSION.test(String(value)));

/** Selectors that hold a version. Those of workloads cannot be changed. Source: kubernetes.io, Deployments, Label selector updates. */
function selectorFindings({ kind, spec }: ManifestObject): FieldFinding[] {
  if (kind === 'Service') {
    const key = Object.keys(spec?.selector ?? {}).find((one) => isVersion(one, spec.selector[one]));
    const message = 'given a version, expected labels that stay: at a release the Service selects none of the old pods';
    return key === undefined ? [] : [{ path: `spec.selector["${key}"]`, message, level: 'policy' }];
  }
  if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind)) return [];
  const { matchLabels, matchExpressions } = spec?.selector ?? {};
  const message =
    'given a version, expected labels that stay: a selector cannot be changed, so that the next version is refused';
  return [
    ...Object.keys(matchLabels ?? {})
      .filter((key) => isVersion(key, matchLabels[key]))
      .map((key) => ({ path: `spec.selector.matchLabels["${key}"]`, message })),
    ...listOf(matchExpressions).flatMap(({ key, operator, values }, index) =>
      operator === 'In' && listOf(values).some((value) => isVersion(String(key), value))
        ? [{ path: `spec.selector.matchExpressions[${index}].values`, message }]
        : [],
    ),
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

function judge(cluster: ClusterIndex): Violation[] {
  const of = (object: ManifestObject, findings: readonly FieldFinding[]): Violation[] =>
    findings.map((finding) => ({ rule: NAME, object, ...finding }));
  const selection = selectionOf(cluster);
  const found = [
    ...egressFindings(cluster, selection),
    ...attachmentFindings(cluster),
    ...shutOutOperators(cluster, selection),
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
        ...subPathFindings(cluster, pod),
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
