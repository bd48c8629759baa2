import { Edge } from '../../../lib/constructs/edge/edge';
import type { Component } from '../../../lib/model/component';
import type { EdgeProps } from '../../../lib/model/edge';
import type { Ports } from '../../../lib/model/port';
import type { Route, Site } from '../../../lib/model/site';
import { Duration, Size } from '../../../lib/model/units';
import { sample, synthesize } from '../../construct';
import { type Any, find } from '../../support';

const open: Site = {
  name: 'shop-ingress',
  host: 'shop.example.com',
  certificate: 'shop-tls',
  audience: 'everyone',
  body: Size.mebibytes(10),
  stream: Duration.hours(1),
};
const closed: Site = {
  ...open,
  name: 'office-ingress',
  host: 'office.example.com',
  certificate: 'office-tls',
  audience: ['203.0.113.0/24', '2001:db8::/32'],
};
const { stream: _, ...quiet } = closed;

const NGINX = 'nginx.ingress.kubernetes.io/';
const controller = { namespace: 'edge', labels: {} };
const ingresses = (components: Component[], issuer?: string) =>
  synthesize((chart) => {
    const edge = { kind: 'ingress' as const, class: 'nginx', issuer, controller };
    new Edge(chart, 'edge', { name: 'shop', components, edge });
  });

test('a site is an Ingress with a certificate of its own', () => {
  const objects = ingresses(
    [sample({ exposed: [{ site: open, path: '/' }] }), sample({ name: 'ui', exposed: [{ site: quiet, path: '/' }] })],
    'acme',
  );
  expect(objects.map(({ metadata }) => metadata.name)).toEqual(['shop-ingress', 'office-ingress']);
  expect(find(objects, 'Ingress', 'shop-ingress').spec).toEqual({
    ingressClassName: 'nginx',
    tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
    rules: [
      {
        host: 'shop.example.com',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'api-svc', port: { number: 80 } } } }],
        },
      },
    ],
  });
});

test('a stream of an hour is neither buffered nor cut', () => {
  const [ingress] = ingresses([sample({ exposed: [{ site: open, path: '/' }] })], 'acme');
  expect(ingress?.metadata.annotations).toEqual({
    'argocd.argoproj.io/sync-wave': '1',
    'cert-manager.io/cluster-issuer': 'acme',
    'nginx.ingress.kubernetes.io/ssl-redirect': 'true',
    'nginx.ingress.kubernetes.io/proxy-body-size': '10m',
    'nginx.ingress.kubernetes.io/proxy-request-buffering': 'on',
    'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
    'nginx.ingress.kubernetes.io/proxy-http-version': '1.1',
    'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
    'nginx.ingress.kubernetes.io/proxy-send-timeout': '3600',
  });
});

test('an audience is an allowlist, and without an issuer there is no TLS to redirect to', () => {
  const [ingress] = ingresses([sample({ exposed: [{ site: quiet, path: '/' }] })]);
  expect(ingress?.metadata.annotations).toEqual({
    'argocd.argoproj.io/sync-wave': '1',
    'nginx.ingress.kubernetes.io/ssl-redirect': 'false',
    'nginx.ingress.kubernetes.io/proxy-body-size': '10m',
    'nginx.ingress.kubernetes.io/proxy-request-buffering': 'on',
    'nginx.ingress.kubernetes.io/whitelist-source-range': '203.0.113.0/24,2001:db8::/32',
  });
  expect(ingress?.spec).not.toHaveProperty('tls');
});

test('longer paths come first, in any order of components', () => {
  const paths = [
    sample({ exposed: [{ site: open, path: '/' }] }),
    sample({ name: 'ui', exposed: [{ site: open, path: '/api' }] }),
  ];
  for (const components of [paths, [...paths].reverse()]) {
    const { rules } = find(ingresses(components), 'Ingress').spec;
    expect(rules[0].http.paths.map(({ path }: { path: string }) => path)).toEqual(['/api', '/']);
  }
});

const KINDS: readonly (readonly [string, EdgeProps])[] = [
  ['ingress', { kind: 'ingress', class: 'nginx', controller }],
  ['traefik', { kind: 'traefik', entryPoints: { http: 'web', https: 'websecure' }, controller }],
  [
    'gateway on Traefik',
    {
      kind: 'gateway',
      implementation: 'traefik',
      class: 'traefik',
      ports: { http: 8000, https: 8443 },
      controller,
    },
  ],
  [
    'gateway on Envoy Gateway',
    { kind: 'gateway', implementation: 'envoy', class: 'eg', ports: { http: 80, https: 443 }, controller },
  ],
];

const full: Site = {
  ...closed,
  name: 'shop',
  rateLimit: { average: 20, burst: 50 },
  securityHeaders: true,
};

