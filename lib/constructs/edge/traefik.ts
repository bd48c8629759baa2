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
  IngressRouteSpecRoutesServicesStrategy,
} from '../../../imports/traefik.io';
import type { TraefikProps } from '../../model/edge';
import { securityHeaders } from '../../model/security-headers';
import type { Alias, Site } from '../../model/site';
import { pathRule, sizeRule, spellingsRule } from '../../model/traefik-rules';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { Middlewares } from './middlewares';
import { type EdgeSystem, pathsNeedingFallback, type SiteRoute, type SiteRoutes } from './site-routes';

/** The base priority, above rules that match all hosts. Longer paths get a higher one. */
const PRIORITY = 1000;

/** Traefik's internal service without a backend. */
const NO_BACKEND: IngressRouteSpecRoutesServices = {
  kind: IngressRouteSpecRoutesServicesKind.TRAEFIK_SERVICE,
  name: 'noop@internal',
};

/** @param siteRoutes the routes of the path, for a rule that must have a higher priority than its fallback rule */
function priorityOf(path: string, siteRoutes?: SiteRoutes): number {
  const before = siteRoutes !== undefined && pathsNeedingFallback(siteRoutes).includes(path);
  return PRIORITY + 2 * path.length + (before ? 1 : 0);
}

/** `p2c` takes the one of two random replicas that has fewer open requests. Source: doc.traefik.io, Load Balancing Strategies. */
function serviceOf({ service, balance }: SiteRoute): IngressRouteSpecRoutesServices {
  return {
    name: service.name,
    port: IngressRouteSpecRoutesServicesPort.fromNumber(service.port),
    ...(balance !== undefined && { strategy: IngressRouteSpecRoutesServicesStrategy.P2C }),
  };
}

function matchOf(host: string, path: string): string {
  return `Host(\`${host}\`) && ${pathRule(path)}`;
}

/** The two rules of a path: small requests bypass the buffer, other requests pass it. */
export function rulesOf(site: Site, path: string): { readonly small: string; readonly other: string } {
  const other = matchOf(site.host, path);
  return { small: `${other} && ${sizeRule(site)}`, other };
}

/**
 * An IngressRoute per site with its Middlewares, one more on the plain entry point that redirects to HTTPS, and a Certificate, since
 * cert-manager does not read IngressRoutes.
 *
 * The client address is the peer address, so Traefik's Service needs `externalTrafficPolicy: Local` (or the PROXY protocol) for allowlists
 * and rate limits. Each Traefik pod counts rates on its own, per route. Traefik does not cut streams. A body without a Content-Length is
 * counted while it arrives, and its response is buffered. Clients that an allowlist excludes get 403, and so does everyone at a path with
 * the audience `nobody`.
 * While no pod of a path is ready, Traefik answers with 503 if `allowEmptyServices` is set (as in its Helm chart); otherwise the component
 * of a shorter path answers.
 * Source: doc.traefik.io, Kubernetes IngressRoute.
 */
export class TraefikEdge extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly system: EdgeSystem<TraefikProps>,
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
        ...(site.audience === 'nobody'
          ? this.refused(siteRoutes, middlewares)
          : this.forwarded(siteRoutes, middlewares)),
        // In another order, since Traefik treats two rules with the same text as one.
        ...pathsNeedingFallback(siteRoutes).map((path) =>
          this.rule(NO_BACKEND, `${pathRule(path)} && Host(\`${site.host}\`)`, priorityOf(path), []),
        ),
        ...(site.audience === 'nobody' ? siteRoutes.routes : []).map(({ path }) =>
          this.rule(NO_BACKEND, `${spellingsRule(path)} && Host(\`${site.host}\`)`, priorityOf(path), []),
        ),
      ],
      ...(issuer !== undefined && { tls: { secretName: site.certificate } }),
    });
    if (!first) return;
    if (issuer !== undefined) this.tls(siteRoutes, issuer, middlewares);
    const { aliases = [] } = siteRoutes.of;
    if (aliases.length === 0) return;
    const redirect = middlewares.redirectTo(site.host, issuer === undefined ? 'http' : 'https');
    for (const alias of aliases) this.alias(alias, namespace, redirect);
  }

  /** A host that redirects, on both entry points, so that a request without TLS is redirected once. */
  private alias({ name, host, certificate }: Alias, namespace: string, redirect: string) {
    const { issuer, entryPoints } = this.system.edge;
    const routes = [this.redirected(host, redirect)];
    this.route(`${name}-redirect`, namespace, { entryPoints: [entryPoints.http], routes });
    if (issuer === undefined) return;
    this.certificate(certificate, host, namespace, issuer);
    const tls = { secretName: certificate };
    this.route(name, namespace, { entryPoints: [entryPoints.https], routes, tls });
  }

  private forwarded(siteRoutes: SiteRoutes, middlewares: Middlewares): IngressRouteSpecRoutes[] {
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

  /** Paths with the audience `nobody` have no backend, so that they stay closed even without their allowlist. */
  private refused(siteRoutes: SiteRoutes, middlewares: Middlewares): IngressRouteSpecRoutes[] {
    const guards = middlewares.guards();
    return siteRoutes.routes.map(({ path }) =>
      this.rule(NO_BACKEND, matchOf(siteRoutes.site.host, path), priorityOf(path, siteRoutes), guards),
    );
  }

  /** The certificate, and the redirect to HTTPS. */
  private tls({ site, of, namespace }: SiteRoutes, issuer: string, middlewares: Middlewares) {
    this.certificate(site.certificate, site.host, namespace, issuer);
    this.route(`${of.name}-redirect`, namespace, {
      entryPoints: [this.system.edge.entryPoints.http],
      routes: [this.redirected(site.host, middlewares.redirect())],
    });
  }

  private certificate(name: string, host: string, namespace: string, issuer: string) {
    const issuerRef = { kind: 'ClusterIssuer', name: issuer };
    new Certificate(this, name, {
      metadata: this.metadata(name, namespace),
      spec: { secretName: name, dnsNames: [host], issuerRef },
    });
  }

  /** A rule without a priority, so that the rule of an ACME challenge, which is longer, comes first. */
  private redirected(host: string, middleware: string): IngressRouteSpecRoutes {
    return {
      kind: IngressRouteSpecRoutesKind.RULE,
      match: `Host(\`${host}\`)`,
      middlewares: [{ name: middleware }],
      services: [NO_BACKEND],
    };
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
    const { class: ingressClass } = this.system.edge;
    return {
      name,
      namespace,
      labels: labelsOf(this.system.name),
      annotations: {
        ...(ingressClass !== undefined && { 'kubernetes.io/ingress.class': ingressClass }),
        ...waveOf('edges'),
      },
    };
  }
}
