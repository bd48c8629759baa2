import { groupBy } from '../base/group';
import { AddressSet, EVERY_ADDRESS } from '../checks/cluster/address-set';
import { ClusterIndex } from '../checks/cluster/cluster-index';
import {
  type Endpoint,
  Network,
  type Opening,
  type PortRange,
  showEndpoint,
  showPorts,
} from '../checks/cluster/network';
import type { Direction } from '../checks/cluster/policies';
import type { Prerequisite } from '../checks/cluster/prerequisite';
import { intersectPorts, openPortsWith, showAddresses, subtractPorts } from '../checks/cluster/reach';
import type { ManifestObject } from '../manifests/object';
import { edgeAccessMarks } from './edge';
import type { ObjectMark } from './mark';

/** Identifies an endpoint in both states: workloads by name, others by all their fields. */
function endpointKey({ origin, namespace, name, labels }: Endpoint): string {
  return origin === 'workload' ? `${namespace}/${name}` : JSON.stringify([origin, namespace, name, labels]);
}

/** The network of a set of objects, with memoized results. */
class NetworkView {
  readonly network: Network;
  private readonly endpoints: ReadonlyMap<string, Endpoint>;
  private readonly known = new Map<Endpoint, Map<Direction, readonly Opening[] | 'everything'>>();

  /**
   * @param newcomers workloads that do not exist yet, but that policies may select already
   * @param absent namespaces that do not exist yet, in which nothing is open
   */
  constructor(
    objects: readonly ManifestObject[],
    prerequisites: readonly Prerequisite[],
    newcomers: readonly Endpoint[] = [],
    private readonly absent: ReadonlySet<string> = new Set(),
  ) {
    const pods = newcomers.map(
      ({ namespace, name, labels }): Prerequisite => ({ kind: 'Pod', namespace, name, labels }),
    );
    this.network = new Network(new ClusterIndex(objects, [...prerequisites, ...pods]));
    const names = new Set(newcomers.map(endpointKey));
    this.endpoints = new Map(
      this.network.endpoints.map((endpoint) => {
        const name = endpointKey({ ...endpoint, origin: 'workload' });
        return [endpoint.origin === 'given' && names.has(name) ? name : endpointKey(endpoint), endpoint];
      }),
    );
  }

  openings(endpoint: Endpoint, direction: Direction): readonly Opening[] | 'everything' {
    if (this.absent.has(endpoint.namespace)) return [];
    const known = this.known.get(endpoint) ?? new Map<Direction, readonly Opening[] | 'everything'>();
    const openings = known.get(direction) ?? this.network.openings(endpoint, direction);
    this.known.set(endpoint, known.set(direction, openings));
    return openings;
  }

  /** The same endpoint in this network or, if it does not exist, any pod of its namespace, or any pod of the cluster. */
  counterpartOf(endpoint: Endpoint): Endpoint {
    const { namespace } = endpoint;
    const strangers = this.network.endpoints.filter(
      ({ origin, labels }) => origin === 'stranger' && Object.keys(labels).length === 0,
    );
    const near = strangers.find((one) => one.namespace === namespace);
    return this.endpoints.get(endpointKey(endpoint)) ?? near ?? (strangers.at(-1) as Endpoint);
  }

  between(from: Endpoint, to: Endpoint): PortRange[] {
    return intersectPorts(
      openPortsWith(this.openings(from, 'egress'), to),
      openPortsWith(this.openings(to, 'ingress'), from),
    );
  }

  /** The addresses that are open to an endpoint on a whole port range. */
  addresses(endpoint: Endpoint, direction: Direction, port: PortRange): AddressSet {
    const openings = this.openings(endpoint, direction);
    if (openings === 'everything') return EVERY_ADDRESS;
    const covers = ({ protocol, first, last }: PortRange) =>
      protocol === port.protocol && first <= port.first && last >= port.last;
    return openings
      .filter(({ ports }) => ports.some(covers))
      .reduce((all, opening) => all.plus(opening.addresses), AddressSet.of([]));
  }
}

/** A connection that was not possible before. */
interface NewConnection {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  /** The objects that may have opened it, the most likely first. */
  readonly by: readonly ManifestObject[];
}

const policiesOf = (openings: readonly Opening[] | 'everything', suits: (opening: Opening) => boolean) =>
  openings === 'everything' ? [] : openings.filter(suits).map(({ policy }) => policy);

/** Removed policies that may have isolated an endpoint. */
function removedPoliciesOf(removed: readonly ManifestObject[], ...endpoints: readonly Endpoint[]): ManifestObject[] {
  return removed.filter(
    ({ kind, metadata }) =>
      kind === 'NetworkPolicy' && endpoints.some(({ namespace }) => namespace === metadata.namespace),
  );
}

function podConnections(
  before: NetworkView,
  after: NetworkView,
  removed: readonly ManifestObject[],
  isNew: (one: Endpoint) => boolean,
): NewConnection[] {
  const ours = ({ namespace }: Endpoint) => after.network.namespaceObject(namespace) !== undefined;
  const { endpoints } = after.network;
  return endpoints.flatMap((from) => {
    const old = before.counterpartOf(from);
    return endpoints.flatMap((to): NewConnection[] => {
      if (!ours(from) && !ours(to)) return [];
      // A new workload opens nothing that existed before, except to arbitrary pods.
      if (isNew(to) && from.origin !== 'stranger') return [];
      const ports = after.between(from, to);
      if (ports.length === 0) return [];
      const opened = subtractPorts(ports, before.between(old, before.counterpartOf(to)));
      if (opened.length === 0) return [];
      const by = [
        ...policiesOf(after.openings(to, 'ingress'), (opening) => opening.endpoints.includes(from)),
        ...policiesOf(after.openings(from, 'egress'), (opening) => opening.endpoints.includes(to)),
        ...removedPoliciesOf(removed, to, from),
        ...[to, from].flatMap(({ owner, namespace }) => owner ?? after.network.namespaceObject(namespace) ?? []),
      ];
      return [{ from: showEndpoint(from), to: showEndpoint(to), port: showPorts(opened), by }];
    });
  });
}

