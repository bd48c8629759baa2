import { groupBy } from '../../base/group';
import type { ManifestObject } from '../../manifests/object';
import { AddressSet } from '../cluster/address-set';
import type { ClusterIndex } from '../cluster/cluster-index';
import { type Endpoint, Network, type Opening, showEndpoint, showPorts } from '../cluster/network';
import { type Direction, isPolicy } from '../cluster/policies';
import type { WorkloadName } from '../cluster/prerequisite';
import type { Violation } from '../cluster/violation';
import type { DeclaredConnection, Intent } from '../intent';
import { foreignEndpoints, openListeners, redirectViolations, routeViolations } from '../route-violations';
import type { Rule } from '../rule';

const NAME = 'reachability';

const workloadKey = ({ namespace, name }: WorkloadName) => `${namespace}/${name}`;
const portKey = ({ protocol = 'TCP', port }: Pick<DeclaredConnection, 'protocol' | 'port'>) => `${protocol} ${port}`;

/** The declared connections of an endpoint in one direction: pods by name and port, and addresses by port. */
class Declared {
  readonly pods = new Map<string, { readonly to: string; readonly port: string; opened: boolean }>();
  readonly addresses = new Map<string, AddressSet>();

  constructor(connections: readonly DeclaredConnection[], direction: Direction) {
    for (const connection of connections) {
      const port = portKey(connection);
      if ('addresses' in connection.to) {
        const before = this.addresses.get(port) ?? AddressSet.of([]);
        this.addresses.set(port, before.plus(AddressSet.of(connection.to.addresses)));
      } else {
        const other = workloadKey(direction === 'ingress' ? connection.from : connection.to);
        this.pods.set(`${other} ${port}`, { to: other, port, opened: false });
      }
    }
  }
}

const PREPOSITIONS = { ingress: 'from', egress: 'to' } as const;

/** Compares the connections that policies open for an endpoint with the declared ones, in one direction. */
function compareDirection(network: Network, self: Endpoint, direction: Direction, declared: Declared): Violation[] {
  const preposition = PREPOSITIONS[direction];
  const openings = network.openings(self, direction);
  const violation = (object: ManifestObject, path: string, message: string) => ({ rule: NAME, object, path, message });
  if (openings === 'everything') {
    const object = self.owner ?? network.namespaceObject(self.namespace);
    if (object === undefined) return [];
    const who = self.origin === 'stranger' ? showEndpoint(self) : 'it';
    return [
      violation(
        object,
        self.owner ? 'spec' : 'metadata.name',
        `no NetworkPolicy of type ${direction === 'ingress' ? 'Ingress' : 'Egress'} selects ${who}, expected a default-deny policy in the namespace and policies for the declared connections`,
      ),
    ];
  }

  const violations: Violation[] = [];
  const openAddresses = new Map<string, AddressSet>();
  for (const opening of openings) {
    violations.push(
      ...surplusPods(opening, self, direction, declared).map(({ path, message }) =>
        violation(opening.policy, path, message),
      ),
    );
    for (const port of opening.addresses.isEmpty ? [] : opening.ports) {
      const shown = port.first === port.last ? `${port.protocol} ${port.first}` : showPorts([port]);
      const surplus = opening.addresses.minus(declared.addresses.get(shown) ?? AddressSet.of([]));
      openAddresses.set(shown, (openAddresses.get(shown) ?? AddressSet.of([])).plus(opening.addresses));
      if (surplus.isEmpty) continue;
      const message = `allows connections ${preposition} ${surplus} on ${shown}, which is not declared for ${showEndpoint(self)}`;
      violations.push(violation(opening.policy, opening.path, message));
    }
  }
  const object = self.owner ?? (self.origin === 'given' ? network.namespaceObject(self.namespace) : undefined);
  if (object === undefined) return violations;
  const whose = self.owner ? '' : ` for ${showEndpoint(self)}`;
  for (const { to, port, opened } of declared.pods.values()) {
    const message = `no policy allows connections ${preposition} ${to} on ${port}, which is declared${whose}`;
    if (!opened) violations.push(violation(object, 'spec', message));
  }
  for (const [port, addresses] of declared.addresses) {
    const missing = addresses.minus(openAddresses.get(port) ?? AddressSet.of([]));
    const message = `no policy allows connections ${preposition} ${missing} on ${port}, which is declared${whose}`;
    if (!missing.isEmpty) violations.push(violation(object, 'spec', message));
  }
  return violations;
}

/** The pods that an opening admits without a declaration. Declared connections that it opens are marked as opened. */
function surplusPods(opening: Opening, self: Endpoint, direction: Direction, declared: Declared) {
  const preposition = PREPOSITIONS[direction];
  const { path, ports, endpoints } = opening;
  const undeclaredOf = (other: Endpoint) =>
    ports.filter(
      ({ protocol, first, last }) => first !== last || !declared.pods.has(`${workloadKey(other)} ${protocol} ${first}`),
    );
  for (const one of declared.pods.values()) {
    const inPorts = ports.some(({ protocol, first, last }) => first === last && `${protocol} ${first}` === one.port);
    if (inPorts && endpointKeys(endpoints).has(one.to)) one.opened = true;
  }
  // A stranger stands for all pods beside it.
  const stranger = widestStranger(endpoints);
  const candidates = stranger ? [stranger] : endpoints;
  return candidates.flatMap((other) => {
    const undeclared = undeclaredOf(other);
    const what = `${showEndpoint(other)} on ${showPorts(undeclared)}`;
    const message = `allows connections ${preposition} ${what}, which is not declared for ${showEndpoint(self)}`;
    return undeclared.length > 0 ? [{ path, message }] : [];
  });
}

