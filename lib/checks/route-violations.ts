import { type ManifestObject, objectName } from '../manifests/object';
import { AddressSet } from './cluster/address-set';
import type { ClusterIndex } from './cluster/cluster-index';
import { listOf } from './cluster/pods';
import { redirectsOf } from './cluster/redirects';
import type { Audience } from './cluster/route-rule';
import { routeRulesOf } from './cluster/route-rules';
import { type Exposure, exposuresOf } from './cluster/routes';
import type { Finding, Violation } from './cluster/violation';
import type { DeclaredRedirect, DeclaredRoute } from './intent';

const NO_POD = 'no pod';

function showAudience(audience: Audience): string {
  return typeof audience === 'string' ? audience : audience.join(', ');
}

function sameAudience(a: Audience, b: Audience): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  const [left, right] = [a, b].map((cidrs) => AddressSet.of(cidrs.map((cidr) => ({ cidr })))) as [
    AddressSet,
    AddressSet,
  ];
  return left.minus(right).isEmpty && right.minus(left).isEmpty;
}

/** Whether a path is below another path of the same host. */
function isBelow(inner: DeclaredRoute, outer: DeclaredRoute): boolean {
  return (
    inner.host === outer.host && inner.path !== outer.path && inner.path.startsWith(outer.path.replace(/\/?$/, '/'))
  );
}

/**
 * Rules that match requests of a longer path and have a higher priority, so that the allowlist of the longer path is bypassed. Envoy
 * Gateway is not checked, since there the longest path always has priority.
 */
function overtakenRoutes(
  exposures: readonly Exposure[],
  declared: readonly DeclaredRoute[],
  rule: string,
): Violation[] {
  const rulesOf = ({ host, path }: DeclaredRoute) => exposures.filter(({ label }) => label === `${host}${path}`);
  const inner = declared.filter(({ dialect }) => dialect !== 'envoy').map((route) => ({ route, own: rulesOf(route) }));
  return inner.flatMap(({ route, own }) =>
    declared
      .filter((outer) => own.length > 0 && isBelow(route, outer))
      .flatMap(rulesOf)
      .filter(({ conditions = [], order = 0 }) => {
        const asMany = own.filter((one) => (one.conditions ?? []).every((condition) => conditions.includes(condition)));
        return !asMany.some((one) => (one.order ?? 0) > order);
      })
      .map(({ object, path, label }) => {
        const message = `${label} takes requests for ${route.host}${route.path}, which has a lower priority, expected a higher one`;
        return { rule, object, path, message };
      }),
  );
}

/** Addresses that an object adds to a Service beside its pods. Source: kubernetes.io, EndpointSlices. */
export function foreignEndpoints(cluster: ClusterIndex): Finding[] {
  const serviceOf = ({ kind, metadata }: ManifestObject) =>
    kind === 'Endpoints' ? metadata.name : metadata.labels?.['kubernetes.io/service-name'];
  return cluster.ofKind('EndpointSlice', 'Endpoints').flatMap((object): Finding[] => {
    const service = cluster.find('Service', object.metadata.namespace, String(serviceOf(object)));
    if (service?.spec?.selector == null) return [];
    const message = `adds addresses to ${objectName(service)}, which selects its pods, expected none: clients would connect to them as well`;
    return [{ object, path: 'metadata.name', message }];
  });
}

/** Listeners of Gateways that take other hosts than their own, or routes of other namespaces. Source: gateway-api.sigs.k8s.io, Gateway. */
export function openListeners(cluster: ClusterIndex): Finding[] {
  return cluster.ofKind('Gateway').flatMap((object) =>
    listOf(object.spec?.listeners).flatMap(({ hostname, allowedRoutes }, index): Finding[] => {
      const path = `spec.listeners[${index}]`;
      const from = allowedRoutes?.namespaces?.from ?? 'Same';
      return [
        ...(hostname
          ? []
          : [
              {
                object,
                path: `${path}.hostname`,
                message: 'given none, expected the host: it takes requests for every host',
              },
            ]),
        ...(from === 'Same' || from === 'None'
          ? []
          : [
              {
                object,
                path: `${path}.allowedRoutes.namespaces.from`,
                message: `given ${from}, expected Same: routes of other namespaces may take its host`,
              },
            ]),
      ];
    }),
  );
}

