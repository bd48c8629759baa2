// Writes the JSON Schemas of the environment files, which editors complete and check by: `npm run schemas`.
import { writeFileSync } from 'node:fs';
import { registry } from '../charts';
import { editorSchemas } from '../lib/config/editor-schema';

for (const [file, schema] of editorSchemas(registry.schemas)) {
  writeFileSync(file, schema);
  console.log(file);
}
