import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { type Fields, listOf } from './pods';
import { annotationsOf, audienceOf, type Dialect, namespaceOf, type RouteRule } from './route-rule';

/** The effect of Traefik's Middlewares on the audience of a route. */
export interface MiddlewareEffect {
  readonly audience: RouteRule['audience'];
  readonly dialect?: Dialect;
  readonly unsupported: readonly string[];
}

/** Whether the effect of a Middleware is analysed: it does not change the backend, and restricts clients only by ipAllowList. */
function isSupported(spec: Fields, route: string): boolean {
  const { stripPrefix, headers, ipAllowList, buffering, rateLimit, redirectScheme, compress, ...others } = spec ?? {};
  if (Object.keys(others).length > 0) return false;
  // Clients can forge a header from which the client address is taken.
  if (ipAllowList?.ipStrategy || headers?.customRequestHeaders) return false;
  return !stripPrefix || JSON.stringify(stripPrefix.prefixes) === JSON.stringify([route]);
}

/** The combined effect of the Middlewares of a route. */
export function middlewareEffect(
  cluster: ClusterIndex,
  namespace: string,
  route: string,
  names: readonly { readonly name: unknown; readonly path: string }[],
): MiddlewareEffect {
  const found = names.map(({ name, path }) => ({
    path,
    spec: cluster.find('Middleware', namespace, String(name))?.spec,
  }));
  const [list] = found.flatMap(({ spec }) => (Array.isArray(spec?.ipAllowList?.sourceRange) ? [spec.ipAllowList] : []));
  return {
    audience: list === undefined ? 'everyone' : audienceOf(listOf(list.sourceRange)),
    ...(list !== undefined && { dialect: 'traefik' }),
    unsupported: found.filter(({ spec }) => spec === undefined || !isSupported(spec, route)).map(({ path }) => path),
  };
}

const HOST_AND_PATH =
  /^Host\(`([^`]+)`\)(?: && (?:PathPrefix\(`(\/)`\)|\(Path\(`(\/[^`]+)`\) \|\| PathPrefix\(`\3\/`\)\)))?(?: && (.+))?$/;

/** Whether the rest of a rule only adds conditions. A top-level "||" would match more requests. */
function onlyNarrows(rest: string): boolean {
  let depth = 0;
  for (const [part] of rest.matchAll(/`[^`]*`|[()]|\|\|/g)) {
    if (part === '(') depth++;
    else if (part === ')') depth--;
    else if (part === '||' && depth === 0) return false;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** The host, prefix and further conditions of a Traefik rule, if it has the form that charts generate. */
export function parseMatch(match: string): { host: string; route: string; conditions: string[] } | undefined {
  const [, host, root, prefix, rest] = HOST_AND_PATH.exec(match) ?? [];
  if (host === undefined || (rest !== undefined && !onlyNarrows(rest))) return undefined;
  return { host, route: prefix ?? root ?? '/', conditions: rest === undefined ? [] : [rest] };
}

/** Traefik's service without a backend, for routes whose Middleware answers: a redirect or a refusal. */
const NO_SERVICE = 'noop@internal';

/** The rules of an IngressRoute. */
export function ingressRouteRules(cluster: ClusterIndex, object: ManifestObject): RouteRule[] {
  const namespace = namespaceOf(object);
  const given = object.spec?.ingressClassName ?? annotationsOf(object)['kubernetes.io/ingress.class'];
  return listOf(object.spec?.routes).flatMap((one, index): RouteRule[] => {
    const path = `spec.routes[${index}]`;
    const services = listOf(one.services).map(({ kind = 'Service', namespace: own = namespace, name, port }) => ({
      namespace: String(own),
      name: kind === 'Service' ? String(name) : `${name} (${kind})`,
      port,
    }));
    const match = String(one.match);
    const { host, route, conditions } = parseMatch(match) ?? { host: match, route: '', conditions: [] };
    const names = listOf(one.middlewares).map(({ name, namespace: own }, at) => ({
      // By default Traefik refuses Middlewares of other namespaces.
      name: own === undefined || own === namespace ? name : undefined,
      path: `${path}.middlewares[${at}]`,
    }));
    const effect = middlewareEffect(cluster, namespace, route, names);
    const nothing = services.every(({ name }) => name.startsWith(`${NO_SERVICE} `));
    if (nothing && effect.audience === 'everyone') return [];
    return [
      {
        object,
        path,
        host,
        route,
        exact: false,
        narrowed: conditions.length > 0,
        conditions,
        order: Number(one.priority) || match.length,
        ...effect,
        class: given,
        tls: typeof object.spec?.tls?.secretName === 'string',
        services: nothing ? [] : services,
      },
    ];
  });
}
