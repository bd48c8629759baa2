import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { editorSchemas } from '../../../lib/config/editor-schema';
import { environmentNames } from '../../../lib/config/load';
import { ROOT } from '../../support';

test.each([...editorSchemas(registry.schemas)])('the committed %s is what npm run schemas writes', (file, schema) => {
  expect(readFileSync(join(ROOT, file), 'utf8')).toBe(schema);
});

const schemaOf = {
  salient: 'charts/salient/settings',
  tenants: 'charts/salient/tenants',
  pliers: 'charts/pliers/settings',
  platform: 'lib/config/platform',
};
const files = environmentNames(ROOT).flatMap((environment) =>
  Object.entries(schemaOf).map(([name, schema]) => [environment, name, schema] as const),
);

test.each(files)('the file of %s/%s names its schema in its first line', (environment, name, schema) => {
  const [first] = readFileSync(join(ROOT, `environments/${environment}/${name}.yaml`), 'utf8').split('\n');
  expect(first).toBe(`# yaml-language-server: $schema=../../${schema}.schema.json`);
});

test('so does the file of Argo CD', () => {
  const [first] = readFileSync(join(ROOT, 'environments/argocd.yaml'), 'utf8').split('\n');
  expect(first).toBe('# yaml-language-server: $schema=../lib/config/argocd.schema.json');
});
