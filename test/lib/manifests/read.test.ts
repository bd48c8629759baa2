import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readManifests } from '../../../lib/manifests/read';
import { folderWith } from '../../support';

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: shop }\n';

/** What reading one file gives: objects with their lines, or the problems. */
function read(content: string | Buffer, name = 'a.yaml'): string[] {
  const root = folderWith({ [name]: content });
  try {
    return readManifests([join(root, name)]).map(
      ({ object, line }) => `${line} ${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
    );
  } catch (error) {
    return (error as Error).message.split('\n').map((text) => text.replace(`${root}/`, ''));
  }
}

test('documents are objects, with the line that each begins in', () => {
  expect(read(`# Source: chart/a.yaml\n${CONFIG}---\n---\n# nothing\n---\n${CONFIG}`)).toEqual([
    '2 ConfigMap shop/a',
    '9 ConfigMap shop/a',
  ]);
});

test('JSON and lists are read, and what has no namespace goes where kubectl would put it', () => {
  const json = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    ],
  });
  expect(read(json, 'a.json')).toEqual(['1 Service default/a', '1 Namespace /shop']);
});

test('a large mapping takes no longer than its size', () => {
  const keys = Array.from({ length: 50_000 }, (_, index) => `  k${index}: x`).join('\n');
  const started = performance.now();
  expect(read(`${CONFIG}data:\n${keys}\n`)).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(10_000); // it took minutes when each key was compared with each
});

test('links in a folder are followed', () => {
  const root = folderWith({ 'files/a.yaml': CONFIG, 'manifests/b.txt': '' });
  symlinkSync('../files/a.yaml', join(root, 'manifests/a.yaml'));
  symlinkSync('nowhere', join(root, 'manifests/c.yaml'));
  expect(readManifests([join(root, 'manifests')])).toHaveLength(1);
});

test('of a folder all manifests are read, in the order of their names, and nothing else', () => {
  const root = folderWith({
    'b.yml': CONFIG,
    'a/z.yaml': CONFIG,
    'a/y.json': '{"apiVersion":"v1","kind":"A","metadata":{"name":"a"}}',
    'NOTES.txt': 'x',
  });
  expect(readManifests([root]).map(({ file }) => file.slice(root.length + 1))).toEqual([
    'a/y.json',
    'a/z.yaml',
    'b.yml',
  ]);
  expect(readManifests([root, join(root, 'b.yml')])).toHaveLength(3);
});

describe('files that cannot be read are reported with file and line', () => {
  const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`;

  test.each<[string, string | Buffer, RegExp]>([
    ['binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe, 0x00]), /^a\.yaml:1:1: given bytes that are not text/],
    ['100 MB', Buffer.alloc(100 * 1024 * 1024, 'a'), /^a\.yaml: given 104857600 bytes, expected at most/],
    ['bad YAML', `${CONFIG}---\na: [1,\n`, /^a\.yaml:\d+:1: is not valid YAML: /],
    ['a tab', 'a:\n\tb: 1\n', /^a\.yaml:2:1: is not valid YAML: Tabs/],
    [
      'a key twice',
      `${CONFIG}data: { a: b, a: c }\n`,
      /^a\.yaml:4:15: given a duplicate key in a mapping, expected each key once$/,
    ],
    ['20,000 lists in lists', nested(20_000, '[', ']'), /^a\.yaml:1:\d+: nests deeper than 100 levels$/],
    ['a list', `${CONFIG}---\n- a\n`, /^a\.yaml:5:1: given no Kubernetes object/],
    ['text', 'hello\n', /^a\.yaml:1:1: given no Kubernetes object/],
    ['a mapping without a kind', 'a: 1\n', /^a\.yaml:1:1: given no Kubernetes object/],
    [
      'an object without a name',
      'apiVersion: v1\nkind: Service\nmetadata: {}\n',
      /given no Kubernetes object, expected a mapping with apiVersion, kind and metadata\.name/,
    ],
    [
      'an object in a namespace that is a list',
      'apiVersion: v1\nkind: Service\nmetadata: { name: a, namespace: [b] }\n',
      /given no Kubernetes object/,
    ],
    ['a list of what is none', 'apiVersion: v1\nkind: List\nitems: [1]\n', /given no Kubernetes object/],
    [
      'an object that holds itself',
      `${CONFIG}data: &a { self: *a }\n`,
      /^a\.yaml:1:1: nests deeper than 100 levels, or contains itself by an alias$/,
    ],
    [
      'aliases that multiply',
      `a: &a [${'x,'.repeat(20)}]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`,
      /^a\.yaml:1:1: cannot be read: Excessive alias count/,
    ],
    [
      '10,000 lists in lists',
      nested(10_000, '[', ']'),
      /^a\.yaml:1:(1|\d+): (nests deeper|is not valid YAML|cannot be read)/,
    ],
    [
      '10,000 mappings in mappings',
      nested(10_000, '{a: ', '}'),
      /^a\.yaml:1:(1|\d+): (nests deeper|is not valid YAML|cannot be read)/,
    ],
    [
      '10,000 levels by indentation',
      Array.from({ length: 10_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      /^a\.yaml(:\d+:\d+)?: (nests deeper|is not valid YAML|cannot be read|given)/,
    ],
  ])('%s', (_, content, expected) => {
    expect(read(content).filter((line) => expected.test(line))).not.toHaveLength(0);
  });

  test('a path that is not there, and a folder without manifests', () => {
    expect(() => readManifests(['/nowhere/at/all'])).toThrow('/nowhere/at/all: does not exist');
    const root = folderWith({ 'NOTES.txt': '' });
    expect(() => readManifests([root])).toThrow(`${root}: contains no .yaml, .yml or .json file`);
  });

  test('all files that cannot be read are reported at once', () => {
    const root = folderWith({ 'a.yaml': 'a', 'b.yaml': 'b: [' });
    expect(() => readManifests([root])).toThrow(
      /a\.yaml:1:1: given no Kubernetes object[\s\S]*b\.yaml:\d+:\d+: is not valid YAML/,
    );
  });
});
