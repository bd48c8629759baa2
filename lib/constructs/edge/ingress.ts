import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { IngressProps } from '../../model/edge';
import type { Site } from '../../model/site';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { rangesOf } from './ranges';
import { securityHeaders } from './security-headers';
import type { SiteRoute, SiteRoutes } from './site-routes';

const NGINX = 'nginx.ingress.kubernetes.io/';

/** How ingress-nginx and those who read its annotations are told what a site needs. They know no other way; snippets are never used. */
function annotationsOf(site: Site, issuer: string | undefined): Record<string, string> {
  const nginx: Record<string, string> = {
    'ssl-redirect': String(issuer !== undefined),
    'proxy-body-size': `${site.body.toMebibytes()}m`,
    // The default of ingress-nginx; Traefik, where it is not said, lets bodies of any size pass.
    'proxy-request-buffering': 'on',
  };
  if (site.stream !== undefined) {
    const seconds = String(site.stream.toSeconds());
    // Server-sent events: no buffer holds them back, and silence does not end them.
    nginx['proxy-buffering'] = 'off';
    nginx['proxy-http-version'] = '1.1';
    nginx['proxy-read-timeout'] = seconds;
    nginx['proxy-send-timeout'] = seconds;
  }
  if (site.audience !== 'everyone') nginx['whitelist-source-range'] = rangesOf(site.audience).join(',');
  if (site.rateLimit !== undefined) {
    const { average, burst } = site.rateLimit;
    nginx['limit-rps'] = String(average);
    nginx['limit-burst-multiplier'] = String(Math.max(1, Math.ceil(burst / average)));
  }
  return Object.fromEntries(Object.entries(nginx).map(([key, value]) => [NGINX + key, value]));
}

interface Path {
  readonly path: string;
  readonly pathType: 'Prefix' | 'ImplementationSpecific';
  readonly service: SiteRoute['service'];
}

/** What an expression has at the end in the place of whole segments; a rewrite keeps what is below the prefix. */
const END = '(/|$)';
const REST = `${END}(.*)`;

/** A prefix as an expression goes on from it. */
function beginOf(path: string): string {
  return path.replace(/\/$/, '');
}

/**
 * One expression makes expressions of all paths of a host, in which `/api` would be the beginning of `/apiary` too. The longest text
 * is asked first, so that below a prefix that is stripped the end is as long as there.
 */
function pathOf({ path, service }: SiteRoute, stripped: readonly string[]): Path {
  if (stripped.length === 0 || path === '/') return { path, pathType: 'Prefix', service };
  const below = stripped.some((one) => path.startsWith(`${beginOf(one)}/`));
  return { path: `${path}${below ? REST : END}`, pathType: 'ImplementationSpecific', service };
}

/**
 * An Ingress for each site, since annotations hold for all of an Ingress: the audience of one must never be another's. A path
 * whose prefix is stripped is one more, since a rewrite holds for all of it too. A path for nobody has a backend, as it must, and
 * an allowlist that no client is on: the answer is 403.
 *
 * `whitelist-source-range` sees clients only where the controller's Service has `externalTrafficPolicy: Local` (or PROXY
 * protocol). A burst is a multiple of the average, rounded up. Security headers are those of a ConfigMap, and the controller
 * must be told that it may set them (`global-allowed-response-headers`): one that is not refuses the site.
 * Source: ingress-nginx, Annotations.
 */
export class IngressEdge extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly system: {
      readonly name: string;
      readonly edge: IngressProps;
      readonly sites: readonly SiteRoutes[];
    },
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

  /** @param stripped the prefixes of the host that are stripped, whoever may come to them */
  private site({ site, namespace, routes, first }: SiteRoutes, stripped: readonly string[]) {
    const { issuer } = this.system.edge;
    const annotations = {
      ...annotationsOf(site, issuer),
      ...(site.securityHeaders && this.headers(site, namespace)),
    };
    // The certificate is asked for once, and the others of the host serve it.
    const asks = first && issuer !== undefined && { 'cert-manager.io/cluster-issuer': issuer };
    const kept = routes.filter(({ strip }) => !strip);
    if (kept.length > 0) {
      const paths = kept.map((route) => pathOf(route, stripped));
      const regex = stripped.length > 0 && { [`${NGINX}use-regex`]: 'true' };
      this.ingress(site.name, site, namespace, paths, { ...asks, ...annotations, ...regex });
    }
    for (const [index, { path, component, service }] of routes.filter(({ strip }) => strip).entries()) {
      this.ingress(
        `${site.name}-${component.name}`,
        site,
        namespace,
        [{ path: `${beginOf(path)}${REST}`, pathType: 'ImplementationSpecific', service }],
        {
          ...(kept.length === 0 && index === 0 && asks),
          ...annotations,
          [`${NGINX}use-regex`]: 'true',
          [`${NGINX}rewrite-target`]: '/$2',
        },
      );
    }
  }

  /** The headers of a site, and the annotation that names them. */
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
        ...(issuer !== undefined && { tls: [{ hosts: [site.host], secretName: site.certificate }] }),
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
