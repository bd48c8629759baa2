import { stringify } from 'yaml';
import { type ZodType, z } from 'zod';
import { registry } from '../charts';
import { groupBy } from '../lib/base/group';
import { memoize } from '../lib/base/memoize';
import { environment, type Tier } from '../lib/config/environment';
import type { Settings } from '../lib/config/load';
import { readYaml, type YamlFile } from '../lib/config/yaml-file';
import { type Built, build } from '../lib/pipeline/build';
import type { SystemDefinition } from '../lib/pipeline/definition';
import { describe } from '../lib/pipeline/describe';
import type { Any } from './support';

/** A leaf of a settings schema: its path, where `*` stands for any key, and the JSON Schemas that it has in the variants. */
export interface Leaf {
  readonly path: string;
  readonly schemas: readonly Any[];
}

function leavesIn(json: Any, path: readonly string[]): { path: string; schema: Any }[] {
  if (json.not !== undefined) return []; // a key that must not be there
  const variants = json.anyOf ?? json.oneOf;
  if (variants) return variants.flatMap((one: Any) => leavesIn(one, path));
  if (json.properties) return Object.entries(json.properties).flatMap(([key, one]) => leavesIn(one, [...path, key]));
  const each = json.items ?? json.additionalProperties;
  if (each?.properties || each?.anyOf || each?.oneOf) return leavesIn(each, [...path, '*']);
  return [{ path: path.join('.'), schema: json }];
}

/** The leaves of a schema, by their paths. */
export function leavesOf(schema: ZodType): Leaf[] {
  const all = leavesIn(z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }), []);
  return [...groupBy(all, ({ path }) => path)].map(([path, same]) => ({
    path,
    schemas: same.map(({ schema: one }) => one),
  }));
}

/** Settings of one system as its file has them, with what they make. */
export interface Base {
  readonly system: string;
  readonly tier: Tier;
  readonly raw: Any;
}

const NAMES = { development: 'dev', staging: 'staging', production: 'prod' } as const;

const schemaOf = memoize((key: string): ZodType => {
  const [system = '', tier] = key.split(' ');
  return (registry.systems[system] as SystemDefinition).settings(environment(NAMES[tier as Tier]));
});

/** The settings checked: with defaults, or the paths of those that are refused. */
export function checked({ system, tier, raw }: Base): { readonly values: Any } | { readonly refused: string[] } {
  const result = schemaOf(`${system} ${tier}`).safeParse(raw);
  if (result.success) return { values: result.data };
  return { refused: result.error.issues.map(({ path }) => path.join('.')) };
}

/** The objects of a system by its settings, which are right, with these tenants where the system has some. */
export function builtOf(base: Base, tenants: readonly object[] = [{ slug: 'acme' }]): Built {
  const { system, tier, raw } = base;
  const file = `environments/${NAMES[tier]}/${system}.yaml`;
  const yaml = readYaml(file, Buffer.from(stringify(raw, { aliasDuplicateObjects: false }))) as YamlFile;
  const lists = Object.entries<Any>((registry.systems[system] as SystemDefinition).collections ?? {});
  const own = (checked(base) as { values: Any }).values;
  const values = {
    ...own,
    ...Object.fromEntries(lists.map(([list, of]) => [list, of(own).parse(tenants)])),
  };
  const locate: Settings['locate'] = (path) => yaml.locate(path);
  return build(registry, describe(registry, { environment: environment(NAMES[tier]), system, values, locate }));
}

/** A copy of settings with another value at a path, whose `*` is the first key. A mapping for `kind` replaces its whole mapping. */
export function withValue(raw: Any, path: string, value: unknown): Any {
  const copy = structuredClone(raw);
  const isVariant = path.endsWith('kind') && typeof value === 'object';
  const keys = (isVariant ? path.slice(0, -'.kind'.length) : path).split('.');
  const last = keys.pop() as string;
  const parent = keys.reduce<Any>((here, key) => {
    here[keyIn(here, key)] ??= {};
    return here[keyIn(here, key)];
  }, copy);
  parent[keyIn(parent, last)] = value;
  return copy;
}

const keyIn = (mapping: Any, key: string): string => (key === '*' ? (Object.keys(mapping)[0] ?? '') : key);
