import type { Any } from '../../../support';
import { deployment, service, told } from '../right';

const GROUP = 'gateway.networking.k8s.io';
const gatewayApi = (kind: string, namespace: string, spec: object, version = 'v1'): Any => ({
  apiVersion: `${GROUP}/${version}`,
  kind,
  metadata: { name: kind.toLowerCase(), namespace },
  spec,
});
const space = (name: string, labels: object = {}): Any => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const ALL = { allowedRoutes: { namespaces: { from: 'All' } } };
const selecting = (selector: object) => ({ allowedRoutes: { namespaces: { from: 'Selector', selector } } });
const gateway = (...listeners: object[]) =>
  gatewayApi('Gateway', 'edge', {
    gatewayClassName: 'c',
    listeners: listeners.map((one, index) => ({ name: `l${index}`, port: 80 + index, protocol: 'HTTP', ...one })),
  });
const route = (kind: string, spec: object = {}, namespace = 'default') =>
  gatewayApi(kind, namespace, {
    parentRefs: [{ name: 'gateway', namespace: 'edge' }],
    rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
    ...spec,
  });
const parent = (more: object) => ({ parentRefs: [{ name: 'gateway', namespace: 'edge', ...more }] });
const WEB = [space('edge'), space('default', { team: 'shop' }), deployment('web'), service('web')];
const GIVEN = [{ kind: 'GatewayClass', name: 'c' }];
const found = (...objects: Any[]) =>
  told([...WEB, ...objects], GIVEN).filter((line) => /pitfalls|references/.test(line));

const TLS = { protocol: 'TLS', tls: { mode: 'Passthrough' } };
const PROTOCOLS: readonly [string, object][] = [
  ['HTTPRoute', {}],
  ['GRPCRoute', {}],
  ['TLSRoute', TLS],
  ['TCPRoute', { protocol: 'TCP' }],
  ['UDPRoute', { protocol: 'UDP' }],
];
const NAME = 'kubernetes.io/metadata.name';

test.each(PROTOCOLS)('a %s is taken from the namespaces that a listener admits', (kind, listener) => {
  const own = (line: string) =>
    line.startsWith('broken: pitfalls: ') && line.includes(`take no ${kind} of namespace default`);
  const takes = (allowed: object) => found(gateway({ ...listener, ...allowed }), route(kind)).filter(own);
  expect(takes({})).toHaveLength(1);
  expect(takes(ALL)).toEqual([]);
  expect(takes(selecting({ matchLabels: { team: 'other' } }))).toHaveLength(1);
  expect(takes(selecting({ matchLabels: { team: 'shop' } }))).toEqual([]);
  expect(takes(selecting({ matchExpressions: [{ key: NAME, operator: 'In', values: ['a', 'b'] }] }))).toHaveLength(1);
  expect(takes(selecting({ matchExpressions: [{ key: NAME, operator: 'In', values: ['a', 'default'] }] }))).toEqual([]);
  expect(takes({ allowedRoutes: { namespaces: { from: 'All' }, kinds: [{ kind: 'Other' }] } })).toHaveLength(1);
});

test('what labels a namespace has that is not here is not known', () => {
  const objects = [
    deployment('web'),
    service('web'),
    gateway(selecting({ matchLabels: { team: 'other' } })),
    route('HTTPRoute'),
  ];
  const lines = (given: Any[]) => told(objects, [...GIVEN, ...given]).filter((line) => line.includes('take no'));
  expect(lines([])).toEqual([]);
  expect(lines([{ kind: 'Namespace', name: 'default', labels: { team: 'shop' } }])).toHaveLength(1);
});

test('the listener that a route names counts', () => {
  const two = gateway(ALL, {});
  expect(found(two, route('HTTPRoute', parent({ sectionName: 'l0' })))).toEqual([]);
  expect(found(two, route('HTTPRoute', parent({ sectionName: 'l1' })))).toEqual([
    expect.stringContaining('take no HTTPRoute'),
  ]);
  expect(found(two, route('HTTPRoute', parent({ port: 80 })))).toEqual([]);
  expect(found(two, route('HTTPRoute', parent({ port: 443 })))).toEqual([
    expect.stringMatching(
      /^broken: .*parentRefs\[0\]\.port: given 443, expected a port of a listener of Gateway edge\/gateway: 80, 81$/,
    ),
  ]);
});

