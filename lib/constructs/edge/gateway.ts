import { Construct } from 'constructs';
import * as api from '../../../imports/gateway.networking.k8s.io';
import { Gateway, HttpRoute, type HttpRouteSpecRules } from '../../../imports/gateway.networking.k8s.io';
import type { GatewayProps } from '../../model/edge';
import { securityHeaders } from '../../model/security-headers';
import type { Alias } from '../../model/site';
import { sizeOf } from '../../model/traefik-rules';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { EnvoyPolicies, UPGRADE } from './envoy';
import { Middlewares } from './middlewares';
import { type EdgeSystem, pathsNeedingFallback, type SiteRoute, type SiteRoutes } from './site-routes';

type Filter = api.HttpRouteSpecRulesFilters;
type Match = api.HttpRouteSpecRulesMatches;

/** Matches requests to a path: all, those with a header, or those with the method GET. */
function matchOf(path: string, header?: { readonly name: string; readonly pattern: string }, get = false): Match {
  return {
    path: { type: api.HttpRouteSpecRulesMatchesPathType.PATH_PREFIX, value: path },
    ...(header !== undefined && {
      headers: [
        {
          type: api.HttpRouteSpecRulesMatchesHeadersType.REGULAR_EXPRESSION,
          name: header.name,
          value: header.pattern,
        },
      ],
    }),
    ...(get && { method: api.HttpRouteSpecRulesMatchesMethod.GET }),
  };
}

function extension(name: string): Filter {
  return {
    type: api.HttpRouteSpecRulesFiltersType.EXTENSION_REF,
    extensionRef: { group: 'traefik.io', kind: 'Middleware', name },
  };
}

function rewrite(): Filter {
  return {
    type: api.HttpRouteSpecRulesFiltersType.URL_REWRITE,
    urlRewrite: {
      path: {
        type: api.HttpRouteSpecRulesFiltersUrlRewritePathType.REPLACE_PREFIX_MATCH,
        replacePrefixMatch: '/',
      },
    },
  };
}

/** A rule that redirects permanently, to the same path. @param hostname @default - the host of the request */
function redirect(scheme: 'http' | 'https', hostname?: string): HttpRouteSpecRules {
  const schemes = api.HttpRouteSpecRulesFiltersRequestRedirectScheme;
  const requestRedirect = {
    scheme: scheme === 'https' ? schemes.HTTPS : schemes.HTTP,
    ...(hostname !== undefined && { hostname }),
    port: scheme === 'https' ? 443 : 80,
    statusCode: api.HttpRouteSpecRulesFiltersRequestRedirectStatusCode.VALUE_301,
  };
  return { filters: [{ type: api.HttpRouteSpecRulesFiltersType.REQUEST_REDIRECT, requestRedirect }] };
}

function setHeaders(headers: Record<string, string>): Filter {
  return {
    type: api.HttpRouteSpecRulesFiltersType.RESPONSE_HEADER_MODIFIER,
    responseHeaderModifier: { set: Object.entries(headers).map(([name, value]) => ({ name, value })) },
  };
}

/**
 * A Gateway with the name of the system, with an HTTP and an HTTPS listener per site, and an HTTPRoute per site. Features that the Gateway
 * API lacks are configured in the implementation: by policies in Envoy Gateway, by Middlewares in Traefik.
 *
 * A path with the audience `nobody` has a backend, but no request reaches it: the answer is 403.
 *
 * The client address is the peer address (or with Envoy the one from `trustedHops` proxies), so the Service of the proxy needs
 * `externalTrafficPolicy: Local`. cert-manager issues the certificates of the listeners.
 * Source: gateway-api.sigs.k8s.io, HTTPRoute; cert-manager.io, Annotated Gateway resource.
 *
 * @throws when the sites are in several namespaces, since a Gateway serves its own namespace
 */
