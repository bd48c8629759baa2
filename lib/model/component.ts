import type { Connection } from './connection';
import { type Container, type ContainerProps, container } from './container';
import type { Priority } from './kubernetes';
import { METRICS_PORT, type Metrics } from './metrics';
import { type Port, type Ports, portOfName, portsOf } from './port';
import type { RabbitMqCluster } from './rabbitmq-cluster';
import type { Scale } from './scale';
import { audienceOf, type Route } from './site';
import type { Stage } from './stage';
import { type FilledStorage, isSingle, isStateful, type Storage, storageOf } from './storage';
import { Duration } from './units';

/** The two phases in which a pod terminates. Their sum is the grace period. Source: kubernetes.io, Pod Lifecycle. */
export interface Shutdown {
  /** How long the preStop hook waits, so that Services and the edge stop sending requests before SIGTERM. @default 10 s */
  readonly preStopDelay: Duration;
  /** How long the process may take to finish open requests after SIGTERM. @default 20 s */
  readonly drainTimeout: Duration;
}

/** The nodes that a component needs, such as those with a GPU. */
export interface Nodes {
  /** The labels that a node must have. */
  readonly labels: Readonly<Record<string, string>>;
  /** The keys of NoSchedule taints that the pods tolerate. */
  readonly tolerates: readonly string[];
}

/** Everything that is known of one long-running workload. Deployment, Service, policies and edge are derived from it. */
export interface ComponentProps extends Omit<ContainerProps, 'writableRoot'> {
  /** The system that it belongs to: the value of its `app` label. */
  readonly system: string;
  readonly namespace: string;
  /** The value of its `component` label, and the name of its objects and of its own container. */
  readonly name: string;
  /** What the component does, in a few words. @default - no description */
  readonly about?: string;
  /** The path of its setting in the environment file, such as `chatApi`. @default - it has no setting */
  readonly from?: string | undefined;
  /** The name of its Service, which has the ports of its own container. @default - the name of the component */
  readonly service?: string;
  /**
   * The name of a second Service, without an address of its own (headless): its DNS name has the address of each pod that is ready, for
   * clients that have to talk to all of them.
   *
   * @default - `<name>-pods` where it has a volume of one pod, since a StatefulSet names such a Service; otherwise none
   */
  readonly podsService?: string;
  /** A command that runs in its container right after each start (postStart); the pod is ready once it succeeded. @default - none */
  readonly afterStart?: readonly string[];
  /** Init containers: each runs to completion, in this order, before the other containers start. @default - none */
  readonly init?: readonly ContainerProps[];
  /** Sidecar containers: they start before the init containers and stop after all other containers. @default - none */
  readonly sidecars?: readonly ContainerProps[];
  /** More containers of the pod, which start together with its own. @default - none */
  readonly beside?: readonly ContainerProps[];
  readonly scale: Scale;
  /** @default - 10 s preStopDelay, 20 s drainTimeout */
  readonly shutdown?: Partial<Shutdown>;
  /** Whether all old pods end before new ones start, for programs of which only one version may run at a time. @default false */
  readonly recreate?: boolean;
  /** The numeric user of all containers. @default 10001 */
  readonly user?: number;
  /** Their numeric group, to which its volumes belong. @default - the number of the user */
  readonly group?: number;
  /** The reason why its containers run as root, in a few words; `user` is 0 then. @default - they do not */
  readonly root?: string | undefined;
  /** The reason why the root file system of its own container is writable, in a few words. @default - it is read-only */
  readonly writableRoot?: string | undefined;
  /** Its volumes. @default - none: it is stateless */
  readonly storage?: readonly Storage[];
  /** RabbitMQ's cluster operator makes its pods and Services, of a RabbitmqCluster. @default - Kubernetes makes them */
  readonly operator?: RabbitMqCluster;
  /** @default - any node */
  readonly nodes?: Nodes | undefined;
  /** Makes a PodMonitor. @default - Prometheus does not scrape it */
  readonly metrics?: Metrics | undefined;
  /** The target of the 95th percentile of its response times. @default - no alert on latency */
  readonly p95?: Duration | undefined;
  /** What to do when its pods are near their CPU or memory limit for an hour: the text of an alert. @default - no such alert */
  readonly outgrown?: string;
  /** The AWS role that its ServiceAccount assumes, whose trust policy has to name it. @default - none */
  readonly awsRole?: string | undefined;
  /** All of its outgoing connections. @default - none, not even to DNS */
  readonly connectsTo?: readonly Connection[];
  /** The sites and paths by which the edge exposes it. @default - it is not exposed */
  readonly exposed?: readonly Route[];
  /** Texts whose change restarts the pods, besides the configuration and secrets that they read. @default - none */
  readonly restartTriggers?: readonly string[];
  /** @default workloads */
  readonly stage?: Stage;
  /** The priority of its pods when the cluster has too little room. @default serving */
  readonly priority?: Priority;
}

