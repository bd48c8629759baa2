import type { Environment } from '../../lib/config/environment';
import { type Component, type ComponentProps, component } from '../../lib/model/component';
import { Config } from '../../lib/model/config';
import type { ContainerProps, Probes } from '../../lib/model/container';
import { type Task, task } from '../../lib/model/task';
import { Duration, Size } from '../../lib/model/units';
import { metricsOf, toDuration } from '../../lib/parts/monitoring/monitoring';
import { type Addresses, configOf, credentialsOf, MEANINGS, namespaceOf, SYSTEM, variablesOf } from './configuration';
import { type Database, databaseVolume, filesVolume } from './data';
import { FILES_FOLDER, type Process, type ProcessName, processesOf } from './processes';
import checkKey from './scripts/check-key.sh';
import type { EphitupConfig } from './settings';
import { SUPERVISOR, stopSeconds, supervisorConfig } from './supervisor';

/** What the workloads share in one environment. */
export interface Application {
  readonly environment: Environment;
  readonly settings: EphitupConfig;
  readonly processes: Readonly<Record<ProcessName, Process>>;
  /** The variables of some processes. */
  readonly env: (...of: readonly Process[]) => NonNullable<ContainerProps['env']>;
}

/** Whom a workload connects to, and where the edge exposes it: `system.ts` says it. */
type Arrows = Pick<ComponentProps, 'connectsTo' | 'exposed'>;

/** The processes and their variables, with the addresses of the shape. */
export function applicationOf(environment: Environment, settings: EphitupConfig, addresses: Addresses): Application {
  const config = configOf(environment, settings, addresses);
  const secret = credentialsOf(environment, settings);
  const env = (...of: readonly Process[]) =>
    variablesOf(
      of.flatMap(({ needs }) => needs),
      config,
      secret,
    );
  return { environment, settings, processes: processesOf(settings), env };
}

/** Three minutes without an answer restart the pod; one minute takes it out of the Service. A start may take up to 15 minutes. */
function probes(http: string): Probes {
  return {
    health: { http },
    startup: { period: 10, timeout: 10, failures: 90 },
    liveness: { period: 30, timeout: 10, failures: 6 },
    readiness: { period: 10, timeout: 10, failures: 6 },
  };
}

const TMP = { path: '/tmp', size: Size.gibibytes(1) };

/** Who use more than one pod can serve, by the seed, "When to Consider". */
const MOST_USERS = 1000;

const GROW = `More than ${MOST_USERS} people, or processes that need to be scaled apart, are the time for shape: split (charts/ephitup/README.md).`;

/** The advice of synth, where the settings say that the shape single is too small. */
export function noticesOf({ shape, app }: EphitupConfig): string[] {
  const { users = 0 } = app;
  return shape === 'single' && users > MOST_USERS ? [`given app.users: ${users} and shape: single. ${GROW}`] : [];
}

/**
 * The shape single: one pod with all four processes under supervisord, and both volumes. Only the frontend's port is in a Service. Its
 * probes ask the API through the frontend, so they fail when one of both does; the other processes end the pod by supervisord's listener.
 */
export function onePod(app: Application, arrows: Arrows): Component {
  const { environment, settings, processes, env } = app;
  const { single, monitoring } = settings;
  const files = filesVolume(settings);
  return component({
    system: SYSTEM,
    namespace: namespaceOf(environment),
    name: 'ephitup',
    about: 'frontend, API, worker and SurrealDB under supervisord',
    from: 'single',
    image: settings.app,
    command: ['/bin/sh', '-c', `rm -f /tmp/migrated && exec supervisord -c ${SUPERVISOR}/supervisord.conf`],
    ports: {
      http: processes.frontend.port as number,
      api: { port: processes.api.port as number, service: 'none' },
      database: { port: processes.database.port as number, service: 'none' },
    },
    scale: { replicas: 1 },
    resources: single,
    probes: probes(settings.app.health),
    env: { ...env(...Object.values(processes)), MIGRATION: settings.migrations.command },
    meanings: MEANINGS,
    mounts: [{ path: SUPERVISOR, from: supervisorConfig(environment, processes) }],
    scratch: [TMP, ...(processes.frontend.scratch ?? [])],
    // There is no second replica to take over, hence no delay.
    shutdown: { preStopDelay: Duration.seconds(0), drainTimeout: Duration.seconds(stopSeconds(processes)) },
    user: settings.app.user,
    root: single.root,
    storage: [databaseVolume(settings), ...(files ? [files] : [])],
    metrics: metricsOf(monitoring),
    p95: toDuration(monitoring.p95.frontend),
    outgrown: GROW,
    ...arrows,
  });
}

