import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ComposeFile } from './document';
import { dotenv } from './interpolation';
import type { Notes } from './notes';
import type { ComposeService } from './schema';

/** A variable of a service. */
export interface Variable {
  readonly name: string;
  /** @default - it is taken from the shell in which compose runs */
  readonly value: string | undefined;
  readonly path: readonly PropertyKey[];
}

type Named = NonNullable<ComposeService['environment']>;

/** The variables of a mapping, or of a list of `NAME=value`. */
export function namedValues(given: Named, path: readonly PropertyKey[]): Variable[] {
  if (!Array.isArray(given))
    return Object.entries(given).map(([name, value]) => ({ name, value: value ?? undefined, path: [...path, name] }));
  return given.map((one, index) => {
    const [name = '', ...rest] = one.split('=');
    return { name, value: rest.length === 0 ? undefined : rest.join('='), path: [...path, index] };
  });
}

/** The variables of a service: those of its files, and over them its own. */
export function variablesOf(
  { file, variables }: ComposeFile,
  path: readonly string[],
  { env_file: files = [], environment = {} }: ComposeService,
  notes: Notes,
): Variable[] {
  const fromFiles = [files].flat().flatMap((one, index): Variable[] => {
    const name = typeof one === 'string' ? one : one.path;
    const at = [...path, 'env_file', ...(typeof files === 'string' ? [] : [index])];
    const found = join(dirname(file), name);
    if (!existsSync(found)) {
      if (typeof one !== 'string' && one.required === 'false') return [];
      notes.add(
        at,
        `env_file ${name}`,
        'does not exist here, so its variables are missing: add them to env and secrets',
      );
      return [];
    }
    return Object.entries(dotenv(readFileSync(found, 'utf8'), variables)).map(([key, value]) => ({
      name: key,
      value,
      path: at,
    }));
  });
  const own = namedValues(environment, [...path, 'environment']);
  const all = new Map([...fromFiles, ...own].map((one) => [one.name, one]));
  return [...all.values()].filter(({ name, path: at }) => {
    const isName = /^[A-Za-z_]\w*$/.test(name);
    if (!isName) notes.add(at, name, 'is no name of a variable here: letters, digits and underscores');
    return isName;
  });
}
