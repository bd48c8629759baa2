import { stringify } from 'yaml';
import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import { solverFor } from '../../../../lib/checks/cluster/solvers';
import { certificates as rule } from '../../../../lib/checks/rules/certificates';
import type { ManifestObject } from '../../../../lib/manifests/object';
import { describeRule, findings, parse } from '../manifests';

const object = (apiVersion: string, kind: string, name: string, rest: object, annotations?: object): ManifestObject =>
  ({ apiVersion, kind, metadata: { name, namespace: 'shop', ...(annotations && { annotations }) }, ...rest }) as never;

const issuer = (...solvers: object[]) =>
  ({
    ...object('cert-manager.io/v1', 'ClusterIssuer', 'acme', { spec: { acme: { solvers } } }),
    metadata: { name: 'acme' },
  }) as ManifestObject;
const ASKS = { 'cert-manager.io/cluster-issuer': 'acme' };
const TLS = [{ hosts: ['a.example.com'], secretName: 'tls' }];
const NGINX = { 'nginx.ingress.kubernetes.io/ssl-redirect': 'true' };
const ingress = (annotations: object = ASKS, tls: object[] = TLS, ingressClassName = 'nginx') =>
  object('networking.k8s.io/v1', 'Ingress', 'shop', { spec: { ingressClassName, tls } }, { ...NGINX, ...annotations });
const gateway = (protocol = 'HTTP', annotations: object = ASKS) =>
  object(
    'gateway.networking.k8s.io/v1',
    'Gateway',
    'shop',
    {
      spec: {
        listeners: [
          { name: 'http', protocol, port: 80, hostname: '*.example.com' },
          { name: 'https', protocol: 'HTTPS', hostname: 'a.example.com', tls: { certificateRefs: [{ name: 'tls' }] } },
        ],
      },
    },
    annotations,
  );
const certificate = (dnsNames: string[], annotations: object = {}) =>
  object(
    'cert-manager.io/v1',
    'Certificate',
    'tls',
    { spec: { dnsNames, secretName: 'tls', issuerRef: { kind: 'ClusterIssuer', name: 'acme' } } },
    annotations,
  );
const route = (annotations: object = {}) =>
  object('traefik.io/v1alpha1', 'IngressRoute', 'shop', { spec: { tls: { secretName: 'tls' } } }, annotations);
const policy = (podSelector: object, ingress: object[], policyTypes = ['Ingress']) =>
  object('networking.k8s.io/v1', 'NetworkPolicy', 'deny', { spec: { podSelector, policyTypes, ingress } });

const byClass = (ingressClassName: string) => ({ http01: { ingress: { ingressClassName } } });
const byGateway = { http01: { gatewayHTTPRoute: {} } };
const byDns = { dns01: { route53: { region: 'eu-west-1' } } };
const judge = (...objects: ManifestObject[]) => findings(rule, objects);

describeRule(
  rule,
  [
    [issuer(byGateway), gateway()],
    [issuer(byClass('nginx')), ingress(), certificate(['a.example.com']), route()],
  ].map((objects) => objects.map((one) => stringify(one)).join('---\n')),
);

