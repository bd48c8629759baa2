import type { Connection } from './connection';

/** How pods are placed on a cluster. */
export interface Placement {
  /** Whether a pod waits when zones cannot be kept even, or goes where there is room. */
  readonly acrossZones: 'DoNotSchedule' | 'ScheduleAnyway';
  /** Secrets for private registries. */
  readonly imagePullSecrets: readonly string[];
  /** Whether the platform makes PriorityClasses, which pods then have. @default false */
  readonly priorityClasses?: boolean;
}

/** Pods that an operator makes, or is: no object of ours describes them, but policies and connections name them. */
export interface ExternalPods {
  readonly system: string;
  readonly namespace: string;
  readonly name: string;
  /** What selects them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly connectsTo: readonly Connection[];
}

/** Something besides Secrets that the cluster has already. */
export interface PrerequisiteObject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** The keys of a Secret or ConfigMap. @default - any */
  readonly keys?: readonly string[];
}

/**
 * Whose pods come first where there is no room for all: data and what leads to it, what serves customers, tasks that can wait.
 * Source: kubernetes.io, Pod Priority and Preemption.
 */
export type Priority = 'data' | 'serving' | 'background';
