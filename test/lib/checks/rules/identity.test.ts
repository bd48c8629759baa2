import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import { identity as rule } from '../../../../lib/checks/rules/identity';
import { type ManifestObject, objectName } from '../../../../lib/manifests/object';

const identity = (objects: readonly ManifestObject[]) =>
  rule.judge(new ClusterIndex(objects)).map((violation) => ({ ...violation, object: objectName(violation.object) }));

const object = (kind: string, name: string, more: object = {}, apiVersion = 'v1'): ManifestObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop', ...more },
});

const ingress = (
  name: string,
  host: string | undefined,
  path: string,
  namespace = 'shop',
  ingressClassName = 'nginx',
): ManifestObject => ({
  ...object('Ingress', name, { namespace }, 'networking.k8s.io/v1'),
  spec: { ingressClassName, rules: [{ ...(host && { host }), http: { paths: [{ path }] } }] },
});

const paths = (...objects: ManifestObject[]) => identity(objects).map(({ object: name, path }) => `${name}: ${path}`);

test('what is itself passes', () => {
  expect(
    identity([
      object('Service', 'api', { labels: { app: 'shop', 'example.com/tier': '' } }),
      object('Service', 'api', { namespace: 'other' }),
      object('ServiceAccount', 'api.v1'),
      ingress('one', 'a.example.com', '/'),
      ingress('two', 'a.example.com', '/api'),
      ingress('three', 'b.example.com', '/'),
      ingress('four', 'a.example.com', '/', 'shop', 'internal'),
    ]),
  ).toEqual([]);
});

test('two objects with the same identity are reported, independent of their API version', () => {
  expect(identity([object('Service', 'api'), object('Service', 'api')])).toEqual([
    {
      rule: 'identity',
      object: 'Service shop/api',
      path: 'metadata.name',
      message: 'given a duplicate object, expected a unique name; rename one of them',
    },
  ]);
  const scaler = (version: string) => object('HorizontalPodAutoscaler', 'api', {}, `autoscaling/${version}`);
  expect(paths(scaler('v1'), scaler('v2'))).toHaveLength(1);
});

test.each(['API', 'a_b', '-a', 'a-', '', 'a'.repeat(64), 'a.b'])('a Service cannot be called %p', (name) => {
  expect(paths(object('Service', name))).toEqual([`Service shop/${name}: metadata.name`]);
});

test('a namespace cannot have a dot in its name', () => {
  expect(paths(object('ConfigMap', 'a', { namespace: 'shop.test' }))).toEqual([
    'ConfigMap shop.test/a: metadata.namespace',
  ]);
});

test.each([
  [{ app: 'a'.repeat(64) }, 'app'],
  [{ app: 'two words' }, 'app'],
  [{ '/app': 'a' }, '/app'],
  [{ 'Example.com/app': 'a' }, 'Example.com/app'],
])('the label %j is none', (labels, key) => {
  expect(paths(object('ConfigMap', 'a', { labels }))).toEqual([`ConfigMap shop/a: metadata.labels.${key}`]);
});

test('a host and path has one owner, across namespaces and systems', () => {
  expect(identity([ingress('one', 'a.example.com', '/'), ingress('two', 'a.example.com', '/', 'other')])).toEqual([
    {
      rule: 'identity',
      object: 'Ingress other/two',
      path: 'spec.rules[0].http.paths[0]',
      message:
        'given a.example.com/ of class nginx, which Ingress shop/one has already; expected one object for each host and path',
    },
  ]);
  expect(paths(ingress('one', undefined, '/'), ingress('two', undefined, '/'))).toHaveLength(1);
});

test('the labels and annotations of all templates are judged', () => {
  const metadata = { labels: { app: 'two words' }, annotations: { 'a b': 'two words', 'Example.com/a': 'two words' } };
  const template = { metadata, spec: {} };
  const cron = { ...object('CronJob', 'a', metadata), spec: { jobTemplate: { metadata, spec: { template } } } };
  const places = ['metadata', 'spec.jobTemplate.metadata', 'spec.jobTemplate.spec.template.metadata'];
  expect(paths(cron)).toEqual(
    places.flatMap((place) => [`CronJob shop/a: ${place}.labels.app`, `CronJob shop/a: ${place}.annotations.a b`]),
  );
});

