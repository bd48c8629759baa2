import type { Kubectl } from '../../commands/shared/kubectl';
import type { ManifestObject } from '../../lib/manifests/object';
import type { Any } from '../support';
import { eventually } from './cluster';

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** The timeout for ready pods and completed Jobs, in seconds. */
const READY_TIMEOUT = 180;

/** `deployment/chat-api` */
export function nameOf({ kind, metadata }: ManifestObject): string {
  return `${kind.toLowerCase()}/${metadata.name}`;
}

/** The namespaces of objects. */
export function namespacesOf(objects: readonly ManifestObject[]): string[] {
  return objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
}

/** The pod template of a workload, Job or CronJob, or undefined. */
export function templateOf({ spec }: ManifestObject): Any | undefined {
  const { template, jobTemplate } = (spec ?? {}) as Any;
  return template ?? jobTemplate?.spec?.template;
}

/** Waits until workloads have all their replicas, autoscalers their minimum, and Jobs are complete. */
export async function becomeAvailable(kubectl: Kubectl, objects: readonly ManifestObject[], seconds = READY_TIMEOUT) {
  const timeout = `--timeout=${seconds}s`;
  const within = ({ metadata }: ManifestObject) => ['-n', metadata.namespace as string];
  await Promise.all(
    objects.map(async (object) => {
      const { kind, spec } = object;
      if (WORKLOADS.includes(kind)) {
        await kubectl.run('rollout', 'status', nameOf(object), ...within(object), timeout);
      } else if (kind === 'Job') {
        await kubectl.run('wait', '--for=condition=complete', nameOf(object), ...within(object), timeout);
      } else if (kind === 'HorizontalPodAutoscaler') {
        const { scaleTargetRef, minReplicas } = spec as Any;
        await eventually(seconds, async () => {
          const target = `${scaleTargetRef.kind}/${scaleTargetRef.name}`;
          const [{ status }] = await kubectl.get(target, ...within(object));
          if ((status.readyReplicas ?? 0) < minReplicas) {
            throw new Error(`${target} has ${status.readyReplicas} ready pods, expected ${minReplicas}`);
          }
        });
      }
    }),
  );
}

/** The pods that labels select, without terminating and completed ones. */
export async function podsOf(kubectl: Kubectl, namespace: string, labels: Readonly<Record<string, string>>) {
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const pods = await kubectl.get('pods', '-n', namespace, '-l', selector.join(','));
  return pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status.phase !== 'Succeeded' && status.phase !== 'Failed',
  );
}
