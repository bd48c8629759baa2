import type { ManifestObject } from '../../manifests/object';
import { type Facts, type Fields, listOf } from './facts';

/** Whose words tell an edge who may come: annotations, Middlewares, or policies. */
export type Words = 'nginx' | 'traefik' | 'envoy';

/** What one rule of an edge's object leads on. */
export interface RouteRule {
  readonly object: ManifestObject;
  /** Where it stands. */
  readonly path: string;
  readonly host: string;
  /** The prefix of the paths that it leads on. */
  readonly route: string;
  /** The path alone, and not what is below it. */
  readonly exact: boolean;
  /** Some requests to the path alone: those of a method, with a header, or at a listener of another host. */
  readonly narrowed: boolean;
  readonly audience: 'everyone' | readonly string[];
  /** In whose words the audience is told. @default - it is not told */
  readonly words?: Words;
  readonly class: string | undefined;
  readonly tls: boolean;
  /** One for each; a name with an @ is something that the edge has itself. */
  readonly services: readonly { readonly namespace: string; readonly name: string; readonly port: unknown }[];
  /** Where it says something whose effect is not known here. */
  readonly strange: readonly string[];
}

const NGINX = 'nginx.ingress.kubernetes.io/';
const ALLOWLISTS = ['whitelist-source-range', 'allowlist-source-range'];
/** Annotations that say how, and not where or for whom. */
const HARMLESS = [
  ...ALLOWLISTS,
  'ssl-redirect',
  'force-ssl-redirect',
  'proxy-body-size',
  'proxy-request-buffering',
  'proxy-buffering',
  'proxy-http-version',
  'proxy-connect-timeout',
  'proxy-read-timeout',
  'proxy-send-timeout',
  'limit-rps',
  'limit-rpm',
  'limit-connections',
  'limit-burst-multiplier',
  'custom-headers',
];

const namespaceOf = ({ metadata }: ManifestObject): string => metadata.namespace ?? 'default';

function annotationsOf({ metadata }: ManifestObject): Fields {
  const { annotations } = metadata;
  return annotations !== null && typeof annotations === 'object' ? annotations : {};
}

/** `/api(/|$)` is the prefix `/api`, and `/ai(/|$)(.*)` is `/ai` where the rest is the new path. */
function prefixOf(object: ManifestObject, path: unknown): string | undefined {
  const annotations = annotationsOf(object);
  if (annotations[`${NGINX}use-regex`] !== 'true') return undefined;
  const target = annotations[`${NGINX}rewrite-target`];
  if (target !== undefined && target !== '/$2') return undefined;
  const [end, text] = [target === undefined ? '(/|$)' : '(/|$)(.*)', String(path)];
  const prefix = text.endsWith(end) ? text.slice(0, -end.length) : '';
  return /^(\/[\w-]+)+$/.test(prefix) ? prefix : undefined;
}

/** What an annotation of the edge changes in a way that is not understood here. */
function strangeAnnotations(object: ManifestObject): string[] {
  const paths = listOf(object.spec?.rules).flatMap(({ http }) => listOf(http?.paths).map(({ path }) => path));
  const rewrites = annotationsOf(object)[`${NGINX}rewrite-target`] !== undefined;
  const plain = paths.every((path) => prefixOf(object, path) !== undefined || (path === '/' && !rewrites));
  const harmless = [...HARMLESS, ...(plain ? ['use-regex', 'rewrite-target'] : [])];
  return Object.keys(annotationsOf(object))
    .filter((key) => key.startsWith(NGINX) && !harmless.includes(key.slice(NGINX.length)))
    .map((key) => `metadata.annotations["${key}"]`);
}

