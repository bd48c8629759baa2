import { STAGES } from '../../model/stage';
import { type Pod, serviceName, targetOf } from './pods';
import { PREPARE } from './prepare';

/** Source: docs.docker.com, Compose file reference, depends_on. */
export type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

/** What has to be before a service starts. */
export type Dependencies = Readonly<Record<string, { readonly condition: Condition }>>;

const rank = ({ stage }: Pod) => STAGES.indexOf(stage);

/** Whether a task runs at each start, and ends. */
function isOneShot({ task, schedule }: Pod): boolean {
  return task !== undefined && schedule === undefined;
}

/** What a pod's services have reached when the pod may be used: each container of a task has ended, the one of a component is healthy. */
function readyAs(pod: Pod): [string, { readonly condition: Condition }][] {
  if (pod.task !== undefined)
    return pod.containers.map((one) => [serviceName(pod, one), { condition: 'service_completed_successfully' }]);
  const condition = pod.containers[0].probes === undefined ? 'service_started' : 'service_healthy';
  return [[pod.name, { condition }]];
}

/**
 * The pods that each pod waits for: the tasks of earlier stages, and what it connects to. A task of a schedule waits for servers alone,
 * since `docker compose run` would start the other tasks again, and a backup that fails with a migration is none. Where two of one stage wait for each other, only
 * the first of them does: programs have to try again anyway when a server is away for a moment.
 */
export function orderOf(pods: readonly Pod[]): ReadonlyMap<Pod, readonly Pod[]> {
  const waits = new Map<Pod, Pod[]>(pods.map((pod) => [pod, []]));
  const reaches = (from: Pod, to: Pod): boolean =>
    from === to || (waits.get(from) as Pod[]).some((next) => reaches(next, to));
  for (const pod of pods) {
    const tasks = pod.schedule === undefined ? pods.filter((one) => isOneShot(one) && rank(one) < rank(pod)) : [];
    const servers = pod.connectsTo
      .flatMap((connection) => targetOf(connection, pods) ?? [])
      .filter((one) => rank(one) <= rank(pod));
    for (const before of new Set([...tasks, ...servers]))
      if (!reaches(before, pod)) (waits.get(pod) as Pod[]).push(before);
  }
  return waits;
}

/** What each container of a pod waits for, by its service. */
export function dependenciesOf(
  pod: Pod,
  before: readonly Pod[],
  isPrepared: (service: string) => boolean,
): ReadonlyMap<string, Dependencies> {
  const others = Object.fromEntries(before.flatMap(readyAs));
  const found = new Map<string, Dependencies>();
  const init: Record<string, { condition: Condition }> = {};
  for (const container of [...pod.init, ...pod.containers]) {
    const service = serviceName(pod, container);
    const [own] = pod.containers;
    found.set(service, {
      ...(isPrepared(service) && { [PREPARE]: { condition: 'service_completed_successfully' as const } }),
      ...others,
      ...init,
      ...(!pod.init.includes(container) &&
        container !== own && { [pod.name]: { condition: 'service_started' as const } }),
    });
    if (pod.init.includes(container)) init[service] = { condition: 'service_completed_successfully' };
  }
  return found;
}
