import type { PostgresCluster } from './cloudnative-pg/cluster';
import type { Component, Connection } from './component';
import type { Config } from './config-map';
import type { EdgeProps } from './edge/props';
import type { Secret } from './secrets/secret';
import type { Task } from './task';

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
export interface GivenPods {
  readonly system: string;
  readonly namespace: string;
  readonly name: string;
  /** What selects them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly connectsTo: readonly Connection[];
}

/** A component or task that holds connections to a database server. */
export interface DatabaseClient {
  /** Its name. */
  readonly name: string;
  /** How many each of its pods holds at the most. */
  readonly perPod: number;
  /** How `perPod` comes about, for people. */
  readonly because: string;
}

/** A database server or a pooler before it, and what connects to it. */
export interface DatabaseServer {
  /** For people. */
  readonly name: string;
  /** `max_connections`. */
  readonly maxConnections: number;
  /** Of these, kept for others than the clients. */
  readonly reserved: number;
  readonly clients: readonly DatabaseClient[];
}

/** Something besides Secrets that the cluster has already. */
export interface GivenObject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** The keys of a Secret or ConfigMap. @default - any */
  readonly keys?: readonly string[];
}

/** What a system is measured against, and where what watches it stands. */
export interface MonitoringProps {
  /** Of the alerts and the dashboard. */
  readonly namespace: string;
  /** How many of 100 requests are to be answered without an error. */
  readonly availability: number;
  /** The labels by which Grafana finds dashboards. */
  readonly dashboards: Readonly<Record<string, string>>;
  /** What a million tokens cost, in US$. @default - nobody knows */
  readonly prices?: { readonly input: number; readonly output: number } | undefined;
}

/** Everything that is known of a system in one environment, before it becomes objects. */
export interface System {
  readonly name: string;
  /** As applications say it: development, staging, production. */
  readonly environment: string;
  /** A developer's own cluster. */
  readonly development: boolean;
  readonly namespaces: readonly string[];
  readonly placement: Placement;
  readonly configs: readonly Config[];
  readonly secrets: readonly Secret[];
  readonly edge: EdgeProps;
  /**
   * How the issuer that the edge names answers, where the platform makes the issuers. @default - somebody else made it, and it may let
   * pods answer beside what is exposed
   */
  readonly issuer?: { readonly solverPods: boolean };
  /** Addresses of node-local DNS caches. */
  readonly dnsCaches: readonly string[];
  readonly components: readonly Component[];
  readonly tasks: readonly Task[];
  /** Databases that CloudNativePG runs. */
  readonly clusters: readonly PostgresCluster[];
  /** Pods that operators make. */
  readonly given: readonly GivenPods[];
  /** Objects that operators make. */
  readonly givenObjects: readonly GivenObject[];
  readonly databases: readonly DatabaseServer[];
  /** @default - nobody watches it */
  readonly monitoring?: MonitoringProps;
}