/** Memoizes a function per list. Policies with the same selector share one list of endpoints. */
function memoizePerList<Value>(of: (endpoints: readonly Endpoint[]) => Value) {
  const values = new WeakMap<readonly Endpoint[], { readonly value: Value }>();
  return (endpoints: readonly Endpoint[]): Value => {
    const known = values.get(endpoints) ?? { value: of(endpoints) };
    values.set(endpoints, known);
    return known.value;
  };
}

const endpointKeys = memoizePerList((endpoints) => new Set(endpoints.map(workloadKey)));
const widestStranger = memoizePerList((endpoints) => endpoints.filter(({ origin }) => origin === 'stranger').at(-1));

/** Policies of other APIs, whose effect is not analysed. */
const OTHER_POLICIES = [
  'ClusterNetworkPolicy',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
  'CiliumNetworkPolicy',
  'CiliumClusterwideNetworkPolicy',
  'GlobalNetworkPolicy',
];

/** Policies whose effect is not analysed: with matchExpressions, or of other APIs. */
function unsupportedPolicies(cluster: ClusterIndex): Violation[] {
  const violation = (object: ManifestObject, path: string, message: string) => ({ rule: NAME, object, path, message });
  const policies = cluster.ofKind('NetworkPolicy').filter(isPolicy);
  const others = [
    ...cluster.ofKind(...OTHER_POLICIES),
    ...cluster.ofKind('NetworkPolicy').filter((one) => !isPolicy(one)),
  ];
  return [
    ...policies
      .filter(({ spec }) => /"matchExpressions":\[[^\]]/.test(JSON.stringify(spec ?? {})))
      .map((object) =>
        violation(object, 'spec', 'given matchExpressions, which are not analysed, expected matchLabels'),
      ),
    ...others.map((object) =>
      violation(object, 'spec', `given a policy that is not analysed, expected a NetworkPolicy of networking.k8s.io`),
    ),
  ];
}

/** Declared workloads that do not exist, reported for their namespace. */
function missingWorkloads(cluster: ClusterIndex, network: Network, { workloads }: Intent): Violation[] {
  return workloads.flatMap((declared): Violation[] => {
    const object = network.namespaceObject(declared.namespace);
    if (object === undefined || cluster.podOf(declared)) return [];
    const message = `lacks the workload ${declared.name}, which is declared`;
    return [{ rule: NAME, object, path: 'metadata.name', message }];
  });
}

function judge(cluster: ClusterIndex, intent: Intent | undefined): Violation[] {
  if (intent === undefined) return [];
  const network = new Network(cluster);
  const outgoing = groupBy(intent.connections, ({ from }) => workloadKey(from));
  const incoming = groupBy(
    intent.connections.filter(({ to }) => !('addresses' in to)),
    ({ to }) => workloadKey(to as WorkloadName),
  );
  // Given pods and strangers in a namespace of the set are subject to its policies.
  const ours = network.endpoints.filter(
    ({ origin, namespace }) => origin === 'workload' || network.namespaceObject(namespace) !== undefined,
  );
  return [
    ...ours.flatMap((self) => [
      ...compareDirection(network, self, 'ingress', new Declared(incoming.get(workloadKey(self)) ?? [], 'ingress')),
      ...compareDirection(network, self, 'egress', new Declared(outgoing.get(workloadKey(self)) ?? [], 'egress')),
    ]),
    ...missingWorkloads(cluster, network, intent),
    ...unsupportedPolicies(cluster),
    ...[...foreignEndpoints(cluster), ...openListeners(cluster)].map((finding) => ({ rule: NAME, ...finding })),
    ...routeViolations(cluster, intent.routes, NAME),
    ...redirectViolations(cluster, intent.redirects, NAME),
  ];
}

/** Exactly the declared connections and routes are possible. */
export const reachability: Rule = {
  name: NAME,
  level: 'broken',
  needsIntent: true,
  rationale: `Without a policy, every pod of a cluster may connect to every other pod and to the Internet, and each policy only adds
connections. A selector that is too wide, or an additional Ingress path, silently exposes a database or an admin API. So the
connections that NetworkPolicies, Services and edges open are compared with the declared ones: none missing, none extra.`,
  wrong: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: database, namespace: shop }
spec:
  podSelector: { matchLabels: { app: database } }
  ingress:
    - from: [{ namespaceSelector: {} }] # every pod of the cluster
      ports: [{ port: 5432 }]
`,
  right: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: database, namespace: shop }
spec:
  podSelector: { matchLabels: { app: database } }
  ingress:
    - from: [{ podSelector: { matchLabels: { app: api } } }]
      ports: [{ port: 5432 }]
`,
  judge,
};
