import { groupBy } from '../base/group';
import type { Prerequisite, WorkloadName } from '../checks/cluster/prerequisite';
import type {
  Budget,
  DeclaredConnection,
  DeclaredRedirect,
  DeclaredRoute,
  DeclaredValue,
  Intent,
} from '../checks/intent';
import { renderText } from '../constructs/addresses';
import { podField } from '../constructs/container';
import { controllerOf } from '../constructs/edge/controller';
import { selectorOf } from '../constructs/labels';
import { ACME_SOLVER, CACHE_PORT } from '../constructs/network-policies';
import { isText, type Text } from '../model/address';
import { budgetsOf } from '../model/budget';
import { type Component, containersOf, exposedPorts } from '../model/component';
import type { Container } from '../model/container';
import { audienceOf } from '../model/site';
import type { System } from '../model/system';

/** The pods of the edge's controller, as a prerequisite and as an end of connections. */
export function edgePodsOf(system: System) {
  return { kind: 'Pod', name: 'edge', ...controllerOf(system) } as const satisfies Prerequisite & WorkloadName;
}

/** The cluster's DNS pods, as a prerequisite and as an end of connections. */
function dnsPodsOf({ dnsPods }: System) {
  return { kind: 'Pod', name: 'kube-dns', ...dnsPods } as const satisfies Prerequisite & WorkloadName;
}

/** cert-manager's pods that answer HTTP-01 challenges, one in each exposed namespace, if the issuer uses HTTP-01. */
function solversOf({ edge, issuer, components }: System): (Prerequisite & WorkloadName)[] {
  if (edge.issuer === undefined || issuer?.solverPods === false) return [];
  const namespaces = new Set(components.filter(({ exposed }) => exposed.length > 0).map(({ namespace }) => namespace));
  const { labels } = ACME_SOLVER;
  return [...namespaces].map((namespace) => ({ kind: 'Pod', name: 'acme-solver', namespace, labels }));
}

/** The edge's class, which exists in the cluster already. */
function classOf({ edge }: System): Prerequisite[] {
  const kinds = { ingress: 'IngressClass', traefik: undefined, gateway: 'GatewayClass' };
  const kind = kinds[edge.kind];
  return kind === undefined || edge.class === undefined ? [] : [{ kind, name: edge.class }];
}

/** The edge's issuer, if the platform does not create it. */
function issuerOf({ edge, issuer }: System): Prerequisite[] {
  return edge.issuer === undefined || issuer !== undefined ? [] : [{ kind: 'ClusterIssuer', name: edge.issuer }];
}

/** The dialect in which the edge reads allowlists. */
function dialectOf({ edge }: System): 'nginx' | 'traefik' | 'envoy' {
  if (edge.kind === 'ingress') return 'nginx';
  return edge.kind === 'traefik' ? 'traefik' : edge.implementation;
}

/** What a system presupposes in the cluster. */
export function prerequisitesOf(system: System): Prerequisite[] {
  const { placement, components, tasks, secrets, externalPods, prerequisites } = system;
  const namespaces = new Set([...components, ...tasks].map(({ namespace }) => namespace));
  const classes = components.flatMap(({ storage }) => storage.flatMap(({ storageClass }) => storageClass ?? []));
  return [
    dnsPodsOf(system),
    edgePodsOf(system),
    ...solversOf(system),
    ...externalPods.map(({ namespace, name, labels }) => ({ kind: 'Pod', namespace, name, labels })),
    ...components
      .filter(({ operator }) => operator !== undefined)
      .map((one) => ({ kind: 'Pod', namespace: one.namespace, name: one.name, labels: selectorOf(one) })),
    ...prerequisites,
    ...classOf(system),
    ...issuerOf(system),
    ...classes.map((name) => ({ kind: 'StorageClass', name })),
    ...[...namespaces].flatMap((namespace) =>
      placement.imagePullSecrets.map((name) => ({ kind: 'Secret', namespace, name })),
    ),
    ...secrets
      .filter(({ source }) => source.kind === 'manual')
      .map(({ namespace, name, values }) => ({ kind: 'Secret', namespace, name, keys: Object.keys(values) })),
  ];
}

/** The source of connections: a workload, or pods that exist already. */
interface Client extends WorkloadName {
  readonly connectsTo: Component['connectsTo'];
}

/** A component or a task. */
interface Workload extends Client, Pick<Component, 'operator'> {
  readonly serviceAccount: string;
  readonly containers: readonly Container[];
}

function workloadsOf({ components, tasks }: System): Workload[] {
  return [
    ...components.map((component) => ({
      ...component,
      serviceAccount: component.name,
      containers: containersOf(component),
    })),
    ...tasks.map((task) => ({
      namespace: task.namespace,
      name: task.name,
      serviceAccount: task.name,
      connectsTo: task.connectsTo,
      containers: [...task.init, ...task.containers],
    })),
  ];
}

