import { type Task, type TaskProps, task } from '../../lib/model/task';
import { Duration } from '../../lib/model/units';
import { connectionsOf } from './connections';
import { containerOf, helpersOf, userOf } from './containers';
import type { Application } from './context';
import { isServer } from './names';
import { chainsOf } from './order';
import type { ServiceConfig } from './settings';
import { Variables } from './variables';

/** How often a Job is tried again. Without Argo CD, those before a deployment start beside the database that they wait for. */
const RETRIES = { scheduled: 3, beforeDeploy: 6 };

/** The fields that all tasks of a service share. */
function common(app: Application, name: string, from: string, service: ServiceConfig) {
  return {
    system: app.name,
    namespace: app.namespace,
    name,
    from: `services.${from}`,
    deadline: Duration.seconds(service.timeout),
    ...userOf(app, service),
    writableRoot: service.allow.writableRoot,
  };
}

/** Never by itself: a person starts it. */
const BY_HAND = { cron: '0 0 1 1 *', suspended: true };

function scheduleOf({ schedule }: ServiceConfig): NonNullable<TaskProps['schedule']> {
  if (schedule === undefined) return BY_HAND;
  const { cron, zone, overlap, deadline, keep } = schedule;
  return { cron, timeZone: zone === 'UTC' ? 'Etc/UTC' : zone, overlap, keep, startWithin: Duration.seconds(deadline) };
}

/** A service that runs on a schedule, or when a person starts it. */
function scheduled(app: Application, name: string, service: ServiceConfig): Task {
  const variables = new Variables(app, name, service);
  return task({
    ...common(app, name, name, service),
    init: helpersOf(app, service.init, variables, 'once'),
    containers: [containerOf(app, name, service, variables)],
    retries: service.retries ?? RETRIES.scheduled,
    connectsTo: connectionsOf(app, service),
    schedule: scheduleOf(service),
    priority: 'background',
  });
}

/** Services that run before a deployment, one after the other: one Job, whose containers run in their order. */
function chained(app: Application, names: readonly string[]): Task {
  const steps = names.map((name) => {
    const service = app.settings.services[name] as ServiceConfig;
    const variables = new Variables(app, name, service);
    const containers = [...helpersOf(app, service.init, variables, 'once'), containerOf(app, name, service, variables)];
    return { name, service, containers, connectsTo: connectionsOf(app, service) };
  });
  const last = steps.at(-1) as (typeof steps)[number];
  const containers = steps.flatMap((step) => step.containers);
  const timeout = steps.reduce((sum, { service }) => sum + service.timeout, 0);
  return task({
    ...common(app, last.name, last.name, { ...last.service, timeout }),
    writableRoot: steps.map(({ service }) => service.allow.writableRoot).find((reason) => reason !== undefined),
    init: containers.slice(0, -1),
    containers: containers.slice(-1),
    retries: last.service.retries ?? RETRIES.beforeDeploy,
    connectsTo: steps.flatMap(({ connectsTo }) => connectsTo),
    stage: 'migrations',
  });
}

/** A Job with the image, the variables and the connections of a service, and a command of its own. */
function beside(
  app: Application,
  name: string,
  of: string,
  words: readonly string[],
  stage: NonNullable<TaskProps['stage']>,
): Task {
  const service = app.settings.services[of] as ServiceConfig;
  const variables = new Variables(app, of, service);
  return task({
    ...common(app, name, of, service),
    containers: [{ ...containerOf(app, of, service, variables, words), name }],
    retries: RETRIES.beforeDeploy,
    // It is without the other containers of the service, and so without their connections.
    connectsTo: connectionsOf(app, { ...service, init: {}, sidecars: {} }),
    stage,
  });
}

/** The Jobs and CronJobs of an application's services, and the Job that fills a developer's database. */
export function tasksOf(app: Application): Task[] {
  const { services, seedData } = app.settings;
  const runs = Object.entries(services).filter(([, one]) => !isServer(one) && one.runs !== 'before-deploy');
  const before = Object.entries(services).flatMap(([name, { beforeDeploy }]) =>
    beforeDeploy === undefined || beforeDeploy === 'none'
      ? []
      : [beside(app, `${name}-before-deploy`, name, beforeDeploy, 'migrations')],
  );
  return [
    ...chainsOf(services).map((names) => chained(app, names)),
    ...before,
    ...runs.map(([name, service]) => scheduled(app, name, service)),
    ...(seedData !== undefined && app.environment.development
      ? [beside(app, 'seed-data', seedData.service, seedData.command, 'workloads')]
      : []),
  ];
}
