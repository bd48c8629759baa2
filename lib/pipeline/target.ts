import { expectedOneOf } from '../base/nearest';
import { InputError, type Problem } from '../base/problem';
import { environmentNames } from '../config/environment-folders';
import { formatPath } from '../config/parse';
import type { TargetFile } from '../config/target-file';
import type { YamlFile } from '../config/yaml-file';
import type { System } from '../model/system';
import type { Registry } from './definition';
import type { Described } from './describe';
import { describeEnvironments } from './environments';

/** The files of some systems for another platform. */
export interface TargetOutput {
  /** The folder of the platform in `dist/`. */
  readonly name: string;
  /** The folders of `dist/` that are made now. */
  readonly folders: readonly string[];
  readonly files: ReadonlyMap<string, string>;
  /** The time to make them, in ms. */
  readonly milliseconds: number;
}

/** What is said in the file of a platform, with the place of each setting. */
export interface Given {
  readonly yaml: YamlFile;
  readonly path: readonly string[];
}

/** A platform: the name of its folder in `dist/`, and what becomes of a system. */
export interface Target<Options> {
  readonly name: string;
  /**
   * The files of a system, by their paths below `folder`, or what is wrong with what is said about it.
   *
   * @param folder its folder below `dist/`
   */
  readonly make: (
    model: System,
    options: Options,
    given: Given,
    folder: string,
  ) => { readonly files: ReadonlyMap<string, string> } | { readonly problems: readonly Problem[] };
}

/** The choice of systems and environments that are made now. */
export interface Chosen {
  /** @default - all of them */
  readonly systems?: readonly string[] | undefined;
  /** A system with one of these environments is made as a whole. */
  readonly environments: readonly string[];
}

/** A problem of the setting at a path. */
export function problem({ yaml, path }: Given, message: string): Problem {
  return { ...yaml.locateKey(path.slice(0, -1), path.at(-1) as string), path: formatPath(path), message };
}

/** The systems and environments of the file that there are not. */
function unknownNames(
  { value, yaml }: TargetFile<unknown>,
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
function filesOf<Options>(
  { name, make }: Target<Options>,
  system: string,
  config: Readonly<Record<string, Options>>,
  described: readonly Described[],
  yaml: YamlFile,
): { readonly files: readonly (readonly [string, string])[]; readonly problems: readonly Problem[] }[] {
  return Object.entries(config).map(([environment, options], index) => {
    const given = { yaml, path: [system, environment] };
    const whole = described.find((one) => one.system === system && one.environment === environment)?.model;
    if (whole === undefined) {
      const known = described.flatMap((one) => (one.system === system ? [one.environment] : []));
      const message =
        known.length === 0
          ? `given ${system}, which no environment has; delete these lines`
          : `given ${environment}, ${expectedOneOf(known, environment)}, which has ${system}`;
      return { files: [], problems: [problem(given, message)] };
    }
    const folder = index === 0 ? `${name}/${system}` : `${name}/${system}/${environment}`;
    // What verifies a sync of Argo CD has no place on another platform.
    const model = { ...whole, tasks: whole.tasks.filter(({ stage }) => stage !== 'verification') };
    const made = make(model, options, given, folder);
    if ('problems' in made) return { files: [], problems: made.problems };
    return { files: [...made.files].map(([path, text]) => [`${folder}/${path}`, text] as const), problems: [] };
  });
}

/**
 * The files of the systems that the file of a platform names.
 *
 * @param loaded that file. @default - there is none
 * @param described what is described already; other environments are described for it
 * @returns undefined if there is no such file
 * @throws InputError when the file names what there is not, or what the platform cannot run
 */
export function buildTarget<Options>(
  target: Target<Options>,
  loaded: TargetFile<Options> | undefined,
  registry: Registry,
  root: string,
  described: readonly Described[],
  { systems, environments }: Chosen,
): TargetOutput | undefined {
  if (loaded === undefined) return undefined;
  const started = performance.now();
  const { value, yaml } = loaded;
  const unknown = unknownNames(loaded, Object.keys(registry.in(root).systems), environmentNames(root));
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
  const made = wanted.flatMap(([system, config]) => filesOf(target, system, config, [...described, ...others], yaml));
  const problems = made.flatMap((one) => one.problems);
  if (problems.length > 0) throw new InputError(problems);
  return {
    name: target.name,
    folders: wanted.map(([system]) => `${target.name}/${system}`),
    files: new Map(made.flatMap(({ files }) => files)),
    milliseconds: performance.now() - started,
  };
}
