import { formatValue, isInteger, percentOf, podCountOf } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import { metricFindings, sumOf } from '../cluster/autoscaler-metrics';
import type { ClusterIndex } from '../cluster/cluster-index';
import { listOf, type Pod } from '../cluster/pods';
import { selectionOf, selectorOf } from '../cluster/selection';
import type { Violation } from '../cluster/violation';
import { autoscalersByTarget, podsByOwner, targetOf } from '../cluster/workloads';
import type { Rule } from '../rule';

const NAME = 'autoscaling';

const violation = (object: ManifestObject, path: string, message: string): Violation => ({
  rule: NAME,
  object,
  path,
  message,
});

/** The replicas that an autoscaler may choose among. */
function boundViolations(object: ManifestObject): Violation[] {
  const { minReplicas, maxReplicas } = object.spec ?? {};
  const least = minReplicas ?? 1;
  const violations: Violation[] = [];
  const report = (field: string, given: unknown, expected: string) =>
    violations.push(violation(object, `spec.${field}`, `given ${formatValue(given)}, expected ${expected}`));
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
    const wrong = (field: string, given: unknown, expected: string) =>
      violations.push(
        violation(object, `spec.behavior.${direction}.${field}`, `given ${formatValue(given)}, expected ${expected}`),
      );
    const { stabilizationWindowSeconds: window, selectPolicy, policies } = rules;
    if (window != null && !isInteger(window, 0, 3600)) {
      wrong('stabilizationWindowSeconds', window, 'whole seconds from 0 to 3600');
    }
    if (selectPolicy != null && !['Max', 'Min', 'Disabled'].includes(selectPolicy)) {
      wrong('selectPolicy', selectPolicy, 'Max, Min or Disabled');
    }
    if (selectPolicy === 'Disabled' && direction === 'scaleDown') {
      wrong('selectPolicy', selectPolicy, 'Max or Min, since pods would be added and never removed');
    }
    if (policies != null && listOf(policies).length === 0) {
      wrong('policies', policies, 'one policy at least, or none of the field for the defaults');
    }
    listOf(policies).forEach(({ type, value, periodSeconds }, index) => {
      if (type !== 'Pods' && type !== 'Percent') wrong(`policies[${index}].type`, type, 'Pods or Percent');
      if (!isInteger(value, 1)) wrong(`policies[${index}].value`, value, 'a whole number from 1');
      if (!isInteger(periodSeconds, 1, 1800)) {
        wrong(`policies[${index}].periodSeconds`, periodSeconds, 'whole seconds from 1 to 1800');
      }
    });
    return violations;
  });
}

function autoscalerViolations(
  cluster: ClusterIndex,
  object: ManifestObject,
  pods: ReadonlyMap<ManifestObject, Pod>,
): Violation[] {
  const target = targetOf(cluster, object);
  return [
    ...boundViolations(object),
    ...metricFindings(object, target && pods.get(target)).map((finding) => ({ rule: NAME, ...finding })),
    ...behaviourViolations(object),
    ...(target?.spec?.replicas == null
      ? []
      : [
          violation(
            target,
            'spec.replicas',
            `given ${formatValue(target.spec.replicas)}, expected none of the field, since ${objectName(object)} sets it and every apply would set it back`,
          ),
        ]),
  ];
}

/** The kinds whose pods a budget counts by their `replicas`; pods of a DaemonSet are not evicted from a node. */
const SCALABLE = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'];

/** The fewest pods that workloads have, or undefined where that cannot be known. */
function fewestPods(
  pods: readonly Pod[],
  autoscalers: ReadonlyMap<ManifestObject, ManifestObject>,
): number | undefined {
  const counts = pods
    .filter(({ owner }) => SCALABLE.includes(owner.kind))
    .map(({ owner }) => {
      const autoscaler = autoscalers.get(owner);
      const given = (autoscaler ? autoscaler.spec.minReplicas : owner.spec.replicas) ?? 1;
      return isInteger(given, 0) ? given : undefined;
    });
  return counts.length === 0 ? undefined : sumOf(counts);
}

/**
 * A budget that allows no disruption stops every drain of a node, and with it every upgrade of the cluster. The percentages of
 * either field are rounded up. Source: kubernetes.io, Specifying a Disruption Budget for your Application.
 */
function budgetViolations(object: ManifestObject, total: number | undefined): Violation[] {
  const { minAvailable, maxUnavailable } = object.spec ?? {};
  const remedy = 'which stops every drain; expected maxUnavailable: 1, say';
  if (minAvailable != null && maxUnavailable != null) {
    return [violation(object, 'spec', 'given both minAvailable and maxUnavailable, expected one of them')];
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
  return [violation(object, path, `given ${formatValue(minAvailable)}, that is ${pods} that there may be, ${remedy}`)];
}

/** The eviction of a pod with two budgets is refused. Source: kubernetes.io, API-initiated Eviction. */
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
          `given a selector of the pods of ${objectName(shared.owner)}, which ${objectName(first)} selects too, so that their eviction is refused; expected one budget for each pod`,
        ),
      ]
    : [];
}

/** Autoscalers can measure and scale what they point at, and budgets let nodes be drained. */
export const autoscaling: Rule = {
  name: NAME,
  rationale: `An autoscaler measures utilisation as a share of the requests, so a container that requests nothing is never scaled,
and a "replicas" beside an autoscaler sets the count back at every apply, in the middle of a peak. A disruption budget that
allows no disruption stops every drain of a node, so that no node can be replaced and the cluster cannot be upgraded.`,
  wrong: `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 3
  template:
    metadata: { labels: { app: api } }
    spec:
      containers: [{ name: api, image: "example.com/api:v1" }]
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
      containers: [{ name: api, image: "example.com/api:v1", resources: { requests: { cpu: 100m } } }]
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
