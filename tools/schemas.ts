// Writes the JSON Schemas of the environment files, which editors complete and check by: `npm run schemas`.
import { writeFileSync } from 'node:fs';
import { systems } from '../charts/systems';
import { editorSchema } from '../config/editor-schema';

for (const [system, { schema }] of Object.entries(systems)) {
  const file = `config/schemas/${system}.schema.json`;
  writeFileSync(file, editorSchema(system, schema));
  console.log(file);
}
