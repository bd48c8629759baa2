import type { Component } from '../../model/component';
import { type Protocol, portOfName } from '../../model/port';
import type { Route, Site } from '../../model/site';
import type { System } from '../../model/system';

/** A path of a site, and what is behind it. */
export interface OfferedRoute {
  readonly path: string;
  readonly strip: boolean;
  readonly component: Component;
  /** Where it leads to. */
  readonly service: { readonly name: string; readonly port: number; readonly protocol: Protocol };
}

/** A site with its routes, the longest path first. */
export interface Offer {
  readonly site: Site;
  readonly namespace: string;
  readonly routes: readonly OfferedRoute[];
}

/** @throws when no edge could lead there */
function serviceOf(component: Component, { site, path, port: name }: Route): OfferedRoute['service'] {
  const { service: port, protocol } = portOfName(component, name);
  const { service } = component;
  if (service === undefined || port === undefined || protocol === 'tcp')
    throw new Error(`${site.host}${path} leads to ${component.name}, expected a port of HTTP or gRPC in its Service`);
  return { name: service.name, port, protocol };
}

/**
 * The sites of a system with all that components offer there.
 *
 * @throws when a site leads to two namespaces, since no kind of edge reaches Services of another one by itself
 */
export function offersOf({ components }: Pick<System, 'components'>): Offer[] {
  const routes = components.flatMap((component) =>
    component.exposed.map((route) => ({ ...route, component, service: serviceOf(component, route) })),
  );
  const sites = new Map(routes.map(({ site }) => [site.name, site]));
  return [...sites.values()].map((site) => {
    const own = routes.filter((route) => route.site.name === site.name);
    const [namespace, ...others] = new Set(own.map(({ component }) => component.namespace));
    if (namespace === undefined || others.length > 0) {
      throw new Error(`site ${site.name} leads to namespaces ${[namespace, ...others].join(' and ')}, expected one`);
    }
    return {
      site,
      namespace,
      routes: own
        .map(({ path, strip = false, component, service }) => ({ path, strip, component, service }))
        .sort((a, b) => b.path.length - a.path.length || a.path.localeCompare(b.path)),
    };
  });
}
