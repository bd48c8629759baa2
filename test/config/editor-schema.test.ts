import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemas } from '../../charts/systems';
import { editorSchemas } from '../../config/editor-schema';
import { environmentNames } from '../../config/load';
import { ROOT } from '../support';

test.each([...editorSchemas(schemas)])('the committed schema of %s is what npm run schemas writes', (name, schema) => {
  expect(readFileSync(join(ROOT, `config/schemas/${name}.schema.json`), 'utf8')).toBe(schema);
});

const files = environmentNames(ROOT).flatMap((environment) =>
  ['salient', 'tenants', 'platform'].map((name) => [environment, name] as const),
);

test.each(files)('the file of %s/%s names the schema in its first line', (environment, name) => {
  const [first] = readFileSync(join(ROOT, `environments/${environment}/${name}.yaml`), 'utf8').split('\n');
  expect(first).toBe(`# yaml-language-server: $schema=../../config/schemas/${name}.schema.json`);
});

test('so does the file of Argo CD', () => {
  const [first] = readFileSync(join(ROOT, 'environments/argocd.yaml'), 'utf8').split('\n');
  expect(first).toBe('# yaml-language-server: $schema=../config/schemas/argocd.schema.json');
});
