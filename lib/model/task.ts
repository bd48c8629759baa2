import type { Connection } from './connection';
import { type Container, type ContainerProps, container } from './container';
import type { Priority } from './kubernetes';
import type { Stage } from './stage';
import { Duration } from './units';

/** When a task runs, again and again. */
export interface Schedule {
  /** Five fields, in UTC. */
  readonly cron: string;
  /** Only people start it: `kubectl create job --from=cronjob/…`. @default false */
  readonly suspended?: boolean;
}

/** What somebody has to hear of when it fails. */
export type Purpose = 'backup' | 'restore-drill' | 'migrations';

/** Each fact of something that runs to its end, once: a Job, or with a schedule a CronJob. */
export interface TaskProps {
  /** The system that it belongs to: the value of its `app` label. */
  readonly system: string;
  readonly namespace: string;
  /** The value of its `component` label. A Job's own name has a hash of its content at its end. */
  readonly name: string;
  /** What it is for, in a few words. @default - its name says enough */
  readonly about?: string;
  /** The path of the setting that it comes from, as `migrations`. @default - it has none of its own */
  readonly from?: string;
  /** What runs before, one after the other. @default - nothing */
  readonly init?: readonly ContainerProps[];
  /** What runs, all at once. */
  readonly containers: readonly ContainerProps[];
  /** @default - once: at each change of its content */
  readonly schedule?: Schedule;
  /** @default - none: its failure is no alert of its own */
  readonly purpose?: Purpose;
  /** After which it is ended as failed. */
  readonly deadline: Duration;
  /** How often it is tried again. @default 3 */
  readonly retries?: number;
  /** How long it may take to end when it is told to. @default 30 s */
  readonly gracePeriod?: Duration;
  /** The numeric user and group that it runs as. @default 10001 */
  readonly user?: number;
  /** @default - none: it opens no connections, DNS included */
  readonly connectsTo?: readonly Connection[];
  /** When it is applied. @default workloads */
  readonly stage?: Stage;
  /** Whether its pods come first where there is no room for all. @default serving */
  readonly priority?: Priority;
}

/** A task with its defaults filled in. */
export interface Task
  extends Required<Omit<TaskProps, 'about' | 'from' | 'schedule' | 'purpose' | 'init' | 'containers'>>,
    Pick<TaskProps, 'about' | 'from' | 'schedule' | 'purpose'> {
  readonly init: readonly Container[];
  readonly containers: readonly Container[];
}

/** Fills in the defaults of a task. */
export function task(props: TaskProps): Task {
  return {
    retries: 3,
    gracePeriod: Duration.seconds(30),
    user: 10001,
    connectsTo: [],
    stage: 'workloads',
    priority: 'serving',
    ...props,
    init: (props.init ?? []).map(container),
    containers: props.containers.map(container),
  };
}
