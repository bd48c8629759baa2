import { edge, rateLimit } from '../../../lib/config/edge';

const parsed = (settings: object) => edge(true).parse(settings);

test('an Ingress is for ingress-nginx by default', () => {
  expect(parsed({ kind: 'ingress' })).toEqual({
    kind: 'ingress',
    class: 'nginx',
    controller: {
      namespace: 'ingress-nginx',
      labels: { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' },
    },
  });
});

test("Traefik is where its Helm chart puts it, with the chart's entry points", () => {
  expect(parsed({ kind: 'traefik' })).toEqual({
    kind: 'traefik',
    entryPoints: { http: 'web', https: 'websecure' },
    controller: { namespace: 'traefik', labels: { 'app.kubernetes.io/name': 'traefik' } },
  });
  expect(parsed({ kind: 'gateway', implementation: 'traefik' })).toMatchObject({
    class: 'traefik',
    ports: { http: 8000, https: 8443 },
    controller: { namespace: 'traefik' },
  });
});

test("Envoy Gateway's proxies run in its own namespace", () => {
  expect(parsed({ kind: 'gateway', implementation: 'envoy' })).toEqual({
    kind: 'gateway',
    implementation: 'envoy',
    class: 'eg',
    ports: { http: 80, https: 443 },
    controller: { namespace: 'envoy-gateway-system' },
  });
});

test.each([
  [{ kind: 'traefik' }],
  [{ kind: 'gateway', implementation: 'envoy' }],
  [{ kind: 'gateway', implementation: 'traefik' }],
])('only dev may go without TLS: %j', (settings) => {
  const { error } = edge(false).safeParse(settings);
  expect(error?.issues[0]).toMatchObject({ path: ['issuer'], message: expect.stringMatching(/^a ClusterIssuer/) });
});

test.each([
  [{ kind: 'haproxy' }, ['kind']],
  [{ kind: 'gateway' }, ['implementation']],
  [{ kind: 'gateway', implementation: 'traefik', trustedHops: 1 }, []],
  [{ kind: 'traefik', ports: { http: 80 } }, []],
  [{ kind: 'gateway', implementation: 'envoy', trustedHops: 0 }, ['trustedHops']],
])('%j is refused', (settings, path) => {
  expect(edge(true).safeParse(settings).error?.issues[0]?.path).toEqual(path);
});

test('a burst is not less than the average', () => {
  expect(rateLimit.parse({ average: 20, burst: 50 })).toEqual({ average: 20, burst: 50 });
  expect(rateLimit.safeParse({ average: 20, burst: 10 }).error?.issues[0]).toMatchObject({
    path: ['burst'],
    message: 'not less than average',
  });
});
