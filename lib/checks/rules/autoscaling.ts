import { formatValue, isInteger, percentOf, podCountOf } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import { metricFindings, sumOf, verticalFindings } from '../cluster/autoscaler-metrics';
import type { ClusterIndex } from '../cluster/cluster-index';
import { listOf, type Pod } from '../cluster/pods';
import { selectionOf, selectorOf } from '../cluster/selection';
import type { Level, Violation } from '../cluster/violation';
import { autoscalersByTarget, boundsOf, podsByOwner, targetOf } from '../cluster/workloads';
import type { Rule } from '../rule';

const NAME = 'autoscaling';

const violation = (object: ManifestObject, path: string, message: string, level?: Level): Violation => ({
  rule: NAME,
  object,
  path,
  message,
  level,
});

/** Invalid minReplicas and maxReplicas of an autoscaler. */
function boundViolations(object: ManifestObject): Violation[] {
  const { minReplicas, maxReplicas } = object.spec ?? {};
  const least = minReplicas ?? 1;
  const violations: Violation[] = [];
  const report = (field: string, given: unknown, expected: string) =>
    violations.push(violation(object, `spec.${field}`, `given ${formatValue(given)}, expected ${expected}`, 'broken'));
  if (!isInteger(least, 1)) report('minReplicas', minReplicas, 'a whole number from 1');
  if (!isInteger(maxReplicas, 1)) report('maxReplicas', maxReplicas, 'a whole number from 1');
  else if (isInteger(least, 1) && least > maxReplicas)
    report('maxReplicas', maxReplicas, `at least minReplicas, which is ${least}`);
  return violations;
}

/** Source: kubernetes.io, HorizontalPodAutoscaler v2, HPAScalingRules and HPAScalingPolicy. */
function behaviourViolations(object: ManifestObject): Violation[] {
  return ['scaleUp', 'scaleDown'].flatMap((direction) => {
    const rules = object.spec?.behavior?.[direction];
    if (typeof rules !== 'object' || rules === null) return [];
    const violations: Violation[] = [];
    const report = (field: string, given: unknown, expected: string, level: Level = 'broken') =>
      violations.push(
        violation(
          object,
          `spec.behavior.${direction}.${field}`,
          `given ${formatValue(given)}, expected ${expected}`,
          level,
        ),
      );
    const { stabilizationWindowSeconds: window, selectPolicy, policies } = rules;
    if (window != null && !isInteger(window, 0, 3600)) {
      report('stabilizationWindowSeconds', window, 'whole seconds from 0 to 3600');
    }
    if (selectPolicy != null && !['Max', 'Min', 'Disabled'].includes(selectPolicy)) {
      report('selectPolicy', selectPolicy, 'Max, Min or Disabled');
    }
    if (selectPolicy === 'Disabled' && direction === 'scaleDown') {
      report('selectPolicy', selectPolicy, 'Max or Min, since pods would be added and never removed', 'risk');
    }
    if (policies != null && listOf(policies).length === 0) {
      report('policies', policies, 'at least one policy, or none of the field for the defaults');
    }
    listOf(policies).forEach(({ type, value, periodSeconds }, index) => {
      if (type !== 'Pods' && type !== 'Percent') report(`policies[${index}].type`, type, 'Pods or Percent');
      if (!isInteger(value, 1)) report(`policies[${index}].value`, value, 'a whole number from 1');
      if (!isInteger(periodSeconds, 1, 1800)) {
        report(`policies[${index}].periodSeconds`, periodSeconds, 'whole seconds from 1 to 1800');
      }
    });
    return violations;
  });
}

/** The replicas that a target states beside its autoscaler. */
function replicasViolations(object: ManifestObject, target: ManifestObject | undefined): Violation[] {
  if (target?.spec?.replicas == null) return [];
  const message = `given ${formatValue(target.spec.replicas)}, expected none of the field, since ${objectName(object)} sets it and every apply would reset it`;
  return [violation(target, 'spec.replicas', message)];
}

/** KEDA's ScaledObject: its bounds and its target. KEDA checks its triggers. Source: keda.sh, ScaledObject specification. */
function scaledObjectViolations(cluster: ClusterIndex, object: ManifestObject): Violation[] {
  const { least, most = 100 } = boundsOf(object);
  const given = (expected: string) => `given ${formatValue(most)}, expected ${expected}`;
  const bounds = !isInteger(most, 1)
    ? [violation(object, 'spec.maxReplicaCount', given('a whole number from 1'), 'broken')]
    : isInteger(least, 0) && least > most
      ? [violation(object, 'spec.maxReplicaCount', given(`at least minReplicaCount, which is ${least}`), 'broken')]
      : [];
  return [...bounds, ...replicasViolations(object, targetOf(cluster, object))];
}

function autoscalerViolations(
  cluster: ClusterIndex,
  object: ManifestObject,
  pods: ReadonlyMap<ManifestObject, Pod>,
): Violation[] {
  const target = targetOf(cluster, object);
  const found = [...metricFindings(object, target && pods.get(target)), ...verticalFindings(cluster, object)];
  return [
    ...boundViolations(object),
    ...found.map((finding) => ({ rule: NAME, ...finding })),
    ...behaviourViolations(object),
    ...replicasViolations(object, target),
  ];
}

