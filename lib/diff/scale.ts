import { formatValue, podCountOf } from '../base/quantity';
import { type ClusterIndex, selects } from '../checks/cluster/cluster-index';
import { autoscalersByTarget } from '../checks/cluster/workloads';
import type { Change } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';
import type { Mark } from './mark';
import { valuesAt } from './values';

/** A change of `replicas` of a workload that an autoscaler scales. */
export function replicasMarks(change: Change, cluster: ClusterIndex): Mark[] {
  const { before, after } = change;
  if (before === undefined || after === undefined) return [];
  const autoscaler = autoscalersByTarget(cluster).get(after);
  const count = valuesAt(change, 'spec.replicas');
  if (autoscaler === undefined || count.before === count.after) return [];
  const { name } = autoscaler.metadata;
  const message =
    count.after === undefined
      ? `replicas is removed, and ${name} sets it from now on: hand ${formatValue(count.before)} over first, or the workload drops to 1 pod until the autoscaler reacts`
      : `replicas becomes ${formatValue(count.after)}, but ${name} sets it`;
  return [{ risk: 'replicas', message }];
}

/** What an autoscaler scales, in text. */
const targetIn = ({ metadata, spec }: ManifestObject) =>
  [metadata.namespace, spec?.scaleTargetRef?.kind, spec?.scaleTargetRef?.name].join('/');

/**
 * An autoscaler of KEDA in place of a HorizontalPodAutoscaler: KEDA refuses it while the other is there, and what is no longer described goes
 * last. Source: keda.sh, Admission Webhooks.
 */
export function takeoverMarks({ before, after }: Change, changes: readonly Change[]): Mark[] {
  if (before !== undefined || after?.kind !== 'ScaledObject') return [];
  const former = changes.find(
    (one) =>
      one.before?.kind === 'HorizontalPodAutoscaler' &&
      one.after === undefined &&
      targetIn(one.before) === targetIn(after),
  );
  if (former?.before === undefined) return [];
  const { namespace, name } = former.before.metadata;
  const message = `KEDA refuses it while ${name} scales the same pods: kubectl delete hpa -n ${namespace} ${name} first; their number stays`;
  return [{ risk: 'replicas', message }];
}

/** The total for which counts and percentages are compared. */
const TOTAL_PODS = 100;

/** How many of 100 pods may be unavailable. */
function mostUnavailable(budget: ManifestObject): number {
  const { maxUnavailable, minAvailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) return podCountOf(maxUnavailable, TOTAL_PODS) ?? TOTAL_PODS;
  return TOTAL_PODS - (podCountOf(minAvailable, TOTAL_PODS) ?? 0);
}

/** A PodDisruptionBudget that protects fewer pods. Budgets of removed pods are ignored. */
export function budgetMarks({ before, after }: Change, cluster: ClusterIndex): Mark[] {
  if (before?.kind !== 'PodDisruptionBudget') return [];
  const { namespace = 'default' } = before.metadata;
  const kept = cluster.podsIn(namespace).filter(({ labels }) => selects(before.spec?.selector, labels));
  if (kept.length === 0) return [];
  const workloads = kept.map(({ name }) => name).join(', ');
  if (after === undefined) {
    return [{ risk: 'budget', message: `draining nodes may evict all pods of ${workloads} at once` }];
  }
  const left = cluster.podsIn(namespace).filter(({ labels }) => selects(after.spec?.selector, labels));
  const lost = kept.filter((pod) => !left.includes(pod));
  if (lost.length > 0) {
    return [{ risk: 'budget', message: `no longer protects pods of ${lost.map(({ name }) => name).join(', ')}` }];
  }
  return mostUnavailable(after) > mostUnavailable(before)
    ? [{ risk: 'budget', message: `more pods of ${workloads} may be unavailable at once` }]
    : [];
}
