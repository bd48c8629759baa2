import { readYaml, type YamlDocument } from '../../../lib/config/yaml-file';

const TEXT = `x-common: &common
  port: 0755
  nested: { on: yes }
service:
  <<: [*common, { other: 1 }]
  name: ~
  "key [0]": text
`;

describe('a file of another program', () => {
  const yaml = readYaml('compose.yaml', Buffer.from(TEXT), true) as YamlDocument;

  test('its values are the texts that are written, its keys any texts, and mappings are merged', () => {
    expect(yaml.value).toEqual({
      'x-common': { port: '0755', nested: { on: 'yes' } },
      service: { port: '0755', nested: { on: 'yes' }, other: '1', name: null, 'key [0]': 'text' },
    });
  });

  test('what is merged has the place where it is written', () => {
    expect(yaml.locate(['service', 'nested', 'on']).position).toEqual({ line: 3, column: 17 });
    expect(yaml.locate(['service', 'other']).position).toEqual({ line: 5, column: 26 });
    expect(yaml.locateKey(['service'], 'port').position).toEqual({ line: 2, column: 3 });
    expect(yaml.locate(['service', 'name', 'none']).position?.line).toBe(6);
  });
});

test('a file of this project has no merge keys', () => {
  expect(readYaml('shop.yaml', Buffer.from(TEXT))).toEqual([
    expect.objectContaining({ message: expect.stringContaining('given a merge key (<<), which is not supported') }),
    expect.objectContaining({ message: expect.stringContaining('given a key that is no setting name') }),
  ]);
});
