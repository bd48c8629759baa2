import { memoizeOf } from '../../base/memoize';
import { type ManifestObject, objectName } from '../../manifests/object';
import { type ClusterIndex, selects } from './cluster-index';
import { apiGroupOf } from './field-paths';
import { type Fields, listOf } from './pods';
import type { FieldFinding } from './violation';

const namespaceOf = ({ metadata }: ManifestObject): string => metadata.namespace ?? 'default';

const namespacesOf = memoizeOf(
  ({ objects }: ClusterIndex) => new Set(objects.map(({ metadata }) => metadata.namespace)),
);

const GROUP = 'gateway.networking.k8s.io';

/** A reference of a route or Gateway to an object, perhaps in another namespace. */
interface Named {
  readonly kind: string;
  readonly namespace: unknown;
  readonly name: unknown;
  readonly path: string;
}

/** The Services that a route sends requests to, or copies of them. */
function backendsOf({ spec }: ManifestObject): Named[] {
  const named = ({ kind = 'Service', namespace, name }: Fields, path: string) => ({ kind, namespace, name, path });
  return listOf(spec?.rules).flatMap(({ backendRefs, filters }, rule) => [
    ...listOf(backendRefs).map((one, index) => named(one, `spec.rules[${rule}].backendRefs[${index}]`)),
    ...listOf(filters).flatMap(({ requestMirror }, index) =>
      requestMirror?.backendRef == null
        ? []
        : named(requestMirror.backendRef, `spec.rules[${rule}].filters[${index}].requestMirror.backendRef`),
    ),
  ]);
}

/** The Secrets of a Gateway's listeners. */
function certificatesOf({ spec }: ManifestObject): Named[] {
  return listOf(spec?.listeners).flatMap(({ tls }, listener) =>
    listOf(tls?.certificateRefs).map(({ kind = 'Secret', namespace, name }, index) => ({
      ...{ kind, namespace, name },
      path: `spec.listeners[${listener}].tls.certificateRefs[${index}]`,
    })),
  );
}

/** Whether a ReferenceGrant of a namespace allows an object to name another one there. Source: gateway-api.sigs.k8s.io, ReferenceGrant. */
function isGranted(cluster: ClusterIndex, from: ManifestObject, { kind, namespace, name }: Named): boolean {
  return cluster
    .ofKind('ReferenceGrant')
    .some(
      (grant) =>
        namespaceOf(grant) === namespace &&
        listOf(grant.spec?.from).some(
          (one) => one.group === GROUP && one.kind === from.kind && one.namespace === namespaceOf(from),
        ) &&
        listOf(grant.spec?.to).some(
          (one) => !one.group && one.kind === kind && (one.name == null || one.name === '' || one.name === name),
        ),
    );
}

/** References to another namespace that no ReferenceGrant there allows. */
function ungranted(cluster: ClusterIndex, object: ManifestObject): FieldFinding[] {
  const isGateway = object.kind === 'Gateway';
  const without = isGateway ? 'the listener is not programmed' : 'the edge answers 500';
  return (isGateway ? certificatesOf(object) : backendsOf(object)).flatMap((one): FieldFinding[] => {
    const { kind, namespace, path } = one;
    const isOwn = typeof namespace !== 'string' || namespace === namespaceOf(object);
    if (isOwn || kind !== (isGateway ? 'Secret' : 'Service') || isGranted(cluster, object, one)) return [];
    const message = `given "${namespace}", expected a ReferenceGrant there that allows a ${object.kind} of ${namespaceOf(object)} to name ${kind}s; without it ${without}`;
    // A grant may be applied with the objects of the other namespace, where none of them are here.
    const level = namespacesOf(cluster).has(namespace) ? 'broken' : 'risk';
    return [{ path: `${path}.namespace`, message, level }];
  });
}

/** The protocols of listeners that take each kind of route. Source: gateway-api.sigs.k8s.io, API Overview, Route summary table. */
const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
  HTTPRoute: ['HTTP', 'HTTPS'],
  GRPCRoute: ['HTTP', 'HTTPS'],
  TLSRoute: ['TLS'],
  TCPRoute: ['TCP', 'TLS'],
  UDPRoute: ['UDP'],
};

/** Whether a listener is of a protocol that its kind of route is for. Implementations may have protocols of their own. */
function speaks({ protocol }: Fields, { kind }: ManifestObject): boolean {
  const isKnown = Object.values(PROTOCOLS).some((all) => all.includes(protocol));
  return !isKnown || PROTOCOLS[kind]?.includes(protocol) === true;
}

