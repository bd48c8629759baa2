import { Construct } from 'constructs';
import * as api from '../../../imports/gateway.networking.k8s.io';
import { Gateway, HttpRoute, type HttpRouteSpecRules } from '../../../imports/gateway.networking.k8s.io';
import type { GatewayProps } from '../../model/edge';
import type { Site } from '../../model/site';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { EnvoyPolicies, UPGRADE } from './envoy';
import { Middlewares, sizeOf } from './middlewares';
import { securityHeaders } from './security-headers';
import { pathsNeedingFallback, type SiteRoute, type SiteRoutes } from './site-routes';

type Filter = api.HttpRouteSpecRulesFilters;
type Match = api.HttpRouteSpecRulesMatches;

/** A match of some requests to a path. */
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

function setHeaders(headers: Record<string, string>): Filter {
  return {
    type: api.HttpRouteSpecRulesFiltersType.RESPONSE_HEADER_MODIFIER,
    responseHeaderModifier: { set: Object.entries(headers).map(([name, value]) => ({ name, value })) },
  };
}

/**
 * A Gateway, called like the system, with a listener for each site (and one that leads on to TLS), and an HTTPRoute for each site. What the Gateway API
 * has no words for is said to whoever implements it: to Envoy Gateway by policies, to Traefik by Middlewares.
 *
 * A path for nobody has a backend that none of its requests gets to: the answer is 403.
 *
 * Clients are who connects (with Envoy: or whom `trustedHops` proxies name), so the Service of the proxy needs
 * `externalTrafficPolicy: Local`. cert-manager makes the certificates that the listeners name.
 * Source: gateway-api.sigs.k8s.io, HTTPRoute; cert-manager.io, Annotated Gateway resource.
 *
 * @throws when sites are in several namespaces, of which one Gateway serves its own
 */
export class GatewayEdge extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly system: {
      readonly name: string;
      readonly edge: GatewayProps;
      readonly sites: readonly SiteRoutes[];
    },
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
      sites.filter(({ first }) => first).map(({ of }) => of),
    );
    for (const siteRoutes of sites) this.site(siteRoutes);
  }

  private gateway(namespace: string, sites: readonly Site[]) {
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
    this.route(site.name, siteRoutes, issuer === undefined ? 'http' : 'https', rules);
    if (!first || issuer === undefined) return;
    this.route(`${of.name}-redirect`, siteRoutes, 'http', [
      {
        filters: [
          {
            type: api.HttpRouteSpecRulesFiltersType.REQUEST_REDIRECT,
            requestRedirect: {
              scheme: api.HttpRouteSpecRulesFiltersRequestRedirectScheme.HTTPS,
              port: 443,
              statusCode: api.HttpRouteSpecRulesFiltersRequestRedirectStatusCode.VALUE_301,
            },
          },
        ],
      },
    ]);
  }

  /** Each path twice: a request for an upgrade, which is a GET, must not wait in a buffer for the end of what has none. */
  private envoyRules({ site, namespace, routes }: SiteRoutes, headers: readonly Filter[]): HttpRouteSpecRules[] {
    new EnvoyPolicies(this, `${site.name}-policies`, { system: this.system.name, namespace }).ofSite(
      site,
      routes.length,
    );
    if (site.audience === 'nobody') {
      return routes.map((route) => ({ matches: [matchOf(route.path)], ...this.to(route, []) }));
    }
    return routes.flatMap((route, index): HttpRouteSpecRules[] => {
      const filters = [...headers, ...(route.strip ? [rewrite()] : [])];
      // No end but the policy's: a request may take fifteen seconds otherwise, a stream or a WebSocket too.
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

  /** Each path twice: what cannot be too large goes past the buffer that refuses what is. */
  private traefikRules(siteRoutes: SiteRoutes, headers: readonly Filter[]): HttpRouteSpecRules[] {
    const { site, namespace, routes } = siteRoutes;
    const middlewares = new Middlewares(this, `${site.name}-middlewares`, {
      system: this.system.name,
      site,
      namespace,
    });
    const first = [...middlewares.guards().map(extension), ...headers];
    // To Traefik a method counts for more than ten letters of a path: without one here, a shorter path's would take a GET.
    const every = (path: string) => [matchOf(path), matchOf(path, undefined, true)];
    const nowhere = pathsNeedingFallback(siteRoutes).map((path): HttpRouteSpecRules => ({ matches: every(path) }));
    if (site.audience === 'nobody') {
      const refused = routes.map((route) => ({ matches: every(route.path), ...this.to(route, first) }));
      return [...refused, ...nowhere];
    }
    const body = extension(middlewares.body());
    const { header: name, small, large } = sizeOf(site);
    const led = routes.flatMap((route): HttpRouteSpecRules[] => {
      // A rewrite by the API's own filter would want a rule for each match.
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
    return [...led, ...nowhere];
  }

  private to({ service }: SiteRoute, filters: readonly Filter[]) {
    return {
      ...(filters.length > 0 && { filters: [...filters] }),
      backendRefs: [{ name: service.name, port: service.port }],
    };
  }

  private route(name: string, { of, namespace }: SiteRoutes, scheme: 'http' | 'https', rules: HttpRouteSpecRules[]) {
    new HttpRoute(this, name, {
      metadata: this.metadata(name, namespace),
      spec: {
        parentRefs: [{ name: this.system.name, sectionName: `${scheme}-${of.name}` }],
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
