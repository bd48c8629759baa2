import { KUBE_DNS } from '../base/kube-dns';
import type { About } from './about';
import { isText } from './address';
import { type Component, containersOf } from './component';
import { Config } from './config';
import type { Container } from './container';
import type { EdgeProps } from './edge';
import type { ExternalPods, NamespaceBounds, Placement, PrerequisiteObject } from './kubernetes';
import type { PostgresCluster } from './postgres-cluster';
import type { DerivedNumber } from './requirements';
import { Secret } from './secret';
import type { Task } from './task';

/** The service level objectives of a system, and the objects that monitor it. */
export interface MonitoringProps {
  /** The namespace of the PrometheusRule and of the dashboard. */
  readonly namespace: string;
  /** The target of successful requests, in %. */
  readonly availability: number;
  /** The labels by which Grafana finds the ConfigMap of the dashboard. */
  readonly dashboards: Readonly<Record<string, string>>;
  /** US$ per million tokens. @default - unknown: the dashboard shows no cost */
  readonly prices?: { readonly input: number; readonly output: number } | undefined;
  /** The tokens of language models that a day should need: an alert fires at twice as many. @default - no alert */
  readonly tokensPerDay?: number | undefined;
}

/** The tier of an environment: a developer's own cluster, a cluster for tests, or the one that customers use. */
export type Tier = 'development' | 'staging' | 'production';

/** A system in one environment. */
export interface SystemProps {
  readonly name: string;
  /** The name of the system in this environment, which differs from environment to environment: `salient-qa`. */
  readonly instance: string;
  readonly tier: Tier;
  /** The name of the environment in applications and labels: development, staging, production. */
  readonly environment: string;
  readonly placement: Placement;
  readonly edge: EdgeProps;
  /**
   * Whether the edge's issuer runs solver pods (HTTP-01), which the policies have to allow.
   *
   * @default - unknown, since this project does not make the issuer: solver pods are allowed
   */
  readonly issuer?: { readonly solverPods: boolean };
  /** The address ranges of node-local DNS caches. */
  readonly dnsCaches: readonly string[];
  /** The cluster's own DNS pods, with the port that they listen at. @default - those of {@link KUBE_DNS} */
  readonly dnsPods?: {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly port: number;
  };
  /** Bounds of namespaces, by name; those of other systems are ignored. @default - none */
  readonly bounds?: Readonly<Record<string, NamespaceBounds>>;
  readonly components: readonly Component[];
  /** @default - none */
  readonly tasks?: readonly Task[];
  /** PostgreSQL clusters that CloudNativePG runs. @default - none */
  readonly clusters?: readonly PostgresCluster[];
  /** Pods that this project does not make, besides those of {@link clusters} and {@link tasks}. @default - none */
  readonly externalPods?: readonly ExternalPods[];
  /** @default - no alerts and no dashboard */
  readonly monitoring?: MonitoringProps;
  /** Advice on its settings, which synth prints. @default - none */
  readonly notices?: readonly string[];
  /** Its words: in its document, and in annotations of its namespaces. @default - none */
  readonly about?: About | undefined;
  /** What follows from its requirements. @default - nothing */
  readonly requirements?: readonly DerivedNumber[] | undefined;
}

/** A system in one environment, with what is derived from its components and tasks. Made by {@link system}. */
export interface System
  extends Required<Omit<SystemProps, 'issuer' | 'monitoring' | 'about' | 'requirements'>>,
    Pick<SystemProps, 'about' | 'requirements'> {
  readonly issuer?: NonNullable<SystemProps['issuer']>;
  readonly monitoring?: MonitoringProps;
  /** The namespaces of all components, tasks and clusters. */
  readonly namespaces: readonly string[];
  /** The ConfigMaps that the containers read. */
  readonly configs: readonly Config[];
  /** The Secrets that containers, autoscalers and clusters read. */
  readonly secrets: readonly Secret[];
  /** The objects that must exist before the system is applied, besides Secrets of the source `manual`. */
  readonly prerequisites: readonly PrerequisiteObject[];
}

/** A component or task, with all of its containers. */
interface PodOwner {
  readonly namespace: string;
  readonly containers: readonly Container[];
}

/**
 * Removes duplicates, of one kind and name, and sorts by name, so that the order of the readers makes no difference.
 *
 * @throws when two items have the same name and differ
 */