describe('the solver of a host', () => {
  const named = (name: string, selector?: object) => ({ name, selector, http01: {} });
  const pick = (host: string, labels: object, ...solvers: object[]) => solverFor(host, solvers, labels)?.name;

  // The order of cert-manager's solverpicker.
  test.each([
    ['the first of those that are alike', [named('a'), named('b')], 'a'],
    ['a zone before none', [named('a'), named('b', { dnsZones: ['example.com'] })], 'b'],
    [
      'the longer zone',
      [named('a', { dnsZones: ['example.com'] }), named('b', { dnsZones: ['x.org', 'eu.example.com'] })],
      'b',
    ],
    [
      'a name before a zone',
      [named('a', { dnsZones: ['www.eu.example.com'] }), named('b', { dnsNames: ['www.eu.example.com'] })],
      'b',
    ],
    ['more labels', [named('a', { matchLabels: { x: '1' } }), named('b', { matchLabels: { x: '1', y: '2' } })], 'b'],
    ['no labels that others have', [named('a', { matchLabels: { x: '2' } }), named('b')], 'b'],
    ['none of a part of a label', [named('a', { dnsZones: ['ple.com'] })], undefined],
    ['none of another zone', [named('a', { dnsZones: ['example.org'] })], undefined],
    ['none of another name', [named('a', { dnsNames: ['eu.example.com'] })], undefined],
    ['none that has no way', [{ name: 'a' }], undefined],
  ])('is %s', (_, solvers, expected) => {
    expect(pick('www.eu.example.com', { x: '1', y: '2' }, ...solvers)).toBe(expected);
  });

  test('is one of DNS-01 for a wildcard', () => {
    expect(pick('*.example.com', {}, named('a'), { name: 'b', ...byDns })).toBe('b');
    expect(judge(issuer(byClass('nginx')), ingress(ASKS, [{ hosts: ['*.example.com'], secretName: 'tls' }]))).toEqual([
      'Ingress shop/shop: spec.tls[0].hosts[0]: given *.example.com, expected a host for which ClusterIssuer acme has a solver (HTTP-01 for all hosts); add one, or use another issuer',
    ]);
  });
});

test('an Ingress is answered for by one of its class', () => {
  expect(judge(issuer(byClass('nginx')), ingress())).toEqual([]);
  expect(judge(issuer(byClass('traefik')), ingress())).toEqual([
    'Ingress shop/shop: spec.tls[0].hosts[0]: ClusterIssuer acme solves a.example.com by an Ingress of class "traefik", expected "nginx", which Ingress shop/shop has; correct the solver',
  ]);
  const own = { ...ASKS, 'acme.cert-manager.io/http01-ingress-ingressclassname': 'nginx' };
  expect(judge(issuer(byClass('traefik')), ingress(own))).toEqual([]);
  expect(judge(issuer(byGateway), ingress())).toHaveLength(1);
  expect(judge(issuer(byDns), ingress())).toEqual([]);
});

test('the challenge of a Gateway uses its own plain HTTP listener', () => {
  expect(judge(issuer(byGateway), gateway())).toEqual([]);
  expect(judge(issuer(byGateway), gateway('TLS'))).toEqual([
    'Gateway shop/shop: spec.listeners[1].hostname: ClusterIssuer acme solves a.example.com by Gateway shop/shop, expected a listener of it for plain HTTP, which the challenge uses; correct the solver',
  ]);
  expect(judge(issuer(byClass('nginx')), gateway())).toEqual([
    'Gateway shop/shop: spec.listeners[1].hostname: ClusterIssuer acme solves a.example.com by an Ingress, expected one by Gateway shop/shop (gatewayHTTPRoute); correct the solver',
  ]);
});

test('a Certificate is answered for where its Secret is served', () => {
  const asked = certificate(['a.example.com']);
  expect(judge(issuer(byClass('nginx')), asked)).toEqual([]);
  expect(judge(issuer(byClass('traefik')), asked, route())).toEqual([]);
  expect(judge(issuer(byClass('nginx')), asked, route({ 'kubernetes.io/ingress.class': 'public' }))).toHaveLength(1);
  const refused = (name: string) => [
    `Certificate shop/tls: spec.dnsNames[0]: ClusterIssuer acme solves a.example.com by an Ingress of class "${name}", expected that of Traefik, which serves IngressRoute shop/shop; correct the solver`,
  ];
  // The class of nginx is known by its name, by its controller, or by the annotations of another Ingress.
  expect(judge(issuer(byClass('nginx')), asked, route())).toEqual(refused('nginx'));
  const classOf = (controller: string) =>
    ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'web' },
      spec: { controller },
    }) as ManifestObject;
  expect(judge(issuer(byClass('web')), asked, route(), classOf('k8s.io/ingress-nginx'))).toEqual(refused('web'));
  expect(judge(issuer(byClass('web')), asked, route(), classOf('traefik.io/ingress-controller'))).toEqual([]);
  const nginx = ingress({ 'nginx.ingress.kubernetes.io/proxy-body-size': '1m' }, []);
  expect(
    judge(issuer(byClass('web')), asked, route(), { ...nginx, spec: { ...nginx.spec, ingressClassName: 'web' } }),
  ).toEqual(refused('web'));
  expect(judge(issuer(byGateway), asked, gateway('HTTP', {}))).toHaveLength(1);
  const parent = { http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'shop', namespace: 'shop' }] } } };
  expect(judge(issuer(parent), asked, gateway('HTTP', {}))).toEqual([]);
});

