import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { formatProblem } from '../../../lib/base/problem';
import { readManifests, readWhatIsThere } from '../../../lib/manifests/read';
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
      /^a\.yaml:4:15: given a duplicate key in a mapping, expected each key once; kubectl takes the last$/,
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

/** The objects of a text. */
function objectsIn(content: string, name = 'a.yaml') {
  return readManifests([join(folderWith({ [name]: content }), name)]).map(({ object }) => object);
}

describe('manifests are read as kubectl reads them', () => {
  test('scalars without quotes are those of YAML 1.1', () => {
    const data =
      'a: yes\nb: off\nc: NO\nd: y\ne: 0755\nf: 1_000\ng: 0b11\nh: 0o17\ni: 1e3\nj: 12:30\nk: 2001-12-14\nl: ~\nm: 08\nq: +1';
    const [object] = objectsIn(`${CONFIG}data:\n${data.replace(/^/gm, '  ')}\n`);
    expect(object?.data).toEqual({
      ...{ a: true, b: false, c: false, d: true, e: 493, f: 1000, g: 3, h: 15, i: 1000 },
      ...{ j: '12:30', k: '2001-12-14', l: null, m: 8, q: 1 },
    });
  });

  test('a key is text, whatever it looks like', () => {
    const [object] = objectsIn(`${CONFIG}data: { on: a, 0755: b, 1.5: c, "yes": d }\n`);
    expect(object?.data).toEqual({ true: 'a', 493: 'b', 1.5: 'c', yes: 'd' });
  });

  test('mappings are merged where their key is', () => {
    const [object] = objectsIn(
      `${CONFIG}base: &base { a: 1, b: 1 }\nother: &other { b: 2, c: 2 }\nx:\n  <<: *base\n  a: 9\nv:\n  a: 9\n  <<: *base\nz: { <<: [*base, *other] }\n`,
    );
    expect([object?.x, object?.v, object?.z]).toEqual([
      { a: 9, b: 1 },
      { a: 1, b: 1 },
      { a: 1, b: 1, c: 2 },
    ]);
  });

  test.each([
    ["rule: 'first\n  and second'\n", 'first and second'],
    ['rule: "first\nsecond\n\nthird"\n', 'first second\nthird'],
    ["rule: 'it''s\none: \"thing\"'\n", 'it\'s one: "thing"'],
  ])('a quoted scalar may continue at the indentation of its key: %j', (line, expected) => {
    const [object] = objectsIn(`${CONFIG}data:\n  ${line}  other: 'more\n  of it'\n`);
    expect(object?.data).toEqual({ rule: expected, other: 'more of it' });
  });

  test('an escaped slash is refused in YAML and read in JSON', () => {
    expect(read(`${CONFIG}data: { a: "b", c: "d\\/e" }\n`)).toEqual([
      'a.yaml:4:22: is not valid YAML: given "\\/", which kubectl refuses in YAML; write the slash without the backslash',
    ]);
    expect(read(`${CONFIG}data: { a: "d\\\\/e", b: 'c\\/d' }\n`)).toHaveLength(1);
    const json = JSON.stringify({ apiVersion: 'v1', kind: 'A', metadata: { name: 'a/b' } }).replace('/b', '\\/b');
    expect(objectsIn(json, 'a.json')[0]?.metadata.name).toBe('a/b');
  });

  test('an object with a generateName, and one with an empty namespace', () => {
    const job = (prefix: string) => `apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: ${prefix} }\n`;
    expect(read(`${job('a-')}---\n${job('a-')}`)).toEqual(['1 Job default/a-00000000', '5 Job default/a-00000001']);
    expect(read('apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace:\n')).toEqual([
      '1 Service default/a',
    ]);
    expect(read('apiVersion: v1\nkind: ClusterRole\nmetadata: { name: a, namespace: "" }\n')).toEqual([
      '1 ClusterRole /a',
    ]);
  });

  test('Lists in Lists, with the line of each item, and JSON objects one after the other', () => {
    const item = (name: string) => `- { apiVersion: v1, kind: Service, metadata: { name: ${name} } }`;
    const inner = `- apiVersion: v1\n  kind: ServiceList\n  items:\n  ${item('b')}`;
    expect(read(`apiVersion: v1\nkind: List\nitems:\n${item('a')}\n${inner}\n`)).toEqual([
      '4 Service default/a',
      '8 Service default/b',
    ]);
    const json = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name } });
    expect(read(`${json('a')}\n${json('b')}\n`, 'a.json')).toEqual(['1 Service default/a', '2 Service default/b']);
  });

  test('the scope of a custom kind is the one that its definition declares', () => {
    const crd = (scope: string) =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: ships }\nspec: { scope: ${scope}, names: { kind: Ship } }\n`;
    const ship = '---\napiVersion: a.example.com/v1\nkind: Ship\nmetadata: { name: a }\n';
    expect(read(crd('Cluster') + ship)[1]).toBe('6 Ship /a');
    expect(read(crd('Namespaced') + ship)[1]).toBe('6 Ship default/a');
  });
});

describe('what can be read is read, and the rest is named', () => {
  function found(files: Record<string, string>) {
    const root = folderWith(files);
    const { objects, problems, leftOut } = readWhatIsThere([root]);
    const plain = (text: string) => text.replaceAll(`${root}/`, '').replaceAll(root, '.');
    return {
      objects: objects.map(({ object }) => object.metadata.name),
      problems: problems.map((problem) => plain(formatProblem(problem))),
      leftOut: leftOut.map(({ file, why }) => plain(`${file} ${why}`)),
    };
  }

  test('a document that cannot be read does not hide the others', () => {
    const { objects, problems } = found({
      'a.yaml': `${CONFIG}---\na: [1,\n---\n${CONFIG.replace('name: a', 'name: b')}`,
    });
    expect(objects).toEqual(['a', 'b']);
    expect(problems).toEqual([expect.stringMatching(/^a\.yaml:\d+:\d+: is not valid YAML/)]);
  });

  test('of a key that occurs twice the last counts, and it is told', () => {
    const { objects, problems } = found({ 'a.yaml': `${CONFIG}data: { a: b, a: c }\n` });
    expect(objects).toEqual(['a']);
    expect(problems).toEqual([expect.stringMatching(/^a\.yaml:4:15: given a duplicate key/)]);
  });

  test('files that other programs read are left out by name', () => {
    expect(
      found({
        'a.yaml': CONFIG,
        'kustomization.yaml':
          'resources: [a.yaml]\npatches: [{ path: patch.yaml }]\nconfigMapGenerator: [{ name: c, files: [x=conf.yaml] }]\n',
        'patch.yaml': 'apiVersion: v1\nkind: Service\nmetadata: { name: x }\n',
        'conf.yaml': 'a: b\n',
        'chart/Chart.yaml': 'apiVersion: v2\nname: c\n',
        'chart/values.yaml': 'a: b\n',
        'chart/templates/a.yaml': 'kind: {{ .Values.kind }}\n',
        'chart/crds/a.yaml': CONFIG.replace('name: a', 'name: crd'),
        'compose.yaml': 'services: {}\n',
        'dashboard.json': '{"panels":[]}',
        'kind.yaml': 'apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n',
        'tpl.yaml': 'metadata:\n  {{- include "labels" . }}\n',
      }),
    ).toEqual({
      objects: ['a', 'crd'],
      problems: [],
      leftOut: [
        'chart is a Helm chart; render it: helm template chart | npm run check -- -',
        'conf.yaml is a patch or an input of kustomize, and no manifest of its own',
        'kustomization.yaml is read by kustomize; render it: kustomize build . | npm run check -- -',
        'patch.yaml is a patch or an input of kustomize, and no manifest of its own',
        'compose.yaml is no manifest: it has no apiVersion and kind',
        'dashboard.json is no manifest: it has no apiVersion and kind',
        'kind.yaml is a file of kind Cluster (kind.x-k8s.io/v1alpha4) that a program reads, and no cluster',
        'tpl.yaml holds templates ({{ … }}); render it first, for example by helm template',
      ].map((line) => expect.stringMatching(new RegExp(`^${line.replace(/[.(){}]/g, '.').replace(/[|]/g, '.')}$`))),
    });
  });

  test('a field is found where it is written', () => {
    const text =
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels:\n    example.com/tier: web\nspec:\n  ports:\n    - port: 80\n    - name: b\n      port: 81\n';
    const [read] = readManifests([join(folderWith({ 'a.yaml': text }), 'a.yaml')]);
    const line = (path: string) => read?.positionOf(path).line;
    expect(
      ['metadata.labels["example.com/tier"]', 'metadata.labels.example.com/tier', 'spec.ports[1].port'].map(line),
    ).toEqual([6, 6, 11]);
    expect(['spec.ports[1].targetPort', 'spec.type', 'status', 'spec.ports[7]'].map(line)).toEqual([10, 7, 1, 8]);
  });

  test('standard input, and the namespace of objects that state none', () => {
    const { objects } = readWhatIsThere(['-'], {
      input: () => 'apiVersion: v1\nkind: Service\nmetadata: { name: a }\n',
      namespace: 'shop',
    });
    expect(objects.map(({ object, file }) => `${file} ${object.metadata.namespace}`)).toEqual(['standard input shop']);
  });
});
