import { registry } from '../../../charts';
import { differenceOf } from '../../../lib/diff/difference';
import { type Any, find } from '../../support';
import { built, messageOf, objectsOf } from './application';

const EDGES = {
  ingress: '{ kind: ingress, issuer: letsencrypt }',
  traefik: '{ kind: traefik, issuer: letsencrypt }',
  envoy: '{ kind: gateway, implementation: envoy, issuer: letsencrypt }',
  'traefik by the Gateway API': '{ kind: gateway, implementation: traefik, issuer: letsencrypt }',
};

const shop = (edge: string, hosts: string) => ({
  'prod/shop.yaml': `pattern: microservices
hosts: { ${hosts} }
services: { api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, health: /health, exposed: / } }
edge: ${edge}
`,
});
const WWW = 'www: { host: www.example.com, redirectTo: app }, app: { host: example.com, stream: 1h }';

test.each(Object.entries(EDGES))('a host that redirects is served, and a route needs no host, on %s', (_, edge) => {
  expect(objectsOf(shop(edge, WWW)).length).toBeGreaterThan(0);
});

test('ingress-nginx has both hosts in one certificate', () => {
  const { metadata, spec } = find(objectsOf(shop(EDGES.ingress, WWW)), 'Ingress', 'shop-app');
  expect(metadata.annotations?.['nginx.ingress.kubernetes.io/from-to-www-redirect']).toBe('true');
  expect(spec.tls).toEqual([{ hosts: ['example.com', 'www.example.com'], secretName: 'shop-app-tls' }]);
  expect(spec.rules.map(({ host }: Any) => host)).toEqual(['example.com']);
});

test('Traefik redirects at both entry points, with a certificate of the host', () => {
  const objects = objectsOf(shop(EDGES.traefik, `${WWW}, old: { host: old.example.com, redirectTo: app }`));
  expect(find(objects, 'Middleware', 'shop-app-to').spec.redirectRegex).toEqual({
    regex: '^https?://[^/]+(/.*)?$',
    replacement: `https://example.com\${1}`,
    permanent: true,
  });
  for (const [name, host] of [
    ['www', 'www.example.com'],
    ['old', 'old.example.com'],
  ] as const) {
    for (const object of [`shop-${name}`, `shop-${name}-redirect`])
      expect(find(objects, 'IngressRoute', object).spec.routes).toEqual([
        {
          kind: 'Rule',
          match: `Host(\`${host}\`)`,
          middlewares: [{ name: 'shop-app-to' }],
          services: [{ kind: 'TraefikService', name: 'noop@internal' }],
        },
      ]);
    expect(find(objects, 'Certificate', `shop-${name}-tls`).spec.dnsNames).toEqual([host]);
  }
});

test('a Gateway redirects at both listeners of the host', () => {
  const objects = objectsOf(shop(EDGES.envoy, WWW));
  const { spec } = find(objects, 'HTTPRoute', 'shop-www');
  expect(spec.hostnames).toEqual(['www.example.com']);
  expect(spec.parentRefs.map(({ sectionName }: Any) => sectionName)).toEqual(['http-shop-www', 'https-shop-www']);
  expect(spec.rules).toEqual([
    {
      filters: [
        {
          type: 'RequestRedirect',
          requestRedirect: { scheme: 'https', hostname: 'example.com', port: 443, statusCode: 301 },
        },
      ],
    },
  ]);
  const listeners = find(objects, 'Gateway', 'shop').spec.listeners.map(({ name }: Any) => name);
  expect(listeners).toEqual(['http-shop-app', 'https-shop-app', 'http-shop-www', 'https-shop-www']);
});

test('without TLS the redirect is to http', () => {
  const dev = (edge: string) => ({ 'dev/shop.yaml': Object.values(shop(edge, WWW))[0] as string });
  const traefik = objectsOf(dev('{ kind: traefik }'), 'dev');
  expect(find(traefik, 'Middleware', 'shop-app-to').spec.redirectRegex.replacement).toBe(`http://example.com\${1}`);
  const gateway = objectsOf(dev('{ kind: gateway, implementation: envoy }'), 'dev');
  expect(find(gateway, 'HTTPRoute', 'shop-www').spec.rules[0].filters[0].requestRedirect).toMatchObject({
    scheme: 'http',
    port: 80,
  });
});

test('nobody is told that such a host is exposed by no service', () => {
  expect((built(shop(EDGES.traefik, WWW)).built.model as Any).notices).toEqual([]);
});

test.each([EDGES.ingress, EDGES.traefik, EDGES.envoy])('that it redirects no more is told, on %s', (edge) => {
  const [was, now] = [WWW, 'app: { host: example.com, stream: 1h }'].map((hosts) => objectsOf(shop(edge, hosts)));
  const marks = differenceOf(was as Any, now as Any, [], registry.marks).flatMap((change) => change.marks);
  expect(marks.filter(({ risk }) => risk === 'hostRemoved').map(({ message }) => message)).toEqual([
    'www.example.com is no longer served',
  ]);
});

test.each([
  [
    'an unknown host',
    'app: example.com, www: { host: www.example.com, redirectTo: ap }',
    'hosts.www.redirectTo: given "ap", expected app; did you mean app?',
  ],
  [
    'a host that redirects',
    'app: example.com, www: { host: www.example.com, redirectTo: app }, old: { host: old.example.com, redirectTo: www }',
    'hosts.old.redirectTo: given "www", expected app',
  ],
  [
    'a host without routes',
    'app: example.com, api: api.example.com, www: { host: www.example.com, redirectTo: api }',
    'hosts.www.redirectTo: given api, at which no service is exposed, expected a host with routes',
  ],
  [
    'limits of what it does not serve',
    'app: example.com, www: { host: www.example.com, redirectTo: app, stream: 1h }',
    'hosts.www.stream: given stream beside redirectTo, expected it at hosts.app',
  ],
  [
    'another host than that with www, on ingress-nginx',
    'app: example.com, old: { host: old.example.com, redirectTo: app }',
    'hosts.old.redirectTo: given a redirect of old.example.com, expected www.example.com, or edge.kind traefik or gateway: ingress-nginx keeps the path of no other one',
  ],
])('a redirect to %s is refused', (_, hosts, message) => {
  const file = Object.values(shop(EDGES.ingress, hosts))[0] as string;
  const text = file.replace('exposed: /', 'exposed: { host: app, path: / }');
  expect(messageOf({ 'prod/shop.yaml': text })).toContain(message);
});

test('routes of a host that redirects are refused', () => {
  const file = Object.values(shop(EDGES.traefik, WWW))[0] as string;
  const text = file.replace('exposed: /', 'exposed: { host: www, path: / }');
  expect(messageOf({ 'prod/shop.yaml': text })).toContain(
    'services.api.exposed: given the host "www", which redirects to app, expected host: app',
  );
});