export class GatewayEdge extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly system: EdgeSystem<GatewayProps>,
  ) {
    super(scope, id);
    const { sites } = system;
    const [namespace, ...others] = new Set(sites.map((siteRoutes) => siteRoutes.namespace));
    if (namespace === undefined) return;
    if (others.length > 0) {
      throw new Error(`sites are in namespaces ${[namespace, ...others].join(' and ')}, expected one for the Gateway`);
    }
    this.gateway(
      namespace,
      sites.filter(({ first }) => first).flatMap(({ of }) => [of, ...(of.aliases ?? [])]),
    );
    for (const siteRoutes of sites) this.site(siteRoutes);
  }

  private gateway(namespace: string, sites: readonly Alias[]) {
    const { name, edge } = this.system;
    const { class: gatewayClassName, issuer, ports } = edge;
    new Gateway(this, 'gateway', {
      metadata: this.metadata(name, namespace, {
        ...(issuer !== undefined && { 'cert-manager.io/cluster-issuer': issuer }),
      }),
      spec: {
        gatewayClassName,
        listeners: sites.flatMap((site) => [
          { name: `http-${site.name}`, hostname: site.host, port: ports.http, protocol: 'HTTP' },
          ...(issuer === undefined
            ? []
            : [
                {
                  name: `https-${site.name}`,
                  hostname: site.host,
                  port: ports.https,
                  protocol: 'HTTPS',
                  tls: { certificateRefs: [{ name: site.certificate }] },
                },
              ]),
        ]),
      },
    });
    if (edge.implementation === 'envoy') {
      new EnvoyPolicies(this, 'policies', { system: name, namespace }).ofGateway(name, edge);
    }
  }

  private site(siteRoutes: SiteRoutes) {
    const { site, of, first } = siteRoutes;
    const { implementation, issuer } = this.system.edge;
    const headers = site.securityHeaders ? [setHeaders(securityHeaders(issuer !== undefined))] : [];
    const rules =
      implementation === 'envoy' ? this.envoyRules(siteRoutes, headers) : this.traefikRules(siteRoutes, headers);
    const schemes = issuer === undefined ? (['http'] as const) : (['http', 'https'] as const);
    this.route(site.name, of, siteRoutes, schemes.slice(-1), rules);
    if (!first) return;
    for (const alias of of.aliases ?? [])
      this.route(alias.name, alias, siteRoutes, schemes, [redirect(issuer === undefined ? 'http' : 'https', of.host)]);
    if (issuer === undefined) return;
    this.route(`${of.name}-redirect`, of, siteRoutes, ['http'], [redirect('https')]);
  }

  /**
   * Two rules per path: an upgrade request (always a GET) must not be buffered, since it has no end. Its body needs no limit, since Envoy
   * forwards nothing of it before the service has accepted the upgrade.
   */
  private envoyRules({ site, namespace, routes }: SiteRoutes, headers: readonly Filter[]): HttpRouteSpecRules[] {
    new EnvoyPolicies(this, `${site.name}-policies`, { system: this.system.name, namespace }).ofSite({ site, routes });
    if (site.audience === 'nobody') {
      return routes.map((route) => ({ matches: [matchOf(route.path)], ...this.to(route, []) }));
    }
    return routes.flatMap((route, index): HttpRouteSpecRules[] => {
      const filters = [...headers, ...(route.strip ? [rewrite()] : [])];
      // Disables the default timeout of fifteen seconds, which would also cut streams and WebSockets.
      const endless = { timeouts: { request: '0s' } };
      return [
        {
          name: `${UPGRADE}-${index}`,
          matches: [matchOf(route.path, { name: 'Upgrade', pattern: '.+' }, true)],
          ...this.to(route, filters),
          ...endless,
        },
        {
          name: `route-${index}`,
          matches: [matchOf(route.path)],
          ...this.to(route, filters),
          ...(site.stream !== undefined && endless),
        },
      ];
    });
  }

  /** Two rules per path: only requests that may be larger than the limit pass the Middleware that buffers and counts bodies. */
  private traefikRules(siteRoutes: SiteRoutes, headers: readonly Filter[]): HttpRouteSpecRules[] {
    const { site, namespace, routes } = siteRoutes;
    const middlewares = new Middlewares(this, `${site.name}-middlewares`, {
      system: this.system.name,
      site,
      namespace,
    });
    const first = [...middlewares.guards().map(extension), ...headers];
    // Traefik ranks a method match above ten characters of a path: without it, the rule of a shorter path would win for a GET.
    const every = (path: string) => [matchOf(path), matchOf(path, undefined, true)];
    const nowhere = pathsNeedingFallback(siteRoutes).map((path): HttpRouteSpecRules => ({ matches: every(path) }));
    if (site.audience === 'nobody') {
      const refused = routes.map((route) => ({ matches: every(route.path), ...this.to(route, first) }));
      return [...refused, ...nowhere];
    }
    const body = extension(middlewares.body());
    const { header: name, small, large } = sizeOf(site);
    const forwarded = routes.flatMap((route): HttpRouteSpecRules[] => {
      // By a Middleware: the Gateway API allows its own filter, replacePrefixMatch, only in rules with a single match.
      const last = route.strip ? [extension(middlewares.strip(route.component.name, route.path))] : [];
      return [
        {
          matches: [matchOf(route.path, { name, pattern: small }), matchOf(route.path, undefined, true)],
          ...this.to(route, [...first, ...last]),
        },
        {
          matches: [matchOf(route.path), matchOf(route.path, { name, pattern: large }, true)],
          ...this.to(route, [...first, body, ...last]),
        },
      ];
    });
    return [...forwarded, ...nowhere];
  }

  private to({ service }: SiteRoute, filters: readonly Filter[]) {
    return {
      ...(filters.length > 0 && { filters: [...filters] }),
      backendRefs: [{ name: service.name, port: service.port }],
    };
  }

  private route(
    name: string,
    of: Alias,
    { namespace }: SiteRoutes,
    schemes: readonly ('http' | 'https')[],
    rules: HttpRouteSpecRules[],
  ) {
    new HttpRoute(this, name, {
      metadata: this.metadata(name, namespace),
      spec: {
        parentRefs: schemes.map((scheme) => ({ name: this.system.name, sectionName: `${scheme}-${of.name}` })),
        hostnames: [of.host],
        rules,
      },
    });
  }

  private metadata(name: string, namespace: string, annotations: Record<string, string> = {}) {
    return {
      name,
      namespace,
      labels: labelsOf(this.system.name),
      annotations: { ...annotations, ...waveOf('edges') },
    };
  }
}
