import { type Image, imageReference } from '../../base/image';
import { type Text, textOf, urlOf } from '../../model/address';
import type { Component } from '../../model/component';
import { to } from '../../model/connection';
import type { Health } from '../../model/container';
import type { System } from '../../model/system';
import { type Task, task } from '../../model/task';
import { Duration } from '../../model/units';
import script from './smoke.sh';

/** The name of the Job. */
export const SMOKE = 'smoke';

/** How long it waits for answers: without Argo CD it starts together with the workloads. */
const WAIT = Duration.minutes(5);

/** How long the last attempt at a target may take, after that time. */
const LAST_ATTEMPT = Duration.seconds(13);

const RETRIES = 1;

/** How long it may take where no target answers, with the time to start its pods. */
function deadlineOf(targets: readonly Target[]): Duration {
  const once = WAIT.toSeconds() + targets.length * LAST_ATTEMPT.toSeconds();
  return Duration.seconds((1 + RETRIES) * once + 60);
}

/** A component whose health path its Service leads to. */
interface Target {
  readonly component: Component;
  readonly health: Extract<Health, { readonly http: string }>;
}

function targetsOf({ components }: Pick<System, 'components'>): Target[] {
  return components.flatMap((component) => {
    const [{ probes, ports }] = component.containers;
    const health = probes?.health;
    if (health === undefined || !('http' in health)) return [];
    const port = ports.find(({ name }) => name === (health.port ?? ports[0]?.name));
    return port?.service === undefined ? [] : [{ component, health }];
  });
}

/** A line of what is asked. It names the image, so that a new release has a new Job. */
function lineOf({ component, health: { http, port, headers = {} } }: Target): Text {
  const url = urlOf(component, { path: http, ...(port !== undefined && { port }) });
  const more = Object.entries(headers).map(([header, value]) => `\t${header}: ${value}`);
  const [{ image }] = component.containers;
  return textOf(`${component.name}\t${imageReference(image)}\t`, url, ...more);
}

/**
 * A Job that asks the health path of each Service of a system after it was deployed, through the policies and Services that clients use.
 *
 * @param image one with a shell and wget, as BusyBox has them
 * @returns undefined where no component has a health path that a Service leads to
 */
export function smoke(system: Pick<System, 'name' | 'components'>, image: Image): Task | undefined {
  const targets = targetsOf(system);
  const [first] = targets;
  if (first === undefined) return undefined;
  const lines = targets.flatMap((target, index) => [...(index > 0 ? ['\n'] : []), lineOf(target)]);
  return task({
    system: system.name,
    namespace: first.component.namespace,
    name: SMOKE,
    about: 'asks each health path after a sync',
    stage: 'verification',
    deadline: deadlineOf(targets),
    retries: RETRIES,
    connectsTo: targets.map(({ component, health }) => to(component, health.port)),
    containers: [
      {
        name: 'smoke',
        image,
        command: ['/bin/sh', '-c', script],
        env: { TARGETS: textOf(...lines), WAIT_SECONDS: String(WAIT.toSeconds()) },
        scratch: [],
        resources: { cpu: { request: '10m', limit: '200m' }, memory: { request: '16Mi', limit: '32Mi' } },
      },
    ],
  });
}

/** The system with this Job. */
export function withSmoke(system: System, image: Image): System {
  const job = smoke(system, image);
  return job === undefined ? system : { ...system, tasks: [...system.tasks, job] };
}
