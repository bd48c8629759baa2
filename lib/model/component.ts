import type { Connection } from './connection';
import { type Container, type ContainerProps, container } from './container';
import type { Priority } from './kubernetes';
import { type Port, type Ports, portOfName, portsOf } from './port';
import { audienceOf, type Route } from './site';
import type { Stage } from './stage';
import { Duration } from './units';

/** A fixed number of replicas, or (with `max`) a number that follows the load. */
export interface Scale {
  /** @default - the load decides, between `min` and `max` */
  readonly replicas?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Mean CPU use that is aimed at, in % of the request. @default - CPU does not scale */
  readonly cpu?: number | undefined;
  /** Mean memory use that is aimed at, in % of the request. @default - memory does not scale */
  readonly memory?: number | undefined;
  /** How much work that waits is one pod's share. @default - no queue scales */
  readonly queue?: QueueTrigger | undefined;
}

/**
 * A queue whose length decides how many pods there are. The cluster's adapter for external metrics serves it.
 * Source: kubernetes.io, Horizontal Pod Autoscaling, "Scaling on custom metrics".
 */
export interface QueueTrigger {
  /** The name of the external metric. */
  readonly metric: string;
  /** Labels that its series have. @default - any */
  readonly labels?: Readonly<Record<string, string>>;
  /** Messages that one pod is to have at the most. */
  readonly perPod: number;
}

/** How a pod ends: it leaves the Services first, then finishes what it has begun. */
export interface Shutdown {
  /** How long requests may still arrive after the pod was told to end. @default 10 s */
  readonly preStopDelay: Duration;
  /** How long it may take to finish them. @default 20 s */
  readonly drainTimeout: Duration;
}

/** A path whose content outlives the pod. */
export interface Storage {
  /** Of the volume in the pod. @default data */
  readonly name?: string;
  readonly path: string;
  /** The name of its claim, where one of another name holds the data already. @default - `<component>-<name>` */
  readonly claim?: string;
  /**
   * `one`: of a single pod, which is replaced and never doubled. `many`: all pods share it, which takes a class that can do that.
   *
   * @default one
   */
  readonly access?: 'one' | 'many';
  /** A Kubernetes quantity. */
  readonly size: string;
  /** @default - the cluster's default */
  readonly storageClass?: string | undefined;
}

/** Nodes that a component needs, such as those with a GPU. */
export interface Nodes {
  /** The labels that such a node has. */
  readonly labels: Readonly<Record<string, string>>;
  /** Taints that keep others away from it, by their keys. */
  readonly tolerates: readonly string[];
}

/** Where Prometheus finds the metrics of a component, and what those are called that alerts and dashboards look at. */
export interface Metrics {
  readonly path: string;
  /** @default - the component's own */
  readonly port?: number | undefined;
  /** Requests, in place of those that the edge counts: a histogram in seconds, and its label with the status code. */
  readonly requests?: { readonly duration: string; readonly status: string } | undefined;
  /** Of a pool of database connections: who waits for one, and how many there are. */
  readonly pool?: { readonly waiting: string; readonly connections: string } | undefined;
  /** Tokens of models: what counts them, and its labels with their type (input, output) and the model. */
  readonly tokens?: { readonly count: string; readonly type: string; readonly model: string } | undefined;
}

/** The name of the port at which Prometheus reads, where it is none of the component's own. */
export const METRICS_PORT = 'metrics';

/** Each fact of one workload, once. Deployment, Service, policies and edge are derived from it. */
export interface ComponentProps extends ContainerProps {
  /** The system that it belongs to: the value of its `app` label. */
  readonly system: string;
  readonly namespace: string;
  /** The value of its `component` label, and the name of its objects and of its container. */
  readonly name: string;
  /** What it is for, in a few words. @default - its name says enough */
  readonly about?: string;
  /** The path of the setting that it comes from, as `chatApi`. @default - it has none of its own */
  readonly from?: string | undefined;
  /** The name of its Service, which offers the ports of its own container. @default - its own name */
  readonly service?: string;
  /** What is run in its container beside it at each start; it is ready when that has succeeded. @default - nothing */
  readonly afterStart?: readonly string[];
  /** What runs in each pod before its containers start, one after the other, each to its end. @default - nothing */
  readonly init?: readonly ContainerProps[];
  /** What starts first of all, and goes on beside the others until they have ended. @default - nothing */
  readonly sidecars?: readonly ContainerProps[];
  /** More containers of its own, which start with the first. @default - none */
  readonly beside?: readonly ContainerProps[];
  readonly scale: Scale;
  readonly shutdown?: Partial<Shutdown>;
  /** The numeric user and group that it runs as. @default 10001 */
  readonly user?: number;
  /** @default - none: it keeps nothing */
  readonly storage?: readonly Storage[];
  /** @default - any node */
  readonly nodes?: Nodes | undefined;
  /** A PodMonitor says so. @default - it has none */
  readonly metrics?: Metrics | undefined;
  /** What 95 of 100 answers are to take at the most. @default - slow answers are no alert */
  readonly p95?: Duration | undefined;
  /** @default - none: it opens no connections, DNS included */
  readonly connectsTo?: readonly Connection[];
  /** Where the edge offers it. @default - nowhere */
  readonly exposed?: readonly Route[];
  /** Texts whose change rolls the pods, beside what they read. @default - none */
  readonly restartTriggers?: readonly string[];
  /** When it is applied. @default workloads */
  readonly stage?: Stage;
  /** Whether its pods come first where there is no room for all. @default serving */
  readonly priority?: Priority;
}

