import type { Connection } from './connection';
import { type Container, type ContainerProps, container, type Probes } from './container';
import type { Priority } from './kubernetes';
import type { Route } from './site';
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
}

/** How a pod ends: it leaves the Services first, then finishes what it has begun. */
export interface Stop {
  /** How long requests may still arrive after the pod was told to end. @default 10 s */
  readonly leave: Duration;
  /** How long it may take to finish them. @default 20 s */
  readonly drain: Duration;
}

/** A path whose content outlives the pod. A component with storage is one pod, replaced and never doubled. */
export interface Storage {
  readonly path: string;
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

/** The name of the port at which Prometheus reads, where that is not the component's own. */
export const METRICS_PORT = 'metrics';

/** Each fact of one workload, once. Deployment, Service, policies and edge are derived from it. */
export interface ComponentProps extends Omit<ContainerProps, 'listens' | 'probes'> {
  /** The system that it belongs to: the value of its `app` label. */
  readonly system: string;
  readonly namespace: string;
  /** The value of its `component` label, and the name of its objects and of its container. */
  readonly name: string;
  /** The port it listens on. */
  readonly port: number;
  /** The port's name. @default http */
  readonly portName?: string;
  /** Its Service: the name, and the port if it is not the container's. */
  readonly service: { readonly name: string; readonly port?: number };
  readonly probes: Probes;
  /** What is run in its container beside it at each start; it is ready when that has succeeded. @default - nothing */
  readonly afterStart?: readonly string[];
  /** Containers beside its own in each pod. @default - none */
  readonly sidecars?: readonly ContainerProps[];
  readonly scale: Scale;
  readonly stop?: Partial<Stop>;
  /** The numeric user and group that it runs as. @default 10001 */
  readonly user?: number;
  /** @default - none: it keeps nothing */
  readonly storage?: Storage;
  /** @default - any node */
  readonly nodes?: Nodes | undefined;
  /** A PodMonitor says so. @default - it has none */
  readonly metrics?: Metrics | undefined;
  /** What 95 of 100 answers are to take at the most. @default - nobody minds */
  readonly p95?: Duration | undefined;
  /** @default - none: it opens no connections, DNS included */
  readonly connectsTo?: readonly Connection[];
  /** Where the edge offers it. @default - nowhere */
  readonly exposed?: readonly Route[];
  /** Texts whose change rolls the pods, beside what they read. @default - none */
  readonly rollsWith?: readonly string[];
  /** When it is applied. @default workloads */
  readonly stage?: Stage;
  /** Whether its pods come first where there is no room for all. @default serving */
  readonly priority?: Priority;
}

/** A component with its defaults filled in; the first of its containers is its own. */
export interface Component
  extends Required<
    Pick<
      ComponentProps,
      | 'system'
      | 'namespace'
      | 'name'
      | 'port'
      | 'portName'
      | 'scale'
      | 'user'
      | 'connectsTo'
      | 'exposed'
      | 'rollsWith'
      | 'stage'
      | 'priority'
    >
  > {
  readonly containers: readonly [Container, ...Container[]];
  readonly storage?: Storage;
  readonly nodes?: Nodes;
  readonly metrics?: Metrics;
  readonly p95?: Duration;
  readonly afterStart?: readonly string[];
  readonly service: { readonly name: string; readonly port: number };
  readonly stop: Stop;
}

/** Fills in the defaults of a component. */
export function component(props: ComponentProps): Component {
  const { system, namespace, name, port, storage, metrics } = props;
  const portName = props.portName ?? 'http';
  const sidecars = (props.sidecars ?? []).map(container);
  const elsewhere = [port, ...sidecars.map(({ listens }) => listens?.port)].includes(metrics?.port);
  const own = container({
    ...props,
    listens: { name: portName, port },
    ...(metrics?.port !== undefined && !elsewhere && { metricsPort: metrics.port }),
  });
  return {
    system,
    namespace,
    name,
    port,
    portName,
    scale: props.scale,
    user: props.user ?? 10001,
    connectsTo: props.connectsTo ?? [],
    exposed: props.exposed ?? [],
    rollsWith: props.rollsWith ?? [],
    stage: props.stage ?? 'workloads',
    priority: props.priority ?? 'serving',
    containers: [own, ...sidecars],
    ...(storage !== undefined && { storage }),
    ...(props.nodes !== undefined && { nodes: props.nodes }),
    ...(metrics !== undefined && { metrics }),
    ...(props.p95 !== undefined && { p95: props.p95 }),
    ...(props.afterStart !== undefined && { afterStart: props.afterStart }),
    service: { port, ...props.service },
    stop: { leave: Duration.seconds(10), drain: Duration.seconds(20), ...props.stop },
  };
}
