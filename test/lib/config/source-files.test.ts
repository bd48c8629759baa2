import { readFileSync } from 'node:fs';
import { registry } from '../../../charts';
import { loadEnvironments, type Settings } from '../../../lib/config/load';
import { readValues } from '../../../lib/config/source-files';
import { readYaml, type YamlDocument } from '../../../lib/config/yaml-file';
import { type Any, folderWith } from '../../support';

const RULES = {
  asWritten: (path: readonly string[]) => path[0] === 'env',
  fromFile: (path: readonly string[]) => path[0] === 'files',
};

/** The value of a file with a text, in a folder with other files. */
function read(
  text: string,
  files: Readonly<Record<string, string | Buffer>> = {},
  file = 'environments/prod/kiosk.yaml',
) {
  const root = folderWith({ [file]: text, ...files });
  return readValues(root, readYaml(file, readFileSync(`${root}/${file}`)) as YamlDocument, RULES);
}

describe('text as it is written', () => {
  test.each([
    ['0755', '0755'],
    ['1e3', '1e3'],
    ['yes', 'yes'],
    ['true', 'true'],
    ['1.10', '1.10'],
    ['0x1F', '0x1F'],
    ['.inf', '.inf'],
    ['"0755"', '0755'],
    ["''", ''],
    ['2024-01-01', '2024-01-01'],
  ])('%s', (written, expected) => {
    expect(read(`env: { A: ${written} }\nother: { B: 7 }`).value).toEqual({ env: { A: expected }, other: { B: 7 } });
  });

  test('is no matter of empty values, lists and mappings', () => {
    expect(read('env: { A: , B: [1], C: { url: api } }').value).toEqual({
      env: { A: null, B: [1], C: { url: 'api' } },
    });
  });

  test('by an alias', () => {
    expect(read('x: &x 0755\nenv: { A: *x }').value).toEqual({ x: 755, env: { A: '0755' } });
  });
});

describe('the text of a file', () => {
  const files = {
    'environments/prod/own.conf': 'own\n',
    'environments/all.conf': 'all\n',
    'shared/a.conf': 'shared\n',
  };

  test.each([
    ['own.conf', 'own\n'],
    ['./own.conf', 'own\n'],
    ['../all.conf', 'all\n'],
    ['../../shared/a.conf', 'shared\n'],
  ])('%s, relative to the folder of the environment file', (source, text) => {
    const { value, problems } = read(`files: { /a: { source: ${source}, beside: true } }`, files);
    expect(problems).toEqual([]);
    expect(value).toEqual({ files: { '/a': { text, beside: true } } });
  });

  test('of a base is relative to the folder of the base', () => {
    expect(read('files: { /a: { source: all.conf } }', files, 'environments/kiosk.yaml').value).toEqual({
      files: { '/a': { text: 'all\n' } },
    });
  });

  test.each([
    ['/etc/passwd', 'expected a file of this repository, relative to the folder of environments/prod/kiosk.yaml'],
    ['../../../secret', 'expected a file of this repository'],
    ['own.conf/../../../../secret', 'expected a file of this repository'],
    ['missing.conf', 'expected a file: environments/prod/missing.conf does not exist'],
    ['../prod', 'expected a file: environments/prod does not exist'],
    ['large', 'given a file of 524289 bytes, expected at most 524288'],
    ['binary', 'expected a file of text (UTF-8)'],
  ])('%s is refused', (source, why) => {
    const { problems } = read(`files: { /a: { source: ${source} } }`, {
      ...files,
      'environments/prod/large': 'x'.repeat(512 * 1024 + 1),
      'environments/prod/binary': Buffer.from([0xff, 0xfe, 0x00]),
    });
    expect(problems).toMatchObject([
      { file: 'environments/prod/kiosk.yaml', position: { line: 1 }, path: 'files./a.source' },
    ]);
    expect(problems[0]?.message).toContain(why);
  });

  test('is asked for by text alone', () => {
    expect(read('files: { /a: { source: 7 } }').problems[0]?.message).toBe(
      'given no text, expected the path of a file beside this one',
    );
  });

  test('is left alone where a source means something else, or beside a text', () => {
    const text = 'other: { source: own.conf }\nfiles: { /a: { source: own.conf, text: x } }';
    expect(read(text, files)).toEqual({
      value: { other: { source: 'own.conf' }, files: { '/a': { source: 'own.conf', text: 'x' } } },
      problems: [],
    });
  });
});

test('an application reads variables as written and the rest as YAML, whatever its services are called', () => {
  const root = folderWith({
    'environments/dev/kiosk.yaml': `pattern: microservices
hosts: { app: kiosk.localhost }
config: { MODE: 0755 }
services:
  env: { image: ghcr.io/acme/env, tag: v1.0.0, port: 8080, exposed: /, env: { A: 1e3, B: { config: MODE } } }
`,
  });
  const [found] = loadEnvironments(root, ['dev'], registry.in(root).schemas) as [Settings];
  const { config, services } = found.values as Any;
  expect([config.MODE, services.env.port.container, services.env.env.A]).toEqual(['0755', 8080, '1e3']);
});
