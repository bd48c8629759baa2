import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nearest } from '../../../lib/base/nearest';
import { InputError, type Problem } from '../../../lib/base/problem';
import { isMapping } from '../../../lib/config/layers';
import { parse } from '../../../lib/config/parse';
import { readYaml, type YamlDocument } from '../../../lib/config/yaml-file';
import { dotenv, interpolateAll } from './interpolation';
import { NOT_TAKEN, NOT_TAKEN_OF_FILE } from './not-taken';
import { type Compose, compose, READ, READ_OF_SERVICE } from './schema';

/** A compose file, with its variables replaced and what `extends` takes from other services. */
export interface ComposeFile {
  readonly value: Compose;
  readonly file: string;
  /** The place of a value; that of the nearest one around it where it comes from another service. */
  readonly locate: YamlDocument['locate'];
  /** The variables of the file `.env` beside it. */
  readonly variables: Readonly<Record<string, string>>;
}

type Mapping = Readonly<Record<string, unknown>>;

/** Lists that are one value, rather than entries that add up. */
const WHOLE = ['command', 'entrypoint', 'test'];

/** `[A=b]` as `{ A: b }`, so that both forms can be merged. */
function asMapping(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return Object.fromEntries(
    value.map((one) => {
      const [name = '', ...rest] = String(one).split('=');
      return [name, rest.length === 0 ? null : rest.join('=')];
    }),
  );
}

/** A value over the one that it extends. Entries of a list keep their places: those of the other one follow. */
function extended(own: unknown, base: unknown, key: string): unknown {
  if (own === undefined) return base;
  if (['environment', 'labels'].includes(key) && (isMapping(own) || isMapping(base)))
    return { ...(asMapping(base) as object), ...(asMapping(own) as object) };
  if (Array.isArray(own) && Array.isArray(base)) return WHOLE.includes(key) ? own : [...own, ...base];
  if (!isMapping(own) || !isMapping(base)) return own;
  const keys = [...new Set([...Object.keys(own), ...Object.keys(base)])];
  return Object.fromEntries(keys.map((one) => [one, extended(own[one], base[one], one)]));
}

/** @throws InputError where it cannot be read */
function yamlAt(file: string, problemAt: Omit<Problem, 'message'>): YamlDocument {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new InputError([{ ...problemAt, message: `given "${file}", expected a compose file: it does not exist` }]);
  const yaml = readYaml(file, readFileSync(file), true);
  if (Array.isArray(yaml)) throw new InputError(yaml);
  return yaml;
}

/** A service with all that it extends. */
function serviceWith(yaml: YamlDocument, name: string, seen: readonly string[]): unknown {
  const services = isMapping(yaml.value) && isMapping(yaml.value.services) ? yaml.value.services : {};
  const own = services[name];
  if (!isMapping(own) || own.extends === undefined || own.extends === null) return own;
  const path = ['services', name, 'extends'];
  const place = { ...yaml.locate(path), path: path.join('.') };
  const wrong = (message: string) => new InputError([{ ...place, message }]);
  const { service, file } = isMapping(own.extends) ? own.extends : { service: own.extends, file: undefined };
  if (typeof service !== 'string' || (file !== undefined && typeof file !== 'string'))
    throw wrong('given no name, expected a service, or a mapping with service and file');
  const other = file === undefined ? yaml : yamlAt(join(dirname(yaml.file), file), place);
  const key = `${other.file} ${service}`;
  if (seen.includes(key)) throw wrong(`given ${service}, which extends this one, expected no circle`);
  const base = serviceWith(other, service, [...seen, key]);
  if (!isMapping(base)) throw wrong(`given ${service}, expected a service of ${other.file}`);
  const { extends: _, ...rest } = own;
  return extended(rest, base, '');
}

/** Keys that compose does not have: most of them are misspelled. */
function unknownKeys(value: Mapping, yaml: YamlDocument): Problem[] {
  const problems = (path: readonly string[], given: unknown, known: readonly string[]) =>
    Object.keys(isMapping(given) ? given : {})
      .filter((key) => !known.includes(key) && !key.startsWith('x-'))
      .map((key): Problem => {
        const meant = nearest(key, known);
        const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
        const message = `given an unknown key, expected one that compose files have, or one that begins with x-${hint}`;
        return { ...yaml.locateKey(path, key), path: [...path, key].join('.'), message };
      });
  return [
    ...problems([], value, [...READ, ...Object.keys(NOT_TAKEN_OF_FILE)]),
    ...Object.entries(isMapping(value.services) ? value.services : {}).flatMap(([name, one]) =>
      problems(['services', name], one, [...READ_OF_SERVICE, ...Object.keys(NOT_TAKEN)]),
    ),
  ];
}

/**
 * Reads a compose file. Variables have the values of the file `.env` beside it, as compose reads them.
 *
 * @throws InputError with all that is not as compose files are
 */
export function readCompose(file: string): ComposeFile {
  const yaml = yamlAt(file, { file: '--from' });
  const raw = isMapping(yaml.value) ? yaml.value : {};
  if (!isMapping(raw.services))
    throw new InputError([{ ...yaml.locate([]), message: 'given no services, expected a compose file' }]);
  const names = Object.keys(raw.services);
  const services = Object.fromEntries(names.map((name) => [name, serviceWith(yaml, name, [`${file} ${name}`])]));
  const env = join(dirname(file), '.env');
  const variables = existsSync(env) ? dotenv(readFileSync(env, 'utf8')) : {};
  const value = interpolateAll({ ...raw, services }, variables) as Mapping;
  const parsed = parse(compose, { ...yaml, value });
  const problems = [...unknownKeys(value, yaml), ...('problems' in parsed ? parsed.problems : [])];
  if ('problems' in parsed || problems.length > 0) throw new InputError(problems);
  return { value: parsed.value, file, locate: yaml.locate, variables };
}
