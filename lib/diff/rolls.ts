import type { ClusterIndex } from '../checks/cluster/cluster-index';
import { asStatefulSet, isRabbitmqCluster } from '../checks/cluster/rabbitmq';
import { autoscalersByTarget, boundsOf } from '../checks/cluster/workloads';
import type { Change } from '../manifests/change';
import { isSame } from '../manifests/fields';
import type { ManifestObject } from '../manifests/object';
import type { Mark } from './mark';
import { valuesAt } from './values';

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** `1 pod`, `3 to 20 pods` */
function showPodCount(workload: ManifestObject, autoscaler: ManifestObject | undefined): string {
  if (workload.kind === 'DaemonSet') return 'the pod of each node';
  if (autoscaler !== undefined) {
    const { least, most } = boundsOf(autoscaler);
    return `${least} to ${most} pods`;
  }
  const count = workload.spec?.replicas ?? 1;
  return count === 1 ? '1 pod' : `${count} pods`;
}

/** A note if a rollout leaves the workload without pods for a time, or an empty text. */
function interruptionNote({ kind, spec }: ManifestObject, autoscaled: boolean): string {
  if (kind === 'Deployment' && spec?.strategy?.type === 'Recreate') {
    return ', with an interruption: all old pods end before new ones start (Recreate)';
  }
  const single = !autoscaled && (spec?.replicas ?? 1) === 1;
  return kind === 'StatefulSet' && single ? ', with an interruption: its only pod ends before the new one starts' : '';
}

/** Parameters that PostgreSQL applies only at its start. Source: postgresql.org, Server Configuration. */
const START_PARAMETERS =
  /^(max_(connections|worker_processes|wal_senders|replication_slots|prepared_transactions|locks_per_transaction)|shared_(buffers|preload_libraries|memory_type)|huge_pages|wal_(level|buffers)|hot_standby|track_commit_timestamp)$/;

/** Fields of a CloudNativePG Cluster that restart its instances. Source: cloudnative-pg.io, Rolling Updates, PostgreSQL Configuration. */
const RESTARTING_FIELDS = [
  'imageName',
  'resources',
  'env',
  'envFrom',
  'affinity',
  'topologySpreadConstraints',
  'projectedVolumeTemplate',
];

function instanceRestartMarks(change: Change): Mark[] {
  const spec = valuesAt(change, 'spec');
  const fields = RESTARTING_FIELDS.filter((field) => !isSame(spec.before?.[field], spec.after?.[field]));
  const parameters = valuesAt(change, 'spec.postgresql.parameters');
  const names = new Set([...Object.keys(parameters.before ?? {}), ...Object.keys(parameters.after ?? {})]);
  const atStart = [...names].filter(
    (name) => START_PARAMETERS.test(name) && parameters.before?.[name] !== parameters.after?.[name],
  );
  const why = [...fields, ...atStart];
  if (why.length === 0) return [];
  const { instances = 1 } = spec.after ?? {};
  const message = `${instances} instances of ${change.after?.metadata.name} restart one after the other, the primary last, because of ${why.join(', ')}`;
  return [{ risk: 'rolls', message }];
}

/** The rollout that a change triggers. */
export function rolloutMarks(change: Change, cluster: ClusterIndex): Mark[] {
  const { before, after } = change;
  if (before === undefined || after === undefined) return [];
  if (isRabbitmqCluster(after))
    return rolloutMarks({ ...change, before: asStatefulSet(before), after: asStatefulSet(after) }, cluster);
  if (after.kind === 'Cluster') return instanceRestartMarks(change);
  if (!WORKLOADS.includes(after.kind) || after.spec?.updateStrategy?.type === 'OnDelete') return [];
  const template = valuesAt(change, 'spec.template');
  if (isSame(template.before, template.after)) return [];
  const autoscaler = autoscalersByTarget(cluster).get(after);
  const message = `${showPodCount(after, autoscaler)} of ${after.metadata.name}${interruptionNote(after, autoscaler !== undefined)}`;
  return [{ risk: 'rolls', message }];
}

/** A new or replaced Job, which runs when the change is applied. */
export function jobRunMarks({ before, after }: Change): Mark[] {
  if (after?.kind !== 'Job' || before?.metadata.name === after.metadata.name) return [];
  const message = before === undefined ? 'a new Job' : 'a Job with new content has a new name';
  return [{ risk: 'runs', message }];
}
