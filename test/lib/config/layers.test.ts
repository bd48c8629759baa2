import { registry } from '../../../charts';
import { InputError } from '../../../lib/base/problem';
import { environmentNames } from '../../../lib/config/environment-folders';
import { type Layer, type Merged, mergeLayers, originOf } from '../../../lib/config/layers';
import { loadEnvironments } from '../../../lib/config/load';
import { valueAt } from '../../../lib/config/parse';
import { readYaml, type YamlDocument } from '../../../lib/config/yaml-file';
import { type Any, folderWith } from '../../support';

const RULES = {
  whole: (path: readonly string[]) => path.at(-1) === 'scale',
  named: () => false,
  displaced: (_: readonly string[], later: Any) => [
    ...('port' in later ? ['ports'] : []),
    ...('ports' in later ? ['port'] : []),
  ],
};

/** A layer of a file with a text, or a built-in one of a value. */
function layer(name: string, content: string | object): Layer {
  if (typeof content !== 'string') return { name, value: content };
  const yaml = readYaml(name, Buffer.from(content)) as YamlDocument;
  return { name, value: yaml.value, yaml };
}

function merge(...contents: readonly (string | object)[]): Merged {
  const names = contents.map((one, index) => (typeof one === 'string' ? `${index}.yaml` : `built in ${index}`));
  return mergeLayers(
    'own.yaml',
    contents.map((one, index) => layer(names[index] as string, one)),
    RULES,
  );
}

describe('what a later layer does to an earlier one', () => {
  test.each([
    ['mappings merge key by key', 'a: { b: 1, c: { d: 2 } }', 'a: { c: { e: 3 } }', { a: { b: 1, c: { d: 2, e: 3 } } }],
    ['single values replace', 'a: 1', 'a: x', { a: 'x' }],
    ['lists replace', 'a: [1, 2]', 'a: [3]', { a: [3] }],
    ['an empty list replaces', 'a: [1, 2]', 'a: []', { a: [] }],
    ['a mapping replaces a single value', 'a: /', 'a: { path: / }', { a: { path: '/' } }],
    ['a single value replaces a mapping', 'a: { path: / }', 'a: /', { a: '/' }],
    ['false and 0 replace', 'a: true\nb: 1', 'a: false\nb: 0', { a: false, b: 0 }],
    ['an empty value replaces, so that it is an error', 'a: { b: 1 }', 'a:\nc: 1', { a: null, c: 1 }],
    ['an empty mapping takes nothing away', 'a: { b: 1 }', 'a: {}', { a: { b: 1 } }],
    [
      'what is half of nothing is replaced as a whole',
      'scale: { min: 1, max: 2 }',
      'scale: { replicas: 3 }',
      { scale: { replicas: 3 } },
    ],
    ['another kind', 'a: { kind: x, b: 1 }', 'a: { kind: y, c: 2 }', { a: { kind: 'y', c: 2 } }],
    [
      'another implementation',
      'a: { implementation: x, b: 1 }',
      'a: { implementation: y }',
      { a: { implementation: 'y' } },
    ],
    ['another provider', 'a: { provider: x, b: 1 }', 'a: { provider: y }', { a: { provider: 'y' } }],
    ['the same kind', 'a: { kind: x, b: 1 }', 'a: { kind: x, c: 2 }', { a: { kind: 'x', b: 1, c: 2 } }],
    ['a kind where there was none', 'a: { b: 1 }', 'a: { kind: x }', { a: { b: 1, kind: 'x' } }],
    ['no kind where there was one', 'a: { kind: x }', 'a: { b: 1 }', { a: { kind: 'x', b: 1 } }],
    [
      'an alternative key displaces the other one',
      'a: { port: 80, b: 1 }',
      'a: { ports: { http: 80 } }',
      { a: { b: 1, ports: { http: 80 } } },
    ],
  ])('%s', (_, lower, upper, expected) => {
    expect(merge(lower, upper).value).toEqual(expected);
  });

  test('the layers themselves stay as they are', () => {
    const [lower, upper] = [layer('a', 'a: { b: 1 }'), layer('b', 'a: { c: 2 }')];
    mergeLayers('own.yaml', [lower, upper], RULES);
    expect([lower.value, upper.value]).toEqual([{ a: { b: 1 } }, { a: { c: 2 } }]);
  });
});

describe('a list that leaves out entries is a notice', () => {
  test('with the entries, the file that does it, and the place of the earlier list', () => {
    expect(merge('b: 1\na: { x: [p, { q: 1 }, r] }', 'a: { x: [r, s] }').notices).toEqual([
      '1.yaml drops "p", {"q":1} from a.x of 0.yaml:2: a list replaces the earlier one',
    ]);
  });

  test('but not where nothing is left out, or the earlier list is built in', () => {
    expect(merge('a: [1]', 'a: [2, 1]').notices).toEqual([]);
    expect(merge({ a: [1] }, 'a: [2]').notices).toEqual([]);
  });
});

