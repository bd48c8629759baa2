import { z } from 'zod';
import { environment } from './environment';
import type { Schemas } from './load';

/**
 * The JSON Schema of a system's environment file, as text. It is the most permissive environment's: what only some
 * environments may do is said by the synth.
 */
export function editorSchema(system: string, schema: Schemas[string]): string {
  const json = z.toJSONSchema(schema(environment('dev')), { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ ...json, title: `environments/*/${system}.yaml` }, null, 2)}\n`;
}