type Optional = Pick<
  ComponentProps,
  | 'about'
  | 'from'
  | 'recreate'
  | 'root'
  | 'writableRoot'
  | 'afterStart'
  | 'operator'
  | 'nodes'
  | 'metrics'
  | 'p95'
  | 'outgrown'
  | 'awsRole'
>;

type WithDefault =
  | 'system'
  | 'namespace'
  | 'name'
  | 'scale'
  | 'user'
  | 'group'
  | 'connectsTo'
  | 'exposed'
  | 'restartTriggers'
  | 'stage'
  | 'priority';

/** A component with its defaults filled in. Made by {@link component}. */
export interface Component extends Required<Pick<ComponentProps, WithDefault>>, Optional {
  /** The ports of its own container, the main one first. */
  readonly ports: readonly Port[];
  /** @default - none: no port is in a Service */
  readonly service?: { readonly name: string };
  /** The headless Service of the same ports. @default - none, and it is no StatefulSet */
  readonly podsService?: { readonly name: string };
  /** Its own container first, then those of `beside`. */
  readonly containers: readonly [Container, ...Container[]];
  readonly init: readonly Container[];
  readonly sidecars: readonly Container[];
  readonly storage: readonly FilledStorage[];
  readonly shutdown: Shutdown;
}

/** All containers of a component's pods. */
export function containersOf({ init, sidecars, containers }: Component): readonly Container[] {
  return [...init, ...sidecars, ...containers];
}

/** The numbers of the container ports that the edge connects to. */
export function exposedPorts(component: Component): number[] {
  const reachable = component.exposed.filter((route) => audienceOf(route) !== 'nobody');
  return [...new Set(reachable.map(({ port }) => portOfName(component, port).port))];
}

/** The component that each Service leads to, by `<namespace>/<Service>`. */
export function ownersOfServices(components: readonly Component[]): ReadonlyMap<string, Component> {
  return new Map(
    components.flatMap((one) =>
      [one.service, one.podsService].flatMap((service) =>
        service === undefined ? [] : [[`${one.namespace}/${service.name}`, one] as const],
      ),
    ),
  );
}

/** The ports of its own container, and that of its metrics where no container declares it. */
function portsWithMetrics({ ports = {}, metrics }: ComponentProps, others: readonly Container[]): Ports {
  const declared = [...portsOf(ports), ...others.flatMap((one) => one.ports)];
  if (metrics?.port === undefined || declared.some(({ port }) => port === metrics.port)) return ports;
  return { ...ports, [METRICS_PORT]: { port: metrics.port, service: 'none' } };
}

/**
 * Describes a long-running workload: fills in the defaults and checks what can be checked without the rest of the system.
 *
 * @example
 * const api = component({
 *   system: 'shop', namespace: 'shop-prod', name: 'api', image, resources,
 *   scale: { min: 2, max: 5, cpu: 70 },
 *   ports: { http: 3000 },
 *   probes: { health: { http: '/healthz' }, liveness: { period: 10 }, readiness: { period: 5 } },
 *   connectsTo: [pooled(db.server, { perPod: 5, why: 'its pool' })],
 * });
 *
 * @throws when its probes, its metrics or a route name a port that it does not have, when two volumes have the same name, or when it
 * has a volume of one pod (`access: one`) and a scale of more than one replica
 */
export function component(props: ComponentProps): Component {
  const { system, namespace, name, scale, service = name } = props;
  const { about, from, recreate, root, writableRoot, afterStart, nodes, metrics, p95, outgrown, awsRole } = props;
  const user = root === undefined ? (props.user ?? 10001) : 0;
  const [init, sidecars, beside] = [props.init, props.sidecars, props.beside].map((some = []) =>
    some.map(container),
  ) as [Container[], Container[], Container[]];
  const own = container({
    ...ownContainer(props),
    ports: portsWithMetrics(props, [...sidecars, ...beside]),
    writableRoot: writableRoot !== undefined,
  });
  const storage = storageOf(name, props.storage);
  const podsService = props.podsService ?? (isStateful({ storage }) ? `${name}-pods` : undefined);
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
    user,
    group: props.group ?? user,
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
    ...(podsService !== undefined && { podsService: { name: podsService } }),
    ...(defined({
      operator: props.operator,
      about,
      from,
      recreate,
      root,
      writableRoot,
      afterStart,
      nodes,
      metrics,
      p95,
      outgrown,
      awsRole,
    }) as Optional),
  };
}

/** The fields that describe its own container, not the pod. */
function ownContainer(props: ComponentProps) {
  const { name, image, command, args, env, meanings, mounts, scratch, resources, probes } = props;
  return defined({ name, image, command, args, env, meanings, mounts, scratch, resources, probes }) as ContainerProps;
}

/** Leaves out undefined fields, which would override defaults when spread. */
function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
