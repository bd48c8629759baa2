import type { ManifestObject } from '../../manifests/object';
import { type Fields, listOf } from './pods';
import { annotationsOf, audienceOf, namespaceOf, type RouteRule, unionOf } from './route-rule';

const NGINX = 'nginx.ingress.kubernetes.io/';
const ALLOWLISTS = ['whitelist-source-range', 'allowlist-source-range'];
/** Annotations that do not change where requests go or who may send them, and the analysed allowlists. */
const SUPPORTED = [
  ...ALLOWLISTS,
  'ssl-redirect',
  'force-ssl-redirect',
  // Where it redirects to is known: see redirects.ts.
  'from-to-www-redirect',
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
  'load-balance',
];

/** The prefix of a regular expression: `/api` for `/api(/|$)` and, with a rewrite to `/$2`, for `/api(/|$)(.*)` only. */
function prefixOf(object: ManifestObject, path: unknown): string | undefined {
  const annotations = annotationsOf(object);
  if (annotations[`${NGINX}use-regex`] !== 'true') return undefined;
  const target = annotations[`${NGINX}rewrite-target`];
  if (target !== undefined && target !== '/$2') return undefined;
  const text = String(path);
  const end = ['(/|$)(.*)', ...(target === undefined ? ['(/|$)'] : [])].find((one) => text.endsWith(one));
  const prefix = end === undefined ? '' : text.slice(0, -end.length);
  return /^(\/[\w-]+)+$/.test(prefix) ? prefix : undefined;
}

/** Annotations of ingress-nginx whose effect is not analysed. */
function unsupportedAnnotations(object: ManifestObject): string[] {
  const paths = listOf(object.spec?.rules).flatMap(({ http }) => listOf(http?.paths).map(({ path }) => path));
  const rewrites = annotationsOf(object)[`${NGINX}rewrite-target`] !== undefined;
  const plain = paths.every((path) => prefixOf(object, path) !== undefined || (path === '/' && !rewrites));
  const supported = [...SUPPORTED, ...(plain ? ['use-regex', 'rewrite-target'] : [])];
  return Object.keys(annotationsOf(object))
    .filter((key) => key.startsWith(NGINX) && !supported.includes(key.slice(NGINX.length)))
    .map((key) => `metadata.annotations["${key}"]`);
}

/** The rules of an Ingress, with the access rules of ingress-nginx. */
export function ingressRules(object: ManifestObject): RouteRule[] {
  const namespace = namespaceOf(object);
  // Both annotations set the same option, and the controller may use either. So the audience is their union.
  const lists = Object.entries(annotationsOf(object))
    .filter(([key]) => ALLOWLISTS.some((name) => key === NGINX + name))
    .map(([, list]) => audienceOf(String(list).split(',')));
  const { rules, defaultBackend, tls, ingressClassName } = object.spec ?? {};
  const secure = listOf(tls).flatMap(({ hosts }) => listOf(hosts));
  const common = {
    object,
    narrowed: false,
    conditions: [],
    audience: unionOf(lists),
    dialect: 'nginx' as const,
    class: ingressClassName,
  };
  const unsupported = unsupportedAnnotations(object);
  const to = (backend: Fields) => [
    { namespace, name: String(backend?.service?.name), port: backend?.service?.port?.number },
  ];
  const fallback = {
    path: 'spec.defaultBackend',
    host: '*',
    route: '/',
    exact: false,
    order: 0,
    tls: secure.includes('*'),
  };
  const found = [
    ...(defaultBackend ? [{ ...common, ...fallback, services: to(defaultBackend), unsupported: [] }] : []),
    ...listOf(rules).flatMap(({ host, http }, rule) =>
      listOf(http?.paths).map((one, index): RouteRule => {
        const prefix = prefixOf(object, one.path);
        return {
          ...common,
          path: `spec.rules[${rule}].http.paths[${index}]`,
          host: String(host ?? '*'),
          route: prefix ?? String(one.path ?? '/'),
          exact: one.pathType !== 'Prefix' && prefix === undefined,
          // The controller tries longer paths first.
          order: String(one.path ?? '/').length,
          tls: secure.includes(host),
          services: to(one.backend),
          unsupported: [],
        };
      }),
    ),
  ];
  // Annotations apply to the whole Ingress, so they are reported with the first rule only.
  return found.map((rule, index) => (index === 0 ? { ...rule, unsupported: unsupported } : rule));
}
