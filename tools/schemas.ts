// Writes the JSON Schemas of the environment files, which editors complete and check by: `npm run schemas`.
import { writeFileSync } from 'node:fs';
import { schemas } from '../charts/systems';
import { editorSchemas } from '../config/editor-schema';

for (const [name, schema] of editorSchemas(schemas)) {
  const file = `config/schemas/${name}.schema.json`;
  writeFileSync(file, schema);
  console.log(file);
}