describe('the place of a value', () => {
  const merged = merge({ z: { y: 1 } }, 'a: { b: 1,\n  c: 2 }\nl: [1,\n  2]', 'a:\n  c: 3\ns: { replicas: 1 }');

  test.each([
    [['a', 'b'], '1.yaml:1'],
    [['a', 'c'], '2.yaml:2'],
    [['l', 1], '1.yaml:4'],
    [['z', 'y'], 'built in 0'],
  ])('%j is where its text stands', (path, place) => {
    expect(originOf(merged, path)).toBe(place);
  });

  test('that is missing is its nearest parent, in the last file that has it', () => {
    expect(merged.locate(['a', 'missing'])).toEqual({ file: '2.yaml', position: { line: 2, column: 3 } });
    expect(merged.locate(['l', 'missing'])).toMatchObject({ file: '1.yaml', position: { line: 3 } });
    expect(merged.locate(['z', 'y'])).toMatchObject({ file: '2.yaml', position: { line: 1 } });
    expect(merge({ a: 1 }).locate(['a'])).toEqual({ file: 'own.yaml' });
  });

  test('of a replaced mapping is the later one, for all that is in it', () => {
    const replaced = merge('a: { kind: x, b: 1 }', 'a: { kind: y, b: 2 }');
    expect(originOf(replaced, ['a', 'b'])).toBe('1.yaml:1');
  });

  test('of an unknown key is the key', () => {
    expect(merged.locateKey(['a'], 'c')).toEqual({ file: '2.yaml', position: { line: 2, column: 3 } });
    expect(merged.locateKey(['a'], 'b')).toEqual({ file: '1.yaml', position: { line: 1, column: 6 } });
  });
});

const BASE = `pattern: microservices
services:
  mart:
    image: ghcr.io/acme/mart
    tag: v1.0.0
    port: 8080
    exposed: /
    scale: { min: 2, max: 4, cpu: 70 }
    env: { MODE: { app: tier }, SIZE: "1", DEBUG: "1" }
  mailer: { image: ghcr.io/acme/mailer, tag: v1.0.0, env: { MART: { url: mart } } }
`;
const DEV = 'hosts: { app: mart.localhost }\n';

