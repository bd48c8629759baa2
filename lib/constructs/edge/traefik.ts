import { Construct } from 'constructs';
import { Certificate } from '../../../imports/cert-manager.io';
import {
  IngressRoute,
  type IngressRouteSpec,
  type IngressRouteSpecRoutes,
  IngressRouteSpecRoutesKind,
  type IngressRouteSpecRoutesServices,
  IngressRouteSpecRoutesServicesKind,
  IngressRouteSpecRoutesServicesPort,
} from '../../../imports/traefik.io';
import type { TraefikProps } from '../../model/edge';
import type { Site } from '../../model/site';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { Middlewares, sizeOf } from './middlewares';
import { securityHeaders } from './security-headers';
import { pathsNeedingFallback, type SiteRoute, type SiteRoutes } from './site-routes';

/** Above whatever answers for all hosts; among our own, the longer path is asked first. */
const PRIORITY = 1000;

/** Traefik's own, which answers by itself. */
const NOTHING: IngressRouteSpecRoutesServices = {
  kind: IngressRouteSpecRoutesServicesKind.TRAEFIK_SERVICE,
  name: 'noop@internal',
};

/** @param siteRoutes to which the path belongs, where there is a rule that leads nowhere to come before */
function priorityOf(path: string, siteRoutes?: SiteRoutes): number {
  const before = siteRoutes !== undefined && pathsNeedingFallback(siteRoutes).includes(path);
  return PRIORITY + 2 * path.length + (before ? 1 : 0);
}

function serviceOf({ service }: SiteRoute): IngressRouteSpecRoutesServices {
  return { name: service.name, port: IngressRouteSpecRoutesServicesPort.fromNumber(service.port) };
}

/** Whole segments of a path: Traefik's PathPrefix alone would take /apiary for /api. */
function prefixOf(path: string): string {
  return path === '/' ? 'PathPrefix(`/`)' : `(Path(\`${path}\`) || PathPrefix(\`${path}/\`))`;
}

function matchOf(host: string, path: string): string {
  return `Host(\`${host}\`) && ${prefixOf(path)}`;
}

/** Requests that cannot be larger than the site's limit. A request to read has no body, or says how large it is. */
function smallOf(site: Site): string {
  const { header, small } = sizeOf(site);
  const sized = (pattern: string) => `HeaderRegexp(\`${header}\`, \`${pattern}\`)`;
  return `(${sized(small)} || (Method(\`GET\`) && !${sized('.')}))`;
}

/** The rules of a path: what is small goes past the buffer, and the rest through it. */
export function rulesOf(site: Site, path: string): { readonly small: string; readonly other: string } {
  const other = matchOf(site.host, path);
  return { small: `${other} && ${smallOf(site)}`, other };
}

/**
 * An IngressRoute for each site, with a Middleware for each thing that it asks for, and one more on the plain entry point that
 * leads on to TLS. Certificates are cert-manager's, since Traefik knows only the Secret.
 *
 * Clients are who connects, so the Service of Traefik needs `externalTrafficPolicy: Local` (or PROXY protocol) for allowlists
 * and rates. Streams are not cut by Traefik; rates are counted by each of its pods, for each route. A body without a stated
 * length is counted as it comes, and its answer is held back until it is complete. Whom an allowlist leaves out is answered with 403,
 * and so is everyone at a path for nobody.
 * While no pod behind a path is ready, Traefik answers with 503 where it is told `allowEmptyServices` (its Helm chart tells it),
 * and else lets the shorter path's component answer.
 * Source: doc.traefik.io, Kubernetes IngressRoute.
 */