function ofIngress(object: ManifestObject): RouteRule[] {
  const namespace = namespaceOf(object);
  // Two lists are names for one setting, of which a controller takes either: who is on one of them may come.
  const lists = Object.entries(annotationsOf(object)).filter(([key]) =>
    ALLOWLISTS.some((name) => key === NGINX + name),
  );
  const { rules, defaultBackend, tls, ingressClassName } = object.spec ?? {};
  const secure = listOf(tls).flatMap(({ hosts }) => listOf(hosts));
  const common = {
    object,
    narrowed: false,
    audience:
      lists.length === 0
        ? ('everyone' as const)
        : lists.flatMap(([, list]) => String(list).split(',')).map((range) => range.trim()),
    words: 'nginx' as const,
    class: ingressClassName,
  };
  const strange = strangeAnnotations(object);
  const to = (backend: Fields) => [
    { namespace, name: String(backend?.service?.name), port: backend?.service?.port?.number },
  ];
  const fallback = { path: 'spec.defaultBackend', host: '*', route: '/', exact: false, tls: secure.includes('*') };
  const found = [
    ...(defaultBackend ? [{ ...common, ...fallback, services: to(defaultBackend), strange: [] }] : []),
    ...listOf(rules).flatMap(({ host, http }, rule) =>
      listOf(http?.paths).map((one, index): RouteRule => {
        const prefix = prefixOf(object, one.path);
        return {
          ...common,
          path: `spec.rules[${rule}].http.paths[${index}]`,
          host: String(host ?? '*'),
          route: prefix ?? String(one.path ?? '/'),
          exact: one.pathType !== 'Prefix' && prefix === undefined,
          tls: secure.includes(host),
          services: to(one.backend),
          strange: [],
        };
      }),
    ),
  ];
  // What annotations say holds for all of an Ingress, and is told once.
  return found.map((rule, index) => (index === 0 ? { ...rule, strange } : rule));
}

/** What Traefik's Middlewares say of the requests that go through them. */
interface Passed {
  readonly audience: RouteRule['audience'];
  readonly words?: Words;
  readonly strange: readonly string[];
}

/** Whether a Middleware says how a request is answered, and not where it goes or for whom it passes. */
function isHarmless(spec: Fields, route: string): boolean {
  const { stripPrefix, headers, ipAllowList, buffering, rateLimit, redirectScheme, compress, ...others } = spec ?? {};
  if (Object.keys(others).length > 0) return false;
  // A client that is found in a header is whoever writes that header.
  if (ipAllowList?.ipStrategy || headers?.customRequestHeaders) return false;
  return !stripPrefix || JSON.stringify(stripPrefix.prefixes) === JSON.stringify([route]);
}

function through(
  facts: Facts,
  namespace: string,
  route: string,
  names: readonly { readonly name: unknown; readonly path: string }[],
): Passed {
  const found = names.map(({ name, path }) => ({
    path,
    spec: facts.find('Middleware', namespace, String(name))?.spec,
  }));
  const [list] = found.flatMap(({ spec }) => (Array.isArray(spec?.ipAllowList?.sourceRange) ? [spec.ipAllowList] : []));
  return {
    audience: list === undefined ? 'everyone' : listOf(list.sourceRange).map(String),
    ...(list !== undefined && { words: 'traefik' }),
    strange: found.filter(({ spec }) => spec === undefined || !isHarmless(spec, route)).map(({ path }) => path),
  };
}

const HOST_AND_PATH =
  /^Host\(`([^`]+)`\)(?: && (?:PathPrefix\(`(\/)`\)|\(Path\(`(\/[^`]+)`\) \|\| PathPrefix\(`\3\/`\)\)))?(?: && (.+))?$/;

/** Whether what is left of a rule is one condition or several that all must hold: an "or" at its top would let in more. */
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

/** The host and prefix of one of Traefik's rules, where it is of the form that is written here. */
function understood(match: string): { host: string; route: string; narrowed: boolean } | undefined {
  const [, host, root, prefix, rest] = HOST_AND_PATH.exec(match) ?? [];
  if (host === undefined || (rest !== undefined && !onlyNarrows(rest))) return undefined;
  return { host, route: prefix ?? root ?? '/', narrowed: rest !== undefined };
}

/** What Traefik answers with itself where a Middleware has answered before. */
const NOTHING = 'noop@internal';

function ofIngressRoute(facts: Facts, object: ManifestObject): RouteRule[] {
  const namespace = namespaceOf(object);
  const given = object.spec?.ingressClassName ?? annotationsOf(object)['kubernetes.io/ingress.class'];
  return listOf(object.spec?.routes).flatMap((one, index): RouteRule[] => {
    const path = `spec.routes[${index}]`;
    const services = listOf(one.services).map(({ kind = 'Service', namespace: own = namespace, name, port }) => ({
      namespace: String(own),
      name: kind === 'Service' ? String(name) : `${name} (${kind})`,
      port,
    }));
    if (listOf(one.services).every(({ name }) => name === NOTHING)) return [];
    const match = String(one.match);
    const { host, route, narrowed } = understood(match) ?? { host: match, route: '', narrowed: false };
    const names = listOf(one.middlewares).map(({ name, namespace: own }, at) => ({
      // Of another namespace: Traefik refuses it unless it is told otherwise.
      name: own === undefined || own === namespace ? name : undefined,
      path: `${path}.middlewares[${at}]`,
    }));
    return [
      {
        object,
        path,
        host,
        route,
        exact: false,
        narrowed,
        ...through(facts, namespace, route, names),
        class: given,
        tls: typeof object.spec?.tls?.secretName === 'string',
        services,
      },
    ];
  });
}

