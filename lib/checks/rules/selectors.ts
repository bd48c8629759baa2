import { type ManifestObject, objectName } from '../../manifests/object';
import { type ClusterIndex, selects } from '../cluster/cluster-index';
import { apiGroupOf } from '../cluster/field-paths';
import { containersOf, type Fields, listOf, type Pod } from '../cluster/pods';
import { Isolation, isPolicy, judgePolicy, portNumber, unknownNamespacesOf } from '../cluster/policies';
import { type Selection, selectionOf, selectorOf, showSelector } from '../cluster/selection';
import type { FieldFinding } from '../cluster/violation';
import { AUTOSCALERS, podsByOwner } from '../cluster/workloads';
import type { Rule } from '../rule';

const NAME = 'selectors';

/** Kinds that own pods by a selector. Two with the same selector would adopt each other's pods. Source: kubernetes.io, Deployments. */
const CONTROLLERS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);

/** "Deployment shop/api, CronJob shop/report and 2 more" */
function showOwners(owners: readonly ManifestObject[]): string {
  const names = owners.slice(0, 3).map(objectName);
  if (owners.length > 3) names.push(`${owners.length - 3} more`);
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** The pods of workloads or, if there are none, standalone pods, such as tests of a chart. */
function workloadsOf(pods: readonly Pod[]): readonly Pod[] {
  const made = pods.filter(({ owner }) => owner.kind !== 'Pod');
  return made.length > 0 ? made : pods;
}

function severalWorkloads(pods: readonly Pod[], path: string): FieldFinding[] {
  const owners = workloadsOf(pods).map(({ owner }) => owner);
  if (owners.length < 2 || owners[0]?.kind === 'Pod') return [];
  const message = `selects the pods of ${showOwners(owners)}, expected those of one workload; add a label that only one of them has`;
  return [{ path, message, level: 'policy' }];
}

const NAMES = ['app.kubernetes.io/name', 'app'];
const PARTS = ['app.kubernetes.io/component', 'component'];
const RELEASE =
  /^(?:[a-z0-9.-]+\/)?(?:[\w.-]+[-.])?(?:track|version|channel|variant|slot|colou?r|canary|rollouts?[\w-]*)$/i;

/** Whether workloads are parallel releases of one program (such as stable and canary) that share a Service. */
function areReleases(pods: readonly Pod[]): boolean {
  const values = (key: string) => new Set<unknown>(pods.map(({ labels }) => labels[key]));
  const isOne = (key: string) => values(key).size === 1;
  return (
    pods.every(({ owner }) => CONTROLLERS.has(owner.kind)) &&
    PARTS.every(isOne) &&
    NAMES.some((key) => isOne(key) && pods[0]?.labels[key] !== undefined) &&
    pods.some(({ labels }) => Object.keys(labels).some((key) => RELEASE.test(key) && values(key).size === pods.length))
  );
}

/** Whether two objects have one name. A duplicate is reported by the rule "identity". */
const isSame = (one: ManifestObject, other: ManifestObject): boolean =>
  one.kind === other.kind && one.metadata.name === other.metadata.name;

/** Workloads whose selector does not match their own pods, or matches the pods of another workload. */
function judgeWorkload(object: ManifestObject, pod: Pod | undefined, selection: Selection): FieldFinding[] {
  const given = object.spec?.selector;
  if (pod === undefined || typeof given !== 'object' || given === null) return [];
  const selector = selectorOf(given);
  const path = 'spec.selector';
  if (!selects(selector, pod.labels)) {
    const labels = showSelector(selectorOf({ matchLabels: pod.labels }));
    const message = `given ${showSelector(selector)}, expected labels of its own pods (${labels}); make both the same`;
    return [{ path, message }];
  }
  const others = selection
    .podsIn(pod.namespace, selector)
    .filter(({ owner }) => !isSame(owner, object) && CONTROLLERS.has(owner.kind))
    .map(({ owner }) => owner);
  if (others.length === 0) return [];
  const message = `given ${showSelector(selector)}, which the pods of ${showOwners(others)} match as well, expected a selector of its own; the workloads would adopt each other's pods`;
  return [{ path, message }];
}

/** Target ports of a Service that the pods do not declare, or that policies isolate. */
function judgePort(port: Fields, path: string, pods: readonly Pod[], isolation: Isolation): FieldFinding[] {
  const protocol = typeof port.protocol === 'string' ? port.protocol : 'TCP';
  const target = port.targetPort ?? port.port;
  if (typeof target !== 'string' && typeof target !== 'number') return [];
  return pods.flatMap((pod): FieldFinding[] => {
    const declared = containersOf(pod)
      .flatMap(({ fields }) => listOf(fields.ports))
      .filter(({ containerPort }) => typeof containerPort === 'number');
    const number = portNumber(pod, target, protocol);
    const isKnown =
      typeof target === 'string'
        ? number !== undefined
        : declared.length === 0 || declared.some(({ containerPort }) => containerPort === target);
    if (!isKnown) {
      const ports = declared.map(({ name, containerPort, protocol: other }) =>
        [name, containerPort, other ?? 'TCP'].filter((part) => part && typeof part !== 'object').join(' '),
      );
      const message = `given ${protocol} ${JSON.stringify(target)}, expected a port of ${objectName(pod.owner)}: ${ports.join(', ') || 'none'}`;
      // The ports that a container declares are only information for people.
      return [{ path, message, level: typeof target === 'number' ? 'policy' : 'broken' }];
    }
    if (number === undefined || isolation.isOpen(pod, number, protocol)) return [];
    const message = `given ${protocol} ${number} of ${objectName(pod.owner)}, which policies isolate, expected an ingress rule that opens it; otherwise no pod can reach the Service`;
    return [{ path, message }];
  });
}

function judgeService({ metadata, spec }: ManifestObject, selection: Selection, isolation: Isolation): FieldFinding[] {
  const matchLabels = spec?.selector;
  const selector = selectorOf({ matchLabels });
  if (spec?.type === 'ExternalName' || Object.keys(selector.matchLabels).length === 0) return [];
  const namespace = metadata.namespace ?? 'default';
  const pods = selection.podsIn(namespace, selector);
  if (pods.length === 0) {
    if (selection.selectsPrerequisite(namespace, selector)) return [];
    const given = `given ${showSelector(selector)}, which no pod of namespace ${namespace} has`;
    return [selection.emptyFinding('spec.selector', given, namespace)];
  }
  return [
    ...(areReleases(workloadsOf(pods)) ? [] : severalWorkloads(pods, 'spec.selector')),
    ...listOf(spec.ports).flatMap((port, index) => {
      const field = port.targetPort === undefined || port.targetPort === null ? 'port' : 'targetPort';
      return judgePort(port, `spec.ports[${index}].${field}`, workloadsOf(pods), isolation);
    }),
  ];
}

/** Budgets of several workloads, which they would count as one. */
function judgeBudget({ metadata, spec }: ManifestObject, selection: Selection): FieldFinding[] {
  if (typeof spec?.selector !== 'object' || spec.selector === null) return [];
  const pods = selection.podsIn(metadata.namespace ?? 'default', selectorOf(spec.selector));
  return severalWorkloads(pods, 'spec.selector');
}

/** Workloads with two autoscalers, which override each other. Source: kubernetes.io, Horizontal Pod Autoscaling. */
function duplicateAutoscalers(cluster: ClusterIndex): ReadonlyMap<ManifestObject, FieldFinding> {
  const first = new Map<string, ManifestObject>();
  const second = new Map<ManifestObject, FieldFinding>();
  for (const object of cluster.ofKind(...AUTOSCALERS)) {
    // KEDA's defaults; a HorizontalPodAutoscaler has both fields.
    const { apiVersion = 'apps/v1', kind = 'Deployment', name } = object.spec?.scaleTargetRef ?? {};
    if (typeof kind !== 'string' || typeof name !== 'string') continue;
    const target = `${object.metadata.namespace ?? 'default'}/${apiGroupOf(apiVersion)}/${kind}/${name}`;
    const owner = first.get(target);
    if (!owner) first.set(target, object);
    else {
      const message = `given ${kind} "${name}", which ${objectName(owner)} scales already, expected one autoscaler for it; remove one`;
      second.set(object, { path: 'spec.scaleTargetRef', message, level: 'risk' });
    }
  }
  return second;
}

function judgeAll(cluster: ClusterIndex): (object: ManifestObject) => readonly FieldFinding[] {
  const selection = selectionOf(cluster);
  const isolation = new Isolation(cluster.ofKind('NetworkPolicy').filter(isPolicy), selection);
  const isOutside = unknownNamespacesOf(cluster);
  const pods = podsByOwner(cluster);
  const twice = duplicateAutoscalers(cluster);
  return (object) => {
    if (CONTROLLERS.has(object.kind)) return judgeWorkload(object, pods.get(object), selection);
    if (isPolicy(object)) return judgePolicy(object, selection, isOutside);
    switch (`${apiGroupOf(object.apiVersion)}/${object.kind}`) {
      case '/Service':
        return judgeService(object, selection, isolation);
      case 'policy/PodDisruptionBudget':
        return judgeBudget(object, selection);
      case 'autoscaling/HorizontalPodAutoscaler':
      case 'keda.sh/ScaledObject':
        return [twice.get(object) ?? []].flat();
      default:
        return [];
    }
  };
}

/** Each selector matches exactly the intended pods, and their ports exist and are open. */
export const selectors: Rule = {
  name: NAME,
  level: 'broken',
  rationale: `Kubernetes does not check whether a selector matches the labels of any pod. A Service that selects no pods, or sends to a
port that no container has, refuses every connection; one that selects two workloads sends each of them requests for the other. A
NetworkPolicy with a misspelled selector isolates nothing, and a misspelled peer opens nothing. Two workloads with the same selector
adopt each other's pods.`,
  wrong: `apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec:
  selector: { app: api }
  ports: [{ port: 80, targetPort: web }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
        - name: api
          image: example.com/api:1.0.0
          ports: [{ name: http, containerPort: 8000 }]
`,
  right: `apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec:
  selector: { app: api }
  ports: [{ port: 80, targetPort: http }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
        - name: api
          image: example.com/api:1.0.0
          ports: [{ name: http, containerPort: 8000 }]
`,
  judge: (cluster) => {
    const findings = judgeAll(cluster);
    return cluster.objects.flatMap((object) => findings(object).map((finding) => ({ rule: NAME, object, ...finding })));
  },
};
