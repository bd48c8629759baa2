import type { Component } from '../../model/component';
import { audienceOf } from '../../model/site';
import type { System } from '../../model/system';
import { commentOf } from '../comment';
import { routesTo } from './exposure';
import type { RenderOptions } from './options';

const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : [`${title}\n${lines.map((line) => `  ${line}`).join('\n')}`];

/** Paths of hosts that lead to another service than their root: no host of Render does, unless its root is a static site. */
function movedPaths(components: readonly Component[], { services }: RenderOptions): string[] {
  const rootOf = (host: string) =>
    components.find((one) => routesTo(one).some(({ site, path }) => site.host === host && path === '/'));
  return components.flatMap((one) => {
    const domain = services[one.name]?.domain;
    return routesTo(one).flatMap(({ site, path }) => {
      const root = rootOf(site.host);
      if (domain === undefined || root === undefined || root === one || services[root.name]?.static) return [];
      return [`${site.host}${path} leads to ${root.name}: it has to ask https://${domain}${path}`];
    });
  });
}

/** Routes with rules of who may pass, as `chat.example.com/api (api)`. */
function guardedRoutes(components: readonly Component[]): string[] {
  return components.flatMap((one) =>
    (routesTo(one).length === 0 ? [] : one.exposed)
      .filter((route) => audienceOf(route) !== 'everyone')
      .map(({ site, path }) => `${site.host}${path} (${one.name})`),
  );
}

/** What Render cannot express of a system, with what to do instead. */
function missing({ monitoring }: System, components: readonly Component[], options: RenderOptions): string[] {
  const { database, services } = options;
  const guarded = guardedRoutes(components);
  const sites = new Set(components.flatMap(({ exposed }) => exposed.map(({ site }) => site)));
  const aliases = [...sites].flatMap((site) => (site.aliases ?? []).map(({ host }) => host));
  const scaled = components.filter(({ scale, name }) => scale.max !== undefined && !services[name]?.static);
  const all: [boolean, string][] = [
    [
      true,
      'network policies: all services of the workspace in one region reach each other; put them into a project whose environments are isolated',
    ],
    [
      guarded.length > 0,
      `who may reach ${guarded.join(', ')}: the programs have to refuse the others; organizations of the plan Enterprise set inbound IP rules in the dashboard`,
    ],
    [
      aliases.length > 0,
      `redirects of ${aliases.join(', ')}: Render redirects www to its domain, and back; all others are of the DNS provider`,
    ],
    [true, 'limits of requests, of their size and of their time: the programs have to set them'],
    [true, 'a read-only root and dropped capabilities: Render runs the image as it is, so its USER must not be root'],
    [
      database !== undefined,
      'databases and roles that Jobs make, such as a database for each tenant: one user owns the one database, and docs/render.md says how to add others by hand',
    ],
    [
      scaled.length > 0,
      `targets in % of a request: ${scaled.map(({ name }) => name).join(', ')}: the targets are in % of the plan`,
    ],
    [
      monitoring !== undefined,
      'Prometheus, its alerts and its dashboards: use the metrics and notifications of the dashboard',
    ],
  ];
  return [...all.flatMap(([applies, text]) => (applies ? [text] : [])), ...movedPaths(components, options)];
}

/**
 * What stands at the head of a Blueprint: what it is, what a person enters, and what Render cannot express.
 *
 * @param notes what a person has to know about single services
 */
export function headOf(
  system: System,
  options: RenderOptions,
  components: readonly Component[],
  notes: readonly string[],
): string {
  const open = Object.entries(options.services).flatMap(([name, one]) =>
    one.public === undefined ? [] : [`${name}: ${one.public}`],
  );
  return [
    `${system.name} in ${system.environment} on Render, written by npm run synth: edit environments/, not this file. docs/render.md says how to deploy it.`,
    ...section('Enter or know these:', notes),
    ...section('Everyone may reach these:', open),
    ...section(
      'Not on Render:',
      Object.entries(options.without).map(([name, reason]) => `${name}: ${reason}`),
    ),
    ...section('Render cannot express these:', missing(system, components, options)),
  ]
    .map(commentOf)
    .join('\n');
}
