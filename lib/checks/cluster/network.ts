import { groupBy } from '../../base/group';
import type { ManifestObject } from '../../manifests/object';
import { AddressSet, EVERY_ADDRESS } from './address-set';
import { type ClusterIndex, selects } from './cluster-index';
import { containersOf, type Fields, listOf } from './pods';
import { type Direction, directionsOf, isPolicy } from './policies';
import type { AddressRange } from './prerequisite';

/**
 * Pods that NetworkPolicies treat alike: the pods of a workload, pods of a prerequisite ("given"), or a *stranger*: an arbitrary pod,
 * one for each known namespace and one for all other namespaces. A policy that admits a stranger admits any pod.
 */
export interface Endpoint {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly origin: 'workload' | 'given' | 'stranger';
  /** The object that creates the pods. @default - none: not a workload */
  readonly owner?: ManifestObject;
  /** Container ports by name. */
  readonly ports: Readonly<Record<string, number>>;
}

/** A range of ports of one protocol, both bounds included. */
export interface PortRange {
  readonly protocol: string;
  readonly first: number;
  readonly last: number;
}

/** What one rule of a policy opens. */
export interface Opening {
  readonly policy: ManifestObject;
  readonly path: string;
  readonly ports: readonly PortRange[];
  readonly endpoints: readonly Endpoint[];
  readonly addresses: AddressSet;
}

const UNKNOWN_NAMESPACE = '(any other namespace)';
const EVERY_PORT: readonly PortRange[] = ['TCP', 'UDP', 'SCTP'].map((protocol) => ({
  protocol,
  first: 1,
  last: 65535,
}));
/** "TCP 8000", "any port" */
export function showPorts(ports: readonly PortRange[]): string {
  const shown = ports.map(({ protocol, first, last }) => `${protocol} ${first === last ? first : `${first}-${last}`}`);
  return ports.some(({ first, last }) => first === 1 && last === 65535) ? 'any port' : shown.join(', ');
}

/** "shop/api", "any pod of namespace shop" */
export function showEndpoint({ namespace, name, origin }: Endpoint): string {
  if (origin !== 'stranger') return `${namespace}/${name}`;
  return namespace === UNKNOWN_NAMESPACE ? 'any pod of the cluster' : `any pod of namespace ${namespace}`;
}

/** The connections that NetworkPolicies allow. Source: kubernetes.io, Network Policies. */
export class Network {
  readonly endpoints: readonly Endpoint[];
  private readonly byNamespace: ReadonlyMap<string, readonly Endpoint[]>;
  private readonly policies: ReadonlyMap<string, readonly ManifestObject[]>;
  private readonly blocks = new Map<string, AddressSet>();
  private readonly matched = new Map<string, readonly Endpoint[]>();

  constructor(private readonly cluster: ClusterIndex) {
    const workloads = cluster.pods.map(({ owner, namespace, name, labels, ...pod }): Endpoint => {
      const ports = containersOf({ owner, namespace, name, labels, ...pod }).flatMap(({ fields }) =>
        listOf(fields.ports).flatMap(({ name: port, containerPort }) =>
          port === undefined ? [] : [[port, containerPort]],
        ),
      );
      return { namespace, name, labels, origin: 'workload', owner, ports: Object.fromEntries(ports) };
    });
    const given = cluster.prerequisites.flatMap(({ kind, namespace, name, labels = {} }): Endpoint[] =>
      kind === 'Pod' && namespace !== undefined ? [{ namespace, name, labels, origin: 'given', ports: {} }] : [],
    );
    // Pods that lack one label of a given pod. A policy that admits them is wider than the given pod needs.
    const alike = given.flatMap(({ namespace, labels }) =>
      Object.keys(labels).map((dropped): Endpoint => {
        const { [dropped]: _, ...rest } = labels;
        return { namespace, name: '*', labels: rest, origin: 'stranger', ports: {} };
      }),
    );
    const namespaces = new Set(cluster.ofKind('Namespace').map(({ metadata }) => metadata.name));
    for (const { namespace } of [...workloads, ...given]) namespaces.add(namespace);
    const strangers = [...namespaces, UNKNOWN_NAMESPACE].map(
      (namespace): Endpoint => ({ namespace, name: '*', labels: {}, origin: 'stranger', ports: {} }),
    );
    this.endpoints = [...workloads, ...given, ...alike, ...strangers];
    this.byNamespace = groupBy(this.endpoints, ({ namespace }) => namespace);
    const policies = cluster.ofKind('NetworkPolicy').filter(isPolicy);
    const labelKeys = ({ metadata: { namespace = 'default' }, spec }: ManifestObject) =>
      Object.entries<Fields>(spec?.podSelector?.matchLabels ?? {}).map((label) => labelKey(namespace, label));
    const uses = groupBy(policies.flatMap(labelKeys), (key) => key);
    const rarity = (key: string) => uses.get(key)?.length ?? 0;
    // Indexed by the rarest label of the selector, so that each endpoint has few candidates.
    this.policies = groupBy(policies, (policy) => {
      const [rarest] = labelKeys(policy).sort((a, b) => rarity(a) - rarity(b));
      return rarest ?? labelKey(policy.metadata.namespace ?? 'default');
    });
  }

