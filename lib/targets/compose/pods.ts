import type { Component } from '../../model/component';
import type { Connection } from '../../model/connection';
import type { Container } from '../../model/container';
import { leastReplicas } from '../../model/scale';
import type { Stage } from '../../model/stage';
import type { System } from '../../model/system';
import type { Schedule, Task } from '../../model/task';

/** A volume that keeps data, and where a pod has it. */
export interface DataVolume {
  readonly claim: string;
  readonly path: string;
  readonly readOnly?: boolean | undefined;
  /** The group that it belongs to, where tasks of several users write to it. @default - the user of the pod */
  readonly group?: number | undefined;
}

/** What runs on Kubernetes in one pod: a component, or a task, which ends. In compose, each of its containers is a service. */
export interface Pod {
  readonly name: string;
  readonly stage: Stage;
  readonly user: number;
  readonly group: number;
  /** The containers that run to their end before the others start, in their order. */
  readonly init: readonly Container[];
  /** The first one has the name of the pod. */
  readonly containers: readonly [Container, ...Container[]];
  readonly volumes: readonly DataVolume[];
  readonly connectsTo: readonly Connection[];
  /** How many run at the same time. */
  readonly replicas: number;
  /** How long it may take to end, in seconds. */
  readonly grace: number;
  readonly component?: Component;
  readonly task?: Task;
  /** The times at which a task runs. @default - at each start of the system */
  readonly schedule?: Schedule | undefined;
}

function ofComponent(component: Component): Pod {
  const { name, stage, user, group, init, sidecars, containers, storage, connectsTo, scale, shutdown } = component;
  const together = containers.length + sidecars.length > 1;
  return {
    name,
    stage,
    user,
    group,
    init,
    containers: [containers[0], ...sidecars, ...containers.slice(1)],
    volumes: storage.map(({ claim, path }) => ({ claim, path })),
    connectsTo,
    // Containers that share the network of another one can share that of one copy only.
    // What Kubernetes starts when there is something to do always runs here.
    replicas: together ? 1 : Math.max(1, leastReplicas(scale)),
    grace: shutdown.drainTimeout.toSeconds(),
    component,
  };
}

function ofTask(task: Task): Pod {
  const { name, stage, user, group, init, containers, volumes, connectsTo, gracePeriod, schedule } = task;
  return {
    name,
    stage,
    user,
    group,
    init,
    containers: containers as [Container, ...Container[]],
    volumes,
    connectsTo,
    replicas: 1,
    grace: gracePeriod.toSeconds(),
    task,
    schedule,
  };
}

/** The name of the service of a container. */
export function serviceName(pod: Pod, container: Container): string {
  return container === pod.containers[0] ? pod.name : `${pod.name}-${container.name}`;
}

/** The services that compose files have besides those of a system. */
const OWN_SERVICES = ['prepare', 'proxy', 'prometheus', 'grafana'];

/**
 * The pods of a system.
 *
 * @throws when two services would have one name
 */
export function podsOf({ components, tasks }: Pick<System, 'components' | 'tasks'>): Pod[] {
  const pods = [...components.map(ofComponent), ...tasks.map(ofTask)];
  const own = pods.flatMap((pod) => [...pod.init, ...pod.containers].map((one) => serviceName(pod, one)));
  const names = [...OWN_SERVICES, ...own];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new Error(`two services of compose would be named ${twice}`);
  return pods;
}

/** The pod that a connection leads to. @returns undefined where it leads out of the system */
export function targetOf({ to }: Connection, pods: readonly Pod[]): Pod | undefined {
  return typeof to === 'string'
    ? undefined
    : pods.find(({ name, component }) => name === to.name && component !== undefined);
}
