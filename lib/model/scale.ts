/**
 * The number of replicas: fixed (`replicas`), or set by a HorizontalPodAutoscaler (`max`, with at least one of `cpu`, `memory` and `queue`).
 *
 * @example
 * scale: { replicas: 2 }
 * scale: { min: 2, max: 10, cpu: 70 }
 */
export interface Scale {
  /** @default 1, unless `max` is set */
  readonly replicas?: number | undefined;
  /** The smallest number of replicas of the autoscaler. @default 1 */
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

/**
 * A queue whose length sets the number of replicas. An adapter in the cluster has to serve the metric by the external metrics API.
 * Source: kubernetes.io, Horizontal Pod Autoscaling, "Scaling on custom metrics".
 */
export interface QueueTrigger {
  /** The name of the external metric. */
  readonly metric: string;
  /** Labels that select its series. @default - all series */
  readonly labels?: Readonly<Record<string, string>>;
  /** Target number of waiting messages per pod. */
  readonly perPod: number;
}

/** The number of replicas that there always are. */
export function leastReplicas({ replicas, min = 1 }: Scale): number {
  return replicas ?? min;
}
