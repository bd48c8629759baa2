import { AddressSet } from './facts/address-set';
import type { Facts } from './facts/facts';
import { groupBy } from './facts/group';
import { type Direction, type Endpoint, Network, type Opening, showEndpoint, showPorts } from './facts/network';
import { routeViolations } from './facts/routes';
import type { DeclaredConnection, Intent, WorkloadName } from './intent';
import type { Rule } from './rule';
import type { ManifestObject, Violation } from './violation';

const NAME = 'reachability';

const keyOf = ({ namespace, name }: WorkloadName) => `${namespace}/${name}`;
const portOf = ({ protocol = 'TCP', port }: Pick<DeclaredConnection, 'protocol' | 'port'>) => `${protocol} ${port}`;

/** What is declared of one endpoint in one direction: pods by name and port, and addresses by port. */
class Declared {
  readonly pods = new Map<string, { readonly to: string; readonly port: string; opened: boolean }>();
  readonly addresses = new Map<string, AddressSet>();

  constructor(connections: readonly DeclaredConnection[], direction: Direction) {
    for (const connection of connections) {
      const port = portOf(connection);
      if ('addresses' in connection.to) {
        const before = this.addresses.get(port) ?? AddressSet.of([]);
        this.addresses.set(port, before.plus(AddressSet.of(connection.to.addresses)));
      } else {
        const other = keyOf(direction === 'ingress' ? connection.from : connection.to);
        this.pods.set(`${other} ${port}`, { to: other, port, opened: false });
      }
    }
  }
}

const WORDS = {
  ingress: { type: 'Ingress', verb: 'admits', preposition: 'from' },
  egress: { type: 'Egress', verb: 'lets out', preposition: 'to' },
} as const;

/** Compares what policies open for one endpoint with what is declared of it, in one direction. */
function compare(network: Network, self: Endpoint, direction: Direction, declared: Declared): Violation[] {
  const words = WORDS[direction];
  const openings = network.openings(self, direction);
  const told = (object: ManifestObject, path: string, message: string) => ({ rule: NAME, object, path, message });
  if (openings === 'everything') {
    const object = self.owner ?? network.namespaceObject(self.namespace);
    if (object === undefined) return [];
    const who = self.origin === 'stranger' ? showEndpoint(self) : 'it';
    return [
      told(
        object,
        self.owner ? 'spec' : 'metadata.name',
        `no NetworkPolicy of type ${words.type} selects ${who}, expected a default deny in the namespace and what is declared`,
      ),
    ];
  }

  const violations: Violation[] = [];
  const openAddresses = new Map<string, AddressSet>();
  for (const opening of openings) {
    violations.push(
      ...surplusPods(opening, self, direction, declared).map(({ path, message }) =>
        told(opening.policy, path, message),
      ),
    );
    for (const port of opening.addresses.isEmpty ? [] : opening.ports) {
      const shown = port.first === port.last ? `${port.protocol} ${port.first}` : showPorts([port]);
      const surplus = opening.addresses.minus(declared.addresses.get(shown) ?? AddressSet.of([]));
      openAddresses.set(shown, (openAddresses.get(shown) ?? AddressSet.of([])).plus(opening.addresses));
      if (surplus.isEmpty) continue;
      const message = `${words.verb} ${words.preposition} ${surplus} on ${shown}, which is not declared for ${showEndpoint(self)}`;
      violations.push(told(opening.policy, opening.path, message));
    }
  }
  if (self.owner === undefined) return violations;
  for (const { to, port, opened } of declared.pods.values()) {
    const message = `no policy ${words.verb} ${words.preposition} ${to} on ${port}, which is declared`;
    if (!opened) violations.push(told(self.owner, 'spec', message));
  }
  for (const [port, addresses] of declared.addresses) {
    const missing = addresses.minus(openAddresses.get(port) ?? AddressSet.of([]));
    const message = `no policy ${words.verb} ${words.preposition} ${missing} on ${port}, which is declared`;
    if (!missing.isEmpty) violations.push(told(self.owner, 'spec', message));
  }
  return violations;
}

/** The pods that one opening admits beyond what is declared. What is declared and opened is marked. */
function surplusPods(opening: Opening, self: Endpoint, direction: Direction, declared: Declared) {
  const words = WORDS[direction];
  const { path, ports, endpoints } = opening;
  // One stranger says more than the list of pods that stand beside it.
  const strangers = endpoints.filter(({ origin }) => origin === 'stranger');
  const widest = strangers.length > 1 ? strangers.slice(-1) : strangers;
  const surplus = endpoints.flatMap((other) => {
    const undeclared = ports.filter(({ protocol, first, last }) => {
      const known = first === last ? declared.pods.get(`${keyOf(other)} ${protocol} ${first}`) : undefined;
      if (known) known.opened = true;
      return known === undefined;
    });
    return undeclared.length > 0 ? [{ other, undeclared }] : [];
  });
  const shown = widest.length > 0 ? surplus.filter(({ other }) => widest.includes(other)) : surplus;
  return shown.map(({ other, undeclared }) => ({
    path,
    message: `${words.verb} ${words.preposition} ${showEndpoint(other)} on ${showPorts(undeclared)}, which is not declared for ${showEndpoint(self)}`,
  }));
}

function judge(facts: Facts, intent: Intent | undefined): Violation[] {
  if (intent === undefined) return [];
  const network = new Network(facts);
  const outgoing = groupBy(intent.connections, ({ from }) => keyOf(from));
  const incoming = groupBy(
    intent.connections.filter(({ to }) => !('addresses' in to)),
    ({ to }) => keyOf(to as WorkloadName),
  );
  // Pods that are given in a namespace of ours stand under our policies, and so does any stranger there.
  const ours = network.endpoints.filter(
    ({ origin, namespace }) => origin === 'workload' || network.namespaceObject(namespace) !== undefined,
  );
  return [
    ...ours.flatMap((self) => [
      ...compare(network, self, 'ingress', new Declared(incoming.get(keyOf(self)) ?? [], 'ingress')),
      ...compare(network, self, 'egress', new Declared(outgoing.get(keyOf(self)) ?? [], 'egress')),
    ]),
    ...routeViolations(facts, intent.routes, NAME),
  ];
}

/** Who can reach whom is exactly what is declared. */
export const reachability: Rule = {
  name: NAME,
  needsIntent: true,
  rationale: `Without a policy every pod of a cluster may connect to every other and to the Internet, and each policy only adds to
what is open: one selector too wide, or one Ingress path too many, opens a database or an admin API without anybody noticing. So
what NetworkPolicies, Services and edges open is computed and compared with the declared connections: nothing missing, nothing extra.`,
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