test.each([
  ['HTTPRoute', 'TCP', 'HTTP or HTTPS'],
  ['GRPCRoute', 'UDP', 'HTTP or HTTPS'],
  ['TLSRoute', 'HTTP', 'TLS'],
  ['TCPRoute', 'HTTPS', 'TCP or TLS'],
  ['UDPRoute', 'TCP', 'UDP'],
])('a %s needs a listener of its protocol, and %s is none', (kind, protocol, expected) => {
  expect(found(gateway({ protocol, ...ALL }), route(kind))).toContainEqual(
    expect.stringContaining(`whose listeners take no ${kind}, expected one with the protocol ${expected}`),
  );
  expect(found(gateway({ protocol: 'example.com/own', ...ALL }), route(kind))).toEqual([]);
});

test.each<[string, string, string[], boolean]>([
  ['GRPCRoute', '*.example.org', ['a.example.com'], false],
  ['TLSRoute', 'a.example.com', ['b.example.com'], false],
  ['HTTPRoute', '*.example.com', ['example.com'], false],
  ['HTTPRoute', '*.example.com', ['a.b.example.com'], true],
  ['HTTPRoute', '*.example.com', ['*.b.example.com'], true],
  ['HTTPRoute', 'a.example.com', ['b.example.com', '*.example.com'], true],
])('the hosts of a %s and a listener for %s: %j', (kind, hostname, hostnames, isServed) => {
  const listener = { ...(kind === 'TLSRoute' ? TLS : {}), ...ALL, hostname };
  const lines = found(gateway(listener), route(kind, { hostnames })).filter((line) => line.includes('spec.hostnames'));
  expect(lines).toHaveLength(isServed ? 0 : 1);
});

const grant = (changes: { from?: object; to?: object; namespace?: string } = {}): Any => ({
  ...gatewayApi('ReferenceGrant', changes.namespace ?? 'default', {
    from: [{ group: GROUP, kind: 'HTTPRoute', namespace: 'edge', ...changes.from }],
    to: [{ group: '', kind: 'Service', ...changes.to }],
  }),
  apiVersion: `${GROUP}/v1beta1`,
});
const other = { backendRefs: [{ name: 'web', namespace: 'default', port: 80 }] };
const OWN = { parentRefs: [{ name: 'gateway' }] };

test.each(PROTOCOLS)('a %s needs a grant for a Service of another namespace', (kind, listener) => {
  const lines = (...grants: Any[]) =>
    found(gateway({ ...listener, ...ALL }), route(kind, { ...OWN, rules: [other] }, 'edge'), ...grants).filter((line) =>
      line.includes('ReferenceGrant'),
    );
  expect(lines()).toEqual([expect.stringMatching(/^broken: .*backendRefs\[0\]\.namespace: given "default"/)]);
  expect(lines(grant({ from: { kind } }))).toEqual([]);
});

test.each<[string, Parameters<typeof grant>[0]]>([
  ['of another kind', { from: { kind: 'GRPCRoute' } }],
  ['of another group', { from: { group: '' } }],
  ['of another namespace', { from: { namespace: 'other' } }],
  ['for Secrets', { to: { kind: 'Secret' } }],
  ['for another Service', { to: { name: 'api' } }],
  ['in the wrong namespace', { namespace: 'edge' }],
])('a grant %s is none', (_, changes) => {
  const lines = found(gateway(ALL), route('HTTPRoute', { ...OWN, rules: [other] }, 'edge'), grant(changes));
  expect(lines).toEqual([expect.stringContaining('ReferenceGrant')]);
});

test('a copy of requests needs its Service, and a grant', () => {
  const mirror = (backendRef: object) => ({
    rules: [
      { filters: [{ type: 'RequestMirror', requestMirror: { backendRef } }], backendRefs: [{ name: 'web', port: 80 }] },
    ],
  });
  const lines = (backendRef: object) => found(gateway(ALL), route('HTTPRoute', mirror(backendRef)));
  expect(lines({ name: 'web', port: 80 })).toEqual([]);
  expect(lines({ name: 'nope', port: 80 })).toEqual([
    expect.stringMatching(/filters\[0\]\.requestMirror\.backendRef\.name: given "nope"/),
  ]);
  expect(lines({ name: 'web', namespace: 'edge', port: 80 })).toContainEqual(expect.stringContaining('ReferenceGrant'));
});

test('a certificate of another namespace needs a grant for Secrets', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'cert', namespace: 'default' },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': 'LS0t', 'tls.key': 'LS0t' },
  };
  const listener = { protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert', namespace: 'default' }] }, ...ALL };
  const lines = (...grants: Any[]) =>
    found(gateway(listener), secret, ...grants).filter((line) => line.includes('Grant'));
  expect(lines()).toEqual([expect.stringMatching(/certificateRefs\[0\]\.namespace: given "default".*to name Secrets/)]);
  expect(lines(grant({ from: { kind: 'Gateway' } }))).toHaveLength(1);
  expect(lines(grant({ from: { kind: 'Gateway' }, to: { kind: 'Secret' } }))).toEqual([]);
});