  /** The Namespace object of the set, or undefined for a namespace outside of it. */
  namespaceObject(namespace: string): ManifestObject | undefined {
    return this.cluster.find('Namespace', undefined, namespace);
  }

  /**
   * What the policies open for an endpoint in one direction, or "everything" if no policy isolates it in that direction.
   */
  openings(endpoint: Endpoint, direction: Direction): readonly Opening[] | 'everything' {
    const keys = [
      labelKey(endpoint.namespace),
      ...Object.entries(endpoint.labels).map((label) => labelKey(endpoint.namespace, label)),
    ];
    const candidates = keys.flatMap((key) => this.policies.get(key) ?? []);
    const own = candidates.filter(
      (policy) => directionsOf(policy).includes(direction) && selects(policy.spec?.podSelector, endpoint.labels),
    );
    if (own.length === 0) return 'everything';
    return own.flatMap((policy) =>
      listOf(policy.spec?.[direction]).map((rule, index) => this.opening(policy, endpoint, direction, rule, index)),
    );
  }

  /** Memoized, since many policies contain the same blocks. */
  private addressesOf(blocks: readonly AddressRange[]): AddressSet {
    const key = JSON.stringify(blocks);
    const addresses = this.blocks.get(key) ?? AddressSet.of(blocks);
    this.blocks.set(key, addresses);
    return addresses;
  }

  private opening(policy: ManifestObject, self: Endpoint, direction: Direction, rule: Fields, index: number): Opening {
    const peers = listOf(rule[direction === 'ingress' ? 'from' : 'to']);
    const path = `spec.${direction}[${index}]`;
    const ports = portsOf(rule, direction === 'ingress' ? self : undefined);
    if (peers.length === 0) {
      return { policy, path, ports, endpoints: this.endpoints, addresses: EVERY_ADDRESS };
    }
    const blocks = peers.flatMap(({ ipBlock }): AddressRange[] => (ipBlock ? [ipBlock] : []));
    const selected = peers.filter(({ ipBlock }) => !ipBlock).map((peer) => this.matching(peer, self.namespace));
    return {
      policy,
      path,
      ports,
      endpoints: selected.length === 1 ? (selected[0] ?? []) : [...new Set(selected.flat())],
      addresses: this.addressesOf(blocks),
    };
  }

  /** The endpoints that a peer of a policy in a namespace selects. */
  private matching(peer: Fields, namespace: string): readonly Endpoint[] {
    const { namespaceSelector, podSelector } = peer;
    const key = JSON.stringify([namespaceSelector === undefined ? namespace : '', namespaceSelector, podSelector]);
    const known = this.matched.get(key);
    if (known) return known;
    const found = this.namespacesOf(namespaceSelector, namespace).flatMap((name) =>
      // In an unknown namespace, a pod may have any labels.
      (this.byNamespace.get(name) ?? []).filter(
        ({ labels }) => name === UNKNOWN_NAMESPACE || selects(podSelector, labels),
      ),
    );
    this.matched.set(key, found);
    return found;
  }

  private namespacesOf(selector: Fields, own: string): readonly string[] {
    if (selector === undefined || selector === null) return [own];
    const named = selector.matchLabels?.['kubernetes.io/metadata.name'];
    const candidates = typeof named === 'string' ? [named] : [...this.byNamespace.keys()];
    return candidates.filter((name) =>
      selects(selector, name === UNKNOWN_NAMESPACE ? {} : this.cluster.labelsOfNamespace(name)),
    );
  }
}

function labelKey(namespace: string, label: readonly [string, unknown] | readonly [] = []): string {
  return [namespace, ...label].join('/');
}

/** The ports of a rule. Names are resolved by the target pod. Unknown names count as any port. */
function portsOf(rule: Fields, self: Endpoint | undefined): readonly PortRange[] {
  const ports = listOf(rule.ports);
  if (ports.length === 0) return EVERY_PORT;
  return ports.map(({ protocol = 'TCP', port, endPort }): PortRange => {
    const first = typeof port === 'string' ? (self?.ports[port] ?? Number.NaN) : port;
    return Number.isInteger(first)
      ? { protocol, first, last: Number.isInteger(endPort) ? endPort : first }
      : { protocol, first: 1, last: 65535 };
  });
}
