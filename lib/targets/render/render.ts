import { yamlOf } from '../../base/yaml';
import type { Address } from '../../model/address';
import { type Component, ownersOfServices } from '../../model/component';
import type { System } from '../../model/system';
import type { Blueprint, Database, Refusal, Service } from './blueprint';
import { groupsOf } from './groups';
import { headOf } from './head';
import type { DatabaseOptions, RenderOptions, RenderProblem } from './options';
import { refusalsOf } from './rules';
import { serviceOf, typeOf } from './service';
import { tasksOf } from './tasks';
import { type Place, type ServiceRef, Variables } from './variables';

/** A Blueprint with the files beside it, or what is wrong. */
export interface Rendered {
  /** @default - there are problems */
  readonly files?: ReadonlyMap<string, string>;
  readonly blueprint: Blueprint;
  /** What is wrong with what is said for Render. */
  readonly problems: readonly RenderProblem[];
}

/** `salient-prod` and `chat-api` → `salient-prod-chat-api`; a component with the name of its system has that of the system alone. */
function nameOf({ name, instance }: System, component: string): string {
  return component === name ? instance : `${instance}-${component}`;
}

/** Where addresses of the model lead to on Render. */
function placesOf(
  components: readonly Component[],
  refs: ReadonlyMap<string, ServiceRef>,
  database: DatabaseOptions | undefined,
) {
  const owners = ownersOfServices(components);
  return ({ of }: Address): Place => {
    const owner = owners.get(`${of.namespace}/${of.service}`);
    // The Services of a cluster that an operator runs are `postgres-rw` and the like, and are of no component.
    const isReplaced = (one: string) => (owner === undefined ? of.service.startsWith(`${one}-`) : one === owner.name);
    if (database?.replaces.some(isReplaced)) return 'database';
    const service = owner && refs.get(owner.name);
    return service === undefined ? undefined : { service, port: owner?.ports[0]?.port };
  };
}

function databaseOf(
  id: string,
  { name, user, major, plan, size, pool }: DatabaseOptions,
  region: RenderOptions['region'],
): Database {
  return {
    name: id,
    databaseName: name,
    user,
    region,
    plan,
    postgresMajorVersion: String(major),
    diskSizeGB: size,
    ...(pool && { connectionPool: 'pgbouncer' }),
    ipAllowList: [],
  };
}

/** What the settings name and the system does not have, and what the system has and nobody decided about. */
function undecided(system: System, options: RenderOptions): RenderProblem[] {
  const { components, clusters, tasks } = system;
  const [ofComponents, ofTasks] = [[...components, ...clusters], tasks].map((all) => all.map(({ name }) => name)) as [
    string[],
    string[],
  ];
  const unknown = (path: readonly string[], given: readonly string[], known: readonly string[]) =>
    given
      .filter((name) => !known.includes(name))
      .map(
        (name): RenderProblem => ({
          path: [...path, name],
          message: `given ${name}, expected one of ${known.join(', ')}`,
        }),
      );
  const replaces = options.database?.replaces ?? [];
  const left = clusters.filter(({ name }) => !replaces.includes(name) && options.without[name] === undefined);
  return [
    ...unknown(
      ['services'],
      Object.keys(options.services),
      components.map(({ name }) => name),
    ),
    ...unknown(['without'], Object.keys(options.without), [...ofComponents, ...ofTasks]),
    ...replaces.flatMap((name, index) =>
      ofComponents.includes(name)
        ? []
        : [
            {
              path: ['database', 'replaces', String(index)],
              message: `given ${name}, expected one of ${ofComponents.join(', ')}`,
            },
          ],
    ),
    ...left.map(
      ({ name }): RenderProblem => ({
        path: [],
        message: `given an environment with the databases ${name}, which an operator runs; expected ${name} in database.replaces`,
      }),
    ),
  ];
}

function blueprintOf(
  { previews, database, region }: RenderOptions,
  id: string,
  services: readonly Service[],
  groups: ReturnType<typeof groupsOf>,
): Blueprint {
  return {
    ...(previews && { previews: { generation: previews.generation, expireAfterDays: previews.days } }),
    ...(groups.groups.length > 0 && { envVarGroups: [...groups.groups] }),
    services: services.map((service) => ({ ...service, envVars: [...groups.variablesOf(service)] })),
    ...(database && { databases: [databaseOf(id, database, region)] }),
  };
}

/**
 * A system as a Blueprint of Render, with the files beside it.
 *
 * @param folder its folder in the repository, such as `dist/render/salient`
 */
export function renderOf(system: System, options: RenderOptions, folder: string): Rendered {
  const { database, without } = options;
  const isOn = ({ name }: { readonly name: string }) =>
    without[name] === undefined && !database?.replaces.includes(name);
  const components = system.components.filter(isOn);
  const refs = new Map(
    components.map((one): [string, ServiceRef] => [one.name, { name: nameOf(system, one.name), type: typeOf(one) }]),
  );
  const id = `${system.instance}-db`;
  const variables = new Variables(placesOf(system.components, refs, database), database && { ...database, id });
  const context = { options, variables, refs, components, folder };
  const made = [
    ...components.map((one) => serviceOf(one, context)),
    ...tasksOf(system.tasks.filter(isOn), system, context),
  ];
  const services = made.flatMap(({ service }) => service ?? []);
  const blueprint = blueprintOf(options, id, services, groupsOf(system.instance, services));
  const problems = [...undecided(system, options), ...made.flatMap((one) => one.problems)];
  const refusals: readonly Refusal[] = problems.length > 0 ? [] : refusalsOf(blueprint);
  if (problems.length > 0 || refusals.length > 0)
    return {
      blueprint,
      problems: [...problems, ...refusals.map((message) => ({ path: [], message: `Render refuses ${message}` }))],
    };
  const head = headOf(
    system,
    options,
    components,
    made.flatMap(({ notes }) => notes),
  );
  const files = made.flatMap((one) => Object.entries(one.files));
  return { files: new Map([['render.yaml', `${head}\n${yamlOf(blueprint)}`], ...files]), blueprint, problems };
}
