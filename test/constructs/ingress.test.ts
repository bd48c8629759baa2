import { Duration, Size } from 'cdk8s';
import { type Component, IngressEdge, type Site } from '../../constructs';
import { find, sample, synthesize } from '../support';

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

const ingresses = (components: Component[], issuer?: string) =>
  synthesize((chart) => {
    const edge = { class: 'nginx', issuer, controller: { namespace: 'edge', labels: {} } };
    new IngressEdge(chart, 'edge', { name: 'shop', components, edge });
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

test('longer paths come first, whatever the order of components', () => {
  const paths = [
    sample({ exposed: [{ site: open, path: '/' }] }),
    sample({ name: 'ui', exposed: [{ site: open, path: '/api' }] }),
  ];
  for (const components of [paths, [...paths].reverse()]) {
    const { rules } = find(ingresses(components), 'Ingress').spec;
    expect(rules[0].http.paths.map(({ path }: { path: string }) => path)).toEqual(['/api', '/']);
  }
});

test('a site over two namespaces is refused, since an Ingress reaches only its own', () => {
  const components = [
    sample({ exposed: [{ site: open, path: '/' }] }),
    sample({ name: 'ui', namespace: 'other', exposed: [{ site: open, path: '/ui' }] }),
  ];
  expect(() => ingresses(components)).toThrow(
    'site shop-ingress leads to namespaces other and shop-test, expected one',
  );
});
