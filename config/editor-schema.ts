import { type ZodType, z } from 'zod';
import { ARGOCD, argoCdSchema } from './argocd';
import { environment } from './environment';
import type { Schemas } from './load';

/**
 * The JSON Schema of an environment file, as text. It is the most permissive environment's: what only some
 * environments may do is said by the synth.
 */
function editorSchema(file: string, schema: ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ ...json, title: `environments/${file}.yaml` }, null, 2)}\n`;
}

/** The JSON Schemas of all environment files, by the files' names. */
export function editorSchemas(schemas: Schemas): Map<string, string> {
  const dev = environment('dev');
  const ofEnvironments = Object.entries(schemas).flatMap(([system, { schema, lists }]) =>
    [
      [system, schema(dev)] as const,
      ...Object.entries(lists ?? {}).map(([name, list]) => [name, list(undefined)] as const),
    ].map(([name, type]): [string, string] => [name, editorSchema(`*/${name}`, type)]),
  );
  return new Map([...ofEnvironments, [ARGOCD, editorSchema(ARGOCD, argoCdSchema)]]);
}