const offered = (props: EdgeProps, routes: readonly Route[], issuer: string | undefined = 'acme') =>
  synthesize((chart) => {
    const components = routes.map((route, index) =>
      sample({ name: `c${index}`, service: `c${index}-svc`, exposed: [route] }),
    );
    new Edge(chart, 'edge', { name: 'shop', components, edge: { ...props, issuer } });
  });

const three: readonly Route[] = [
  { site: full, path: '/' },
  { site: full, path: '/api' },
  { site: full, path: '/ai', strip: true },
];

describe.each(KINDS)('%s', (_, props) => {
  test('matches the snapshot for a site with all fields', () => {
    expect(offered(props, three)).toMatchSnapshot();
  });

  test('matches the snapshot for a minimal site', () => {
    const { stream: _stream, ...least } = open;
    expect(offered(props, [{ site: least, path: '/' }], undefined)).toMatchSnapshot();
  });

  test('a component in another namespace is refused', () => {
    const components = [
      sample({ exposed: [{ site: open, path: '/' }] }),
      sample({ name: 'ui', namespace: 'other', exposed: [{ site: open, path: '/ui' }] }),
    ];
    const build = () => synthesize((chart) => new Edge(chart, 'edge', { name: 'shop', components, edge: props }));
    expect(build).toThrow('site shop-ingress has components in namespaces shop-test and other, expected one');
  });

  test('a path can have another port than the main one, if it is in the Service', () => {
    const ports = {
      http: 3000,
      admin: 3001,
      rpc: { port: 9000, protocol: 'grpc' },
      sql: { port: 5432, protocol: 'tcp' },
      debug: { port: 9229, service: 'none' },
    };
    const at = (port: string) => () => {
      const components = [sample({ ports: ports as Ports, exposed: [{ site: open, path: '/x', port }] })];
      return synthesize((chart) => new Edge(chart, 'edge', { name: 'shop', components, edge: props }));
    };
    expect(JSON.stringify(at('admin')())).toContain('3001');
    if (props.kind === 'gateway') expect(JSON.stringify(at('rpc')())).toContain('9000');
    else expect(at('rpc')).toThrow(`${open.host}/x exposes a gRPC port, expected an edge of the kind gateway`);
    for (const port of ['sql', 'debug'])
      expect(at(port)).toThrow(`${open.host}/x exposes api, expected an HTTP or gRPC port in its Service`);
  });
});

const { securityHeaders: _headers, rateLimit: _rate, ...plain } = { ...full, ...open, name: 'shop' };
const audiences: readonly Route[] = [
  { site: plain, path: '/' },
  { site: plain, path: '/api' },
  { site: plain, path: '/api/internal', audience: 'nobody' },
  { site: plain, path: '/admin', audience: ['203.0.113.0/24'] },
];

describe.each(KINDS)('%s, with routes of different audiences,', (kind, props) => {
  const objects = offered(props, audiences);

  test('matches the snapshot for each audience', () => {
    const own = objects.filter(({ metadata }) => /^shop-at-/.test(metadata.name));
    expect(own).toMatchSnapshot();
  });

  test('does not change routes without an audience of their own', () => {
    const others = offered(
      props,
      audiences.filter(({ audience }) => audience === undefined),
    );
    expect(objects.filter(({ metadata }) => !/^shop-at-/.test(metadata.name))).toEqual(others);
  });

  test('makes the objects that a host has once with its first routes', () => {
    const once = (all: Any[]) => {
      const asks = all.filter(({ metadata }) => metadata.annotations?.['cert-manager.io/cluster-issuer'] !== undefined);
      const certificates = all.filter((object) => object.kind === 'Certificate');
      const redirects = all.filter(
        ({ metadata }) => /-redirect$/.test(metadata.name) && metadata.name === 'shop-redirect',
      );
      return [asks.length + certificates.length, redirects.filter((object) => object.kind !== 'Middleware').length];
    };
    const redirects = kind === 'ingress' ? 0 : 1;
    expect(once(objects)).toEqual([1, redirects]);
    expect(once(offered(props, audiences.slice(2)))).toEqual([1, redirects]);
  });

  test('refuses an empty list, which edges treat like no allowlist', () => {
    const empty = [{ site: plain, path: '/admin', audience: [] }];
    expect(() => offered(props, empty)).toThrow(
      "shop.example.com/admin has an empty list of addresses as its audience, expected some, or 'nobody'",
    );
  });

  test('ignores an audience that equals that of the site', () => {
    expect(offered(props, [{ site: plain, path: '/', audience: 'everyone' }])).toEqual(
      offered(props, [{ site: plain, path: '/' }]),
    );
  });
});

