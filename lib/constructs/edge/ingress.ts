import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { IngressProps } from '../../model/edge';
import { securityHeaders } from '../../model/security-headers';
import { rangesOf, type Site, wwwOf } from '../../model/site';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';
import type { EdgeSystem, SiteRoute, SiteRoutes } from './site-routes';

const NGINX = 'nginx.ingress.kubernetes.io/';

/** The settings of a site as annotations of ingress-nginx. Snippets are never used. */
function annotationsOf(site: Site, issuer: string | undefined): Record<string, string> {
  const nginx: Record<string, string> = {
    'ssl-redirect': String(issuer !== undefined),
    'proxy-body-size': `${site.body.toMebibytes()}m`,
    // The default of ingress-nginx, but Traefik does not limit bodies without this annotation.
    'proxy-request-buffering': 'on',
  };
  if (site.stream !== undefined) {
    const seconds = String(site.stream.toSeconds());
    // Server-sent events must not be buffered, and must survive pauses.
    nginx['proxy-buffering'] = 'off';
    nginx['proxy-http-version'] = '1.1';
    nginx['proxy-read-timeout'] = seconds;
    nginx['proxy-send-timeout'] = seconds;
  }
  if (site.audience !== 'everyone') nginx['whitelist-source-range'] = rangesOf(site.audience).join(',');
  if (site.rateLimit !== undefined) {
    const { average, per, burst } = site.rateLimit;
    nginx[per === 'minute' ? 'limit-rpm' : 'limit-rps'] = String(average);
    nginx['limit-burst-multiplier'] = String(Math.max(1, Math.ceil(burst / average)));
  }
  return Object.fromEntries(Object.entries(nginx).map(([key, value]) => [NGINX + key, value]));
}

/**
 * The annotation for a site's alias. Its own certificate is not used, since the controller wants both hosts in one.
 * Source: ingress-nginx, Annotations.
 *
 * @throws when there is an alias that differs by more than www
 */
function redirectTo({ host, aliases = [] }: Site): Record<string, string> {
  const other = aliases.find((alias) => alias.host !== wwwOf(host));
  if (other !== undefined)
    throw new Error(`${other.host} redirects to ${host}, expected ${wwwOf(host)} with an edge of the kind ingress`);
  return aliases.length === 0 ? {} : { [`${NGINX}from-to-www-redirect`]: 'true' };
}

/**
 * How the replicas of an Ingress are chosen: ingress-nginx has no count of open requests, but the shortest average time to answer, for all
 * paths of the Ingress. Traefik ignores the annotation. Source: ingress-nginx, Custom NGINX load balancing.
 */
function balanceOf(routes: readonly SiteRoute[]): Record<string, string> {
  return routes.some(({ balance }) => balance) ? { [`${NGINX}load-balance`]: 'ewma' } : {};
}

interface Path {
  readonly path: string;
  readonly pathType: 'Prefix' | 'ImplementationSpecific';
  readonly service: SiteRoute['service'];
}

/** The ends of path expressions: a whole segment, and the part below the prefix, which a rewrite keeps. */
const END = '(/|$)';
const REST = `${END}(.*)`;

/** A path without its trailing slash. */
function withoutSlash(path: string): string {
  return path.replace(/\/$/, '');
}

/**
 * If one path of a host is a regular expression, ingress-nginx treats all its paths as such, and `/api` would match `/apiary` too. Longer
 * expressions are matched first, so paths below a stripped prefix get the longer ending as well.
 */
function pathOf({ path, service }: SiteRoute, stripped: readonly string[]): Path {
  if (stripped.length === 0 || path === '/') return { path, pathType: 'Prefix', service };
  const below = stripped.some((one) => path.startsWith(`${withoutSlash(one)}/`));
  return { path: `${path}${below ? REST : END}`, pathType: 'ImplementationSpecific', service };
}

