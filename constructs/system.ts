import type { Component } from './component';
import type { Config } from './config-map';
import type { Secret } from './secrets';

/** How pods are placed on a cluster. */
export interface Placement {
  /** Whether a pod waits when zones cannot be kept even, or goes where there is room. */
  readonly acrossZones: 'DoNotSchedule' | 'ScheduleAnyway';
  /** Secrets for private registries. */
  readonly imagePullSecrets: readonly string[];
}

/** The controller behind the edge, as the cluster has it. */
export interface EdgeProps {
  readonly class: string;
  /** cert-manager's ClusterIssuer. @default - no TLS */
  readonly issuer?: string | undefined;
  readonly controller: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
}

/** A database server, and how many connections each pod of a component may hold to it. */
export interface DatabaseServer {
  /** For people. */
  readonly name: string;
  /** `max_connections`. */
  readonly maxConnections: number;
  /** Of these, kept for others than the components. */
  readonly reserved: number;
  readonly perPod: number;
  /** How `perPod` comes about, for people. */
  readonly because: string;
  /** The components that connect to it, by their names. */
  readonly clients: readonly string[];
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
  /** Addresses of node-local DNS caches. */
  readonly dnsCaches: readonly string[];
  readonly components: readonly Component[];
  readonly databases: readonly DatabaseServer[];
}
