import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systems } from '../../charts/systems';
import { environmentNames } from '../../config';
import { editorSchema } from '../../config/editor-schema';
import { ROOT } from '../support';

test.each(Object.entries(systems))(
  'the committed schema of %s is what npm run schemas writes',
  (system, { schema }) => {
    expect(readFileSync(join(ROOT, `config/schemas/${system}.schema.json`), 'utf8')).toBe(editorSchema(system, schema));
  },
);

test.each(environmentNames(ROOT))('the file of %s names the schema in its first line', (environment) => {
  const [first] = readFileSync(join(ROOT, `environments/${environment}/salient.yaml`), 'utf8').split('\n');
  expect(first).toBe('# yaml-language-server: $schema=../../config/schemas/salient.schema.json');
});
