import { parse } from 'yaml';
import { toFiles } from '../../../lib/output/files';
import { objectsOf, salientSystem } from '../../systems';

const config = (namespace: string | undefined, name: string, data: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  data,
});

test('one object is one file, and the order of names is the order of application', () => {
  const objects = [
    { kind: 'Ingress', metadata: { namespace: 'shop', name: 'edge' } },
    { kind: 'Deployment', metadata: { namespace: 'shop', name: 'api' } },
    { kind: 'NetworkPolicy', metadata: { namespace: 'shop', name: 'deny' } },
    { kind: 'Namespace', metadata: { name: 'shop' } },
  ];
  expect([...toFiles('prod/shop', objects).keys()]).toEqual([
    'prod/shop/00-namespace-shop.yaml',
    'prod/shop/30-networkpolicy-shop-deny.yaml',
    'prod/shop/65-deployment-shop-api.yaml',
    'prod/shop/90-ingress-shop-edge.yaml',
  ]);
});

test('what others refer to comes before them', () => {
  const order = [...toFiles('x', objectsOf(salientSystem('prod'))).keys()].map((path) => path.split('-')[1]);
  const first = (kind: string) => order.indexOf(kind);
  for (const [before, after] of [
    ['namespace', 'serviceaccount'],
    ['serviceaccount', 'secretstore'],
    ['secretstore', 'externalsecret'],
    ['externalsecret', 'deployment'],
    ['configmap', 'deployment'],
    ['networkpolicy', 'deployment'],
    ['service', 'deployment'],
    ['deployment', 'horizontalpodautoscaler'],
    ['deployment', 'ingress'],
  ] as const) {
    expect(first(before)).toBeGreaterThanOrEqual(0);
    expect(first(before)).toBeLessThan(first(after));
  }
});

test('two objects that would share a file are refused instead of losing one', () => {
  expect(() => toFiles('x', [config('a', 'b-c'), config('a-b', 'c')])).toThrow(
    'two objects have the file x/20-configmap-a-b-c.yaml',
  );
});

test('a kind without a place in the order is refused', () => {
  expect(() => toFiles('x', [{ kind: 'Widget', metadata: { name: 'a' } }])).toThrow(
    /kind Widget has no place .* lib\/output\/order\.ts/,
  );
});

test('text stays text for those who read YAML 1.1, as Kubernetes does', () => {
  const data = {
    a: 'on',
    b: 'yes',
    c: '1e3',
    d: '0777',
    e: '12:30:45',
    f: '~',
    g: '1_000',
    h: '3600',
    i: '',
    j: ' x',
    k: 'a: b',
    l: '2026-11-21',
    m: '=',
    n: 'line\nline\n',
  };
  const text = toFiles('x', [config('a', 'b', data)]).get('x/20-configmap-a-b.yaml') as string;
  expect(parse(text, { version: '1.1' }).data).toEqual(data);
  expect(parse(text, { version: '1.2' }).data).toEqual(data);
});

test('the same objects give the same bytes, in any order', () => {
  const objects = objectsOf(salientSystem('prod'));
  const files = [...toFiles('x', objects)];
  expect([...toFiles('x', [...objects].reverse())]).toEqual(files);
  expect(files).toHaveLength(objects.length);
});

test('no line is folded and no anchor is made', () => {
  const long = 'word '.repeat(100).trim();
  const shared = { x: long };
  const text = toFiles('x', [config('a', 'b', { one: shared, two: shared })]).get('x/20-configmap-a-b.yaml') as string;
  expect(text.match(/word word/g)).not.toBeNull();
  expect(text.split('\n')).toContain(`    x: ${long}`);
  expect(text).not.toMatch(/[&*]/);
});
