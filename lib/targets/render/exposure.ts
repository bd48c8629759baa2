import type { Component } from '../../model/component';
import { audienceOf } from '../../model/site';
import type { RenderOptions, RenderProblem, ServiceOptions } from './options';

/** Where the edge leads to a component, without what it leads nobody to. */
export const routesTo = ({ exposed }: Component) => exposed.filter((route) => audienceOf(route) !== 'nobody');

/** Where a component is on the public Internet: its host, if it has the root of one, or the host that render.yaml gives it. */
export function domainsOf(
  component: Component,
  one: ServiceOptions,
  components: readonly Component[],
): { domains: string[]; problems: RenderProblem[] } {
  const routes = routesTo(component);
  if (one.domain !== undefined) return { domains: [one.domain], problems: [] };
  const roots = routes.filter(({ path }) => path === '/').map(({ site }) => site.host);
  const taken = routes.find(
    ({ site, path }) =>
      path !== '/' &&
      components.some((other) => other !== component && routesTo(other).some((route) => route.site.host === site.host)),
  );
  const message = `given ${component.name} at ${taken?.site.host}${taken?.path}, and a host of Render leads to one service; expected domain, a host of its own`;
  return {
    domains: [...new Set(roots)].filter((host) => !host.endsWith('.localhost')),
    problems: taken !== undefined && roots.length === 0 ? [{ path: ['services', component.name], message }] : [],
  };
}

/** The paths of a static site's host that lead to other services: browsers then stay on one host. */
export function rewritesOf(component: Component, components: readonly Component[], options: RenderOptions) {
  const hosts = routesTo(component).map(({ site }) => site.host);
  return components.flatMap((other) => {
    const domain = options.services[other.name]?.domain;
    if (other === component || domain === undefined) return [];
    return routesTo(other)
      .filter(({ site }) => hosts.includes(site.host))
      .map(({ path, strip }) => ({
        type: 'rewrite' as const,
        source: `${path}/*`,
        destination: `https://${domain}${strip ? '' : path}/*`,
      }));
  });
}
