import { type ManifestObject, objectName } from '../../manifests/object';
import { type ClusterIndex, selects } from './cluster-index';
import { apiGroupOf } from './field-paths';
import { type Fields, listOf } from './pods';
import type { FieldFinding } from './violation';

const namespaceOf = ({ metadata }: ManifestObject): string => metadata.namespace ?? 'default';

/** Whether a ReferenceGrant of a namespace allows a route to name a Service there. Source: gateway-api.sigs.k8s.io, ReferenceGrant. */
function isGranted(cluster: ClusterIndex, route: ManifestObject, namespace: string, name: string): boolean {
  return cluster
    .ofKind('ReferenceGrant')
    .some(
      (grant) =>
        namespaceOf(grant) === namespace &&
        listOf(grant.spec?.from).some((from) => from.kind === route.kind && from.namespace === namespaceOf(route)) &&
        listOf(grant.spec?.to).some((to) => to.kind === 'Service' && (to.name == null || to.name === name)),
    );
}

function ungrantedBackends(cluster: ClusterIndex, route: ManifestObject): FieldFinding[] {
  return listOf(route.spec?.rules).flatMap(({ backendRefs }, rule) =>
    listOf(backendRefs).flatMap(({ kind = 'Service', namespace, name }, index): FieldFinding[] => {
      if (kind !== 'Service' || typeof namespace !== 'string' || namespace === namespaceOf(route)) return [];
      if (isGranted(cluster, route, namespace, String(name))) return [];
      const message = `given "${namespace}", expected a ReferenceGrant there that allows a ${route.kind} of ${namespaceOf(route)} to name Services; without it the edge answers 500`;
      return [{ path: `spec.rules[${rule}].backendRefs[${index}].namespace`, message }];
    }),
  );
}

/** Whether a listener takes routes of a namespace. Source: gateway-api.sigs.k8s.io, AllowedRoutes. */
function admits(
  cluster: ClusterIndex,
  gateway: ManifestObject,
  { allowedRoutes }: Fields,
  route: ManifestObject,
): boolean {
  const { from = 'Same', selector } = allowedRoutes?.namespaces ?? {};
  const kinds = listOf(allowedRoutes?.kinds);
  if (kinds.length > 0 && !kinds.some(({ kind }) => kind === route.kind)) return false;
  if (from === 'All') return true;
  if (from === 'None') return false;
  const own = namespaceOf(route);
  return from === 'Selector' ? selects(selector, cluster.labelsOfNamespace(own)) : own === namespaceOf(gateway);
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
      if (gateway === undefined || listeners.length === 0) return [];
      const admitting = listeners.filter((one) => admits(cluster, gateway, one, route));
      const path = `spec.parentRefs[${index}]`;
      if (admitting.length === 0) {
        const message = `given ${objectName(gateway)}, whose listeners take no ${route.kind} of namespace ${namespaceOf(route)}, expected one that does: allowedRoutes.namespaces.from is Same where it is not set`;
        return [{ path, message }];
      }
      if (admitting.some((one) => servesHost(one, route))) return [];
      const hosts = admitting.map(({ hostname }) => hostname).join(', ');
      return [
        {
          path: 'spec.hostnames',
          message: `given ${listOf(route.spec?.hostnames).join(', ')}, expected a host that ${objectName(gateway)} listens for: ${hosts}`,
        },
      ];
    },
  );
}

const ROUTES = ['HTTPRoute', 'GRPCRoute', 'TLSRoute'];

/** Routes that are attached to no listener, and backends that no ReferenceGrant allows. */
export function attachmentFindings(cluster: ClusterIndex): (FieldFinding & { readonly object: ManifestObject })[] {
  return cluster
    .ofKind(...ROUTES)
    .filter(({ apiVersion }) => apiGroupOf(apiVersion) === 'gateway.networking.k8s.io')
    .flatMap((object) =>
      [...ungrantedBackends(cluster, object), ...unattachedParents(cluster, object)].map((finding) => ({
        object,
        ...finding,
      })),
    );
}
