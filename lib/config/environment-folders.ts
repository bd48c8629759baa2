import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expectedOneOf } from '../base/nearest';
import { InputError, type Problem } from '../base/problem';
import {
  ENVIRONMENT,
  type Environment,
  environment,
  environmentSchema,
  RESERVED,
  TIERS,
  type Tier,
} from './environment';
import { parse } from './parse';
import { readYaml, type YamlDocument, type YamlFile } from './yaml-file';

/** The folder that holds a folder for each environment. */
export const FOLDER = 'environments';

/** Reads a YAML file, or tells why it cannot be read. */
export function readFile(root: string, file: string): YamlDocument | Problem[] {
  try {
    return readYaml(file, readFileSync(join(root, file)));
  } catch (error) {
    return [{ file, message: `cannot be read: ${(error as NodeJS.ErrnoException).code}` }];
  }
}

/** The YAML files of an environment's folder, by their names without the ending. */
export function readFolder(root: string, folder: string, known: readonly string[]) {
  const problems: Problem[] = [];
  const readable = new Map<string, YamlDocument>();
  const unreadable = new Set<string>();
  for (const entry of readdirSync(join(root, folder))
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()) {
    const file = `${folder}/${entry}`;
    const subject = entry.replace(/\.ya?ml$/, '');
    if (!known.includes(subject) || entry.endsWith('.yml')) {
      const expected = expectedOneOf(
        known.map((one) => `${one}.yaml`),
        entry,
      );
      const hint =
        entry.endsWith('.yml') || expected.endsWith('?')
          ? ''
          : `; if it describes an application, it begins with ${PATTERN}: …`;
      problems.push({ file, message: `is not the file of a system, ${expected}${hint}` });
      continue;
    }
    const yaml = readFile(root, file);
    if (Array.isArray(yaml)) {
      problems.push(...yaml);
      unreadable.add(subject);
    } else {
      readable.set(subject, yaml);
    }
  }
  return { readable, unreadable, problems };
}

/** The key that an application's file begins with. */
export const PATTERN = 'pattern';

/** Whether the text of a file has the key `pattern` at its top. The file need not be valid otherwise. */
function describesApplication(root: string, file: string): boolean {
  return /^(\{\s*)?["']?pattern["']?\s*:/m.test(readFileSync(join(root, file), 'utf8'));
}

/** The names of YAML files in a folder, without the ending. */
function yamlNames(root: string, folder: string): string[] {
  const path = join(root, folder);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(path).flatMap((entry) => (entry.endsWith('.yaml') ? [entry.slice(0, -'.yaml'.length)] : []));
}

/**
 * The names of applications, sorted: of the files in environments' folders that begin with `pattern`, or have a file of the same name in
 * `environments/`.
 *
 * @param known the names of files that are no applications
 */
export function applicationNames(root: string, known: readonly string[]): string[] {
  const bases = yamlNames(root, FOLDER).filter((name) => ![...known, ...RESERVED].includes(name));
  const environments = statSync(join(root, FOLDER), { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(join(root, FOLDER))
    : [];
  const found = environments.flatMap((environment) => {
    const folder = `${FOLDER}/${environment}`;
    return yamlNames(root, folder)
      .filter((name) => !known.includes(name))
      .filter((name) => bases.includes(name) || describesApplication(root, `${folder}/${name}.yaml`));
  });
  const described = bases.filter((name) => describesApplication(root, `${FOLDER}/${name}.yaml`));
  return [...new Set([...found, ...described])].sort();
}

/** The files that several environments share: `environments/<name>.yaml`, for each of some names. */
export function basesIn(root: string, names: readonly string[]) {
  const problems: Problem[] = [];
  const readable = new Map<string, YamlDocument>();
  const unreadable = new Set<string>();
  for (const name of yamlNames(root, FOLDER)) {
    if (!names.includes(name)) continue;
    const yaml = readFile(root, `${FOLDER}/${name}.yaml`);
    if (!Array.isArray(yaml)) {
      readable.set(name, yaml);
      continue;
    }
    problems.push(...yaml);
    unreadable.add(name);
  }
  return { readable, unreadable, problems };
}

/** The files `environments/<name>.yaml`, of some names, for which no environment has a file of the same name. */
export function unusedBases(root: string, names: readonly string[]): string[] {
  const used = new Set(environmentNames(root).flatMap((environment) => yamlNames(root, `${FOLDER}/${environment}`)));
  return yamlNames(root, FOLDER)
    .filter((name) => names.includes(name) && !used.has(name))
    .map((name) => `${FOLDER}/${name}.yaml`);
}

/** The environment of a folder: its tier is that of `environment.yaml`, or follows from its name. */
export function environmentOf(
  name: string,
  yaml: YamlFile | undefined,
): { env: Environment; problems: readonly Problem[] } {
  const file = `${FOLDER}/${name}/${ENVIRONMENT}.yaml`;
  if (yaml === undefined) {
    const parsed = environmentSchema(name).safeParse({});
    if (parsed.success) return { env: environment(name, parsed.data.tier), problems: [] };
    const message = `does not exist, expected one with "tier: ${TIERS.join(' | ')}": only dev, staging and prod have a tier by their names`;
    return { env: environment(name), problems: [{ file, message }] };
  }
  const parsed = parse(environmentSchema(name), yaml);
  if ('problems' in parsed) return { env: environment(name), problems: parsed.problems };
  return { env: environment(name, parsed.value.tier), problems: [] };
}

/**
 * The names of the environments: the folders of `environments/`, sorted.
 *
 * @throws InputError when there is none
 */
export function environmentNames(root: string): string[] {
  const folder = join(root, FOLDER);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new InputError([{ file: FOLDER, message: 'does not exist; run this in the project’s folder' }]);
  const names = readdirSync(folder).filter(
    (entry) => !entry.startsWith('.') && statSync(join(folder, entry), { throwIfNoEntry: false })?.isDirectory(),
  );
  // With no environments the synth would remove everything in dist/.
  if (names.length === 0)
    throw new InputError([{ file: FOLDER, message: 'contains no environment, expected a folder such as prod' }]);
  return names.sort();
}

/** The environments of a tier. An environment whose tier cannot be read is of none. */
export function environmentsOfTier(root: string, tier: Tier): string[] {
  return environmentNames(root).filter((name) => {
    const { readable } = readFolder(root, `${FOLDER}/${name}`, [ENVIRONMENT]);
    const { env, problems } = environmentOf(name, readable.get(ENVIRONMENT));
    return problems.length === 0 && env.tier === tier;
  });
}