function connectionsOf(client: Client, system: System): DeclaredConnection[] {
  const from = { namespace: client.namespace, name: client.name };
  const declared = client.connectsTo.map(
    (connection): DeclaredConnection =>
      'cidrs' in connection
        ? { from, to: { addresses: connection.cidrs }, port: connection.port }
        : {
            from,
            to: { namespace: connection.to.namespace, name: connection.to.name },
            port: connection.to.port,
            ...(connection.to.udp && { protocol: 'UDP' }),
          },
  );
  const resolvers = [
    { to: dnsPodsOf(system), port: system.dnsPods.port },
    { to: { addresses: system.dnsCaches.map((cidr) => ({ cidr })) }, port: CACHE_PORT },
  ];
  const names = resolvers.flatMap((resolver) =>
    (['TCP', 'UDP'] as const).map((protocol) => ({ from, ...resolver, protocol })),
  );
  return declared.length > 0 ? [...declared, ...names] : [];
}

function variablesOf({ env }: Container): Record<string, DeclaredValue> {
  const values = Object.entries(env).map(([variable, from]): [string, DeclaredValue] => {
    if (isText(from)) return [variable, { value: renderText(from) }];
    if ('config' in from) return [variable, { value: renderText(from.config.data[from.key] as Text) }];
    if ('secret' in from) return [variable, { secret: from.secret.name, key: from.key }];
    return [variable, { field: podField(from) }];
  });
  return Object.fromEntries(values);
}

/** The redirects to the hosts of a component. */
function redirectsTo({ exposed, namespace, name }: Component): DeclaredRedirect[] {
  const workload = { namespace, name };
  return exposed.flatMap(({ site }) => (site.aliases ?? []).map(({ host }) => ({ host, to: site.host, workload })));
}

/** The intent of a system: its workloads, connections, routes, shared images and connection budgets. */
export function intentOf(system: System): Intent {
  const { components, externalPods } = system;
  const workloads = workloadsOf(system);
  const own = workloads.filter(({ operator }) => operator === undefined); // an operator makes the others
  const edge = edgePodsOf(system);
  const exposed = components.filter((component) => component.exposed.length > 0);
  const images = [...new Set(workloads.flatMap(({ containers }) => containers.map(({ image }) => image.image)))];
  return {
    development: system.tier === 'development',
    workloads: own.map(({ namespace, name, serviceAccount, containers }) => ({
      namespace,
      name,
      serviceAccount,
      env: Object.fromEntries(containers.map((container) => [container.name, variablesOf(container)])),
    })),
    connections: [
      ...[...workloads, ...externalPods].flatMap((client) => connectionsOf(client, system)),
      ...exposed.flatMap((to) => exposedPorts(to).map((port) => ({ from: edge, to, port }))),
      ...solversOf(system).map((to) => ({ from: edge, to, port: ACME_SOLVER.port })),
    ],
    routes: exposed.flatMap(({ exposed: routes, namespace, name }) =>
      routes.map(
        (route): DeclaredRoute => ({
          host: route.site.host,
          path: route.path,
          to: { namespace, name },
          audience: audienceOf(route),
          class: system.edge.class,
          dialect: dialectOf(system),
          tls: system.edge.issuer !== undefined,
        }),
      ),
    ),
    redirects: exposed.flatMap(redirectsTo),
    sameImage: images.map((image) =>
      own.flatMap(({ namespace, name, containers }) =>
        containers
          .filter((container) => container.image.image === image)
          .map((container) => ({ namespace, name, container: container.name })),
      ),
    ),
    budgets: budgetsOf([...system.components, ...system.tasks]).map(({ limit, connection, clients }) => ({
      server: limit.name,
      pods: 'cidrs' in connection ? undefined : { namespace: connection.to.namespace, name: connection.to.name },
      maxConnections: limit.maxConnections,
      reserved: limit.reserved,
      setting: limit.from,
      pooler: limit.pooler,
      clients: clients.map(({ namespace, name: client, pool: { perPod, why, from, console, behind } }) => ({
        namespace,
        name: client,
        perPod,
        because: why,
        setting: from,
        ...(console && { console }),
        ...(behind !== undefined && { behind }),
      })),
    })),
  };
}

/** The budgets of all systems. Systems that use one server have one budget. */
function mergeBudgets(budgets: readonly Budget[]): Budget[] {
  const byServer = groupBy(budgets, ({ server, pods }) => JSON.stringify([server, pods]));
  return [...byServer.values()].map(
    (same): Budget => ({
      ...(same[0] as Budget),
      maxConnections: Math.min(...same.map(({ maxConnections }) => maxConnections)),
      reserved: Math.max(...same.map(({ reserved }) => reserved)),
      clients: same.flatMap(({ clients }) => clients),
    }),
  );
}

/** The combined intent of systems that share a cluster. */
export function mergeIntents(intents: readonly Intent[]): Intent {
  return {
    development: intents.every(({ development }) => development),
    workloads: intents.flatMap(({ workloads }) => workloads),
    connections: intents.flatMap(({ connections }) => connections),
    routes: intents.flatMap(({ routes }) => routes),
    redirects: intents.flatMap(({ redirects }) => redirects),
    sameImage: intents.flatMap(({ sameImage }) => sameImage),
    budgets: mergeBudgets(intents.flatMap(({ budgets }) => budgets)),
  };
}