test('the name of a CronJob leaves room for those of its jobs', () => {
  expect(paths(object('CronJob', 'a'.repeat(52)))).toEqual([]);
  expect(identity([object('CronJob', 'a'.repeat(53))])).toEqual([
    expect.objectContaining({ path: 'metadata.name', message: expect.stringContaining('expected at most 52') }),
  ]);
});

const podOf = (spec: object): ManifestObject => ({ ...object('Pod', 'a'), spec });
const inContainer = (fields: object) => podOf({ containers: [{ name: 'api', ...fields }] });

test('names inside a pod pass', () => {
  const container = { ports: [{ name: 'http' }, { containerPort: 80 }], env: [{ name: 'A' }, { name: 'a.b-c' }] };
  const containers = [
    { name: 'api', ...container },
    { name: 'ui', env: [{ name: 'A' }] },
  ];
  expect(paths(podOf({ containers, volumes: [{ name: 'api' }, { name: 'tmp' }] }))).toEqual([]);
});

test.each<readonly [string, ManifestObject, string, string]>([
  [
    'a container',
    podOf({ containers: [{ name: 'API' }] }),
    'spec.containers[0].name',
    'given "API", expected at most 63',
  ],
  ['a long one', podOf({ containers: [{ name: 'a'.repeat(64) }] }), 'spec.containers[0].name', 'expected at most 63'],
  ['a volume', podOf({ volumes: [{ name: 'a.b' }] }), 'spec.volumes[0].name', 'given "a.b"'],
  ...['a'.repeat(16), '80', 'a--b', '-a', 'HTTP', ''].map(
    (name) => ['a port', inContainer({ ports: [{ name }] }), 'spec.containers[0].ports[0].name', 'at most 15'] as const,
  ),
  ...['', 'A=B'].map(
    (name) => ['a variable', inContainer({ env: [{ name }] }), 'spec.containers[0].env[0].name', 'without ='] as const,
  ),
  [
    'a container twice',
    podOf({ initContainers: [{ name: 'a' }], containers: [{ name: 'a' }] }),
    'spec.containers[0].name',
    'given "a", which spec.initContainers[0].name has already',
  ],
  ['a volume twice', podOf({ volumes: [{ name: 'a' }, { name: 'a' }] }), 'spec.volumes[1].name', 'already'],
  [
    'a port twice',
    podOf({
      containers: [
        { name: 'a', ports: [{ name: 'http' }] },
        { name: 'b', ports: [{ name: 'http' }] },
      ],
    }),
    'spec.containers[1].ports[0].name',
    'already',
  ],
  [
    'a variable twice',
    inContainer({ env: [{ name: 'A' }, { name: 'A' }] }),
    'spec.containers[0].env[1].name',
    'which spec.containers[0].env[0].name has already',
  ],
  [
    'a port of a Service twice',
    { ...object('Service', 'a'), spec: { ports: [{ name: 'http' }, { name: 'http' }] } },
    'spec.ports[1].name',
    'already',
  ],
])('%s with an invalid name is reported (%#)', (_, given, path, message) => {
  expect(identity([given])).toEqual([expect.objectContaining({ path, message: expect.stringContaining(message) })]);
});

test.each([null, 7, 'text', true, [], {}, [null, 7, 'text', []]])('%j in the place of names does not throw', (odd) => {
  for (const fields of [
    { ports: odd, env: odd },
    { name: odd, ports: [{ name: odd }], env: [{ name: odd }] },
  ]) {
    expect(() => identity([podOf({ containers: [fields], volumes: odd })])).not.toThrow();
  }
  const templates = { template: { metadata: odd }, jobTemplate: { metadata: { labels: odd, annotations: odd } } };
  expect(() => identity([{ ...object('Service', 'a'), spec: { ports: odd, ...templates } }])).not.toThrow();
});
