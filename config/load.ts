import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ZodType } from 'zod';
import { type Environment, environment, environmentNameProblem } from './environment';
import { expectedOneOf } from './nearest';
import { parse } from './parse';
import { formatPlace, InputError, type Problem } from './problem';
import { readYaml, type YamlFile } from './yaml-file';

/** The schema of each system's environment file, by the file's name without `.yaml`. */
export type Schemas = Readonly<Record<string, (environment: Environment) => ZodType>>;

/** One system in one environment: the content of `environments/<environment>/<system>.yaml`. */
export interface Settings {
  readonly environment: Environment;
  readonly system: string;
  readonly values: unknown;
}

const FOLDER = 'environments';

/** One host, one owner: the edge would send requests to whichever route it read first. */
function hostProblems(files: readonly YamlFile[]): Problem[] {
  const owners = new Map<string, Omit<Problem, 'message'>>();
  const problems: Problem[] = [];
  for (const yaml of files) {
    const { hosts } = (yaml.value ?? {}) as { hosts?: Record<string, unknown> };
    for (const [key, value] of Object.entries(hosts && typeof hosts === 'object' ? hosts : {})) {
      if (typeof value !== 'string') continue;
      const path = ['hosts', key];
      const here = { file: yaml.file, position: yaml.locate(path), path: path.join('.') };
      const owner = owners.get(value);
      if (owner) {
        problems.push({
          ...here,
          message: `given "${value}", expected a host of its own; it is taken at ${formatPlace(owner)}`,
        });
      } else {
        owners.set(value, here);
      }
    }
  }
  return problems;
}

function read(root: string, file: string): YamlFile | Problem[] {
  try {
    return readYaml(file, readFileSync(join(root, file)));
  } catch (error) {
    return [{ file, message: `cannot be read: ${(error as NodeJS.ErrnoException).code}` }];
  }
}

function loadEnvironment(root: string, name: string, schemas: Schemas): { settings: Settings[]; problems: Problem[] } {
  const folder = `${FOLDER}/${name}`;
  const wrongName = environmentNameProblem(name);
  if (wrongName) return { settings: [], problems: [{ file: folder, message: wrongName }] };
  const env = environment(name);
  const settings: Settings[] = [];
  const problems: Problem[] = [];
  const readable: YamlFile[] = [];
  for (const entry of readdirSync(join(root, folder))
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()) {
    const file = `${folder}/${entry}`;
    const system = entry.replace(/\.ya?ml$/, '');
    const schema = schemas[system];
    if (!schema || entry.endsWith('.yml')) {
      const known = Object.keys(schemas).map((one) => `${one}.yaml`);
      problems.push({ file, message: `is the file of no system, ${expectedOneOf(known, entry)}` });
      continue;
    }
    const yaml = read(root, file);
    if (Array.isArray(yaml)) {
      problems.push(...yaml);
      continue;
    }
    readable.push(yaml);
    const parsed = parse(schema(env), yaml);
    if ('problems' in parsed) problems.push(...parsed.problems);
    else settings.push({ environment: env, system, values: parsed.value });
  }
  if (readable.length + problems.length === 0) problems.push({ file: folder, message: 'holds no environment file' });
  return { settings, problems: [...problems, ...hostProblems(readable)] };
}

/**
 * The names of the environments: the folders of `environments/`.
 *
 * @throws InputError when there is none
 */
export function environmentNames(root: string): string[] {
  const folder = join(root, FOLDER);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new InputError([{ file: FOLDER, message: 'is not here; run this in the project’s folder' }]);
  const names = readdirSync(folder).filter(
    (entry) => !entry.startsWith('.') && statSync(join(folder, entry), { throwIfNoEntry: false })?.isDirectory(),
  );
  // Without this an empty folder would be a request to empty dist/.
  if (names.length === 0)
    throw new InputError([{ file: FOLDER, message: 'holds no environment, expected a folder such as prod' }]);
  return names.sort();
}

/**
 * Reads and checks the environment files.
 *
 * @param root the project's folder
 * @param names the environments to read
 * @throws InputError with every problem of every file
 */
export function loadEnvironments(root: string, names: readonly string[], schemas: Schemas): Settings[] {
  const loaded = names.map((name) => loadEnvironment(root, name, schemas));
  const problems = loaded.flatMap((one) => one.problems);
  if (problems.length > 0) throw new InputError(problems);
  return loaded.flatMap((one) => one.settings);
}
