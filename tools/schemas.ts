// Generates the JSON Schemas that editors use for the environment files: `npm run schemas`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../charts';
import { editorSchemas } from '../lib/config/editor-schema';
import { Program } from '../lib/pipeline/program';

export default new Program({
  name: 'schemas',
  help: 'Generates the JSON Schemas that editors use for the environment files, each beside its settings.ts.',
  options: {},
  run: (_, { root, say }) => {
    for (const [file, schema] of editorSchemas(registry.schemas, registry.application('<application>'))) {
      writeFileSync(join(root, file), schema);
      say(file);
    }
    return 0;
  },
});
