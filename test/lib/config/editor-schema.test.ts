import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { registry } from '../../../charts';
import { editorSchemas } from '../../../lib/config/editor-schema';
import { environmentNames } from '../../../lib/config/environment-folders';
import { type Any, PROJECT, ROOT } from '../../support';

const schemas = editorSchemas(registry.schemas, registry.application('<application>'));

test.each([...schemas])('the committed %s is what npm run schemas writes', (file, schema) => {
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

describe('files of applications', () => {
  const [complete, part] = ['application', 'application-part'].map(
    (name) => JSON.parse(schemas.get(`charts/application/${name}.schema.json`) as string) as Any,
  );

  test('a part of the settings requires no key, and may fit several forms', () => {
    expect(JSON.stringify(part)).not.toMatch(/"(required|oneOf)":/);
    expect(Object.keys(part.properties)).toEqual(Object.keys(complete.properties));
  });

  test('a complete file requires what no layer fills in', () => {
    expect(complete.required).toEqual(['pattern', 'services']);
    expect(complete.properties.services.additionalProperties.required).toBeUndefined();
    expect(complete.properties.external.additionalProperties.required).toEqual(['host', 'port']);
    for (const key of ['database', 'redis', 'identity', 'edge', 'secrets', 'backups'])
      expect(JSON.stringify(complete.properties[key])).not.toMatch(/"(required|oneOf)":/);
  });

  test('text as it is written may look like a number', () => {
    const { env } = complete.properties.services.additionalProperties.properties;
    for (const one of [env.additionalProperties.anyOf[0], complete.properties.config.additionalProperties])
      expect(one.anyOf.map(({ type }: Any) => type)).toEqual(['string', 'number', 'boolean']);
  });
});