/** Who passes the policies of Envoy Gateway for a route: all that one of them lets in, since the narrower one takes its place. */
function policed(facts: Facts, { metadata: { name } }: ManifestObject, namespace: string): Passed {
  const policies = facts
    .ofKind('SecurityPolicy')
    .filter((policy) => namespaceOf(policy) === namespace)
    .filter(({ spec }) => {
      const targets = [...listOf(spec?.targetRefs), ...(spec?.targetRef ? [spec.targetRef] : [])];
      const named = targets.some((target) => target.kind === 'HTTPRoute' && target.name === name);
      return named || listOf(spec?.targetSelectors).length > 0;
    });
  if (policies.length === 0) return { audience: 'everyone', strange: [] };
  const lists = policies.map(({ spec }): RouteRule['audience'] => {
    const { defaultAction, rules } = spec?.authorization ?? {};
    const allowed = listOf(rules).filter(({ action }) => action !== 'Deny');
    const ranges = allowed.flatMap(({ principal }) => listOf(principal?.clientCIDRs).map(String));
    const closed = defaultAction === 'Deny' && allowed.every(({ principal }) => listOf(principal?.clientCIDRs).length);
    return closed ? ranges : 'everyone';
  });
  const audience = lists.some((list) => list === 'everyone') ? 'everyone' : lists.flat();
  return { audience, words: 'envoy', strange: [] };
}

/** Where a route is attached: the listeners of its Gateways. */
function listenersOf(facts: Facts, object: ManifestObject) {
  return listOf(object.spec?.parentRefs).flatMap(({ name, namespace = namespaceOf(object), sectionName }) => {
    const spec = facts.find('Gateway', String(namespace), String(name))?.spec;
    const listeners = listOf(spec?.listeners).filter((one) => sectionName === undefined || one.name === sectionName);
    return listeners.map(({ hostname, protocol, tls }) => ({
      class: spec?.gatewayClassName as string | undefined,
      hostname: hostname as string | undefined,
      secure: protocol === 'HTTPS' && listOf(tls?.certificateRefs).length > 0,
    }));
  });
}

/** A redirect of the same host to TLS leads nowhere else. */
function isRedirect({ backendRefs, filters }: Fields): boolean {
  const redirects = listOf(filters).flatMap(({ requestRedirect }) => (requestRedirect ? [requestRedirect] : []));
  const plain = redirects.every(({ scheme, hostname, path }) => scheme === 'https' && !hostname && !path);
  return redirects.length > 0 && plain && listOf(backendRefs).length === 0;
}

/** Filters that lead elsewhere than to the path below the prefix, or of which that is not known. */
function strangeFilters(filters: readonly Fields[], path: string): string[] {
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

function ofHttpRoute(facts: Facts, object: ManifestObject): RouteRule[] {
  const namespace = namespaceOf(object);
  const listeners = listenersOf(facts, object);
  const own = listOf(object.spec?.hostnames).map(String);
  const hosts = own.length > 0 ? own : [...new Set(listeners.map(({ hostname }) => hostname ?? '*'))];
  const guarded = policed(facts, object, namespace);
  return listOf(object.spec?.rules).flatMap((rule, index): RouteRule[] => {
    if (isRedirect(rule)) return [];
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
        const passed = through(facts, namespace, route, names);
        return {
          object,
          path: matches.length > 1 ? `${path}.matches[${at}]` : path,
          host,
          route,
          exact: (match.path?.type ?? 'PathPrefix') !== 'PathPrefix',
          narrowed:
            attached.length === 0 ||
            [match.headers, match.queryParams].some((all) => listOf(all).length > 0) ||
            match.method !== undefined,
          ...(passed.words === undefined ? guarded : passed),
          class: attached[0]?.class,
          tls: attached.length > 0 && attached.every(({ secure }) => secure),
          services,
          strange: at === 0 ? [...passed.strange, ...strangeFilters(filters, path), ...inner] : [],
        };
      });
    });
  });
}

/** What Ingresses, Traefik's IngressRoutes and the Gateway API's HTTPRoutes lead on, rule by rule. */
export function routeRulesOf(facts: Facts): RouteRule[] {
  return [
    ...facts.ofKind('Ingress').flatMap(ofIngress),
    ...facts.ofKind('IngressRoute').flatMap((object) => ofIngressRoute(facts, object)),
    ...facts.ofKind('HTTPRoute').flatMap((object) => ofHttpRoute(facts, object)),
  ];
}
