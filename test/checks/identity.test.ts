import { type ManifestObject, objectName } from '../../checks';
import { Facts } from '../../checks/facts/facts';
import { identity as rule } from '../../checks/identity';

const identity = (objects: readonly ManifestObject[]) =>
  rule.judge(new Facts(objects)).map((violation) => ({ ...violation, object: objectName(violation.object) }));

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

test('two objects with one identity are told, whatever the version of their group', () => {
  expect(identity([object('Service', 'api'), object('Service', 'api')])).toEqual([
    {
      rule: 'identity',
      object: 'Service shop/api',
      path: 'metadata.name',
      message: 'is there twice; rename one of them',
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
      message: 'given a.example.com/ of class nginx, which Ingress shop/one owns; one host and path has one owner',
    },
  ]);
  expect(paths(ingress('one', undefined, '/'), ingress('two', undefined, '/'))).toHaveLength(1);
});
