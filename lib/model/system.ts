import type { DatabaseServer } from './budget';
import type { Component } from './component';
import type { Config } from './config';
import type { EdgeProps } from './edge';
import type { GivenObject, GivenPods, Placement } from './kubernetes';
import type { PostgresCluster } from './postgres-cluster';
import type { Secret } from './secret';
import type { Task } from './task';

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