export class TraefikEdge extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly system: {
      readonly name: string;
      readonly edge: TraefikProps;
      readonly sites: readonly SiteRoutes[];
    },
  ) {
    super(scope, id);
    const { sites } = system;
    for (const siteRoutes of sites) this.site(siteRoutes);
  }

  private site(siteRoutes: SiteRoutes) {
    const { site, namespace, first } = siteRoutes;
    const { issuer, entryPoints } = this.system.edge;
    const middlewares = new Middlewares(this, `${site.name}-middlewares`, {
      system: this.system.name,
      site,
      namespace,
    });
    this.route(site.name, namespace, {
      entryPoints: [issuer === undefined ? entryPoints.http : entryPoints.https],
      routes: [
        ...(site.audience === 'nobody' ? this.refused(siteRoutes, middlewares) : this.led(siteRoutes, middlewares)),
        // In another order, since two rules of the same text are one to Traefik.
        ...pathsNeedingFallback(siteRoutes).map((path) =>
          this.rule(NOTHING, `${prefixOf(path)} && Host(\`${site.host}\`)`, priorityOf(path), []),
        ),
      ],
      ...(issuer !== undefined && { tls: { secretName: site.certificate } }),
    });
    if (first && issuer !== undefined) this.tls(siteRoutes, issuer, middlewares);
  }

  private led(siteRoutes: SiteRoutes, middlewares: Middlewares): IngressRouteSpecRoutes[] {
    const { site, routes } = siteRoutes;
    const guards = [
      ...middlewares.guards(),
      ...(site.securityHeaders ? [middlewares.headers(securityHeaders(this.system.edge.issuer !== undefined))] : []),
    ];
    const body = middlewares.body();
    return routes.flatMap((route) => {
      const to = serviceOf(route);
      const last = route.strip ? [middlewares.strip(route.component.name, route.path)] : [];
      const { small, other } = rulesOf(site, route.path);
      const priority = priorityOf(route.path, siteRoutes);
      return [
        this.rule(to, small, priority + 1, [...guards, ...last]),
        this.rule(to, other, priority, [...guards, body, ...last]),
      ];
    });
  }

  /** Nothing is behind what is for nobody, whatever becomes of its guard or of the pods of the component. */
  private refused(siteRoutes: SiteRoutes, middlewares: Middlewares): IngressRouteSpecRoutes[] {
    const guards = middlewares.guards();
    return siteRoutes.routes.map(({ path }) =>
      this.rule(NOTHING, matchOf(siteRoutes.site.host, path), priorityOf(path, siteRoutes), guards),
    );
  }

  /** The certificate, and what leads on to TLS. */
  private tls({ site, of, namespace }: SiteRoutes, issuer: string, middlewares: Middlewares) {
    const { entryPoints } = this.system.edge;
    new Certificate(this, site.certificate, {
      metadata: this.metadata(site.certificate, namespace),
      spec: {
        secretName: site.certificate,
        dnsNames: [site.host],
        issuerRef: { kind: 'ClusterIssuer', name: issuer },
      },
    });
    // Without a priority of its own, so that the longer rule of a certificate's challenge comes before it.
    this.route(`${of.name}-redirect`, namespace, {
      entryPoints: [entryPoints.http],
      routes: [
        {
          kind: IngressRouteSpecRoutesKind.RULE,
          match: `Host(\`${site.host}\`)`,
          middlewares: [{ name: middlewares.redirect() }],
          services: [NOTHING],
        },
      ],
    });
  }

  private rule(
    service: IngressRouteSpecRoutesServices,
    match: string,
    priority: number,
    middlewares: readonly string[],
  ): IngressRouteSpecRoutes {
    return {
      kind: IngressRouteSpecRoutesKind.RULE,
      match,
      priority,
      ...(middlewares.length > 0 && { middlewares: middlewares.map((name) => ({ name })) }),
      services: [service],
    };
  }

  private route(name: string, namespace: string, spec: IngressRouteSpec) {
    new IngressRoute(this, name, { metadata: this.metadata(name, namespace), spec });
  }

  private metadata(name: string, namespace: string) {
    const { class: given } = this.system.edge;
    return {
      name,
      namespace,
      labels: labelsOf(this.system.name),
      annotations: {
        ...(given !== undefined && { 'kubernetes.io/ingress.class': given }),
        ...waveOf('edges'),
      },
    };
  }
}
