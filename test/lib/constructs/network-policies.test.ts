import { KUBE_DNS } from '../../../lib/base/kube-dns';
import { NetworkPolicies } from '../../../lib/constructs/network-policies';
import { addresses, internet, to } from '../../../lib/model/connection';
import type { System } from '../../../lib/model/system';
import { sample, synthesize } from '../../construct';
import { type Any, find } from '../../support';

const edge = {
  kind: 'ingress' as const,
  class: 'nginx',
  controller: { namespace: 'edge', labels: { role: 'controller' } },
};
const site = {
  name: 'shop',
  host: 'shop.example.com',
  certificate: 'tls',
  audience: 'everyone' as const,
  body: 0 as Any,
};

const database = sample({ name: 'db', namespace: 'shop-data', ports: { postgres: 5432 } });
const api = sample({ connectsTo: [to(database), internet(443)], exposed: [{ site, path: '/' }] });
const ui = sample({ name: 'ui', ports: { http: 80 }, exposed: [{ site, path: '/ui' }] });
const lonely = sample({ name: 'lonely' });

const policies = (changed: Partial<System> = {}) =>
  synthesize((chart) => {
    new NetworkPolicies(chart, 'network', {
      name: 'shop',
      namespaces: ['shop-test', 'shop-data'],
      components: [api, ui, database, lonely],
      tasks: [],
      externalPods: [],
      edge,
      dnsCaches: ['169.254.20.10/32'],
      dnsPods: KUBE_DNS,
      ...changed,
    });
  });

const controller = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'edge' } },
  podSelector: { matchLabels: { role: 'controller' } },
};
const pods = (namespace: string, component: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels: { app: 'shop', component } },
});

test('every namespace denies undeclared ingress and egress', () => {
  const denied = policies().filter(({ metadata }) => metadata.name === 'default-deny');
  expect(denied.map(({ metadata }) => metadata.namespace)).toEqual(['shop-test', 'shop-data']);
  for (const { spec } of denied) expect(spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
});

test('a connection is allowed at both ends', () => {
  expect(find(policies(), 'NetworkPolicy', 'api-policy').spec.egress).toContainEqual({
    to: [pods('shop-data', 'db')],
    ports: [{ protocol: 'TCP', port: 5432 }],
  });
  expect(find(policies(), 'NetworkPolicy', 'db-policy').spec).toEqual({
    podSelector: { matchLabels: { app: 'shop', component: 'db' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [pods('shop-test', 'api')], ports: [{ protocol: 'TCP', port: 5432 }] }],
  });
});

test('the edge may connect to exposed components, at the container port and not the Service port', () => {
  for (const [name, port] of [
    ['api-policy', 3000],
    ['ui-policy', 80],
  ] as const) {
    expect(find(policies(), 'NetworkPolicy', name).spec.ingress).toEqual([
      { from: [controller], ports: [{ protocol: 'TCP', port }] },
    ]);
  }
});

test('a workload without connections has no DNS, and without clients no policy besides default deny', () => {
  expect(find(policies(), 'NetworkPolicy', 'ui-policy').spec).not.toHaveProperty('egress');
  expect(policies().some(({ metadata }) => metadata.name === 'lonely-policy')).toBe(false);
});

test('DNS is allowed to the DNS pods and to node-local caches', () => {
  expect(find(policies(), 'NetworkPolicy', 'api-policy').spec.egress[0]).toEqual({
    to: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      },
      { ipBlock: { cidr: '169.254.20.10/32' } },
    ],
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  });
});

test('where DNS pods have another port, caches keep theirs', () => {
  const dnsPods = {
    namespace: 'openshift-dns',
    labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
    port: 5353,
  };
  const rules = (changed: object): Any[] =>
    find(policies({ dnsPods, ...changed }), 'NetworkPolicy', 'api-policy').spec.egress;
  const dns = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } },
    podSelector: { matchLabels: dnsPods.labels },
  };
  const both = (port: number) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port }));
  expect(rules({}).slice(0, 2)).toEqual([
    { to: [dns], ports: both(5353) },
    { to: [{ ipBlock: { cidr: '169.254.20.10/32' } }], ports: both(53) },
  ]);
  expect(rules({ dnsCaches: [] })).toEqual([rules({})[0], ...rules({}).slice(2)]);
});

test.each([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
])('the Internet is not %s', (range) => {
  const [, , rule] = find(policies(), 'NetworkPolicy', 'api-policy').spec.egress;
  expect(rule.to[0].ipBlock.except).toContain(range);
  expect(rule.to.map(({ ipBlock }: Any) => ipBlock.cidr)).toEqual(['0.0.0.0/0', '2000::/3']);
  expect(rule.ports).toEqual([{ protocol: 'TCP', port: 443 }]);
});

test('an external server is allowed by its address ranges', () => {
  const away = sample({ connectsTo: [addresses('the server', ['10.20.0.0/24', '10.21.0.0/24'], 5432)] });
  expect(find(policies({ components: [away] }), 'NetworkPolicy', 'api-policy').spec.egress[1]).toEqual({
    to: [{ ipBlock: { cidr: '10.20.0.0/24' } }, { ipBlock: { cidr: '10.21.0.0/24' } }],
    ports: [{ protocol: 'TCP', port: 5432 }],
  });
});

test("a certificate's challenge can be answered where there is an issuer, and only in namespaces with a site", () => {
  const solver = policies({ edge: { ...edge, issuer: 'acme' } }).filter(
    ({ metadata }) => metadata.name === 'acme-solver-policy',
  );
  expect(solver.map(({ metadata }) => metadata.namespace)).toEqual(['shop-test']);
  expect(solver[0]?.spec).toEqual({
    podSelector: { matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [controller], ports: [{ protocol: 'TCP', port: 8089 }] }],
  });
  expect(policies().some(({ metadata }) => metadata.name === 'acme-solver-policy')).toBe(false);
});

test('without exposed hosts there is no policy for solver pods', () => {
  const names = (solverPods: boolean) =>
    policies({ edge: { ...edge, issuer: 'acme' }, issuer: { solverPods } }).map(({ metadata }) => metadata.name);
  expect(names(true)).toContain('acme-solver-policy');
  expect(names(false)).not.toContain('acme-solver-policy');
});
