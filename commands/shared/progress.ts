import type { ManifestObject } from '../../lib/manifests/object';

/** Parts of objects as a cluster has them. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Live = any;

/** How far an object has come. */
export interface State {
  readonly text: string;
  readonly done: boolean;
  /** It will not be done any more. */
  readonly failed: boolean;
}

/** Reasons of a waiting container that only a change by hand resolves. */
const STUCK = /^(ImagePullBackOff|ErrImagePull|InvalidImageName|CrashLoopBackOff|CreateContainerConfigError)$/;

/** What keeps pods from being well, each reason once. */
function reasonsOf(pods: readonly Live[]): string {
  const reasons = pods.flatMap(({ status }) => {
    const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
    const waiting = statuses.flatMap(({ image, state }) => {
      const { reason = '' } = state?.waiting ?? {};
      return STUCK.test(reason) ? [/Image/.test(reason) ? `${reason} ${image}` : reason] : [];
    });
    const unscheduled = (status.conditions ?? []).filter(
      ({ type, status: is }: Live) => type === 'PodScheduled' && is === 'False',
    );
    return [...waiting, ...unscheduled.map(({ message }: Live) => message)];
  });
  return [...new Set(reasons)].join('; ');
}

function jobState({ status = {} }: Live, why: string): State {
  const is = (type: string) =>
    (status.conditions ?? []).some((one: Live) => one.type === type && one.status === 'True');
  if (is('Complete')) return { text: 'done', done: true, failed: false };
  if (is('Failed')) return { text: 'failed', done: false, failed: true };
  const tries = status.failed ? `, ${status.failed} tries failed` : '';
  return { text: `${status.active ? 'runs' : 'waits'}${tries}${why}`, done: false, failed: false };
}

/**
 * How far a workload or Job has come, or undefined for an object that has nowhere to go.
 *
 * @param live as the cluster has it
 * @param pods of its namespace
 */
export function stateOf(live: Live, pods: readonly Live[]): State | undefined {
  const { kind, spec, status = {}, metadata } = live as ManifestObject & { spec: Live; status: Live };
  if (!['Deployment', 'StatefulSet', 'Job'].includes(kind)) return undefined;
  const labels: [string, string][] = Object.entries(spec.selector.matchLabels);
  const own = pods.filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value));
  const reasons = reasonsOf(own);
  const why = reasons === '' ? '' : ` (${reasons})`;
  if (kind === 'Job') return jobState(live, why);
  const wanted = spec.replicas ?? 1;
  const ready = Math.min(status.updatedReplicas ?? 0, status.readyReplicas ?? 0);
  const seen = (status.observedGeneration ?? 0) >= (metadata as Live).generation;
  // Old pods that are not gone yet still answer.
  const done = seen && ready >= wanted && (status.replicas ?? 0) === wanted;
  return { text: done ? 'ready' : `${seen ? ready : 0} of ${wanted} ready${why}`, done, failed: false };
}
