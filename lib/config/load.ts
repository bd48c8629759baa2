import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ZodType } from 'zod';
import { groupBy } from '../base/group';
import { expectedOneOf } from '../base/nearest';
import { formatProblem, InputError, type Problem } from '../base/problem';
import { applicationNameProblem } from './application-name';
import { ARGOCD, type ArgoCdConfig, argoCdSchema } from './argocd';
import { COMPOSE } from './compose';
import { ENVIRONMENT, type Environment, environmentNameProblem } from './environment';
import { basesIn, environmentOf, FOLDER, PATTERN, readFile, readFolder } from './environment-folders';
import { movingTagProblems } from './images';
import { issuerProblems } from './issuers';
import { type LayerSchema, layeredFile } from './layered-file';
import type { Merged } from './layers';
import { logProblems } from './log-retention';
import { formatPath, parse, UNKNOWN_KEY } from './parse';
import { type ClusterEnvironment, PLATFORM, type PlatformConfig } from './platform';
import { PRICES } from './prices';
import { RENDER } from './render';
import type { YamlDocument, YamlFile } from './yaml-file';

/** The schemas of the files that a system, or the platform, has in an environment's folder. */
export interface FileSchema {
  /** The schema of the file with the system's name. */
  readonly settings: (environment: Environment) => ZodType;
  /**
   * The schemas of lists in their own files, by file name. Each list becomes the setting with that name; a missing file is an empty
   * list. Each schema may depend on the other settings, or on undefined if those are invalid. @default - none
   */
  readonly collections?: Readonly<Record<string, (settings: unknown) => ZodType>>;
  /** How its settings come from several files and built-in defaults. @default - they are in its own file alone */
  readonly layers?: LayerSchema;
}

/** The schemas of the systems and of the platform, by name. */
export type Schemas = Readonly<Record<string, FileSchema>>;

/** The checked content of `environments/<environment>/<system>.yaml`, with the lists of its other files. */
export interface Settings {
  readonly environment: ClusterEnvironment;
  /** The name of the system and of its file. */
  readonly system: string;
  readonly values: unknown;
  /** The place of a setting in the file, or of its nearest parent that the file has. */
  readonly locate: (path: readonly PropertyKey[]) => Omit<Problem, 'message'>;
  /** The settings as they were written and filled in, with the layer of each. @default - they are in one file */
  readonly merged?: Merged;
}

/** The files that an environment's systems are read from. */
interface EnvironmentFiles {
  readonly root: string;
  /** Those of the environment's folder, by name. */
  readonly files: ReadonlyMap<string, YamlDocument>;
  /** Those that several environments share, by name. */
  readonly bases: ReadonlyMap<string, YamlDocument>;
}

/** The one problem of an application's file with the name of a system that has other settings. */
function patternProblem(system: string, problems: readonly Problem[]): Problem[] | undefined {
  const found = problems.find(({ path, message }) => path === PATTERN && message.startsWith(UNKNOWN_KEY));
  const owner = system === PLATFORM ? 'the platform' : `${system}, which is described in TypeScript`;
  const message = `given ${PATTERN} in the file of ${owner}; give the application a name of its own`;
  return found && [{ ...found, message }];
}

/** Loads the files of one system in an environment's folder: its settings and its collections. */
function loadSystem(
  env: Environment,
  system: string,
  definition: FileSchema,
  { root, files, bases }: EnvironmentFiles,
) {
  const file = files.get(system);
  const collections = Object.entries(definition.collections ?? {});
  const problems: Problem[] = [];
  const wrongName = definition.layers && file && applicationNameProblem(system);
  if (wrongName) return { settings: [], problems: [{ file: file.file, message: wrongName }] };
  if (file === undefined) {
    for (const [name] of collections) {
      const list = files.get(name)?.file;
      if (list)
        problems.push({ file: list, message: `belongs to ${system}.yaml, expected that file in the same folder` });
    }
    return { settings: [], problems };
  }
  const layered =
    definition.layers &&
    layeredFile(root, env, system, definition.layers, {
      own: file,
      base: bases.get(system),
      environment: files.get(ENVIRONMENT),
    });
  const own: YamlFile = layered?.merged ?? file;
  problems.push(...(layered?.problems ?? []));
  const parsed = parse(definition.settings(env), own);
  if ('problems' in parsed) problems.push(...(patternProblem(system, parsed.problems) ?? parsed.problems));
  const settings = 'value' in parsed ? (parsed.value as object) : undefined;
  if (!env.development) problems.push(...movingTagProblems(settings ?? own.value, own));
  const values = collections.map(([name, schemaOf]): [string, unknown] => {
    const yaml = files.get(name);
    if (yaml === undefined) return [name, []];
    const list = parse(schemaOf(settings), yaml);
    if ('problems' in list) problems.push(...list.problems);
    return [name, 'value' in list ? list.value : []];
  });
  const locate: Settings['locate'] = (path) => ({
    ...own.locate(path),
    path: formatPath(path),
  });
  return {
    settings: [
      {
        environment: env,
        system,
        values: { ...settings, ...Object.fromEntries(values) },
        locate,
        ...(layered && { merged: layered.merged }),
      },
    ],
    problems,
  };
}

/** Checks that the lists of a system exist. Without its list of tenants, a system would disable all of them. */
function missingLists(
  folder: string,
  files: ReadonlyMap<string, YamlFile>,
  unreadable: ReadonlySet<string>,
  schemas: Schemas,
) {
  return Object.entries(schemas).flatMap(([system, { collections = {} }]) =>
    Object.keys(collections)
      .filter((name) => files.has(system) && !files.has(name) && !unreadable.has(name))
      .map(
        (name): Problem => ({
          file: `${folder}/${name}.yaml`,
          message: `does not exist, expected a list; [] states that there are none`,
        }),
      ),
  );
}

