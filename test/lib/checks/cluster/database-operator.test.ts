import type { Any } from '../../../support';
import { deployment, object, podSpec, told } from '../right';

const NAME = 'kubernetes.io/metadata.name';
const space = (name: string): Any => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const cluster = object('postgresql.cnpg.io/v1', 'Cluster', 'pg', { spec: { instances: 3, storage: { size: '1Gi' } } });
const policy = (spec: object, namespace = 'default'): Any => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p', namespace },
  spec,
});
const own = { podSelector: { matchLabels: { 'cnpg.io/cluster': 'pg' } } };
const ingress = (...rules: object[]) => policy({ ...own, policyTypes: ['Ingress'], ingress: rules });
const from = (peer: object, port: number | string = 8000) => ({ from: [peer], ports: [{ port }] });
const named = (namespace: string) => ({ namespaceSelector: { matchLabels: { [NAME]: namespace } } });
const shop = { ...deployment('web'), metadata: { name: 'web', namespace: 'shop' } };
const lines = (...objects: Any[]) =>
  told([space('default'), space('shop'), space('cnpg-system'), shop, cluster, ...objects]).filter((line) =>
    /pitfalls/.test(line),
  );

test.each<[string, Any]>([
  ['no rule', ingress()],
  [
    'all pods of the namespace are isolated',
    policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [{}] }),
  ],
  [
    'selected by an expression',
    policy({ podSelector: { matchExpressions: [{ key: 'cnpg.io/cluster', operator: 'Exists' }] } }),
  ],
  ['another port', ingress({ ports: [{ port: 5432 }] })],
  ['another port by its name', ingress({ ports: [{ port: 'postgresql' }] })],
  ['another protocol', ingress({ ports: [{ port: 8000, protocol: 'UDP' }] })],
  ['a namespace that has not the operator', ingress(from(named('shop')))],
  ['the instances alone', ingress({ from: [own] })],
])('a Cluster whose operator is shut out is told of: %s', (_, closed) => {
  expect(lines(closed)).toEqual([
    expect.stringContaining('given no ingress to port 8000 of the instances of Cluster default/pg'),
  ]);
});

test.each<[string, Any]>([
  ['its namespace', ingress(from(named('cnpg-system')))],
  [
    'its labels',
    ingress(
      from({ ...named('cnpg-system'), podSelector: { matchLabels: { 'app.kubernetes.io/name': 'cloudnative-pg' } } }),
    ),
  ],
  ['every namespace', ingress(from({ namespaceSelector: {} }))],
  ['addresses', ingress(from({ ipBlock: { cidr: '10.0.0.0/8' } }))],
  ['the port by its name', ingress(from(named('operators'), 'status'))],
  ['a range of ports', ingress({ ports: [{ port: 5000, endPort: 9000 }] })],
  ['everything', ingress({})],
  ['egress alone', policy({ ...own, policyTypes: ['Egress'], egress: [{}] })],
])('a Cluster whose operator is let in is not: %s', (_, open) => {
  expect(lines(open)).toEqual([]);
});

test('an operator whose own policies keep it in is told of', () => {
  const egress = (...ports: object[]) =>
    policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ ports }] }, 'cnpg-system');
  expect(lines(egress({ port: 443 }))).toEqual([
    expect.stringContaining('NetworkPolicy cnpg-system/p: spec.egress: given no egress to port 8000'),
  ]);
  expect(lines(egress({ port: 443 }, { port: 8000 }))).toEqual([]);
  const operator = deployment('operator', podSpec(), {
    selector: { matchLabels: { 'app.kubernetes.io/name': 'cloudnative-pg' } },
    template: { metadata: { labels: { 'app.kubernetes.io/name': 'cloudnative-pg' } }, spec: podSpec() },
  });
  const elsewhere = { ...operator, metadata: { name: 'operator', namespace: 'shop' } };
  expect(lines(egress({ port: 443 }), elsewhere)).toEqual([]);
});

test('instances that cannot ask the API server are told of', () => {
  const egress = (...rules: object[]) => policy({ ...own, policyTypes: ['Egress'], egress: rules });
  const closed = [expect.stringContaining('given no egress of the instances of Cluster default/pg to the API server')];
  const dns = { to: [named('kube-system')], ports: [{ port: 53, protocol: 'UDP' }] };
  const web = { ...shop, metadata: { name: 'web', namespace: 'default' } };
  expect(lines(egress({ to: [{ podSelector: { matchLabels: { app: 'web' } } }] }, dns), web)).toEqual(closed);
  expect(lines(egress({ to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: [{ port: 6443 }] }, dns))).toEqual([]);
  expect(lines(egress({}))).toEqual([]);
});
