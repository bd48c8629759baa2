import { formatValue, podCountOf } from '../base/quantity';
import { type ClusterIndex, selects } from '../checks/cluster/cluster-index';
import { autoscalersByTarget } from '../checks/cluster/workloads';
import type { ManifestObject } from '../manifests/object';
import { type Change, valuesAt } from './change';
import type { Mark } from './mark';

/** The number of pods of a workload that an autoscaler scales is the autoscaler's. */
export function replicasMarks(change: Change, cluster: ClusterIndex): Mark[] {
  const { before, after } = change;
  if (before === undefined || after === undefined) return [];
  const autoscaler = autoscalersByTarget(cluster).get(after);
  const count = valuesAt(change, 'spec.replicas');
  if (autoscaler === undefined || count.before === count.after) return [];
  const { name } = autoscaler.metadata;
  const message =
    count.after === undefined
      ? `replicas is no longer said, and ${name} owns it from now on: hand ${formatValue(count.before)} over before, or it falls to 1 until the autoscaler notices`
      : `replicas becomes ${formatValue(count.after)}, and ${name} sets it otherwise`;
  return [{ risk: 'replicas', message }];
}

/** Every pod: percentages of fewer would be rounded away. */
const ALL = 100;

/** How many of a hundred pods may be away. */
function mostUnavailable(budget: ManifestObject): number {
  const { maxUnavailable, minAvailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) return podCountOf(maxUnavailable, ALL) ?? ALL;
  return ALL - (podCountOf(minAvailable, ALL) ?? 0);
}

/** A disruption budget that keeps fewer pods. One of pods that are gone too kept nobody. */
export function budgetMarks({ before, after }: Change, cluster: ClusterIndex): Mark[] {
  if (before?.kind !== 'PodDisruptionBudget') return [];
  const { namespace = 'default' } = before.metadata;
  const kept = cluster.podsIn(namespace).filter(({ labels }) => selects(before.spec?.selector, labels));
  if (kept.length === 0) return [];
  const whose = kept.map(({ name }) => name).join(', ');
  if (after === undefined) {
    return [{ risk: 'budget', message: `a drained node may take all pods of ${whose} at once` }];
  }
  const left = cluster.podsIn(namespace).filter(({ labels }) => selects(after.spec?.selector, labels));
  const lost = kept.filter((pod) => !left.includes(pod));
  if (lost.length > 0) {
    return [{ risk: 'budget', message: `no longer keeps pods of ${lost.map(({ name }) => name).join(', ')}` }];
  }
  return mostUnavailable(after) > mostUnavailable(before)
    ? [{ risk: 'budget', message: `more pods of ${whose} may be away at once` }]
    : [];
}
