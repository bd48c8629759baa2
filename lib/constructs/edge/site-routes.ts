import { groupBy } from '../../base/group';
import type { Component } from '../../model/component';
import { type Protocol, portOfName } from '../../model/port';
import { audienceOf, type Route, type Site } from '../../model/site';
import type { System } from '../../model/system';

/** A path of a site, and what is behind it. */
export interface SiteRoute {
  readonly path: string;
  readonly strip: boolean;
  readonly component: Component;
  /** Where it leads to. */
  readonly service: { readonly name: string; readonly port: number; readonly protocol: Protocol };
}

/** Routes of a site that are for the same people, the longest path first. */
export interface SiteRoutes {
  /** The site; for a route with an audience of its own, a site of that audience and of a name of its own. */
  readonly site: Site;
  /** The site itself. */
  readonly of: Site;
  /** Whether it is the first of its site, with which that is made which a host has once. */
  readonly first: boolean;
  readonly namespace: string;
  readonly routes: readonly SiteRoute[];
}

/** @throws when no edge could lead there */
function serviceOf(component: Component, { site, path, port: name }: Route): SiteRoute['service'] {
  const { service: port, protocol } = portOfName(component, name);
  const { service } = component;
  if (service === undefined || port === undefined || protocol === 'tcp')
    throw new Error(`${site.host}${path} leads to ${component.name}, expected a port of HTTP or gRPC in its Service`);
  return { name: service.name, port, protocol };
}

/**
 * The paths of a site that a shorter path of the site would take for other people. Traefik leaves out a rule whose Middleware it does
 * not know, as for a moment when it starts: such a path needs one more rule, which leads nowhere and has no Middleware.
 */
export function pathsNeedingFallback({ site, of, routes }: SiteRoutes): string[] {
  return site.name === of.name ? [] : routes.map(({ path }) => path).filter((path) => path !== '/');
}

/** Where a route is for others than its site is: what guards it holds for nothing else, and so has a name of its own. */
function siteOf(site: Site, path: string, audience: Site['audience']): Site {
  if (audience === site.audience) return site;
  if (audience.length === 0) {
    throw new Error(`${site.host}${path} is for an empty list of addresses, expected some, or 'nobody'`);
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
 * The sites of a system with all that components offer there, each route with an audience of its own by itself.
 *
 * @throws when a site leads to two namespaces, since no kind of edge reaches Services of another one by itself
 */
export function siteRoutesOf({ components }: Pick<System, 'components'>): SiteRoutes[] {
  const routes = components.flatMap((component) =>
    component.exposed.map((route) => ({
      path: route.path,
      strip: (route.strip ?? false) && audienceOf(route) !== 'nobody',
      component,
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
      throw new Error(`site ${of.name} leads to namespaces ${[namespace, ...others].join(' and ')}, expected one`);
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
        .map(({ path, strip, component, service }) => ({ path, strip, component, service }))
        .sort((a, b) => b.path.length - a.path.length || a.path.localeCompare(b.path)),
    }));
  });
}
