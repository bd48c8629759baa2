import { groupBy } from '../../base/group';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { AddressSet } from './address-set';
import { ClusterIndex } from './cluster-index';
import { type Endpoint, Network, type Opening, type PortRange, showEndpoint, showPorts } from './network';
import type { Prerequisite } from './prerequisite';
import { exposuresOf } from './routes';

/** A connection that is open at both ends. */
export interface OpenConnection {
  readonly from: string;
  readonly to: string;
  /** As in `TCP 8000`. */
  readonly port: string;
  /** The edge object or policy that opens it. */
  readonly by: string;
}

/** The ports that two lists have in common. */
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

/** The ports that openings allow with another endpoint. All ports if no policy isolates the endpoint. */
export function openPortsWith(openings: readonly Opening[] | 'everything', other: Endpoint): readonly PortRange[] {
  if (openings === 'everything')
    return [
      { protocol: 'TCP', first: 1, last: 65535 },
      { protocol: 'UDP', first: 1, last: 65535 },
    ];
  return openings.filter(({ endpoints }) => endpoints.includes(other)).flatMap(({ ports }) => ports);
}

/** Addresses as text: "the Internet", or ranges. */
export function showAddresses(addresses: AddressSet): string {
  return addresses.isInternet ? 'the Internet' : String(addresses);
}

/** The connections to an endpoint, from pods and addresses. */
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

/** The connections from an endpoint to addresses, and to given pods in namespaces outside of the set. */
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

/** All open connections: from outside, from inside the cluster, and between workloads. */
export function openConnectionsOf(
  objects: readonly ManifestObject[],
  prerequisites: readonly Prerequisite[],
): OpenConnection[] {
  const cluster = new ClusterIndex(objects, prerequisites);
  const network = new Network(cluster);
  const outside = exposuresOf(cluster).flatMap(({ object, label, audience, workloads }) =>
    // Refused paths are listed as well, since a shorter open path would seem to include them.
    (audience === 'nobody' ? ['any pod'] : workloads).map((to) => {
      const who = audience === 'everyone' ? 'the Internet' : audience;
      return { from: typeof who === 'string' ? who : who.join(', '), to, port: label, by: objectName(object) };
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
