import { isText } from './address';
import { type Component, containersOf } from './component';
import { Config } from './config';
import type { Container } from './container';
import type { EdgeProps } from './edge';
import type { ExternalPods, Placement, PrerequisiteObject } from './kubernetes';
import type { PostgresCluster } from './postgres-cluster';
import { Secret } from './secret';
import type { Task } from './task';

/** What a system is measured against, and where what watches it stands. */
export interface MonitoringProps {
  /** Of the alerts and the dashboard. */
  readonly namespace: string;
  /** How many of 100 requests are to be answered without an error. */
  readonly availability: number;
  /** The labels by which Grafana finds dashboards. */
  readonly dashboards: Readonly<Record<string, string>>;
  /** What a million tokens cost, in US$. @default - unknown: no cost is shown */
  readonly prices?: { readonly input: number; readonly output: number } | undefined;
}

/** Whose an environment is: a developer's own cluster, one for trying, or the one that customers use. */
export type Tier = 'development' | 'staging' | 'production';

/** What a system is made of in one environment; everything else follows from it. */
export interface SystemProps {
  readonly name: string;
  /** What it is called in this environment, so that two of it are told apart: `salient-qa`. */
  readonly instance: string;
  /** What the environment is for. */
  readonly tier: Tier;
  /** The environment, as applications say it: development, staging, production. */
  readonly environment: string;
  readonly placement: Placement;
  readonly edge: EdgeProps;
  /**
   * How the issuer that the edge names answers, where the platform makes the issuers. @default - somebody else made it, and it may let
   * pods answer beside what is exposed
   */
  readonly issuer?: { readonly solverPods: boolean };
  /** Addresses of node-local DNS caches. */
  readonly dnsCaches: readonly string[];
  readonly components: readonly Component[];
  /** @default - none */
  readonly tasks?: readonly Task[];
  /** Databases that CloudNativePG runs. @default - none */
  readonly clusters?: readonly PostgresCluster[];
  /** Pods of others, beside those that operators make of {@link clusters}. @default - none */
  readonly externalPods?: readonly ExternalPods[];
  /** @default - it has no alerts and no dashboard */
  readonly monitoring?: MonitoringProps;
}

/** Everything that is known of a system in one environment, before it becomes objects. */
export interface System extends Required<Omit<SystemProps, 'issuer' | 'monitoring'>> {
  readonly issuer?: NonNullable<SystemProps['issuer']>;
  readonly monitoring?: MonitoringProps;
  readonly namespaces: readonly string[];
  readonly configs: readonly Config[];
  readonly secrets: readonly Secret[];
  /** What the cluster has before the system comes, besides Secrets made by hand. */
  readonly prerequisites: readonly PrerequisiteObject[];
}

/** Whatever runs, with all of its containers. */
interface PodOwner {
  readonly namespace: string;
  readonly containers: readonly Container[];
}

/**
 * Things that are named more than once, once each, in the order of their names: it does not matter who reads them.
 *
 * @throws when two have one name and are not alike
 */
function distinct<T extends { readonly namespace?: string; readonly name: string }>(things: readonly T[]): T[] {
  const byName = new Map<string, T>();
  for (const thing of things) {
    const name = `${thing.namespace}/${thing.name}`;
    const known = byName.get(name) ?? thing;
    if (known !== thing && JSON.stringify(known) !== JSON.stringify(thing))
      throw new Error(`${name} is described twice, and not alike`);
    byName.set(name, known);
  }
  return [...byName].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, thing]) => thing);
}

/** What the containers read values and files from, and where they are. */
function sourcesOf(parties: readonly PodOwner[]) {
  return parties.flatMap(({ namespace, containers }) =>
    containers
      .flatMap(({ env, mounts }) => [
        ...Object.values(env).flatMap((value) => {
          if (isText(value)) return [];
          return 'config' in value ? value.config : value.secret;
        }),
        ...mounts.map(({ from }) => from),
      ])
      .map((from) => ({ namespace, from })),
  );
}

/** The Secrets that a cluster is made with: what opens its archive, and the passwords of its roles. */
function secretsOf({ archive: { credentials }, roles }: PostgresCluster): Secret[] {
  const keys = 'roleArn' in credentials ? [] : [credentials.accessKeyId.secret, credentials.secretAccessKey.secret];
  return [...keys, ...roles.flatMap(({ password }) => password ?? [])];
}

/** Pods that are named twice, with all their connections. */
function joined(all: readonly ExternalPods[]): ExternalPods[] {
  const byName = new Map<string, ExternalPods>();
  for (const pods of all) {
    const key = `${pods.namespace}/${pods.name}`;
    byName.set(key, { ...pods, connectsTo: [...(byName.get(key)?.connectsTo ?? []), ...pods.connectsTo] });
  }
  return [...byName.values()];
}

/** A system, with all that its parts read: whatever one of them names is there. */
export function system(props: SystemProps): System {
  const { components, tasks = [], clusters = [], externalPods = [] } = props;
  const ending = tasks.map(({ namespace, init, containers }) => ({ namespace, containers: [...init, ...containers] }));
  const running = components.map((one) => ({ namespace: one.namespace, containers: containersOf(one) }));
  const parties: PodOwner[] = [...running, ...ending];
  const sources = sourcesOf(parties);
  const all = sources.map(({ from }) => from);
  return {
    ...props,
    tasks,
    clusters,
    externalPods: joined([...clusters.flatMap((cluster) => cluster.externalPods), ...externalPods]),
    namespaces: [...new Set([...parties, ...clusters].map(({ namespace }) => namespace))],
    configs: distinct(all.filter((from) => from instanceof Config)),
    secrets: distinct([...all.filter((from) => from instanceof Secret), ...clusters.flatMap(secretsOf)]),
    prerequisites: distinct(
      sources.flatMap(({ namespace, from }) =>
        'existing' in from && from.keys !== undefined
          ? [{ kind: from.existing, namespace, name: from.name, keys: from.keys }]
          : [],
      ),
    ),
  };
}
