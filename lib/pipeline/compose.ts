import { expectedOneOf } from '../base/nearest';
import { InputError, type Problem } from '../base/problem';
import { COMPOSE, type ComposeConfig, loadCompose } from '../config/compose';
import { environmentNames } from '../config/environment-folders';
import { formatPath } from '../config/parse';
import type { YamlFile } from '../config/yaml-file';
import type { System } from '../model/system';
import { composeOf } from '../targets/compose/compose';
import type { Registry } from './definition';
import type { Described } from './describe';
import { describeEnvironments } from './environments';

/** The compose files of some systems. */
export interface ComposeOutput {
  /** The folders of `dist/` that are made now. */
  readonly folders: readonly string[];
  readonly files: ReadonlyMap<string, string>;
  /** The time to make them, in ms. */
  readonly milliseconds: number;
}

/** What is said in `environments/compose.yaml`, with the place of each setting. */
interface Given {
  readonly yaml: YamlFile;
  readonly path: readonly string[];
}

function problem({ yaml, path }: Given, message: string): Problem {
  return { ...yaml.locateKey(path.slice(0, -1), path.at(-1) as string), path: formatPath(path), message };
}

/** The components that settings name and the system does not have, or that several copies could not be reached at one port. */
function componentProblems(given: Given, config: ComposeConfig, { components }: System): Problem[] {
  const names = components.map(({ name }) => name);
  const unknown = (['ports', 'env', 'build'] as const).flatMap((key) =>
    Object.keys(config[key])
      .filter((name) => !names.includes(name))
      .map((name) =>
        problem({ ...given, path: [...given.path, key, name] }, `given ${name}, ${expectedOneOf(names, name)}`),
      ),
  );
  const shared = components.flatMap(({ name, ports, scale }) => {
    if (config.ports[name] === undefined) return [];
    const place = { ...given, path: [...given.path, 'ports', name] };
    if (ports.length === 0) return [problem(place, `given a port for ${name}, which listens at none`)];
    const copies = scale.replicas ?? scale.min ?? 1;
    const message = `given one port for ${copies} replicas of ${name}, expected one replica, or a proxy, which balances`;
    return copies > 1 ? [problem(place, message)] : [];
  });
  return [...unknown, ...shared];
}

/** What compose cannot run. */
function impossible(given: Given, { clusters, components }: System): Problem[] {
  const operators = clusters.map(({ name }) =>
    problem(
      given,
      `given an environment whose database ${name} an operator runs (cloudnative-pg), which compose has not; expected one with kind statefulset or external`,
    ),
  );
  const volumes = components
    .filter(
      ({ storage, scale }) => storage.some(({ access }) => access === 'each') && (scale.replicas ?? scale.min ?? 1) > 1,
    )
    .map(({ name }) =>
      problem(
        given,
        `given an environment with several replicas of ${name}, each with a volume of its own, which compose has not; expected one replica`,
      ),
    );
  return [...operators, ...volumes];
}

/** The systems and environments of the file that there are not. */
function unknownNames(
  value: Readonly<Record<string, Readonly<Record<string, ComposeConfig>>>>,
  yaml: YamlFile,
  systems: readonly string[],
  environments: readonly string[],
): Problem[] {
  return Object.entries(value).flatMap(([system, config]) => {
    if (!systems.includes(system))
      return [problem({ yaml, path: [system] }, `given ${system}, ${expectedOneOf(systems, system)}`)];
    return Object.keys(config)
      .filter((name) => !environments.includes(name))
      .map((name) => problem({ yaml, path: [system, name] }, `given ${name}, ${expectedOneOf(environments, name)}`));
  });
}

/** The files of one system, of all its environments. */
function filesOf(
  system: string,
  config: Readonly<Record<string, ComposeConfig>>,
  described: readonly Described[],
  yaml: YamlFile,
) {
  const environments = Object.entries(config);
  const made = environments.map(([environment, options], index) => {
    const given = { yaml, path: [system, environment] };
    const model = described.find((one) => one.system === system && one.environment === environment)?.model;
    if (model === undefined) {
      const known = described.flatMap((one) => (one.system === system ? [one.environment] : []));
      return {
        problems: [problem(given, `given ${environment}, ${expectedOneOf(known, environment)}, which has ${system}`)],
      };
    }
    const problems = [...componentProblems(given, options, model), ...impossible(given, model)];
    if (problems.length > 0) return { problems };
    const folder = index === 0 ? `${COMPOSE}/${system}` : `${COMPOSE}/${system}/${environment}`;
    return { files: [...composeOf(model, options)].map(([path, text]) => [`${folder}/${path}`, text] as const) };
  });
  return { files: made.flatMap(({ files = [] }) => files), problems: made.flatMap(({ problems = [] }) => problems) };
}

/**
 * The compose files of the systems that `environments/compose.yaml` names.
 *
 * @param described what is described already; other environments are described for it
 * @param systems the systems that are made now. @default - all of them
 * @param environments the environments that are made now: a system with one of them is made as a whole
 * @returns undefined if there is no such file
 * @throws InputError when the file names what there is not, or what compose cannot run
 */
export function buildCompose(
  registry: Registry,
  root: string,
  described: readonly Described[],
  {
    systems,
    environments,
  }: { readonly systems?: readonly string[] | undefined; readonly environments: readonly string[] },
): ComposeOutput | undefined {
  const started = performance.now();
  const loaded = loadCompose(root);
  if (loaded === undefined) return undefined;
  const { value, yaml } = loaded;
  const unknown = unknownNames(value, yaml, Object.keys(registry.in(root).systems), environmentNames(root));
  if (unknown.length > 0) throw new InputError(unknown);
  const wanted = Object.entries(value).filter(
    ([system, config]) =>
      (systems?.includes(system) ?? true) &&
      Object.keys(config).some((environment) => environments.includes(environment)),
  );
  const missing = wanted
    .flatMap(([, config]) => Object.keys(config))
    .filter((environment) => !described.some((one) => one.environment === environment));
  const others = missing.length > 0 ? describeEnvironments(registry, root, [...new Set(missing)]) : [];
  const made = wanted.map(([system, config]) => filesOf(system, config, [...described, ...others], yaml));
  const problems = made.flatMap((one) => one.problems);
  if (problems.length > 0) throw new InputError(problems);
  return {
    folders: wanted.map(([system]) => `${COMPOSE}/${system}`),
    files: new Map(made.flatMap(({ files }) => files)),
    milliseconds: performance.now() - started,
  };
}