/**
 * An Ingress per site, since annotations such as the allowlist apply to all paths of an Ingress. Paths with a stripped prefix have an
 * Ingress of their own, since the rewrite is an annotation too. A path with the audience `nobody` has a backend, as the API requires, and
 * an allowlist that matches no client: the answer is 403.
 *
 * `whitelist-source-range` needs the client address, so the controller's Service needs `externalTrafficPolicy: Local` (or the PROXY
 * protocol). The burst is rounded up to a multiple of the average. The security headers are in a ConfigMap; a controller whose
 * `global-allowed-response-headers` does not allow them rejects the site.
 * Source: ingress-nginx, Annotations.
 */
export class IngressEdge extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly system: EdgeSystem<IngressProps>,
  ) {
    super(scope, id);
    const { sites } = system;
    for (const siteRoutes of sites) {
      const same = sites.filter(({ of }) => of.name === siteRoutes.of.name);
      this.site(
        siteRoutes,
        same.flatMap(({ routes }) => routes.filter(({ strip }) => strip).map(({ path }) => path)),
      );
    }
  }

  /** @param stripped all prefixes of the host that are stripped, of any audience */
  private site({ site, of, namespace, routes, first }: SiteRoutes, stripped: readonly string[]) {
    const { issuer } = this.system.edge;
    const annotations = {
      ...annotationsOf(site, issuer),
      ...(site.securityHeaders && this.headers(site, namespace)),
      ...(first && redirectTo(of)),
    };
    // Only one Ingress of a host requests the certificate; the others use its Secret.
    const certificateRequest = first && issuer !== undefined && { 'cert-manager.io/cluster-issuer': issuer };
    const unstripped = routes.filter(({ strip }) => !strip);
    if (unstripped.length > 0) {
      const paths = unstripped.map((route) => pathOf(route, stripped));
      const regex = stripped.length > 0 && { [`${NGINX}use-regex`]: 'true' };
      const own = { ...certificateRequest, ...annotations, ...balanceOf(unstripped), ...regex };
      this.ingress(site.name, of, namespace, paths, own);
    }
    for (const [index, route] of routes.filter(({ strip }) => strip).entries()) {
      const { path, component, service } = route;
      this.ingress(
        `${site.name}-${component.name}`,
        of,
        namespace,
        [{ path: `${withoutSlash(path)}${REST}`, pathType: 'ImplementationSpecific', service }],
        {
          ...(unstripped.length === 0 && index === 0 && certificateRequest),
          ...annotations,
          ...balanceOf([route]),
          [`${NGINX}use-regex`]: 'true',
          [`${NGINX}rewrite-target`]: '/$2',
        },
      );
    }
  }

  /** Makes the ConfigMap of a site's headers, and returns the annotation that refers to it. */
  private headers(site: Site, namespace: string): Record<string, string> {
    const name = `${site.name}-headers`;
    new k8s.KubeConfigMap(this, name, {
      metadata: { name, namespace, labels: labelsOf(this.system.name), annotations: waveOf('foundation') },
      data: securityHeaders(this.system.edge.issuer !== undefined),
    });
    return { [`${NGINX}custom-headers`]: `${namespace}/${name}` };
  }

  private ingress(
    name: string,
    site: Site,
    namespace: string,
    paths: readonly Path[],
    annotations: Record<string, string>,
  ) {
    const { issuer, class: ingressClassName } = this.system.edge;
    new k8s.KubeIngress(this, name, {
      metadata: {
        name,
        namespace,
        labels: labelsOf(this.system.name),
        annotations: { ...annotations, ...waveOf('edges') },
      },
      spec: {
        ingressClassName,
        ...(issuer !== undefined && {
          tls: [{ hosts: [site.host, ...(site.aliases ?? []).map(({ host }) => host)], secretName: site.certificate }],
        }),
        rules: [
          {
            host: site.host,
            http: {
              paths: paths.map(({ path, pathType, service }) => ({
                path,
                pathType,
                backend: { service: { name: service.name, port: { number: service.port } } },
              })),
            },
          },
        ],
      },
    });
  }
}