function loadEnvironment(
  root: string,
  name: string,
  schemas: Schemas,
  bases: ReturnType<typeof basesIn>,
): { settings: Settings[]; problems: Problem[] } {
  const folder = `${FOLDER}/${name}`;
  const wrongName = environmentNameProblem(name);
  if (wrongName) return { settings: [], problems: [{ file: folder, message: wrongName }] };
  const own = Object.entries(schemas).flatMap(([system, { collections }]) => [
    system,
    ...Object.keys(collections ?? {}),
  ]);
  const { readable, unreadable, problems } = readFolder(root, folder, [...own, ENVIRONMENT]);
  if (!own.some((one) => readable.has(one)) && problems.length === 0)
    return { settings: [], problems: [{ file: folder, message: 'contains no environment file' }] };
  const { env, problems: tierProblems } = environmentOf(name, readable.get(ENVIRONMENT));
  const loaded = Object.entries(schemas)
    .filter(([system]) => !unreadable.has(system) && !bases.unreadable.has(system))
    .map(([system, definition]) =>
      loadSystem(env, system, definition, { root, files: readable, bases: bases.readable }),
    );
  const settings = loaded.flatMap((one) => one.settings);
  const platform = settings.find(({ system }) => system === PLATFORM)?.values as PlatformConfig | undefined;
  return {
    settings: settings.map((one) => ({ ...one, environment: { ...env, ...(platform && { platform }) } })),
    problems: [
      ...problems,
      ...(unreadable.has(ENVIRONMENT) ? [] : tierProblems),
      ...missingLists(folder, readable, unreadable, schemas),
      ...loaded.flatMap((one) => one.problems),
      ...(platform
        ? issuerProblems([...inOneFile(readable, schemas), ...settings.flatMap(({ merged }) => merged ?? [])], platform)
        : []),
      ...(platform ? logProblems(settings, platform) : []),
    ],
  };
}

/** The files of systems whose settings are in them alone. */
function inOneFile(files: ReadonlyMap<string, YamlDocument>, schemas: Schemas): YamlFile[] {
  const layered = layeredIn(schemas);
  return [...files].flatMap(([name, yaml]) => (layered.includes(name) ? [] : [yaml]));
}

/** The names of the systems that may have a file for all environments. */
function layeredIn(schemas: Schemas): string[] {
  return Object.entries(schemas).flatMap(([name, { layers }]) => (layers === undefined ? [] : [name]));
}

/** The problems of environments. One in a file that all of them share names those that have it, unless all have. */
function inEnvironments(
  loaded: readonly { readonly problems: readonly Problem[] }[],
  names: readonly string[],
): Problem[] {
  const all = loaded.flatMap(({ problems }, index) =>
    problems.map((problem) => ({ problem, name: names[index] as string })),
  );
  return [...groupBy(all, ({ problem }) => formatProblem(problem)).values()].flatMap((same) => {
    const [{ problem }] = same as [(typeof same)[number]];
    const isShared = /^[^/]+\/[^/]+\.yaml$/.test(problem.file);
    if (!isShared || new Set(same.map(({ name }) => name)).size === names.length) return [problem];
    return [{ ...problem, message: `${problem.message} (in ${same.map(({ name }) => name).join(', ')})` }];
  });
}

/**
 * Reads and checks the environment files.
 *
 * @param root the project's folder
 * @param names the environments to read
 * @throws InputError with every problem of every file
 */
export function loadEnvironments(root: string, names: readonly string[], schemas: Schemas): Settings[] {
  const bases = basesIn(root, layeredIn(schemas));
  const loaded = names.map((name) => loadEnvironment(root, name, schemas, bases));
  const problems = [...bases.problems, ...inEnvironments(loaded, names)];
  if (problems.length > 0) throw new InputError(problems);
  return loaded.flatMap((one) => one.settings);
}

/**
 * Reads and checks `environments/argocd.yaml`.
 *
 * @param root the project's folder
 * @returns undefined if there is none; then nothing is generated for Argo CD
 * @throws InputError with every problem of the file, and for every other file beside it
 */
export function loadArgoCd(root: string, schemas: Schemas): ArgoCdConfig | undefined {
  const own = `${ARGOCD}.yaml`;
  const known = [own, `${COMPOSE}.yaml`, `${PRICES}.yaml`, `${RENDER}.yaml`];
  const files = readdirSync(join(root, FOLDER)).filter((entry) => /\.ya?ml$/.test(entry));
  const bases = layeredIn(schemas).map((name) => `${name}.yaml`);
  const problems: Problem[] = files
    .filter((entry) => ![...known, ...bases].includes(entry))
    .map((entry) => ({
      file: `${FOLDER}/${entry}`,
      message: `is not read here: files of systems are in folders such as ${FOLDER}/prod, ${expectedOneOf(known, entry)}`,
    }));
  const yaml = files.includes(own) ? readFile(root, `${FOLDER}/${own}`) : undefined;
  if (Array.isArray(yaml)) problems.push(...yaml);
  const parsed = yaml === undefined || Array.isArray(yaml) ? undefined : parse(argoCdSchema, yaml);
  if (parsed !== undefined && 'problems' in parsed) problems.push(...parsed.problems);
  if (problems.length > 0) throw new InputError(problems);
  return parsed !== undefined && 'value' in parsed ? parsed.value : undefined;
}
