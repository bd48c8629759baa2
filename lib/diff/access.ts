import { groupBy } from '../base/group';
import { AddressSet } from '../checks/cluster/address-set';
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
import { intersectPorts, openPortsWith, showAddresses } from '../checks/cluster/reach';
import type { ManifestObject } from '../manifests/object';
import { edgeAccessMarks } from './edge';
import type { Marked } from './mark';

const EVERY_ADDRESS = AddressSet.of([{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }]);

/** Pods that have the name of pods elsewhere; strangers are told apart by what they lack. */
function endpointKey({ origin, namespace, name, labels }: Endpoint): string {
  return origin === 'workload' ? `${namespace}/${name}` : JSON.stringify([origin, namespace, name, labels]);
}

/** What a set of objects opens, with what was asked remembered. */
class NetworkView {
  readonly network: Network;
  private readonly endpoints: ReadonlyMap<string, Endpoint>;
  private readonly known = new Map<Endpoint, Map<Direction, readonly Opening[] | 'everything'>>();

  /**
   * @param newcomers workloads that are not there yet: policies may hold them already
   * @param absent namespaces that are not there yet, in which nothing is open
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

  /** The endpoint itself or, where it is not here, any pod of its namespace, or any pod at all: what anybody may, it might. */
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

  /** The addresses that are open to an endpoint on all of some ports. */
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

/** The ports of one list that are not in another. */
function subtractPorts(ports: readonly PortRange[], others: readonly PortRange[]): PortRange[] {
  return others.reduce<PortRange[]>(
    (rest, { protocol, first, last }) =>
      rest.flatMap((port) => {
        if (port.protocol !== protocol || port.last < first || port.first > last) return [port];
        return [
          ...(port.first < first ? [{ ...port, last: first - 1 }] : []),
          ...(port.last > last ? [{ ...port, first: last + 1 }] : []),
        ];
      }),
    [...ports],
  );
}

/** One way that is open, and was not. */
interface NewConnection {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  /** What may have opened it, the likeliest first. */
  readonly by: readonly ManifestObject[];
}

const policiesOf = (openings: readonly Opening[] | 'everything', suits: (opening: Opening) => boolean) =>
  openings === 'everything' ? [] : openings.filter(suits).map(({ policy }) => policy);

/** Removed policies that may have held an endpoint. */
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
      // Nothing that was there is opened by what is new, unless anybody may come.
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

/** Whom a list of endpoints and addresses names: who stands for other pods stands for them alone. */
function mergeNames(names: readonly string[]): string[] {
  const all = [...new Set(names)].sort();
  const spaces = all.flatMap((name) => /^any pod of namespace (.*)$/.exec(name)?.[1] ?? []);
  const isPod = (name: string) => name.startsWith('any pod') || name.includes('/');
  if (all.includes(ANYBODY)) return all.filter((name) => name === ANYBODY || !isPod(name));
  return all.filter((name) => !spaces.some((space) => name.startsWith(`${space}/`)));
}

/** As endpoints of no known namespace are shown. */
const ANYBODY = 'any pod of the cluster';
const MAX_NAMES = 4;

function formatNames(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** Ways that one object opened, as few lines as they can be told in. */
function connectionMarks(connections: readonly (NewConnection & { readonly object: ManifestObject })[]): Marked[] {
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
 * Who can connect that could not before: judged by what policies, Services and edges open before and after, and not by how they say so.
 *
 * @param prerequisites what the cluster has already
 * @param changed the objects that differ, as they are or were; a mark is of one of them
 */
export function accessWidenedMarks(
  before: readonly ManifestObject[],
  after: readonly ManifestObject[],
  prerequisites: readonly Prerequisite[],
  changed: readonly ManifestObject[],
): Marked[] {
  // What comes to where nothing was opens nothing.
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
  const inside = [
    ...groupBy(connections, ({ object }) =>
      JSON.stringify([object.kind, object.metadata.namespace, object.metadata.name]),
    ).values(),
  ];
  return [...inside.flatMap(connectionMarks), ...edgeAccessMarks(before, after, prerequisites, changed)];
}
