import type { Connection } from './connection';
import { type Container, type ContainerProps, container } from './container';
import type { ExternalPods, Priority } from './kubernetes';
import type { Stage } from './stage';
import { Duration } from './units';

/** The schedule of a CronJob. */
export interface Schedule {
  /** Five cron fields. */
  readonly cron: string;
  /** The IANA name of the time zone of these fields. @default Etc/UTC */
  readonly timeZone?: string;
  /** What happens when a run is due while the last one still runs: it is skipped, both run, or the last one is ended. @default forbid */
  readonly overlap?: 'forbid' | 'allow' | 'replace';
  /** How late a run may start; a later one is skipped. @default 1 h */
  readonly startWithin?: Duration;
  /** How many finished Jobs of each kind, successful and failed, are kept. @default 3 */
  readonly keep?: number;
  /** Whether it only runs when a person starts it: `kubectl create job --from=cronjob/…`. @default false */
  readonly suspended?: boolean;
}

/** A volume that a task mounts in all of its containers, besides the component whose volume it is. */
export interface TaskVolume {
  /** The name of the PersistentVolumeClaim; the system need not describe it, but then it has to exist before. */
  readonly claim: string;
  readonly path: string;
  /** @default false */
  readonly readOnly?: boolean;
  /**
   * The group that the volume is handed to, where tasks of several users write to it: a task is a member of it, if all of its volumes
   * have the same. @default - the user of the task
   */
  readonly group?: number;
  /** The component whose running pod mounts it as well: the task runs on the same node. @default - any node */
  readonly with?: Pick<TaskProps, 'system' | 'name'>;
}

/** The kinds of tasks whose failure is an alert. */
export type Purpose = 'backup' | 'restore-drill' | 'provisioning' | 'migrations';

/** What a backup tells a Prometheus Pushgateway: when each database was last dumped. */
export interface Ages {
  /** The pods of the Pushgateway. */
  readonly pods: ExternalPods;
  /** The value of the label `task` of its series, which no other task in the cluster has. */
  readonly task: string;
  /** The names of the servers of the databases: the values of the label `server`. */
  readonly servers: readonly string[];
}

/** Everything that is known of one workload that runs to completion: a Job, or with a schedule a CronJob. */
export interface TaskProps {
  /** The system that it belongs to: the value of its `app` label. */
  readonly system: string;
  readonly namespace: string;
  /** The value of its `component` label, and the name of a CronJob. The name of a Job ends with a hash of its content. */
  readonly name: string;
  /** What the task does, in a few words. @default - no description */
  readonly about?: string;
  /** The path of its setting in the environment file, such as `migrations`. @default - it has no setting */
  readonly from?: string;
  /** Init containers: each runs to completion, in this order. @default - none */
  readonly init?: readonly ContainerProps[];
  /** The containers, which run at the same time. */
  readonly containers: readonly ContainerProps[];
  /** @default - a Job, which runs once for each change of its content */
  readonly schedule?: Schedule;
  /** @default - its failure is not an alert */
  readonly purpose?: Purpose;
  /** For a backup: the ages of its dumps, of which there is an alert by database. @default - they are not known */
  readonly ages?: Ages | undefined;
  /** For a backup: the largest age of its last success that is no alert. @default - a day and its deadline */
  readonly maxAge?: Duration | undefined;
  /** The time after which it is stopped as failed, all retries included. */
  readonly deadline: Duration;
  /** The number of retries after a failure. @default 3 */
  readonly retries?: number;
  /** How long its containers may take to stop after SIGTERM. @default 30 s */
  readonly gracePeriod?: Duration;
  /** The numeric user of all containers. @default 10001 */
  readonly user?: number;
  /** Their numeric group. @default - the number of the user */
  readonly group?: number;
  /** The reason why its containers run as root, in a few words; `user` is 0 then. @default - they do not */
  readonly root?: string | undefined;
  /** The reason why the root file system of some of its containers is writable, in a few words. @default - they are read-only */
  readonly writableRoot?: string | undefined;
  /** @default - none */
  readonly volumes?: readonly TaskVolume[];
  /** The AWS role that its ServiceAccount assumes, whose trust policy has to name it. @default - none */
  readonly awsRole?: string | undefined;
  /** All of its outgoing connections. @default - none, not even to DNS */
  readonly connectsTo?: readonly Connection[];
  /** @default workloads */
  readonly stage?: Stage;
  /** The priority of its pods when the cluster has too little room. @default serving */
  readonly priority?: Priority;
}

/** A task with its defaults filled in. */
export interface Task
  extends Required<
      Omit<
        TaskProps,
        | 'about'
        | 'from'
        | 'schedule'
        | 'purpose'
        | 'ages'
        | 'maxAge'
        | 'root'
        | 'writableRoot'
        | 'awsRole'
        | 'init'
        | 'containers'
      >
    >,
    Pick<
      TaskProps,
      'about' | 'from' | 'schedule' | 'purpose' | 'ages' | 'maxAge' | 'root' | 'writableRoot' | 'awsRole'
    > {
  readonly init: readonly Container[];
  readonly containers: readonly Container[];
}

/**
 * Describes a workload that runs to completion, with its defaults filled in.
 *
 * @example
 * const cleanup = task({
 *   system: 'shop', namespace: 'shop-prod', name: 'cleanup',
 *   containers: [{ name: 'cleanup', image, resources, args: ['cleanup'] }],
 *   schedule: { cron: '0 3 * * *' },
 *   deadline: Duration.hours(1),
 * });
 *
 * @throws when the probes of a container name a port that it does not have
 */
export function task(props: TaskProps): Task {
  const user = props.root === undefined ? (props.user ?? 10001) : 0;
  return {
    retries: 3,
    gracePeriod: Duration.seconds(30),
    volumes: [],
    connectsTo: [],
    stage: 'workloads',
    priority: 'serving',
    ...props,
    user,
    group: props.group ?? user,
    init: (props.init ?? []).map(container),
    containers: props.containers.map(container),
  };
}
