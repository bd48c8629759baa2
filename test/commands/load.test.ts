import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import load, { loadScript } from '../../commands/load';
import type { ComponentProps } from '../../lib/model/component';
import type { RateLimit, Site } from '../../lib/model/site';
import { Duration, Size } from '../../lib/model/units';
import { sample } from '../construct';
import { type Any, folderWith, PROJECT, runHere } from '../support';

/** Runs a script once as k6 does, and returns its options and requests. */
function runOnce(script: string) {
  const requests: Any[] = [];
  const slept: number[] = [];
  const modules: Any = {
    k6: { sleep: (seconds: number) => slept.push(seconds) },
    'k6/http': {
      __esModule: true,
      default: {
        expectedStatuses: (...ranges: Any[]) => ranges,
        get: (url: string, more: Any) => requests.push({ url, ...more }),
      },
    },
  };
  const { code } = transformSync(script, { module: { type: 'commonjs' }, jsc: { target: 'es2022' } });
  const exported: Any = {};
  new Function('require', 'exports', code)((name: string) => modules[name], exported);
  exported.default();
  return { script, options: exported.options, requests, slept };
}

const site: Site = {
  ...{ name: 'shop', host: 'app.test', certificate: 'shop-tls', audience: 'everyone' },
  body: Size.mebibytes(1),
};

/** The script of a system with these components. */
function scriptOf(components: readonly Partial<ComponentProps>[], more: Any = {}) {
  const model = { components: components.map(sample), edge: { issuer: 'letsencrypt' }, ...more };
  return runOnce(loadScript({ folder: 'staging/shop', environment: 'staging', system: 'shop', model, platform }));
}

const acme = (server: 'production' | 'staging') => ({ kind: 'acme', email: 'ops@example.com', server, solvers: [] });
const platform: Any = {
  issuers: { letsencrypt: acme('production'), trial: acme('staging'), own: { kind: 'self-signed' } },
};

/** The statuses of the requests that users send in a minute, where an edge limits each of them by a token bucket. */
function answersIn(seconds: number, { average, burst }: RateLimit, script: ReturnType<typeof runOnce>): number[] {
  const { slept, requests, options } = script;
  const [between, after] = slept.length > 1 ? [slept[0] as number, slept.at(-1) as number] : [0, slept[0] as number];
  const round = between * requests.length + after;
  const times = Array.from({ length: Math.ceil(seconds / round) }, (_, index) =>
    requests.flatMap((_, place) => Array(options.vus).fill(index * round + place * between)),
  ).flat();
  let [tokens, last] = [burst, 0];
  return times.map((time: number) => {
    tokens = Math.min(burst, tokens + (time - last) * average);
    last = time;
    if (tokens < 1 - 1e-9) return 429;
    tokens -= 1;
    return 200;
  });
}

test('the load is small, and its routes and thresholds are those of the system', () => {
  const { options, requests, slept } = scriptOf(
    [
      { name: 'web', exposed: [{ site, path: '/' }], p95: Duration.seconds(2) },
      {
        name: 'api',
        exposed: ['/api', '/v2'].map((path) => ({ site, path, strip: path === '/v2' })),
        p95: Duration.millis(200),
      },
      { name: 'docs', exposed: [{ site, path: '/docs' }] },
      { name: 'inside' },
      { name: 'shut', exposed: [{ site, path: '/shut', audience: 'nobody' }] },
    ],
    { monitoring: { availability: 99.5 } },
  );
  expect(options).toEqual({
    vus: 5,
    duration: '1m',
    discardResponseBodies: true,
    thresholds: {
      'http_req_duration{route:web}': ['p(95)<2000'],
      'http_req_duration{route:api}': ['p(95)<200'],
      'http_req_duration{route:api-2}': ['p(95)<200'],
      http_req_failed: ['rate<0.005'],
    },
  });
  expect(requests.map(({ url, tags }) => [tags.route, url])).toEqual([
    ['web', 'https://app.test/health'],
    ['api', 'https://app.test/api'],
    ['api-2', 'https://app.test/v2/health'],
    ['docs', 'https://app.test/docs'],
  ]);
  expect(slept).toEqual([1]);
});

test('only a health path has to succeed', () => {
  const { requests } = scriptOf([
    { name: 'web', exposed: [{ site, path: '/' }] },
    { name: 'api', exposed: [{ site, path: '/api' }] },
  ]);
  const [health, route] = requests.map(({ responseCallback }) => responseCallback);
  expect(health).toEqual([{ min: 200, max: 299 }]);
  const isExpected = (status: number) => route.some(({ min, max }: Any) => min <= status && status <= max);
  expect([200, 401, 403, 404, 429, 502].map(isExpected)).toEqual([true, true, false, true, false, false]);
});