test.each([
  ['/api/internal', '/api/internal/x', '/api/internals'],
  ['/', '/x', undefined],
])('with Traefik, the audience nobody at %s applies to whole segments', (path, below, beside) => {
  const objects = offered(KINDS[1]?.[1] as EdgeProps, [{ site: plain, path, audience: 'nobody' }]);
  const [{ match, services }] = find(objects, 'IngressRoute', `shop-at-${path === '/' ? 'root' : 'api-internal'}`).spec
    .routes;
  const [exact] = /(?<=\(Path\(`)[^`]+/.exec(match) ?? [];
  const [prefix] = /(?<=PathPrefix\(`)[^`]+/.exec(match) ?? [];
  const fits = (asked: string) => asked === exact || asked.startsWith(prefix as string);
  expect([path, below, ...(beside === undefined ? [] : [beside])].map(fits)).toEqual([
    true,
    true,
    ...(beside === undefined ? [] : [false]),
  ]);
  // It has no backend, so it stays closed without its allowlist.
  expect(services).toEqual([{ kind: 'TraefikService', name: 'noop@internal' }]);
});

test('with Traefik, a path with another audience than a shorter one has a fallback rule without a backend', () => {
  const named = /"name":"shop-at-[^"]*-allowlist"/;
  const left = (rules: Any[]) =>
    rules.filter((rule) => !named.test(JSON.stringify(rule)) && !rule.match?.startsWith('PathRegexp'));
  for (const name of ['shop-at-api-internal', 'shop-at-admin']) {
    const routes = find(offered(KINDS[1]?.[1] as EdgeProps, audiences), 'IngressRoute', name).spec.routes;
    expect(left(routes).map(({ services }) => services)).toEqual([[{ kind: 'TraefikService', name: 'noop@internal' }]]);
    const priorities = routes.map(({ priority }: Any) => priority);
    expect(Math.min(...priorities)).toBe(left(routes)[0].priority);
    // Traefik treats rules with the same text as one.
    expect(new Set(routes.map(({ match }: Any) => match)).size).toBe(routes.length);
    const { rules } = find(offered(KINDS[2]?.[1] as EdgeProps, audiences), 'HTTPRoute', name).spec;
    expect(left(rules)).toEqual([rules.at(-1)]);
    expect(rules.at(-1)).not.toHaveProperty('backendRefs');
  }
});

test.each([
  ['/api/internal', true],
  ['/api/Internal/notes', true],
  ['/API/INTERNAL', true],
  ['/api/internal%2Fnotes', true],
  ['/api%2finternal/notes', true],
  ['/api//internal/notes', true],
  ['/api/internals', false],
  ['/api', false],
  ['/other/api/internal', false],
])('with Traefik, %s is the path /api/internal for nobody: %s', (path, expected) => {
  const { routes } = find(offered(KINDS[1]?.[1] as EdgeProps, audiences), 'IngressRoute', 'shop-at-api-internal').spec;
  const rule = routes.find(({ match }: Any) => match.startsWith('PathRegexp'));
  expect(rule.services).toEqual([{ kind: 'TraefikService', name: 'noop@internal' }]);
  const [, pattern = ''] = /^PathRegexp\(`\(\?i\)([^`]+)`\) && Host\(`shop\.example\.com`\)$/.exec(rule.match) ?? [];
  expect(new RegExp(pattern, 'i').test(path)).toBe(expected);
});

test('below a stripped prefix, a longer path has a longer expression', () => {
  const objects = offered(KINDS[0]?.[1] as EdgeProps, [
    { site: plain, path: '/ai', strip: true },
    { site: plain, path: '/ai/v1', audience: 'nobody' },
  ]);
  const paths = objects.flatMap(({ spec }: Any) => spec.rules[0].http.paths.map(({ path }: Any) => path));
  const [longest] = [...paths].sort((a, b) => b.length - a.length);
  expect(longest).toBe('/ai/v1(/|$)(.*)');
  expect(new RegExp(`^${longest}`).test('/ai/v1x')).toBe(false);
});

test('a Gateway serves the sites of one namespace', () => {
  const components = [
    sample({ exposed: [{ site: open, path: '/' }] }),
    sample({ name: 'ui', namespace: 'other', exposed: [{ site: closed, path: '/' }] }),
  ];
  const [, [, edge]] = KINDS.slice(2) as Any;
  expect(() => synthesize((chart) => new Edge(chart, 'edge', { name: 'shop', components, edge }))).toThrow(
    'sites are in namespaces shop-test and other, expected one for the Gateway',
  );
});

describe('WebSockets pass', () => {
  const gets = ({ match }: Any) => match.includes('Method(`GET`) && !HeaderRegexp(`Content-Length`, `.`)');

  test('with Traefik: they bypass the buffer', () => {
    const { routes } = find(offered(KINDS[1]?.[1] as EdgeProps, three), 'IngressRoute', 'shop').spec;
    const names = (route: Any) => route.middlewares.map(({ name }: Any) => name);
    expect(routes.filter(gets)).toHaveLength(3);
    for (const route of routes.filter(gets)) expect(names(route)).not.toContain('shop-body');
    for (const route of routes.filter((one: Any) => !gets(one))) expect(names(route)).toContain('shop-body');
  });

  test('with Envoy: by rules without a buffer', () => {
    const objects = offered(KINDS[3]?.[1] as EdgeProps, three);
    const { rules } = find(objects, 'HTTPRoute', 'shop').spec;
    const upgrades = rules.filter(({ name }: Any) => name.startsWith('upgrade'));
    const { spec } = find(objects, 'BackendTrafficPolicy', 'shop-upgrade');
    expect(spec.targetRefs.map(({ sectionName }: Any) => sectionName)).toEqual(upgrades.map(({ name }: Any) => name));
    expect(spec).not.toHaveProperty('requestBuffer');
    expect(find(objects, 'BackendTrafficPolicy', 'shop').spec.requestBuffer).toEqual({ limit: '10Mi' });
  });
});

describe('a route that wants the replica with the fewest requests', () => {
  const balanced = (kind: number) =>
    offered(KINDS[kind]?.[1] as EdgeProps, [
      { site: full, path: '/' },
      { site: full, path: '/api', balance: 'least-requests' },
      { site: full, path: '/ai', strip: true },
    ]);

  test('has the nearest annotation of ingress-nginx, on its own Ingress', () => {
    const found = balanced(0).filter(({ metadata }) => metadata.annotations?.[`${NGINX}load-balance`] === 'ewma');
    expect(found.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([['Ingress', 'shop']]);
  });

  test('has a strategy in Traefik, as the only one', () => {
    const { routes } = find(balanced(1), 'IngressRoute', 'shop').spec;
    expect(routes.map(({ services: [{ name, strategy }] }: Any) => `${name} ${strategy}`)).toEqual([
      ...Array(2).fill('c1-svc p2c'),
      ...Array(2).fill('c2-svc undefined'),
      ...Array(2).fill('c0-svc undefined'),
    ]);
  });

  test('has no field in the Gateway API on Traefik', () => {
    expect(balanced(2)).toEqual(offered(KINDS[2]?.[1] as EdgeProps, three));
  });

  test('has it in both policies of Envoy Gateway, with all routes of its site', () => {
    const objects = balanced(3);
    for (const name of ['shop', 'shop-upgrade'])
      expect(find(objects, 'BackendTrafficPolicy', name).spec.loadBalancer).toEqual({ type: 'LeastRequest' });
    const others = offered(KINDS[3]?.[1] as EdgeProps, three);
    expect(find(others, 'BackendTrafficPolicy', 'shop').spec).not.toHaveProperty('loadBalancer');
  });
});

test.each(KINDS.slice(2))(
  "%s: cert-manager's challenge is reachable by plain HTTP, in spite of the redirect",
  (_, props) => {
    const objects = offered(props, three);
    const { metadata, spec } = find(objects, 'Gateway', 'shop');
    expect(metadata.annotations).toMatchObject({ 'cert-manager.io/cluster-issuer': 'acme' });
    // Without allowedRoutes, routes of the same namespace are allowed, where cert-manager makes its own.
    for (const listener of spec.listeners) expect(listener).not.toHaveProperty('allowedRoutes');
    expect(spec.listeners.map(({ protocol, hostname }: Any) => `${protocol} ${hostname}`)).toEqual([
      `HTTP ${full.host}`,
      `HTTPS ${full.host}`,
    ]);
    // The least specific match, so that the exact path of a challenge comes first.
    const { rules, parentRefs } = find(objects, 'HTTPRoute', 'shop-redirect').spec;
    expect(parentRefs).toEqual([{ name: 'shop', sectionName: 'http-shop' }]);
    expect(rules.map(({ matches }: Any) => matches)).toEqual([undefined]);
  },
);

test('with Envoy an upgrade must be a GET, since a body would bypass the limit otherwise', () => {
  const { rules } = find(offered(KINDS[3]?.[1] as EdgeProps, three), 'HTTPRoute', 'shop').spec;
  const upgrades = rules.filter(({ name }: Any) => name.startsWith('upgrade'));
  expect(upgrades).toHaveLength(3);
  for (const { matches } of upgrades) expect(matches).toEqual([expect.objectContaining({ method: 'GET' })]);
});

test.each([
  [10, '^[0-9]{1,7}$'], // 10485760
  [1, '^[0-9]{1,6}$'], // 1048576
])('a Content-Length with fewer digits than %s MiB is below the limit', (mebibytes, small) => {
  const site = { ...open, body: Size.mebibytes(mebibytes) };
  const { routes } = find(offered(KINDS[1]?.[1] as EdgeProps, [{ site, path: '/' }]), 'IngressRoute', open.name).spec;
  expect(routes[0].match).toContain(small);
});