/** Compares the redirects to other hosts with the declared ones: none missing, none extra, each to the same host. */
export function redirectViolations(
  cluster: ClusterIndex,
  declared: readonly DeclaredRedirect[],
  rule: string,
): Violation[] {
  const found = redirectsOf(cluster);
  const keyOf = ({ host, to }: { readonly host: string; readonly to: string }) => `${host} ${to}`;
  const [wanted, made] = [declared, found].map((all) => new Set(all.map(keyOf))) as [Set<string>, Set<string>];
  const extra = found.filter((one) => !wanted.has(keyOf(one)));
  const missing = new Map(declared.filter((one) => !made.has(keyOf(one))).map((one) => [keyOf(one), one]));
  return [
    ...extra.map(({ object, path, host, to }) => {
      const message = `${host} is redirected to ${to}, which is not declared`;
      return { rule, object, path, message };
    }),
    ...[...missing.values()].flatMap(({ host, to, workload }): Violation[] => {
      const object = cluster.podOf(workload)?.owner;
      const message = `${host} is not redirected to ${to}, which is declared`;
      return object === undefined ? [] : [{ rule, object, path: 'spec', message }];
    }),
  ];
}

/**
 * Compares the routes from outside with the declared ones: none missing, none extra, the same audience. Routes for nobody must exist as
 * well, since a shorter path would match their requests otherwise.
 */
export function routeViolations(cluster: ClusterIndex, declared: readonly DeclaredRoute[], rule: string): Violation[] {
  const wanted = new Map(declared.map((route) => [`${route.host}${route.path}`, route]));
  const found = new Set<string>();
  const exposures = exposuresOf(cluster);
  const violations = exposures.flatMap((exposure): Violation[] => {
    const { object, path, label, audience, workloads } = exposure;
    const violation = (message: string) => [{ rule, object, path, message }];
    const who = [...workloads, ...(exposure.unknownBackends ?? [])].join(' and ') || NO_POD;
    const route = wanted.get(label);
    if (!route) return violation(`${label} leads ${showAudience(audience)} to ${who}, which is not declared`);
    if (!exposure.narrowed) found.add(label);
    const to = `${route.to.namespace}/${route.to.name}`;
    return [
      ...(who === to || (audience === 'nobody' && who === NO_POD)
        ? []
        : violation(`${label} leads to ${who}, expected ${to}`)),
      ...(exposure.class === route.class
        ? []
        : violation(`${label} is of class ${exposure.class ?? 'none'}, expected ${route.class}`)),
      ...(exposure.tls === route.tls
        ? []
        : violation(
            `${label} is served ${exposure.tls ? 'by' : 'without'} TLS, expected ${route.tls ? 'TLS' : 'no TLS'}`,
          )),
      ...(exposure.exact ? violation(`${label} matches only this path, expected pathType Prefix`) : []),
      ...(sameAudience(audience, route.audience)
        ? []
        : violation(`${label} admits ${showAudience(audience)}, expected ${showAudience(route.audience)}`)),
      ...(exposure.dialect === undefined || exposure.dialect === (route.dialect ?? exposure.dialect)
        ? []
        : violation(`${label} has the allowlist of ${exposure.dialect}, expected one of ${route.dialect}`)),
    ];
  });
  const unsupported = routeRulesOf(cluster).flatMap((one) =>
    one.unsupported.map(
      (path): Violation => ({
        rule,
        object: one.object,
        path,
        message: 'may change the backend or the admitted clients, which is not analysed; remove it',
      }),
    ),
  );
  const missing = declared.flatMap(({ host, path, to, audience }): Violation[] => {
    const owner = cluster.podOf(to)?.owner;
    if (found.has(`${host}${path}`) || owner === undefined) return [];
    const message =
      audience === 'nobody'
        ? `no route refuses ${host}${path}, which is declared for nobody`
        : `no route leads from ${host}${path} to it, which is declared`;
    return [{ rule, object: owner, path: 'spec', message }];
  });
  return [...violations, ...unsupported, ...missing, ...overtakenRoutes(exposures, declared, rule)];
}
