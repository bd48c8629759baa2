import { type ZodType, z } from 'zod';
import { ARGOCD, argoCdSchema } from './argocd';
import { COMPOSE, composeSchema } from './compose';
import { COMMON, ENVIRONMENT, environment, environmentSchema } from './environment';
import type { LayerSchema } from './layered-file';
import { isMapping } from './layers';
import type { FileSchema, Schemas } from './load';
import { PLATFORM } from './platform';
import { PRICES, pricesSchema } from './prices';
import { RENDER, renderSchema } from './render';

type JsonSchema = Readonly<Record<string, unknown>>;

export function jsonSchemaOf(schema: ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as JsonSchema;
}

function textOf(file: string, schema: JsonSchema): string {
  return `${JSON.stringify({ ...schema, title: `environments/${file}.yaml` }, null, 2)}\n`;
}

/**
 * The JSON Schema of an environment file, as text. It accepts everything that any environment accepts; the synth checks the rest.
 */
function editorSchema(file: string, schema: ZodType): string {
  return textOf(file, jsonSchemaOf(schema));
}

/** Changes a schema, and all schemas in it from the innermost one, by their paths in the file. */
function changed(
  schema: unknown,
  change: (one: JsonSchema, path: readonly string[]) => JsonSchema,
  path: readonly string[] = [],
): unknown {
  if (!isMapping(schema)) return schema;
  const inner = (one: unknown, ...keys: readonly string[]) => changed(one, change, [...path, ...keys]);
  const entries = Object.entries(schema).map(([keyword, value]) => {
    if (keyword === 'properties' && isMapping(value))
      return [keyword, Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inner(one, key)]))];
    if (keyword === 'additionalProperties') return [keyword, inner(value, '*')];
    if (['anyOf', 'oneOf', 'allOf'].includes(keyword)) return [keyword, (value as unknown[]).map((one) => inner(one))];
    return [keyword, keyword === 'items' ? inner(value, '*') : value];
  });
  return change(Object.fromEntries(entries) as JsonSchema, path);
}

/** A schema that requires no key. Of several forms more than one may fit then. */
function withoutRequired({ required: _, oneOf, ...others }: JsonSchema): JsonSchema {
  return oneOf === undefined ? others : { ...others, anyOf: oneOf };
}

/** Whether a value has several kinds: a database in the cluster, or a managed one. */
function hasKinds({ properties, anyOf, oneOf }: JsonSchema): boolean {
  const forms = [anyOf, oneOf].flatMap((all) => (Array.isArray(all) ? all : []));
  return (isMapping(properties) && Object.hasOwn(properties, 'kind')) || forms.some(hasKinds);
}

/**
 * The JSON Schema of a file whose settings come from several layers.
 *
 * @param isComplete whether there is no other file of the system. Even then the tier decides kinds, and `environment.yaml` gives what
 * all applications have in common
 */
function layeredSchema(schema: ZodType, { asWritten }: LayerSchema, isComplete: boolean): JsonSchema {
  const whole = jsonSchemaOf(schema);
  const given = Object.entries((whole.properties ?? {}) as Record<string, JsonSchema>)
    .filter(([key, one]) => COMMON.includes(key) || hasKinds(one))
    .map(([key]) => key);
  return changed(whole, (one, path) => {
    if (asWritten(path) && one.type === 'string') return { anyOf: [one, { type: 'number' }, { type: 'boolean' }] };
    return isComplete && !given.includes(path[0] ?? '') ? one : withoutRequired(one);
  }) as JsonSchema;
}

/** The path of a schema file: `charts/salient/settings.schema.json`, `charts/salient/tenants.schema.json`. */
function schemaFileOf(system: string, file: string): string {
  return system === PLATFORM ? `lib/config/${file}.schema.json` : `charts/${system}/${file}.schema.json`;
}

/** The folder with the schemas of all applications, and the name of the schema of complete files. */
const APPLICATION = 'application';

/** The schemas of applications' files: of one that is all, and of one that is a part of the settings, as bases are. */
function applicationSchemas({ settings, layers }: FileSchema): [string, string][] {
  if (layers === undefined) return [];
  return [APPLICATION, `${APPLICATION}-part`].map((file) => [
    schemaFileOf(APPLICATION, file),
    textOf(`*/<${APPLICATION}>`, layeredSchema(settings(environment('dev')), layers, file === APPLICATION)),
  ]);
}

/**
 * The JSON Schemas of all environment files, by the paths of the schema files.
 *
 * @param application the schemas of any application's files
 */
export function editorSchemas(schemas: Schemas, application: FileSchema): Map<string, string> {
  const dev = environment('dev');
  const ofEnvironments = Object.entries(schemas).flatMap(([system, { settings, collections }]) => [
    [
      schemaFileOf(system, system === PLATFORM ? system : 'settings'),
      editorSchema(`*/${system}`, settings(dev)),
    ] as const,
    ...Object.entries(collections ?? {}).map(
      ([name, list]) => [schemaFileOf(system, name), editorSchema(`*/${name}`, list(undefined))] as const,
    ),
  ]);
  return new Map([
    ...ofEnvironments,
    ...applicationSchemas(application),
    [`lib/config/${ENVIRONMENT}.schema.json`, editorSchema(`*/${ENVIRONMENT}`, environmentSchema(''))],
    [`lib/config/${ARGOCD}.schema.json`, editorSchema(ARGOCD, argoCdSchema)],
    [`lib/config/${COMPOSE}.schema.json`, editorSchema(COMPOSE, composeSchema)],
    [`lib/config/${RENDER}.schema.json`, editorSchema(RENDER, renderSchema)],
    [`lib/config/${PRICES}.schema.json`, editorSchema(PRICES, pricesSchema)],
  ]);
}