function addressConnections(
  before: NetworkView,
  after: NetworkView,
  removed: readonly ManifestObject[],
): NewConnection[] {
  const ours = after.network.endpoints.filter(
    ({ namespace }) => after.network.namespaceObject(namespace) !== undefined,
  );
  return ours.flatMap((self) =>
    (['ingress', 'egress'] as const).flatMap((direction) => {
      const openings = after.openings(self, direction);
      const opened = openings === 'everything' ? [] : openings;
      const old = before.counterpartOf(self);
      const connection = (addresses: AddressSet, port: string, by: readonly ManifestObject[]): NewConnection[] => {
        const [there, here] = [showAddresses(addresses), showEndpoint(self)];
        const [from, to] = direction === 'ingress' ? [there, here] : [here, there];
        const more = [...removedPoliciesOf(removed, self), ...(self.owner ? [self.owner] : [])];
        return addresses.isEmpty ? [] : [{ from, to, port, by: [...by, ...more] }];
      };
      if (openings === 'everything') {
        const every = { protocol: 'TCP', first: 1, last: 65535 };
        return connection(EVERY_ADDRESS.minus(before.addresses(old, direction, every)), 'any port', []);
      }
      return opened.flatMap(({ addresses, ports, policy }) =>
        ports.flatMap((port) =>
          connection(addresses.minus(before.addresses(old, direction, port)), showPorts([port]), [policy]),
        ),
      );
    }),
  );
}

/** Removes names of pods that "any pod of …" in the list covers. */
function mergeNames(names: readonly string[]): string[] {
  const all = [...new Set(names)].sort();
  const spaces = all.flatMap((name) => /^any pod of namespace (.*)$/.exec(name)?.[1] ?? []);
  const isPod = (name: string) => name.startsWith('any pod') || name.includes('/');
  if (all.includes(ANY_POD)) return all.filter((name) => name === ANY_POD || !isPod(name));
  return all.filter((name) => !spaces.some((space) => name.startsWith(`${space}/`)));
}

/** The name of endpoints in unknown namespaces, as showEndpoint() returns it. */
const ANY_POD = 'any pod of the cluster';
const MAX_NAMES = 4;

function formatNames(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** The marks of the connections that one object opened, merged by source and target. */
function connectionMarks(connections: readonly (NewConnection & { readonly object: ManifestObject })[]): ObjectMark[] {
  const byTarget = [...groupBy(connections, ({ to, port }) => `${to}|${port}`).values()].map((group) => ({
    ...(group[0] as (typeof connections)[number]),
    froms: mergeNames(group.map(({ from }) => from)),
  }));
  return [...groupBy(byTarget, ({ froms, port }) => `${froms}|${port}`).values()].map((group) => {
    const [{ object, froms, port }] = group as [(typeof byTarget)[number]];
    const tos = mergeNames(group.map(({ to }) => to));
    return {
      object,
      risk: 'accessWidened',
      message: `${formatNames(froms)} may now connect to ${formatNames(tos)} on ${port}`,
    };
  });
}

/**
 * Connections that become possible. The effect of policies, Services and edges is compared, not their text.
 *
 * @param prerequisites what exists in the cluster already
 * @param changed the objects that differ; each mark refers to one of them
 */
export function accessWidenedMarks(
  before: readonly ManifestObject[],
  after: readonly ManifestObject[],
  prerequisites: readonly Prerequisite[],
  changed: readonly ManifestObject[],
): ObjectMark[] {
  // A first deployment has nothing to compare with.
  if (changed.length === 0 || before.length === 0) return [];
  const now = new NetworkView(after, prerequisites);
  const workloads = new Set(new ClusterIndex(before).pods.map(({ namespace, name }) => `${namespace}/${name}`));
  const isNew = (one: Endpoint) => one.origin === 'workload' && !workloads.has(`${one.namespace}/${one.name}`);
  const spaces = (objects: readonly ManifestObject[]) =>
    objects.flatMap(({ kind, metadata }) => (kind === 'Namespace' ? [metadata.name] : []));
  const absent = new Set(spaces(after).filter((name) => !spaces(before).includes(name)));
  const old = new NetworkView(before, prerequisites, now.network.endpoints.filter(isNew), absent);
  const isChanged = new Set(changed);
  const removed = before.filter((object) => isChanged.has(object));
  const connections = [...podConnections(old, now, removed, isNew), ...addressConnections(old, now, removed)].map(
    (connection) => ({
      ...connection,
      object: connection.by.find((object) => isChanged.has(object)) ?? (changed[0] as ManifestObject),
    }),
  );
  const byObject = [
    ...groupBy(connections, ({ object }) =>
      JSON.stringify([object.kind, object.metadata.namespace, object.metadata.name]),
    ).values(),
  ];
  return [...byObject.flatMap(connectionMarks), ...edgeAccessMarks(before, after, prerequisites, changed)];
}
