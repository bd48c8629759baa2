import type { Component } from '../../model/component';
import type { Container } from '../../model/container';
import { portOfName } from '../../model/port';
import type { Service } from './blueprint';
import { domainsOf, rewritesOf, routesTo } from './exposure';
import { filesOf, movedIn, sourceOf } from './image';
import { impossible } from './impossible';
import { NO_OPTIONS, type RenderOptions, type RenderProblem, type ServiceOptions, type StaticSite } from './options';
import { afterLines, commandText } from './shell';
import { planOf, scaleOf } from './size';
import type { Environment, ServiceRef, Variables } from './variables';

/** The longest time for the end of a program. Source: render.com/docs, Blueprint YAML Reference, maxShutdownDelaySeconds. */
const LONGEST_SHUTDOWN = 300;

/** A service, the files beside the Blueprint, and what the head of the Blueprint says about it. */
export interface Made {
  readonly service?: Service;
  readonly files: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly problems: readonly RenderProblem[];
}

/** What the services of a Blueprint have in common. */
export interface Context {
  readonly options: RenderOptions;
  readonly variables: Variables;
  /** The services of all components on Render. */
  readonly refs: ReadonlyMap<string, ServiceRef>;
  readonly components: readonly Component[];
  /** The folder of the Blueprint in the repository. */
  readonly folder: string;
}

/** How a program starts, after the lines that put its variables together. */
function startOf(
  name: string,
  { command = [], args = [] }: Container,
  one: ServiceOptions,
  lines: readonly string[],
  change: (text: string) => string,
): { fields: Partial<Service>; problems: RenderProblem[] } {
  const folders = Object.values(one.disk?.moved ?? {});
  const before = [...(folders.length > 0 ? [`mkdir -p ${folders.join(' ')}`] : []), ...lines];
  const known = command.length === 0 ? undefined : commandText([...command, ...args].map(change), before);
  const start = one.command === undefined ? known : afterLines(before, one.command);
  const message = `given no command for ${name}, some of whose variables are put together when it starts; expected the command of its image`;
  if (start === undefined && before.length > 0)
    return { fields: {}, problems: [{ path: ['services', name], message }] };
  return { fields: start === undefined ? {} : { dockerCommand: start }, problems: [] };
}

/** A component as a static site: its variables are those of its build. */
function staticSite(
  component: Component,
  name: string,
  one: StaticSite,
  { variables }: Environment,
  context: Context,
  domains: string[],
): Service {
  const { options, components } = context;
  const routes = rewritesOf(component, components, options);
  return {
    type: 'web',
    name,
    runtime: 'static',
    ...(options.repository !== undefined && { repo: options.repository }),
    buildCommand: one.build,
    staticPublishPath: one.publish,
    buildFilter: { paths: [...one.paths], ignoredPaths: [] },
    ...(routes.length > 0 && { routes }),
    ...(domains.length > 0 && { domains }),
    envVars: [...variables],
  };
}

/** The type of a component's service: public, private, or one that nobody calls. */
export function typeOf(component: Component): ServiceRef['type'] {
  return routesTo(component).length > 0 ? 'web' : component.ports.length > 0 ? 'pserv' : 'worker';
}

/** The fields of a service with a container that do not depend on its variables. */
function lifeOf(component: Component, type: ServiceRef['type'], one: ServiceOptions): Partial<Service> {
  const { containers, shutdown } = component;
  const health = containers[0].probes?.health;
  return {
    ...(type === 'web' && health !== undefined && 'http' in health && { healthCheckPath: health.http }),
    maxShutdownDelaySeconds: Math.min(shutdown.drainTimeout.toSeconds(), LONGEST_SHUTDOWN),
    ...(one.disk !== undefined && { disk: { name: 'data', mountPath: one.disk.path, sizeGB: one.disk.size } }),
  };
}

function notesOn(component: Component, ref: ServiceRef, one: ServiceOptions, { notes }: Environment): string[] {
  const grace = component.shutdown.drainTimeout.toSeconds();
  return [
    ...notes,
    ...(grace > LONGEST_SHUTDOWN ? [`it has ${LONGEST_SHUTDOWN} s to end, and asks for ${grace} s`] : []),
    ...(one.disk !== undefined ? ['it is down during each deploy, since one instance alone can have its disk'] : []),
  ].map((note) => `${ref.name}: ${note}`);
}

/** A component as a service of Render. */
export function serviceOf(component: Component, context: Context): Made {
  const { name, containers, ports } = component;
  const [container] = containers;
  const { options, variables, refs, components } = context;
  const one = options.services[name] ?? NO_OPTIONS;
  const ref = refs.get(name) as ServiceRef;
  const change = (text: string) => movedIn(text, one.disk?.moved ?? {});
  const made = variables.of(container, {
    own: one.static === undefined ? ref : undefined,
    replaced: one.env,
    change,
    migrates: one.preDeploy !== undefined,
  });
  const { domains, problems: ofDomains } = domainsOf(component, one, components);
  const notes = notesOn(component, ref, one, made);
  const problems = [...impossible(component, one), ...ofDomains];
  if (one.static !== undefined && made.lines.length > 0)
    problems.push({
      path: ['services', name, 'static'],
      message: `given a static site with addresses that only a running program could put together: ${made.lines.join('; ')}; expected their values in env`,
    });
  if (one.static !== undefined)
    return { service: staticSite(component, ref.name, one.static, made, context, domains), files: {}, notes, problems };
  const port = ports.length === 0 ? undefined : portOfName(component, routesTo(component)[0]?.port).port;
  const plan = planOf(name, container, one);
  const scale = scaleOf(component);
  const source = sourceOf(name, container, one, filesOf(container, change), context);
  const start = startOf(name, container, one, made.lines, change);
  const own = port === undefined || 'PORT' in container.env ? [] : [{ key: 'PORT', value: String(port) }];
  const service: Service = {
    type: ref.type,
    name: ref.name,
    region: options.region,
    plan: plan.plan,
    ...source.fields,
    ...start.fields,
    ...(one.preDeploy !== undefined && { preDeployCommand: afterLines(made.direct, one.preDeploy) }),
    ...scale.fields,
    ...lifeOf(component, ref.type, one),
    ...(ref.type === 'web' && domains.length > 0 && { domains }),
    envVars: [...own, ...made.variables],
  };
  return {
    service,
    files: source.files,
    notes,
    problems: [...problems, ...plan.problems, ...scale.problems, ...start.problems],
  };
}
