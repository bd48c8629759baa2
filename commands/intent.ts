import {
  type DeclaredConnection,
  type DeclaredRoute,
  type DeclaredValue,
  type DeclaredWorkload,
  type Given,
  type Intent,
  KUBE_DNS,
  type WorkloadName,
} from '../checks';
import { ACME_SOLVER, type Component, type System } from '../constructs';

/** The pods of the edge's controller, as policies and the reachability of a system see them. */
function edgeOf({ edge }: System): Given & WorkloadName {
  return { kind: 'Pod', name: 'edge', namespace: edge.controller.namespace, labels: edge.controller.labels };
}

/** cert-manager's pods that answer challenges in the namespaces of the sites. */
function solversOf({ edge, components }: System): (Given & WorkloadName)[] {
  if (edge.issuer === undefined) return [];
  const namespaces = new Set(components.filter(({ exposed }) => exposed.length > 0).map(({ namespace }) => namespace));
  const { labels } = ACME_SOLVER;
  return [...namespaces].map((namespace) => ({ kind: 'Pod', name: 'acme-solver', namespace, labels }));
}

/** What the environment file says that the cluster has already. */
export function givenOf(system: System): Given[] {
  const { edge, placement, components, secrets } = system;
  const namespaces = new Set(components.map(({ namespace }) => namespace));
  const classes = components.flatMap(({ storage }) => storage?.storageClass ?? []);
  return [
    KUBE_DNS,
    edgeOf(system),
    ...solversOf(system),
    { kind: 'IngressClass', name: edge.class },
    ...(edge.issuer === undefined ? [] : [{ kind: 'ClusterIssuer', name: edge.issuer }]),
    ...classes.map((name) => ({ kind: 'StorageClass', name })),
    ...[...namespaces].flatMap((namespace) =>
      placement.imagePullSecrets.map((name) => ({ kind: 'Secret', namespace, name })),
    ),
    ...secrets
      .filter(({ source }) => source.kind === 'manual')
      .map(({ namespace, name, values }) => ({ kind: 'Secret', namespace, name, keys: Object.keys(values) })),
  ];
}

function connectionsOf(component: Component, system: System): DeclaredConnection[] {
  const from = { namespace: component.namespace, name: component.name };
  const declared = component.connectsTo.map(
    (connection): DeclaredConnection =>
      'cidrs' in connection
        ? { from, to: { addresses: connection.cidrs }, port: connection.port }
        : { from, to: { namespace: connection.to.namespace, name: connection.to.name }, port: connection.to.port },
  );
  const resolvers = [KUBE_DNS, { addresses: system.dnsCaches.map((cidr) => ({ cidr })) }];
  const names = resolvers.flatMap((to) =>
    (['TCP', 'UDP'] as const).map((protocol) => ({ from, to, port: 53, protocol })),
  );
  return declared.length > 0 ? [...declared, ...names] : [];
}

function workloadOf({ namespace, name, env }: Component): DeclaredWorkload {
  const values = Object.entries(env).map(([variable, from]): [string, DeclaredValue] => {
    if (typeof from === 'string') return [variable, { value: from }];
    return 'config' in from
      ? [variable, { value: from.config.data[from.key] as string }]
      : [variable, { secret: from.secret.name, key: from.key }];
  });
  return { namespace, name, serviceAccount: name, env: Object.fromEntries(values) };
}

/** What is meant by a system: who may reach whom, who shares an image, and what its databases take. */
export function intentOf(system: System): Intent {
  const { components, databases } = system;
  const edge = edgeOf(system);
  const exposed = components.filter((component) => component.exposed.length > 0);
  const images = [...new Set(components.map(({ image }) => image.image))];
  return {
    development: system.development,
    workloads: components.map(workloadOf),
    connections: [
      ...components.flatMap((component) => connectionsOf(component, system)),
      ...exposed.map(({ namespace, name, port }) => ({ from: edge, to: { namespace, name }, port })),
      ...solversOf(system).map((to) => ({ from: edge, to, port: ACME_SOLVER.port })),
    ],
    routes: exposed.flatMap(({ exposed: routes, namespace, name }) =>
      routes.map(
        ({ site, path }): DeclaredRoute => ({
          host: site.host,
          path,
          to: { namespace, name },
          audience: site.audience,
          class: system.edge.class,
          tls: system.edge.issuer !== undefined,
        }),
      ),
    ),
    sameImage: images.map((image) => components.filter((component) => component.image.image === image)),
    budgets: databases.map(({ name, clients, perPod, because, ...server }) => ({
      ...server,
      server: name,
      clients: components
        .filter((component) => clients.includes(component.name))
        .map(({ namespace, name: client }) => ({ namespace, name: client, perPod, because })),
    })),
  };
}

/** What is meant by all systems of one environment, which share its cluster. */
export function together(intents: readonly Intent[]): Intent {
  return {
    development: intents.every(({ development }) => development),
    workloads: intents.flatMap(({ workloads }) => workloads),
    connections: intents.flatMap(({ connections }) => connections),
    routes: intents.flatMap(({ routes }) => routes),
    sameImage: intents.flatMap(({ sameImage }) => sameImage),
    budgets: intents.flatMap(({ budgets }) => budgets),
  };
}
