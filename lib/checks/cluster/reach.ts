import { groupBy } from '../../base/group';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { AddressSet } from './address-set';
import { ClusterIndex } from './cluster-index';
import { type Endpoint, Network, type Opening, type PortRange, showEndpoint, showPorts } from './network';
import type { Prerequisite } from './prerequisite';
import { exposuresOf } from './routes';

/** One way that is open: both ends allow it. */
export interface OpenConnection {
  readonly from: string;
  readonly to: string;
  /** As in `TCP 8000`. */
  readonly port: string;
  /** What leads there: the object of an edge, or a policy. */
  readonly by: string;
}

/** What two lists of ports have in common. */
export function intersectPorts(a: readonly PortRange[], b: readonly PortRange[]): PortRange[] {
  return a.flatMap(({ protocol, first, last }) =>
    b
      .filter((other) => other.protocol === protocol && other.first <= last && other.last >= first)
      .map((other) => ({ protocol, first: Math.max(first, other.first), last: Math.min(last, other.last) })),
  );
}

/** The ports of the first list that are not in the second. */
export function subtractPorts(ports: readonly PortRange[], others: readonly PortRange[]): PortRange[] {
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

/** The ports that openings leave open between an endpoint and another one: all of them where no policy holds it. */
export function openPortsWith(openings: readonly Opening[] | 'everything', other: Endpoint): readonly PortRange[] {
  if (openings === 'everything')
    return [
      { protocol: 'TCP', first: 1, last: 65535 },
      { protocol: 'UDP', first: 1, last: 65535 },
    ];
  return openings.filter(({ endpoints }) => endpoints.includes(other)).flatMap(({ ports }) => ports);
}

/** Addresses as they are shown. */
export function showAddresses(addresses: AddressSet): string {
  return addresses.isInternet ? 'the Internet' : String(addresses);
}

/** The ways into one endpoint from other pods. */
function inboundConnections(network: Network, to: Endpoint): OpenConnection[] {
  const openings = network.openings(to, 'ingress');
  if (openings === 'everything') {
    return [{ from: 'any pod of the cluster', to: showEndpoint(to), port: 'any port', by: 'no policy' }];
  }
  return openings.flatMap(({ endpoints, ports, policy, addresses }) => [
    ...endpoints.flatMap((from) => {
      const both = intersectPorts(openPortsWith(network.openings(from, 'egress'), to), ports);
      return both.length === 0
        ? []
        : [{ from: showEndpoint(from), to: showEndpoint(to), port: showPorts(both), by: objectName(policy) }];
    }),
    ...(addresses.isEmpty
      ? []
      : [{ from: showAddresses(addresses), to: showEndpoint(to), port: showPorts(ports), by: objectName(policy) }]),
  ]);
}

/** The ways out of one endpoint: to addresses, and to pods that stand under no policy of ours. */
function outboundConnections(network: Network, from: Endpoint): OpenConnection[] {
  const openings = network.openings(from, 'egress');
  if (openings === 'everything')
    return [{ from: showEndpoint(from), to: 'anywhere', port: 'any port', by: 'no policy' }];
  return openings.flatMap(({ endpoints, ports, policy, addresses }) => {
    const connection = (to: string): OpenConnection => ({
      from: showEndpoint(from),
      to,
      port: showPorts(ports),
      by: objectName(policy),
    });
    const others = endpoints.filter(
      ({ origin, namespace }) => origin === 'given' && !network.namespaceObject(namespace),
    );
    return [
      ...others.map((to) => connection(showEndpoint(to))),
      ...(addresses.isEmpty ? [] : [connection(showAddresses(addresses))]),
    ];
  });
}

/** Who can reach whom on which port, from outside, from inside the cluster, and between components. */
export function openConnectionsOf(
  objects: readonly ManifestObject[],
  prerequisites: readonly Prerequisite[],
): OpenConnection[] {
  const cluster = new ClusterIndex(objects, prerequisites);
  const network = new Network(cluster);
  const outside = exposuresOf(cluster).flatMap(({ object, label: what, audience, workloads }) =>
    // Said though it is no way: below a path that is open, it would seem to be one.
    (audience === 'nobody' ? ['any pod'] : workloads).map((to) => {
      const who = audience === 'everyone' ? 'the Internet' : audience;
      return { from: typeof who === 'string' ? who : who.join(', '), to, port: what, by: objectName(object) };
    }),
  );
  const inside = network.endpoints.filter(
    ({ origin, namespace }) => origin !== 'stranger' && network.namespaceObject(namespace),
  );
  const connections = [
    ...outside,
    ...inside.flatMap((endpoint) => inboundConnections(network, endpoint)),
    ...inside
      .filter(({ origin }) => origin === 'workload')
      .flatMap((endpoint) => outboundConnections(network, endpoint)),
  ];
  return [...groupBy(connections, ({ from, to, port }) => `${from}|${to}|${port}`).values()].map(
    ([connection]) => connection as OpenConnection,
  );
}