function distinct<T extends { readonly kind?: string; readonly namespace?: string; readonly name: string }>(
  items: readonly T[],
): T[] {
  const byName = new Map<string, T>();
  for (const item of items) {
    const name = [`${item.namespace}/${item.name}`, item.kind ?? []].flat().join(' ');
    const known = byName.get(name) ?? item;
    if (known !== item && JSON.stringify(known) !== JSON.stringify(item))
      throw new Error(`${name} is described twice, with different content`);
    byName.set(name, known);
  }
  return [...byName].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, item]) => item);
}

/** The ConfigMaps and Secrets that the containers read, with the namespace of the reader. */
function sourcesOf(owners: readonly PodOwner[]) {
  return owners.flatMap(({ namespace, containers }) =>
    containers
      .flatMap(({ env, mounts }) => [
        ...Object.values(env).flatMap((value) => {
          if (isText(value)) return [];
          return 'config' in value ? value.config : 'secret' in value ? value.secret : [];
        }),
        ...mounts.map(({ from }) => from),
      ])
      .map((from) => ({ namespace, from })),
  );
}

/** The Secrets of a cluster: the access key of its archive, and the passwords of its roles. */
function secretsOf({ archive: { credentials }, roles }: PostgresCluster): Secret[] {
  const keys = 'roleArn' in credentials ? [] : [credentials.accessKeyId.secret, credentials.secretAccessKey.secret];
  return [...keys, ...roles.flatMap(({ password }) => password ?? [])];
}

/** The claims that tasks mount and no component describes. */
function claimsOfOthers(components: readonly Component[], tasks: readonly Task[]): PrerequisiteObject[] {
  const own = new Set(
    components.flatMap(({ namespace, storage }) => storage.map(({ claim }) => `${namespace}/${claim}`)),
  );
  return tasks.flatMap(({ namespace, volumes }) =>
    volumes
      .filter(({ claim }) => !own.has(`${namespace}/${claim}`))
      .map(({ claim }) => ({ kind: 'PersistentVolumeClaim', namespace, name: claim })),
  );
}

/** Merges the connections of pods that occur more than once. */
function mergeExternalPods(all: readonly ExternalPods[]): ExternalPods[] {
  const byName = new Map<string, ExternalPods>();
  for (const pods of all) {
    const key = `${pods.namespace}/${pods.name}`;
    byName.set(key, { ...pods, connectsTo: [...(byName.get(key)?.connectsTo ?? []), ...pods.connectsTo] });
  }
  return [...byName.values()];
}

/**
 * Completes the description of a system: namespaces, ConfigMaps, Secrets and prerequisites follow from what its components and tasks
 * read.
 *
 * @example
 * const shop = system({
 *   ...clusterDefaults('shop', environment, settings),
 *   components: [api, ...db.components],
 *   tasks: db.tasks,
 * });
 *
 * @throws when two ConfigMaps, Secrets or prerequisites have the same name and different content
 */
export function system(props: SystemProps): System {
  const { components, tasks = [], clusters = [], externalPods = [] } = props;
  const owners: PodOwner[] = [
    ...components.map((one) => ({ namespace: one.namespace, containers: containersOf(one) })),
    ...tasks.map(({ namespace, init, containers }) => ({ namespace, containers: [...init, ...containers] })),
  ];
  const triggers = components.flatMap(({ scale }) => scale.queue ?? []);
  const sources = sourcesOf(owners);
  const all = sources.map(({ from }) => from);
  return {
    dnsPods: KUBE_DNS,
    bounds: {},
    ...props,
    tasks,
    clusters,
    notices: props.notices ?? [],
    externalPods: mergeExternalPods([
      ...clusters.flatMap((cluster) => cluster.externalPods),
      ...tasks.flatMap(({ ages }) => ages?.pods ?? []),
      ...externalPods,
    ]),
    namespaces: [...new Set([...owners, ...clusters].map(({ namespace }) => namespace))],
    configs: distinct(all.filter((from) => from instanceof Config)),
    secrets: distinct([
      ...all.filter((from) => from instanceof Secret),
      ...triggers.map(({ api }) => api.secret),
      ...clusters.flatMap(secretsOf),
    ]),
    prerequisites: distinct([
      ...sources.flatMap(({ namespace, from }) =>
        'existing' in from && from.keys !== undefined
          ? [{ kind: from.existing, namespace, name: from.name, keys: from.keys }]
          : [],
      ),
      ...claimsOfOthers(components, tasks),
    ]),
  };
}
