import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { registry } from '../../../charts';
import { editorSchemas } from '../../../lib/config/editor-schema';
import { environmentNames } from '../../../lib/config/environment-folders';
import { PROJECT, ROOT } from '../../support';

test.each([...editorSchemas(registry.schemas)])('the committed %s is what npm run schemas writes', (file, schema) => {
  expect(readFileSync(join(ROOT, file), 'utf8')).toBe(schema);
});

const schemaOf = {
  salient: 'charts/salient/settings',
  tenants: 'charts/salient/tenants',
  pliers: 'charts/pliers/settings',
  platform: 'lib/config/platform',
};
const files = environmentNames(PROJECT).flatMap((environment) =>
  Object.entries(schemaOf)
    .filter(([name]) => existsSync(join(PROJECT, 'environments', environment, `${name}.yaml`)))
    .map(([name, schema]) => [`${environment}/${name}.yaml`, schema] as const),
);

test.each([...files, ['argocd.yaml', 'lib/config/argocd'] as const])(
  '%s names its schema in its first line',
  (name, schema) => {
    const file = join(ROOT, 'test/fixtures/environments', name);
    const [, named] = /^# yaml-language-server: \$schema=(.*)\n/.exec(readFileSync(file, 'utf8')) ?? [];
    expect(resolve(dirname(file), named ?? '')).toBe(join(ROOT, `${schema}.schema.json`));
  },
);