test('without TLS and targets there is none of them, and a limit of the edge makes the users slower', () => {
  const limited: Site = { ...site, rateLimit: { average: 60, per: 'minute', burst: 10 } };
  const paths = ['/', '/api'].map((path) => ({ site: limited, path }));
  const { options, requests, slept } = scriptOf([{ exposed: paths }], { edge: {} });
  expect(options.thresholds).toEqual({ http_req_failed: ['rate<0.01'] });
  expect(requests[0].url).toBe('http://app.test/health');
  expect(slept).toEqual([10]); // 5 users with 2 requests each, 1 request in a second
});

test.each<[RateLimit, number, number]>([
  [{ average: 20, burst: 40 }, 3, 5],
  [{ average: 10, burst: 10 }, 5, 2],
  [{ average: 5, burst: 5 }, 4, 1],
  // A round is larger than the burst: there is a pause after each request.
  [{ average: 2, burst: 3 }, 7, 1],
])('no edge limits the load: %p with %d paths', (rateLimit, count, vus) => {
  const exposed = Array.from({ length: count }, (_, index) => ({ site: { ...site, rateLimit }, path: `/p${index}` }));
  const script = scriptOf([{ exposed }]);
  expect(script.options.vus).toBe(vus);
  const answers = answersIn(60, rateLimit, script);
  expect(answers.length).toBeGreaterThan(30);
  expect(answers).not.toContain(429);
});

test.each([
  ['letsencrypt', undefined],
  ['trial', true],
  ['own', true],
  ['of-others', undefined],
])('a certificate that no client trusts does not end the load: issuer %s', (issuer, expected) => {
  const { options } = scriptOf([{ exposed: [{ site, path: '/' }] }], { edge: { issuer } });
  expect(options.insecureSkipTLSVerify).toBe(expected);
});

test('the port of the edge is that of its listeners', () => {
  const ports = { http: 8080, https: 8443 };
  const gateway = { kind: 'gateway', issuer: 'letsencrypt', ports };
  const urlBy = (implementation: string) =>
    scriptOf([{ exposed: [{ site, path: '/' }] }], { edge: { ...gateway, implementation } }).requests[0].url;
  expect(urlBy('envoy')).toBe('https://app.test:8443/health');
  // Traefik's are those inside of its pods.
  expect(urlBy('traefik')).toBe('https://app.test/health');
});

test('a route of gRPC is named, and not asked', () => {
  const { script, requests } = scriptOf([
    { name: 'web', exposed: [{ site, path: '/' }] },
    {
      name: 'rpc',
      exposed: [{ site, path: '/rpc' }],
      ports: { rpc: { port: 9000, protocol: 'grpc' } },
      probes: undefined,
    },
  ]);
  expect(requests.map(({ tags }) => tags.route)).toEqual(['web']);
  expect(script).toContain('// It does not ask app.test/rpc: that is gRPC.\n');
});

test('no two routes have the same name', () => {
  const both = ['/one', '/two'].map((path) => ({ site, path }));
  const { requests } = scriptOf([
    { name: 'api', exposed: both },
    { name: 'api-2', exposed: [{ site, path: '/three' }] },
  ]);
  expect(requests.map(({ tags }) => tags.route)).toEqual(['api', 'api-3', 'api-2']);
});

describe('the command', () => {
  const files = ['environments/prod/salient.yaml', 'environments/prod/tenants.yaml'];
  const root = folderWith(Object.fromEntries(files.map((file) => [file, readFileSync(join(PROJECT, file), 'utf8')])));
  const run = (...args: string[]) => runHere(load, root, ['--env', 'prod', ...args]);

  test('prints the script alone, and says beside it that production is loaded', async () => {
    const { status, stdout, stderr } = await run('--system', 'salient');
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'prod/salient is in production: its users share this load\n',
    });
    expect(runOnce(stdout).requests.map(({ tags }) => tags.route)).toEqual(['chat-api', 'admin-api', 'admin-ui']);
    expect(stdout).toContain('// Some hosts admit only 203.0.113.0/24.\n');
  });

  test('refuses a system that the environment does not have', async () => {
    expect(await run('--system', 'pliers')).toMatchObject({
      status: 2,
      stderr: '--system: given pliers, which prod does not have: environments/prod/pliers.yaml\n',
    });
  });
});