/** The kinds whose pods a budget counts by `replicas`. Draining a node does not evict pods of a DaemonSet. */
const SCALABLE = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'];

/** The least number of pods of workloads, or undefined if it is unknown. */
function fewestPods(
  pods: readonly Pod[],
  autoscalers: ReadonlyMap<ManifestObject, ManifestObject>,
): number | undefined {
  const counts = pods
    .filter(({ owner }) => SCALABLE.includes(owner.kind))
    .map(({ owner }) => {
      const autoscaler = autoscalers.get(owner);
      const given = autoscaler ? boundsOf(autoscaler).least : (owner.spec.replicas ?? 1);
      return isInteger(given, 0) ? given : undefined;
    });
  return counts.length === 0 ? undefined : sumOf(counts);
}

/**
 * Budgets that never allow a disruption, so that nodes cannot be drained. Percentages of both fields are rounded up. Source: kubernetes.io, Specifying a Disruption Budget for your Application.
 */
function budgetViolations(object: ManifestObject, total: number | undefined): Violation[] {
  const { minAvailable, maxUnavailable } = object.spec ?? {};
  const remedy = 'which blocks the draining of nodes; expected for example maxUnavailable: 1';
  if (minAvailable != null && maxUnavailable != null) {
    return [violation(object, 'spec', 'given both minAvailable and maxUnavailable, expected one of them', 'broken')];
  }
  if (minAvailable == null && maxUnavailable == null) {
    return [violation(object, 'spec', `given neither minAvailable nor maxUnavailable, ${remedy}`)];
  }
  if (maxUnavailable != null) {
    return podCountOf(maxUnavailable, 100) === 0
      ? [violation(object, 'spec.maxUnavailable', `given ${formatValue(maxUnavailable)}, ${remedy}`)]
      : [];
  }
  const path = 'spec.minAvailable';
  if ((percentOf(minAvailable) ?? 0) >= 100)
    return [violation(object, path, `given ${formatValue(minAvailable)}, ${remedy}`)];
  const kept = podCountOf(minAvailable, total ?? 0);
  if (total === undefined || total === 0 || kept === undefined || kept < total) return [];
  const pods = total === 1 ? 'the one pod' : `all ${total} pods`;
  return [violation(object, path, `given ${formatValue(minAvailable)}, which means ${pods}, ${remedy}`)];
}

/** A pod that two budgets select, which therefore cannot be evicted. Source: kubernetes.io, API-initiated Eviction. */
function sharedPodViolations(
  object: ManifestObject,
  pods: readonly Pod[],
  budgets: Map<Pod, ManifestObject>,
): Violation[] {
  const shared = pods.find((pod) => budgets.has(pod));
  const first = shared && budgets.get(shared);
  for (const pod of pods) if (!budgets.has(pod)) budgets.set(pod, object);
  return shared && first
    ? [
        violation(
          object,
          'spec.selector',
          `given a selector that matches the pods of ${objectName(shared.owner)}, which ${objectName(first)} selects as well, so that their eviction is refused; expected one budget for each pod`,
        ),
      ]
    : [];
}

/** Autoscalers can measure and scale their targets, and budgets allow nodes to be drained. */
export const autoscaling: Rule = {
  name: NAME,
  level: 'risk',
  rationale: `An autoscaler measures utilisation as a percentage of the requests, so it cannot scale a workload with a container that
requests nothing. A "replicas" beside an autoscaler resets the number of pods at every apply, even during a peak. A disruption budget
that allows no disruption blocks the draining of nodes, so that nodes cannot be replaced and the cluster cannot be upgraded.`,
  wrong: `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 3
  template:
    metadata: { labels: { app: api } }
    spec:
      containers: [{ name: api, image: "example.com/api:v1.0.0" }]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: api, namespace: shop }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api }
  minReplicas: 2
  maxReplicas: 10
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: api, namespace: shop }
spec:
  minAvailable: 2
  selector: { matchLabels: { app: api } }
`,
  right: `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    metadata: { labels: { app: api } }
    spec:
      containers: [{ name: api, image: "example.com/api:v1.0.0", resources: { requests: { cpu: 100m } } }]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: api, namespace: shop }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api }
  minReplicas: 2
  maxReplicas: 10
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: api, namespace: shop }
spec:
  maxUnavailable: 1
  selector: { matchLabels: { app: api } }
`,
  judge: (cluster) => {
    const pods = podsByOwner(cluster);
    const autoscalers = autoscalersByTarget(cluster);
    const selection = selectionOf(cluster);
    const budgets = new Map<Pod, ManifestObject>();
    return [
      ...cluster.ofKind('HorizontalPodAutoscaler').flatMap((object) => autoscalerViolations(cluster, object, pods)),
      ...cluster.ofKind('ScaledObject').flatMap((object) => scaledObjectViolations(cluster, object)),
      ...cluster.ofKind('PodDisruptionBudget').flatMap((object) => {
        const { metadata, spec } = object;
        const selected = spec?.selector
          ? selection.podsIn(metadata.namespace ?? 'default', selectorOf(spec.selector))
          : [];
        return [
          ...budgetViolations(object, fewestPods(selected, autoscalers)),
          ...sharedPodViolations(object, selected, budgets),
        ];
      }),
    ];
  },
};