/** Whether a selector may match a namespace. What labels a namespace has that is not in the set is not known. */
function maySelect(cluster: ClusterIndex, selector: Fields, namespace: string): boolean {
  const given = cluster.prerequisites.find(({ kind, name }) => kind === 'Namespace' && name === namespace);
  const isKnown = given !== undefined || cluster.find('Namespace', undefined, namespace) !== undefined;
  if (isKnown) return selects(selector, { ...given?.labels, ...cluster.labelsOfNamespace(namespace) });
  const name = selector?.matchLabels?.['kubernetes.io/metadata.name'];
  return name === undefined || name === namespace;
}

/** Whether a listener takes routes of a namespace. Source: gateway-api.sigs.k8s.io, AllowedRoutes. */
function admits(cluster: ClusterIndex, gateway: ManifestObject, listener: Fields, route: ManifestObject): boolean {
  const { namespaces, kinds: listed } = listener.allowedRoutes ?? {};
  const { from = 'Same', selector } = namespaces ?? {};
  const kinds = listOf(listed);
  if (kinds.length > 0 && !kinds.some(({ kind }) => kind === route.kind)) return false;
  if (!speaks(listener, route)) return false;
  if (from === 'All') return true;
  if (from === 'None') return false;
  const own = namespaceOf(route);
  return from === 'Selector' ? maySelect(cluster, selector, own) : own === namespaceOf(gateway);
}

/** Whether a host of a listener and one of a route have a name in common. */
function intersect(one: string, other: string): boolean {
  const isWithin = (host: string, wildcard: string) => wildcard.startsWith('*.') && host.endsWith(wildcard.slice(1));
  return one === other || isWithin(one, other) || isWithin(other, one);
}

function servesHost({ hostname }: Fields, { spec }: ManifestObject): boolean {
  const hosts = listOf(spec?.hostnames).filter((host) => typeof host === 'string');
  return (
    typeof hostname !== 'string' ||
    hostname === '' ||
    hosts.length === 0 ||
    hosts.some((host) => intersect(hostname, host))
  );
}

function unattachedParents(cluster: ClusterIndex, route: ManifestObject): FieldFinding[] {
  return listOf(route.spec?.parentRefs).flatMap(
    ({ kind = 'Gateway', namespace, name, sectionName, port }, index): FieldFinding[] => {
      const gateway =
        kind === 'Gateway' ? cluster.find('Gateway', String(namespace ?? namespaceOf(route)), String(name)) : undefined;
      const listeners = listOf(gateway?.spec?.listeners).filter(
        (one) => (sectionName == null || one.name === sectionName) && (port == null || one.port === port),
      );
      const path = `spec.parentRefs[${index}]`;
      if (gateway === undefined) return [];
      if (listeners.length === 0) {
        const ports = listOf(gateway.spec?.listeners).map((one) => one.port);
        const message = `given ${port}, expected a port of a listener of ${objectName(gateway)}: ${ports.join(', ')}`;
        return sectionName == null && ports.length > 0 ? [{ path: `${path}.port`, message, level: 'broken' }] : [];
      }
      const admitting = listeners.filter((one) => admits(cluster, gateway, one, route));
      if (admitting.length === 0) {
        const of = `${objectName(gateway)}, whose listeners`;
        const message = listeners.some((one) => speaks(one, route))
          ? `given ${of} take no ${route.kind} of namespace ${namespaceOf(route)}, expected one that does: allowedRoutes.namespaces.from is Same where it is not set`
          : `given ${of} take no ${route.kind}, expected one with the protocol ${PROTOCOLS[route.kind]?.join(' or ')}`;
        return [{ path, message, level: 'broken' }];
      }
      if (admitting.some((one) => servesHost(one, route))) return [];
      const hosts = admitting.map(({ hostname }) => hostname).join(', ');
      return [
        {
          path: 'spec.hostnames',
          level: 'broken',
          message: `given ${listOf(route.spec?.hostnames).join(', ')}, expected a host that ${objectName(gateway)} listens for: ${hosts}`,
        },
      ];
    },
  );
}

/** Routes that are attached to no listener, and references that no ReferenceGrant allows. */
export function attachmentFindings(cluster: ClusterIndex): (FieldFinding & { readonly object: ManifestObject })[] {
  return cluster
    .ofKind('Gateway', ...Object.keys(PROTOCOLS))
    .filter(({ apiVersion }) => apiGroupOf(apiVersion) === GROUP)
    .flatMap((object) =>
      [...ungranted(cluster, object), ...unattachedParents(cluster, object)].map((finding) => ({ object, ...finding })),
    );
}
