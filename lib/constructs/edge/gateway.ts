import { Construct } from 'constructs';
import * as api from '../../../imports/gateway.networking.k8s.io';
import { Gateway, HttpRoute, type HttpRouteSpecRules } from '../../../imports/gateway.networking.k8s.io';
import type { GatewayProps } from '../../model/edge';
import { securityHeaders } from '../../model/security-headers';
import type { Alias } from '../../model/site';
import { sizeOf } from '../../model/traefik-rules';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { EnvoyPolicies, UPGRADE, UPGRADE_REFUSED } from './envoy';
import { Middlewares } from './middlewares';
import { type EdgeSystem, pathsNeedingFallback, type SiteRoute, type SiteRoutes } from './site-routes';

type Filter = api.HttpRouteSpecRulesFilters;
type Match = api.HttpRouteSpecRulesMatches;

type Header = { readonly name: string; readonly pattern: string };

/** The header of an upgrade request, such as that of a WebSocket. */
const UPGRADES: Header = { name: 'Upgrade', pattern: '.+' };
const WITH_BODY: Header = { name: 'Content-Length', pattern: '0*[1-9][0-9]*' };

/** Matches requests to a path: all, those with headers, or those with the method GET. */
function matchOf(path: string, headers: readonly Header[] = [], get = false): Match {
  const type = api.HttpRouteSpecRulesMatchesHeadersType.REGULAR_EXPRESSION;
  return {
    path: { type: api.HttpRouteSpecRulesMatchesPathType.PATH_PREFIX, value: path },
    ...(headers.length > 0 && { headers: headers.map(({ name, pattern: value }) => ({ type, name, value })) }),
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
   * Two rules per path: an upgrade request (always a GET) must not be buffered, since it has no end. So one with a body would pass the limit:
   * it leads nowhere, and the answer is 500.
   */
  private envoyRules({ site, namespace, routes }: SiteRoutes, headers: readonly Filter[]): HttpRouteSpecRules[] {
    new EnvoyPolicies(this, `${site.name}-policies`, { system: this.system.name, namespace }).ofSite({ site, routes });
    if (site.audience === 'nobody') {
      return routes.map((route) => ({ matches: [matchOf(route.path)], ...this.to(route, []) }));
    }
    const forwarded = routes.flatMap((route, index): HttpRouteSpecRules[] => {
      const filters = [...headers, ...(route.strip ? [rewrite()] : [])];
      // Disables the default timeout of fifteen seconds, which would also cut streams and WebSockets.
      const endless = { timeouts: { request: '0s' } };
      return [
        {
          name: `${UPGRADE}-${index}`,
          matches: [matchOf(route.path, [UPGRADES], true)],
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
    return [
      ...forwarded,
      { name: UPGRADE_REFUSED, matches: routes.map(({ path }) => matchOf(path, [UPGRADES, WITH_BODY], true)) },
    ];
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
    const every = (path: string) => [matchOf(path), matchOf(path, [], true)];
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
          matches: [matchOf(route.path, [{ name, pattern: small }]), matchOf(route.path, [], true)],
          ...this.to(route, [...first, ...last]),
        },
        {
          matches: [matchOf(route.path), matchOf(route.path, [{ name, pattern: large }], true)],
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