test('issuers that are not ACME, or not in the set, are accepted for all hosts', () => {
  expect(judge(ingress())).toEqual([]);
  const authority = { ...issuer(), spec: { ca: { secretName: 'ca' } } };
  const objects = [authority, ingress()];
  expect(judge(...objects)).toEqual([
    'ClusterIssuer acme: spec.ca.secretName: given "ca", expected the Secret of a Certificate; create it, correct the name, or declare it as a prerequisite',
  ]);
  const given = [{ kind: 'Secret', namespace: 'cert-manager', name: 'ca' }];
  expect(rule.judge(new ClusterIndex(objects, given))).toEqual([]);
});

describe('the pods that answer', () => {
  const all = {};
  const solvers = { matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' } };
  const open = (port: object) => [{ ports: [port] }];

  test.each([
    ['by their port', policy(solvers, open({ port: 8089 }))],
    ['by a range', policy(solvers, open({ protocol: 'TCP', port: 8000, endPort: 9000 }))],
    ['by their port’s name', policy(all, open({ port: 'http' }))],
    ['by a rule without ports', policy(all, [{}])],
    ['where nothing is said of what comes in', policy(all, [], ['Egress'])],
    ['where it is said of others', policy({ matchLabels: { app: 'shop' } }, [])],
  ])('are reached %s', (_, opened) => {
    expect(judge(issuer(byClass('nginx')), ingress(), opened)).toEqual([]);
  });

  test.each([
    ['nothing is opened', policy(all, [])],
    ['another port is', policy(solvers, open({ port: 80 }))],
    ['it is opened for UDP', policy(solvers, open({ protocol: 'UDP', port: 8089 }))],
  ])('are not reached where %s', (_, closed) => {
    expect(judge(issuer(byClass('nginx')), ingress(), closed)).toEqual([
      'Ingress shop/shop: spec.tls[0].hosts[0]: ClusterIssuer acme solves a.example.com by pods in namespace shop, which NetworkPolicy shop/deny isolates; allow the edge on port 8089',
    ]);
    expect(judge(issuer(byDns), ingress(), closed)).toEqual([]);
  });
});

const tlsIngress = (name: string, host: string, secret: string, more = '') => `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name}, namespace: shop, annotations: { cert-manager.io/cluster-issuer: ca${more} } }
spec:
  tls: [{ hosts: [${host}], secretName: ${secret} }]
`;
const of = (pattern: RegExp, text: string) => findings(rule, parse(text)).filter((one) => pattern.test(one));

test('each host has a Secret of its own', () => {
  const one = tlsIngress('one', 'one.example.com', 'tls');
  expect(of(/requests for/, one + tlsIngress('two', 'two.example.com', 'tls'))).toEqual([
    expect.stringContaining(
      'Ingress shop/two: spec.tls[0].hosts[0]: given Secret tls for two.example.com, which Ingress shop/one requests for one.example.com',
    ),
  ]);
  expect(of(/requests for/, one + tlsIngress('two', 'two.example.com', 'two'))).toEqual([]);
  expect(of(/requests for/, one + tlsIngress('again', 'one.example.com', 'tls'))).toEqual([]);
});

test('hosts with a certificate are not served without TLS', () => {
  const redirect = (value: string) => `, nginx.ingress.kubernetes.io/ssl-redirect: "${value}"`;
  expect(of(/without TLS/, tlsIngress('one', 'one.example.com', 'tls', redirect('false')))).toHaveLength(1);
  expect(of(/without TLS/, tlsIngress('one', 'one.example.com', 'tls', redirect('true')))).toEqual([]);
  const middleware = (scheme: string) =>
    `apiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: { name: m, namespace: shop }\nspec: { redirectScheme: { scheme: ${scheme} } }\n`;
  expect(of(/away from TLS/, middleware('http'))).toHaveLength(1);
  expect(of(/away from TLS/, middleware('https'))).toEqual([]);
});
