import type { Component } from '../../model/component';
import { audienceOf } from '../../model/site';
import type { System } from '../../model/system';
import type { RenderOptions } from './options';

const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : [`${title}\n${lines.map((line) => `  ${line}`).join('\n')}`];

/** What Render cannot express of a system, with what to do instead. */
function missing(
  { monitoring }: System,
  components: readonly Component[],
  { database, services }: RenderOptions,
): string[] {
  const closed = components.filter(({ exposed }) => exposed.some((route) => audienceOf(route) === 'nobody'));
  const limited = components.flatMap(({ name, exposed }) =>
    exposed
      .filter((route) => !['everyone', 'nobody'].includes(audienceOf(route) as string))
      .map(({ site, path }) => `${name} at ${site.host}${path}`),
  );
  const scaled = components.filter(
    ({ scale, name }) => scale.max !== undefined && services[name]?.static === undefined,
  );
  return [
    'network policies: all services of the workspace in one region reach each other; put them into a project whose environments are isolated',
    ...(limited.length > 0
      ? [
          `rules by address (${limited.join(', ')}): the login protects them; organizations of the plan Enterprise set inbound IP rules in the dashboard`,
        ]
      : []),
    ...closed.map(
      ({ name, exposed }) =>
        `paths that are closed (${exposed
          .filter((route) => audienceOf(route) === 'nobody')
          .map(({ path }) => path)
          .join(', ')} of ${name}): the program has to refuse them`,
    ),
    'limits of requests, of their size and of their time: the program has to set them',
    'a read-only root and dropped capabilities: Render runs the image as it is, so its USER must not be root',
    ...(database
      ? [
          'a database for each tenant, and a role for each service, by a Job: one user owns the one database. For another tenant run CREATE DATABASE by hand (docs/render.md)',
        ]
      : []),
    ...(scaled.length > 0
      ? [`targets in % of a request: ${scaled.map(({ name }) => name).join(', ')} scale by % of their plan`]
      : []),
    ...(monitoring
      ? ['Prometheus, its alerts and its dashboards: use the metrics and notifications of the dashboard']
      : []),
  ];
}

const wrapped = (text: string) =>
  text
    .split('\n')
    .map((line) => (line === '' ? '#' : `# ${line}`))
    .join('\n');

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
    .map(wrapped)
    .join('\n');
}
