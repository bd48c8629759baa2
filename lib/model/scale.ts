import type { SecretKey } from './secret';

/**
 * The number of replicas: fixed (`replicas`), set by a HorizontalPodAutoscaler (`max`, with at least one of `cpu` and `memory`), or by KEDA
 * (`max` and `queue`, with or without the others).
 *
 * @example
 * scale: { replicas: 2 }
 * scale: { min: 2, max: 10, cpu: 70 }
 * scale: { min: 0, max: 20, queue: { name: 'render', messages: 50, vhost: '/', api: { secret, key: 'API' } } }
 */
export interface Scale {
  /** @default 1, unless `max` is set */
  readonly replicas?: number | undefined;
  /** The smallest number of replicas of the autoscaler; 0 only with `queue`. @default 1 */
  readonly min?: number | undefined;
  /** The largest number of replicas of the autoscaler. @default - no autoscaler */
  readonly max?: number | undefined;
  /** Target of the mean CPU usage, in % of the request. @default - CPU usage does not scale */
  readonly cpu?: number | undefined;
  /** Target of the mean memory usage, in % of the request. @default - memory usage does not scale */
  readonly memory?: number | undefined;
  /** Scales by the length of a queue. @default - no queue scales */
  readonly queue?: QueueTrigger | undefined;
}

/** A queue of RabbitMQ whose length sets the number of replicas. Source: keda.sh, RabbitMQ Queue. */
export interface QueueTrigger {
  /** The name of the queue. */
  readonly name: string;
  /** Its virtual host. */
  readonly vhost: string;
  /** The number of messages of each pod: those that wait, and those that are at work. */
  readonly messages: number;
  /** The URL of RabbitMQ's HTTP API, with user and password. AMQP would not count the messages that are at work. */
  readonly api: SecretKey;
}

/** The number of replicas that there always are. */
export function leastReplicas({ replicas, min = 1 }: Scale): number {
  return replicas ?? min;
}