/** The settings of an application in dev, or the lines of its problems. */
function load(own: string, base = BASE, files: Readonly<Record<string, string>> = {}) {
  const root = folderWith({ 'environments/mart.yaml': base, 'environments/dev/mart.yaml': own, ...files });
  try {
    const [found] = loadEnvironments(root, environmentNames(root), registry.in(root).schemas);
    return { values: found?.values as Any, merged: found?.merged as Merged, problems: [] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { values: undefined, merged: undefined, problems: error.message.split('\n') };
  }
}

describe('an application', () => {
  test.each([
    ['port by ports', 'ports: { http: 80, admin: 81 }', 'port', undefined],
    ['scale', 'scale: { replicas: 3 }', 'scale', { replicas: 3 }],
    ['health', 'health: tcp', 'health', expect.not.objectContaining({ http: expect.anything() })],
    ['exposed', 'exposed: { path: /mart }', 'exposed', [{ path: '/mart', strip: false, except: [] }]],
    ['a variable', 'env: { MODE: x }', 'env', { MODE: 'x', SIZE: '1', DEBUG: '1' }],
    [
      'a variable by another reference',
      'env: { MODE: { app: name } }',
      'env',
      expect.objectContaining({ MODE: { app: 'name' } }),
    ],
  ])('%s is replaced as a whole', (_, setting, key, expected) => {
    const { values, problems } = load(`${DEV}services: { mart: { ${setting} } }\n`);
    expect(problems).toEqual([]);
    expect(values.services.mart[key]).toEqual(expected);
  });

  test('its model is replaced as a whole', () => {
    const base = BASE.replace('exposed: /', 'exposed: /\n    llm: { provider: openai, model: a }');
    const { values } = load(
      `${DEV}services: { mart: { llm: { provider: openai, endpoint: "https://llm.example.com" } } }\n`,
      base,
    );
    expect(values.services.mart.llm).toEqual({ provider: 'openai', endpoint: 'https://llm.example.com' });
  });

  test('a variable is taken away by unset', () => {
    const { merged } = load(`${DEV}services: { mart: { env: { DEBUG: { unset: true } } } }\n`);
    expect(valueAt(merged?.value, ['services', 'mart', 'env', 'DEBUG'])).toEqual({ unset: true });
  });

  test('what without names is not there, and its settings are not asked for', () => {
    const { values, problems } = load(`${DEV}without: [mailer]\n`);
    expect(problems).toEqual([]);
    expect(Object.keys(values.services)).toEqual(['mart']);
  });

  test('without an unknown name is refused', () => {
    expect(load(`${DEV}without: [mailr]\n`).problems).toEqual([
      'environments/dev/mart.yaml:2:11: without, entry 1: given "mailr", expected one of mart, mailer, app; did you mean mailer?',
    ]);
  });

  test('what something still connects to cannot be taken away', () => {
    expect(load(`${DEV}without: [mart]\n`).problems.join()).toMatch(
      /environments\/mart\.yaml:10:.*services\.mailer\.env\.MART: given url of "mart"/,
    );
  });

  test('a mistake has the place of its text', () => {
    const { problems } = load(`${DEV}services: { mart: { prot: 1 } }\n`, BASE.replace('port: 8080', 'port: x'));
    expect(problems).toEqual([
      expect.stringMatching(
        /^environments\/dev\/mart\.yaml:2:21: services\.mart\.prot: given an unknown key, .*did you mean port/,
      ),
      expect.stringMatching(/^environments\/mart\.yaml:6:11: services\.mart\.port: given "x", expected a port/),
    ]);
  });

  test.each([
    ['mart', DEV, 'environments/mart.yaml:4:5'],
    ['mart', `${DEV}services: { mart: { cpu: 1 } }\n`, 'environments/dev/mart.yaml:2:19'],
    ['mart', `${DEV}services: { mailer: { cpu: 1 } }\n`, 'environments/mart.yaml:4:5'],
  ])('a missing key has the place of its nearest parent: %s of %j', (_, own, place) => {
    const { problems } = load(own, BASE.replace('    tag: v1.0.0\n', ''));
    expect(problems).toEqual([expect.stringMatching(`^${place}: services\\.mart\\.tag: .*expected`)]);
  });

  test('a base that cannot be read is one problem, without those that follow from it', () => {
    expect(load(DEV, `${BASE}  x: [\n`).problems).toEqual([
      expect.stringMatching(/^environments\/mart\.yaml:\d+:\d+: is not valid YAML/),
    ]);
  });

  test('an empty value is an error, not nothing', () => {
    expect(load(`${DEV}services: { mart: { scale: } }\n`).problems.join()).toMatch(
      /^environments\/dev\/mart\.yaml:2:\d+: services\.mart\.scale: given an empty value/,
    );
  });

  test('environment.yaml is weaker than the base, and the repository of backups has a folder for each', () => {
    const files = {
      'environments/dev/environment.yaml': `applications:
  edge: { kind: traefik, class: one }
  backups: { repository: "s3:https://s3.eu-central-1.amazonaws.com/all/", addresses: [10.9.0.0/24] }
`,
    };
    const { values, merged } = load(DEV, `${BASE}edge: { class: two }\ndatabase: {}\n`, files);
    expect(values.edge).toMatchObject({ kind: 'traefik', class: 'two' });
    expect(values.backups.repository).toBe('s3:https://s3.eu-central-1.amazonaws.com/all/mart');
    expect(originOf(merged as Merged, ['edge', 'kind'])).toBe('environments/dev/environment.yaml:2');
    expect(originOf(merged as Merged, ['edge', 'class'])).toBe('environments/mart.yaml:11');
  });
});

describe('which files are applications', () => {
  test('the pattern may stand in the base, the own file or both', () => {
    expect(load(DEV).problems).toEqual([]);
    expect(load(`pattern: microservices\n${DEV}`).problems).toEqual([]);
    expect(load(`pattern: microservices\n${DEV}`, BASE.replace('pattern: microservices\n', '')).problems).toEqual([]);
    expect(load(DEV, BASE.replace('pattern: microservices\n', '')).problems.join()).toMatch(/pattern: given nothing/);
  });

  test('the patterns of base and own file agree', () => {
    expect(load(`pattern: 3-tier\n${DEV}`).problems).toContain(
      'environments/dev/mart.yaml:1:10: pattern: given 3-tier, expected microservices, as environments/mart.yaml:1:10 says, or no pattern here',
    );
  });

  test('a file of no system is refused, and told what makes it one', () => {
    expect(load(DEV, BASE, { 'environments/dev/club.yaml': 'hosts: {}\n' }).problems).toEqual([
      expect.stringMatching(
        /^environments\/dev\/club\.yaml: is not the file of a system, expected one of .*mart\.yaml.*; if it describes an application, it begins with pattern: …$/,
      ),
    ]);
  });

  test.each([
    ['all', 'a folder of dist/'],
    ['compose', 'a folder of dist/'],
    ['default', 'a namespace that every cluster has'],
    ['kube-mart', 'expected one without kube-'],
    ['mart-data', 'does not end in -data'],
    ['club_house', 'expected one of at most 30 lower-case letters'],
    ['a'.repeat(31), 'expected one of at most 30 lower-case letters'],
  ])('a file called %s is refused', (name, why) => {
    const { problems } = load(DEV, BASE, { [`environments/dev/${name}.yaml`]: `${BASE}${DEV}` });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`environments/dev/${name}.yaml: given the name "${name}", `);
    expect(problems[0]).toContain(why);
  });

  test.each([
    ['salient', 'salient, which is described in TypeScript'],
    ['platform', 'the platform'],
  ])('one with the name of %s is refused by one message', (name, owner) => {
    const files = { [`environments/dev/${name}.yaml`]: `${BASE}${DEV}`, 'environments/dev/tenants.yaml': '[]\n' };
    const { problems } = load(DEV, BASE, files);
    expect(problems.filter((one) => one.includes(`/${name}.yaml`))).toEqual([
      `environments/dev/${name}.yaml:1:1: pattern: given pattern in the file of ${owner}; give the application a name of its own`,
    ]);
  });
});
