import type { ClusterIndex } from '../checks/cluster/cluster-index';
import { autoscalersByTarget } from '../checks/cluster/workloads';
import type { ManifestObject } from '../manifests/object';
import { type Change, valuesAt } from './change';
import { isSame } from './fields';
import type { Mark } from './mark';

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** `1 pod`, `3 to 20 pods` */
function showPodCount(workload: ManifestObject, autoscaler: ManifestObject | undefined): string {
  if (workload.kind === 'DaemonSet') return 'the pod of each node';
  if (autoscaler !== undefined) {
    const { minReplicas = 1, maxReplicas } = autoscaler.spec ?? {};
    return `${minReplicas} to ${maxReplicas} pods`;
  }
  const count = workload.spec?.replicas ?? 1;
  return count === 1 ? '1 pod' : `${count} pods`;
}

/** Whether there are moments without a pod. */
function interruptionNote({ kind, spec }: ManifestObject, autoscaled: boolean): string {
  if (kind === 'Deployment' && spec?.strategy?.type === 'Recreate') {
    return ', an interruption: all of them end before new ones start (Recreate)';
  }
  const single = !autoscaled && (spec?.replicas ?? 1) === 1;
  return kind === 'StatefulSet' && single ? ', an interruption: its only pod ends before the new one starts' : '';
}

/** Parameters that PostgreSQL reads at its start alone. Source: postgresql.org, Server Configuration. */
const AT_START =
  /^(max_(connections|worker_processes|wal_senders|replication_slots|prepared_transactions|locks_per_transaction)|shared_(buffers|preload_libraries|memory_type)|huge_pages|wal_(level|buffers)|hot_standby|track_commit_timestamp)$/;

/** What of a CloudNativePG Cluster its operator restarts instances for. Source: cloudnative-pg.io, Rolling Updates, PostgreSQL Configuration. */
const OF_INSTANCES = [
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
  const fields = OF_INSTANCES.filter((field) => !isSame(spec.before?.[field], spec.after?.[field]));
  const parameters = valuesAt(change, 'spec.postgresql.parameters');
  const names = new Set([...Object.keys(parameters.before ?? {}), ...Object.keys(parameters.after ?? {})]);
  const atStart = [...names].filter(
    (name) => AT_START.test(name) && parameters.before?.[name] !== parameters.after?.[name],
  );
  const why = [...fields, ...atStart];
  if (why.length === 0) return [];
  const { instances = 1 } = spec.after ?? {};
  const message = `${instances} instances of ${change.after?.metadata.name}, one after the other and the primary last, restart for ${why.join(', ')}`;
  return [{ risk: 'rolls', message }];
}

/** The pods that a change replaces. */
export function rolloutMarks(change: Change, cluster: ClusterIndex): Mark[] {
  const { before, after } = change;
  if (before === undefined || after === undefined) return [];
  if (after.kind === 'Cluster') return instanceRestartMarks(change);
  if (!WORKLOADS.includes(after.kind) || after.spec?.updateStrategy?.type === 'OnDelete') return [];
  const template = valuesAt(change, 'spec.template');
  if (isSame(template.before, template.after)) return [];
  const autoscaler = autoscalersByTarget(cluster).get(after);
  const message = `${showPodCount(after, autoscaler)} of ${after.metadata.name}${interruptionNote(after, autoscaler !== undefined)}`;
  return [{ risk: 'rolls', message }];
}

/** A Job that is new, or another one. */
export function jobRunMarks({ before, after }: Change): Mark[] {
  if (after?.kind !== 'Job' || before?.metadata.name === after.metadata.name) return [];
  const message = before === undefined ? 'a Job that was not there' : 'another content is another Job';
  return [{ risk: 'runs', message }];
}
