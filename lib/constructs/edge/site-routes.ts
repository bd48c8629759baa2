import { groupBy } from '../../base/group';
import type { Component } from '../../model/component';
import type { EdgeProps } from '../../model/edge';
import { type Protocol, portOfName } from '../../model/port';
import { audienceOf, type Balance, type Route, type Site } from '../../model/site';
import type { System } from '../../model/system';

/** A path of a site with its backend. */
export interface SiteRoute {
  /** The path prefix, in whole segments. */
  readonly path: string;
  /** Whether the prefix is removed before the request is forwarded. */
  readonly strip: boolean;
  readonly component: Component;
  readonly balance?: Balance | undefined;
  /** The Service port that requests are forwarded to. */
  readonly service: { readonly name: string; readonly port: number; readonly protocol: Protocol };
}

/** The routes of a site with the same audience, the longest path first. */
export interface SiteRoutes {
  /** The site; for a route with its own audience, a copy of the site with that audience and a separate name. */
  readonly site: Site;
  /** The original site. */
  readonly of: Site;
  /** Whether these are the first routes of the site: with them come the objects that a host has once, such as its certificate. */
  readonly first: boolean;
  readonly namespace: string;
  readonly routes: readonly SiteRoute[];
}

/** A system with one kind of edge. */
export interface EdgeSystem<Edge extends EdgeProps> {
  readonly name: string;
  readonly edge: Edge;
  readonly sites: readonly SiteRoutes[];
}

/** @throws when the port is not in a Service, or its protocol is tcp or udp */
function serviceOf(component: Component, { site, path, port: name }: Route): SiteRoute['service'] {
  const { service: port, protocol } = portOfName(component, name);
  const { service } = component;
  if (service === undefined || port === undefined || protocol === 'tcp' || protocol === 'udp')
    throw new Error(`${site.host}${path} exposes ${component.name}, expected an HTTP or gRPC port in its Service`);
  return { name: service.name, port, protocol };
}

/**
 * The paths with an audience other than their site's. Traefik ignores a rule while its Middleware is missing, such as for a moment after
 * its start; the rule of a shorter path, with another audience, would then match. So these paths need a fallback rule without a
 * Middleware and without a backend.
 */
export function pathsNeedingFallback({ site, of, routes }: SiteRoutes): string[] {
  return site.name === of.name ? [] : routes.map(({ path }) => path).filter((path) => path !== '/');
}

/** The site of a route. For a route with its own audience, the objects that enforce it need a separate name. */
function siteOf(site: Site, path: string, audience: Site['audience']): Site {
  if (audience === site.audience) return site;
  if (audience.length === 0) {
    throw new Error(`${site.host}${path} has an empty list of addresses as its audience, expected some, or 'nobody'`);
  }
  const { name, host, certificate, body } = site;
  const own = `${name}-at-${
    path
      .toLowerCase()
      .match(/[a-z0-9]+/g)
      ?.join('-') ?? 'root'
  }`;
  return audience === 'nobody' ? { name: own, host, certificate, body, audience } : { ...site, name: own, audience };
}

/**
 * The routes of all sites of a system, grouped by site and audience.
 *
 * @throws when the components of a site are in two namespaces, since the objects of an edge can only refer to Services in their own
 */
export function siteRoutesOf({ components }: Pick<System, 'components'>): SiteRoutes[] {
  const routes = components.flatMap((component) =>
    component.exposed.map((route) => ({
      path: route.path,
      strip: (route.strip ?? false) && audienceOf(route) !== 'nobody',
      component,
      balance: route.balance,
      service: serviceOf(component, route),
      of: route.site,
      site: siteOf(route.site, route.path, audienceOf(route)),
    })),
  );
  const sites = new Map(routes.map(({ of }) => [of.name, of]));
  return [...sites.values()].flatMap((of) => {
    const own = routes.filter((route) => route.of.name === of.name);
    const [namespace, ...others] = new Set(own.map(({ component }) => component.namespace));
    if (namespace === undefined || others.length > 0) {
      throw new Error(
        `site ${of.name} has components in namespaces ${[namespace, ...others].join(' and ')}, expected one`,
      );
    }
    const parts = [...groupBy(own, ({ site }) => site.name).values()]
      .map((part) => ({ site: (part[0] as (typeof own)[number]).site, part }))
      .sort((a, b) => Number(b.site.name === of.name) - Number(a.site.name === of.name));
    return parts.map(({ site, part }, index) => ({
      site,
      of,
      first: index === 0,
      namespace,
      routes: part
        .map(({ path, strip, component, balance, service }) => ({ path, strip, component, balance, service }))
        .sort((a, b) => b.path.length - a.path.length || a.path.localeCompare(b.path)),
    }));
  });
}