/** What the Deployments of the shape split have in common: the command, the port and the variables of one process. */
function processOf(app: Application, name: 'api' | 'worker' | 'frontend', about: string): ComponentProps {
  const { environment, settings, processes, env } = app;
  const { [name]: process } = processes;
  const { own, scale, cpu, memory } = settings.split[name];
  return {
    system: SYSTEM,
    namespace: namespaceOf(environment),
    name,
    about,
    from: `split.${name}`,
    image: own ?? settings.app,
    command: process.command,
    ...(process.port !== undefined && { ports: { http: process.port } }),
    scale,
    resources: { cpu, memory },
    env: { ...env(process), ...process.own },
    meanings: MEANINGS,
    scratch: [TMP, ...(process.scratch ?? [])],
    shutdown: { drainTimeout: process.stop },
    user: settings.app.user,
  };
}

/** The volume of the files, or a folder in each pod for what need not outlive it. */
function filesOf(
  { settings }: Application,
  { scratch = [] }: ComponentProps,
  shared: boolean,
): Partial<ComponentProps> {
  const files = filesVolume(settings);
  if (files !== undefined) return { storage: [{ ...files, shared }] };
  return { scratch: [...scratch, { path: FILES_FOLDER, size: Size.gibibytes(5) }] };
}

/** The API. */
export function apiService(app: Application, arrows: Arrows): Component {
  const { settings } = app;
  const props = processOf(app, 'api', 'the API');
  return component({
    ...props,
    ...filesOf(app, props, false),
    probes: probes(settings.app.health),
    metrics: metricsOf(settings.monitoring),
    p95: toDuration(settings.monitoring.p95.api),
    ...arrows,
  });
}

/** The worker: it finishes its job after SIGTERM, and needs no delay before, since it has no port. */
export function workerService(app: Application, arrows: Arrows): Component {
  const props = processOf(app, 'worker', 'makes podcasts');
  const shutdown = { ...props.shutdown, preStopDelay: Duration.seconds(0) };
  return component({ ...props, ...filesOf(app, props, true), shutdown, ...arrows });
}

/** The frontend. */
export function frontendService(app: Application, arrows: Arrows): Component {
  const p95 = toDuration(app.settings.monitoring.p95.frontend);
  return component({ ...processOf(app, 'frontend', 'the user interface'), probes: probes('/'), p95, ...arrows });
}

/** The migrations of the shape split: one Job, which first checks that the key of the stored keys is still the same. */
export function migrations(app: Application, { connection, endpoint }: Database): Task {
  const { environment, settings, processes, env } = app;
  const namespace = namespaceOf(environment);
  const { cpu, memory, command } = settings.migrations;
  const secret = credentialsOf(environment, settings);
  return task({
    system: SYSTEM,
    namespace,
    name: 'migrations',
    from: 'migrations',
    purpose: 'migrations',
    stage: 'migrations',
    user: settings.app.user,
    deadline: Duration.minutes(30),
    connectsTo: [connection],
    init: [
      {
        name: 'check-key',
        image: settings.database,
        command: ['/bin/sh', '/etc/berth/scripts/check-key.sh'],
        env: {
          SURREAL: '/surreal',
          SURREAL_ENDPOINT: endpoint,
          ...secret.pick('SURREAL_USER', 'SURREAL_PASS', 'FERNET_SECRET_KEY'),
        },
        mounts: [
          { path: '/etc/berth/scripts', from: new Config(namespace, 'check-key', { 'check-key.sh': checkKey }) },
        ],
        resources: { cpu: { request: '50m', limit: '500m' }, memory: { request: '64Mi', limit: '256Mi' } },
      },
    ],
    containers: [
      {
        name: 'migrations',
        image: settings.split.api.own ?? settings.app,
        command: ['/bin/sh', '-c', command],
        env: env(processes.api),
        meanings: MEANINGS,
        resources: { cpu, memory },
      },
    ],
  });
}