type Optional = Pick<ComponentProps, 'about' | 'from' | 'afterStart' | 'nodes' | 'metrics' | 'p95'>;

/** A component with its defaults filled in. */
export interface Component
  extends Required<
      Pick<
        ComponentProps,
        | 'system'
        | 'namespace'
        | 'name'
        | 'scale'
        | 'user'
        | 'connectsTo'
        | 'exposed'
        | 'restartTriggers'
        | 'stage'
        | 'priority'
      >
    >,
    Optional {
  /** The ports of its own container, the main one first. */
  readonly ports: readonly Port[];
  /** @default - it has no port that a Service offers */
  readonly service?: { readonly name: string };
  /** Its own container, and those that start with it. */
  readonly containers: readonly [Container, ...Container[]];
  readonly init: readonly Container[];
  readonly sidecars: readonly Container[];
  readonly storage: readonly (Storage & Required<Pick<Storage, 'name' | 'claim' | 'access'>>)[];
  readonly shutdown: Shutdown;
}

/** All containers of its pods. */
export function containersOf({ init, sidecars, containers }: Component): readonly Container[] {
  return [...init, ...sidecars, ...containers];
}

/** Whether it is one pod, since what it keeps is of one. */
export function isSingle({ storage }: Pick<Component, 'storage'>): boolean {
  return storage.some(({ access }) => access === 'one');
}

/** The ports to which the edge leads somebody. */
export function exposedPorts(component: Component): number[] {
  const led = component.exposed.filter((route) => audienceOf(route) !== 'nobody');
  return [...new Set(led.map(({ port }) => portOfName(component, port).port))];
}

/** The ports of its own container, with the one of its metrics where no container says it. */
function openPorts({ ports = {}, metrics }: ComponentProps, others: readonly Container[]): Ports {
  const said = [...portsOf(ports), ...others.flatMap((one) => one.ports)].some(({ port }) => port === metrics?.port);
  const own =
    metrics?.port === undefined || said ? {} : { [METRICS_PORT]: { port: metrics.port, service: 'none' as const } };
  return { ...ports, ...own };
}

function keptIn({ name: component, storage = [] }: ComponentProps): Component['storage'] {
  const kept = storage.map(({ name = 'data', access = 'one', claim = `${component}-${name}`, ...rest }) => ({
    ...rest,
    name,
    access,
    claim,
  }));
  const names = kept.map(({ name }) => name);
  if (new Set(names).size < names.length)
    throw new Error(`${component} has two volumes of one name: ${names.join(', ')}`);
  return kept;
}

/**
 * Fills in the defaults of a component.
 *
 * @throws when it has no such port as its health, its metrics or a route ask for; when two volumes have one name; when what it keeps is
 * of one pod and it is to have more
 */
export function component(props: ComponentProps): Component {
  const { system, namespace, name, scale, service = name } = props;
  const { about, from, afterStart, nodes, metrics, p95 } = props;
  const [init, sidecars, beside] = [props.init, props.sidecars, props.beside].map((some = []) =>
    some.map(container),
  ) as [Container[], Container[], Container[]];
  const own = container({ ...ownOf(props), ports: openPorts(props, [...sidecars, ...beside]) });
  const storage = keptIn(props);
  const listening = { name, ports: own.ports };
  for (const { port } of props.exposed ?? []) portOfName(listening, port);
  if (metrics !== undefined && metrics.port === undefined) portOfName(listening);
  if (isSingle({ storage }) && (scale.max !== undefined || (scale.replicas ?? 1) !== 1))
    throw new Error(`${name} keeps its data in the volume of one pod, expected scale { replicas: 1 }`);
  return {
    system,
    namespace,
    name,
    scale,
    user: props.user ?? 10001,
    connectsTo: props.connectsTo ?? [],
    exposed: props.exposed ?? [],
    restartTriggers: props.restartTriggers ?? [],
    stage: props.stage ?? 'workloads',
    priority: props.priority ?? 'serving',
    shutdown: { preStopDelay: Duration.seconds(10), drainTimeout: Duration.seconds(20), ...props.shutdown },
    ports: own.ports,
    containers: [own, ...beside],
    init,
    sidecars,
    storage,
    ...(own.ports.some((port) => port.service !== undefined) && { service: { name: service } }),
    ...(defined({ about, from, afterStart, nodes, metrics, p95 }) as Optional),
  };
}

/** What is of its own container, and not of the whole pod. */
function ownOf({ name, image, build, command, args, env, mounts, scratch, resources, probes }: ComponentProps) {
  return defined({ name, image, build, command, args, env, mounts, scratch, resources, probes }) as ContainerProps;
}

/** Fields that are there, since one that is undefined would take the place of a default. */
function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
