import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { listOf } from './pods';
import { annotationsOf, namespaceOf } from './route-rule';
import { parseMatch } from './traefik-rules';

/** A host whose requests an edge redirects to another host. */
export interface Redirect {
  readonly object: ManifestObject;
  /** The field that redirects. */
  readonly path: string;
  readonly host: string;
  readonly to: string;
}

const WWW = 'nginx.ingress.kubernetes.io/from-to-www-redirect';

/** The controller redirects the host with www before it, or without. */
function ofIngress(object: ManifestObject): Redirect[] {
  if (annotationsOf(object)[WWW] !== 'true') return [];
  return listOf(object.spec?.rules).map(({ host }) => {
    const to = String(host);
    const other = to.startsWith('www.') ? to.slice('www.'.length) : `www.${to}`;
    return { object, path: `metadata.annotations["${WWW}"]`, host: other, to };
  });
}

function ofIngressRoute(cluster: ClusterIndex, object: ManifestObject): Redirect[] {
  return listOf(object.spec?.routes).flatMap(({ match, middlewares }, index) =>
    listOf(middlewares).flatMap(({ name }): Redirect[] => {
      const { redirectRegex } = cluster.find('Middleware', namespaceOf(object), String(name))?.spec ?? {};
      if (redirectRegex?.replacement === undefined) return [];
      const to = /^https?:\/\/([^/$]+)\$\{1\}$/.exec(redirectRegex.replacement)?.[1] ?? redirectRegex.replacement;
      const host = parseMatch(String(match))?.host ?? String(match);
      return [{ object, path: `spec.routes[${index}]`, host, to: String(to) }];
    }),
  );
}

function ofHttpRoute(object: ManifestObject): Redirect[] {
  return listOf(object.spec?.rules).flatMap(({ filters }, index) =>
    listOf(filters).flatMap(({ requestRedirect }) =>
      requestRedirect?.hostname === undefined
        ? []
        : listOf(object.spec?.hostnames).map((host) => {
            const path = `spec.rules[${index}]`;
            return { object, path, host: String(host), to: String(requestRedirect.hostname) };
          }),
    ),
  );
}

/** All redirects to another host. */
export function redirectsOf(cluster: ClusterIndex): Redirect[] {
  return [
    ...cluster.ofKind('Ingress').flatMap(ofIngress),
    ...cluster.ofKind('IngressRoute').flatMap((object) => ofIngressRoute(cluster, object)),
    ...cluster.ofKind('HTTPRoute').flatMap(ofHttpRoute),
  ];
}
