import type { Connection } from './connection';

/** How pods are placed on a cluster. */
export interface Placement {
  /**
   * What the scheduler does when it cannot spread pods evenly over zones: leave the pod pending, or place it anyway.
   * Source: kubernetes.io, Pod Topology Spread Constraints, whenUnsatisfiable.
   */
  readonly acrossZones: 'DoNotSchedule' | 'ScheduleAnyway';
  /** The names of the Secrets with the credentials of private registries. */
  readonly imagePullSecrets: readonly string[];
  /** Whether the platform makes the PriorityClasses; then pods use them. @default false */
  readonly priorityClasses?: boolean;
}

/** Quantities by resource, as Kubernetes has them: `{ cpu: '2', memory: '4Gi' }`. */
export type Quantities = Readonly<Record<string, string | undefined>>;

/** What a namespace may hold. Source: kubernetes.io, Resource Quotas; Limit Ranges. */
export interface NamespaceBounds {
  /** The most of all objects together: `{ 'requests.cpu': '20' }`. @default - no bound */
  readonly quota?: Quantities | undefined;
  /** What each container may ask for. @default - no bound */
  readonly limits?:
    | {
        readonly min?: Quantities | undefined;
        readonly max?: Quantities | undefined;
        readonly default?: Quantities | undefined;
        readonly defaultRequest?: Quantities | undefined;
        readonly maxLimitRequestRatio?: Quantities | undefined;
      }
    | undefined;
}

/** Pods that no object of this project makes (an operator, its instances, Prometheus), but that policies and connections refer to. */
export interface ExternalPods {
  /** The system that they belong to, such as `prometheus`. */
  readonly system: string;
  readonly namespace: string;
  readonly name: string;
  /** The labels that select the pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly connectsTo: readonly Connection[];
}

/** An object that must exist before the system is applied. */
export interface PrerequisiteObject {
  readonly kind: string;
  readonly name: string;
  /** @default - it is cluster-scoped */
  readonly namespace?: string;
  /** The keys that a Secret or ConfigMap must have. @default - any */
  readonly keys?: readonly string[];
}

/**
 * The priority of pods when the cluster has too little room: `data` for databases and poolers, `serving` for what answers customers,
 * `background` for tasks that can wait. Source: kubernetes.io, Pod Priority and Preemption.
 */
export type Priority = 'data' | 'serving' | 'background';
