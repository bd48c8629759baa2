import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { type Fields, listOf } from './pods';
import { audienceOf, namespaceOf, type RouteRule, unionOf } from './route-rule';
import { type MiddlewareEffect, middlewareEffect } from './traefik-rules';

/** The audience of a route by Envoy Gateway's SecurityPolicies: the union of their allowlists, since only one policy is in effect. */
function securityPolicyEffect(
  cluster: ClusterIndex,
  { metadata: { name } }: ManifestObject,
  namespace: string,
): MiddlewareEffect {
  const targetsOf = ({ spec }: ManifestObject): Fields[] =>
    [...listOf(spec?.targetRefs), ...(spec?.targetRef ? [spec.targetRef] : [])].filter(
      (target) => target.kind === 'HTTPRoute' && target.name === name,
    );
  const policies = cluster
    .ofKind('SecurityPolicy')
    .filter((policy) => namespaceOf(policy) === namespace)
    .filter((policy) => targetsOf(policy).length > 0 || listOf(policy.spec?.targetSelectors).length > 0);
  // A policy for a single rule does not protect the other rules.
  const whole = policies.some((policy) => targetsOf(policy).some(({ sectionName }) => !sectionName));
  if (!whole) return { audience: 'everyone', unsupported: [] };
  const lists = policies.map(({ spec }): RouteRule['audience'] => {
    const { defaultAction, rules } = spec?.authorization ?? {};
    const allowed = listOf(rules).filter(({ action }) => action !== 'Deny');
    const ranges = allowed.flatMap(({ principal }) => listOf(principal?.clientCIDRs).map(String));
    const closed = defaultAction === 'Deny' && allowed.every(({ principal }) => listOf(principal?.clientCIDRs).length);
    if (!closed) return 'everyone';
    return ranges.length === 0 ? 'nobody' : audienceOf(ranges);
  });
  return { audience: unionOf(lists), dialect: 'envoy', unsupported: [] };
}

/** The listeners of Gateways that a route is attached to. */
function listenersOf(cluster: ClusterIndex, object: ManifestObject) {
  return listOf(object.spec?.parentRefs).flatMap(({ name, namespace = namespaceOf(object), sectionName }) => {
    const spec = cluster.find('Gateway', String(namespace), String(name))?.spec;
    const listeners = listOf(spec?.listeners).filter((one) => sectionName === undefined || one.name === sectionName);
    return listeners.map(({ hostname, protocol, tls }) => ({
      class: spec?.gatewayClassName as string | undefined,
      hostname: hostname as string | undefined,
      secure: protocol === 'HTTPS' && listOf(tls?.certificateRefs).length > 0,
    }));
  });
}

/** Whether a rule only redirects: to TLS, or to another host with the same path. */
function isRedirect({ backendRefs, filters }: Fields): boolean {
  const redirects = listOf(filters).flatMap(({ requestRedirect }) => (requestRedirect ? [requestRedirect] : []));
  const plain = redirects.every(({ scheme, hostname, path }) => (scheme === 'https' || hostname) && !path);
  return redirects.length > 0 && plain && listOf(backendRefs).length === 0;
}

/** Whether a rule has no backend and no filter. Its requests are answered with an error. */
function hasNoBackend({ backendRefs, filters }: Fields): boolean {
  return listOf(backendRefs).length === 0 && listOf(filters).length === 0;
}

/** Filters whose effect on routing is not analysed. */
function unsupportedFilters(filters: readonly Fields[], path: string): string[] {
  return filters.flatMap(({ type, urlRewrite }, index) => {
    const strips =
      type === 'URLRewrite' &&
      !urlRewrite?.hostname &&
      urlRewrite?.path?.type === 'ReplacePrefixMatch' &&
      urlRewrite.path.replacePrefixMatch === '/';
    const known = ['ResponseHeaderModifier', 'ExtensionRef', 'RequestRedirect'].includes(type) || strips;
    return known ? [] : [`${path}.filters[${index}]`];
  });
}

/** The conditions of a match beside the path, as texts. */
function conditionsOf({ method, headers, queryParams }: Fields): string[] {
  const conditions = {
    method: method === undefined ? [] : [method],
    headers: listOf(headers),
    query: listOf(queryParams),
  };
  return Object.entries(conditions).flatMap(([where, all]) => all.map((one) => JSON.stringify([where, one])));
}

/** The priority of a match, as Traefik computes it: a method weighs as much as ten characters of the path. */
function orderOf({ path, method, headers, queryParams }: Fields): number {
  const value = String(path?.value ?? '/');
  const prefix = value === '/' ? 1 : 10_000 + 100 * value.length;
  const ofPath = path?.type === 'Exact' ? 100_000 : prefix;
  return ofPath + (method === undefined ? 0 : 1000) + 100 * listOf(headers).length + 10 * listOf(queryParams).length;
}

/** The rules of an HTTPRoute, with the access rules of Traefik or Envoy Gateway. */
export function httpRouteRules(cluster: ClusterIndex, object: ManifestObject): RouteRule[] {
  const namespace = namespaceOf(object);
  const listeners = listenersOf(cluster, object);
  const own = listOf(object.spec?.hostnames).map(String);
  const hosts = own.length > 0 ? own : [...new Set(listeners.map(({ hostname }) => hostname ?? '*'))];
  const policyEffect = securityPolicyEffect(cluster, object, namespace);
  return listOf(object.spec?.rules).flatMap((rule, index): RouteRule[] => {
    if (isRedirect(rule) || hasNoBackend(rule)) return [];
    const path = `spec.rules[${index}]`;
    const filters = listOf(rule.filters);
    const names = filters.flatMap(({ extensionRef }, at) =>
      extensionRef
        ? [{ name: extensionRef.kind === 'Middleware' ? extensionRef.name : undefined, path: `${path}.filters[${at}]` }]
        : [],
    );
    const services = listOf(rule.backendRefs).map(({ kind = 'Service', namespace: other = namespace, name, port }) => ({
      namespace: String(other),
      name: kind === 'Service' ? String(name) : `${name} (${kind})`,
      port,
    }));
    const inner = listOf(rule.backendRefs).flatMap((one, at) =>
      listOf(one.filters).length > 0 ? [`${path}.backendRefs[${at}].filters`] : [],
    );
    const matches = listOf(rule.matches).length > 0 ? listOf(rule.matches) : [{}];
    return (hosts.length > 0 ? hosts : ['*']).flatMap((host) => {
      const attached = listeners.filter(({ hostname }) => hostname === undefined || hostname === host);
      return matches.map((match, at): RouteRule => {
        const route = String(match.path?.value ?? '/');
        const middlewares = middlewareEffect(cluster, namespace, route, names);
        const conditions = conditionsOf(match);
        return {
          object,
          path: matches.length > 1 ? `${path}.matches[${at}]` : path,
          host,
          route,
          exact: (match.path?.type ?? 'PathPrefix') !== 'PathPrefix',
          narrowed: attached.length === 0 || conditions.length > 0,
          conditions,
          order: orderOf(match),
          ...(middlewares.dialect === undefined ? policyEffect : middlewares),
          class: attached[0]?.class,
          tls: attached.length > 0 && attached.every(({ secure }) => secure),
          services,
          unsupported: at === 0 ? [...middlewares.unsupported, ...unsupportedFilters(filters, path), ...inner] : [],
        };
      });
    });
  });
}
