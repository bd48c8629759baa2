import { find } from '../../support';
import { messageOf, objectsOf } from './application';

const base = (api: string, rest = '') =>
  `pattern: microservices\nservices:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80${api} }\n${rest}`;

const variablesOf = (base: string, own: string) =>
  find(objectsOf({ 'shop.yaml': base, 'prod/shop.yaml': own }), 'Deployment', 'api').spec.template.spec.containers[0]
    .env;

test('variables and texts may be called kind: they take no others away', () => {
  const api = ', env: { kind: one, provider: a, OTHER: x, TEXT: { config: TEXT } }';
  const env = variablesOf(
    base(api, 'config: { kind: a, TEXT: b }\n'),
    'services: { api: { env: { kind: two } } }\nconfig: { kind: c }\n',
  );
  expect(env.map(({ name, value }: { name: string; value?: string }) => [name, value])).toEqual([
    ['kind', 'two'],
    ['provider', 'a'],
    ['OTHER', 'x'],
    ['TEXT', undefined],
  ]);
});

test('a tag of the own file is not pinned to the digest of the base', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const files = (own: string) => ({
    'shop.yaml': base(`, digest: ${digest}`),
    'prod/shop.yaml': `services: { api: { ${own} } }\n`,
  });
  const image = (own: string) =>
    find(objectsOf(files(own)), 'Deployment', 'api').spec.template.spec.containers[0].image;
  expect(image('tag: v2.0.0')).toBe('ghcr.io/yourorg/api:v2.0.0');
  expect(image('cpu: 1')).toBe(`ghcr.io/yourorg/api:v1.0.0@${digest}`);
});

test('a service may be called kind', () => {
  const kind = '  kind: { image: ghcr.io/yourorg/kind, tag: v1.0.0, port: 81 }\n';
  const objects = objectsOf({ 'shop.yaml': base('', kind), 'prod/shop.yaml': 'services: { kind: { tag: v2.0.0 } }\n' });
  expect(objects.filter((one) => one.kind === 'Deployment').map(({ metadata }) => metadata.name)).toEqual([
    'api',
    'kind',
  ]);
});

test('a value of a helper, or of defaults, replaces the earlier one as a whole', () => {
  const other = '  b: { image: ghcr.io/yourorg/b, tag: v1.0.0, port: 81 }\n';
  const files = {
    'shop.yaml': `${base(', sidecars: { s: { image: ghcr.io/yourorg/s, tag: v1.0.0, env: { A: { url: b } } } }', other)}defaults: { env: { E: { app: tier } } }\n`,
    'prod/shop.yaml':
      'services: { api: { sidecars: { s: { env: { A: { address: b } } } } } }\ndefaults: { env: { E: { app: name, case: upper } } }\n',
  };
  const [sidecar] = find(objectsOf(files), 'Deployment', 'api').spec.template.spec.initContainers;
  expect(sidecar.env).toEqual([{ name: 'A', value: 'b.shop-prod.svc.cluster.local:81' }]);
});

test('backups take the place of none, and none that of backups', () => {
  const own = (text: string) => ({
    'prod/environment.yaml': `tier: production\napplications: { backups: ${text} }\n`,
    'shop.yaml': base(''),
  });
  const backups = '{ repository: "s3:https://s3.example.com/all", addresses: [10.20.8.0/24] }';
  const message = (common: string, one: string) => messageOf({ ...own(common), 'prod/shop.yaml': `backups: ${one}\n` });
  expect(message(backups, '{ none: it keeps nothing }')).toBe('');
  expect(message('{ none: nothing is kept }', backups)).toBe('');
});

test('a base that is no mapping is told', () => {
  expect(messageOf({ 'shop.yaml': '- a\n', 'prod/shop.yaml': base('') })).toBe(
    'shop.yaml:1:1: given no mapping, expected settings by their names',
  );
});

test('who refers to what an environment goes without is told that it does', () => {
  const files = {
    'shop.yaml': base(', env: { B: { url: b } }', '  b: { image: ghcr.io/yourorg/b, tag: v1.0.0, port: 81 }\n'),
    'prod/shop.yaml': 'without: [b]\n',
  };
  expect(messageOf(files)).toBe(
    'shop.yaml:3:71: services.api.env.B: given url of "b", expected api; this environment goes without b',
  );
});

test('a mapping that contains itself is told', () => {
  const text = 'pattern: microservices\nservices: &all\n  api: { env: *all }\n';
  expect(messageOf({ 'prod/shop.yaml': text })).toBe(
    'prod/shop.yaml:3:15: given *all within &all, expected an alias outside its own anchor',
  );
});

test('names that are no text are told once', () => {
  expect(messageOf({ 'shop.yaml': base(''), 'prod/shop.yaml': 'without: [1]\n' })).toBe(
    'prod/shop.yaml:1:11: without, entry 1: given 1, expected text; as text it is "1" in quotes',
  );
});

test('the health of defaults is that of services with a port', () => {
  const text = `pattern: microservices
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0, health: /health, nodes: { disk: fast } }
services:
  api: { port: 80 }
  worker: { health: { command: [ok] } }
  nightly: { schedule: "0 3 * * *" }
`;
  const objects = objectsOf({ 'prod/shop.yaml': text });
  const [api, worker] = ['api', 'worker'].map(
    (name) => find(objects, 'Deployment', name).spec.template.spec.containers[0].livenessProbe,
  );
  expect([api.httpGet.path, worker.exec.command]).toEqual(['/health', ['ok']]);
});
