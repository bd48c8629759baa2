import { type ZodType, z } from 'zod';
import { ARGOCD, argoCdSchema } from './argocd';
import { ENVIRONMENT, environment, environmentSchema } from './environment';
import type { Schemas } from './load';
import { PLATFORM } from './platform';

/**
 * The JSON Schema of an environment file, as text. It accepts everything that any environment accepts; the synth checks the rest.
 */
function editorSchema(file: string, schema: ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ ...json, title: `environments/${file}.yaml` }, null, 2)}\n`;
}

/** The path of a schema file: `charts/salient/settings.schema.json`, `charts/salient/tenants.schema.json`. */
function schemaFileOf(system: string, file: string): string {
  return system === PLATFORM ? `lib/config/${file}.schema.json` : `charts/${system}/${file}.schema.json`;
}

/** The JSON Schemas of all environment files, by the paths of the schema files. */
export function editorSchemas(schemas: Schemas): Map<string, string> {
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
    [`lib/config/${ENVIRONMENT}.schema.json`, editorSchema(`*/${ENVIRONMENT}`, environmentSchema(''))],
    [`lib/config/${ARGOCD}.schema.json`, editorSchema(ARGOCD, argoCdSchema)],
  ]);
}
