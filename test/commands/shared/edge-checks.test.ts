import { createServer as httpServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as httpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type CheckRow, tableOf } from '../../../commands/shared/check-row';
import { edgeChecks } from '../../../commands/shared/edge-checks';
import { closedPathsOf, publicPathsOf, streamingHostsOf } from '../../../commands/shared/public-paths';
import { streamChecks, streamOf } from '../../../commands/smoke/stream';
import type { ComponentProps } from '../../../lib/model/component';
import type { Site } from '../../../lib/model/site';
import type { System } from '../../../lib/model/system';
import { Duration, Size } from '../../../lib/model/units';
import { selfSigned } from '../../certificate';
import { sample } from '../../construct';

const HOST = 'app.test';
const { key, cert } = selfSigned(HOST);

// Clients of this test trust the certificate, as those of a private authority do.
jest.mock('node:https', () => {
  const real = jest.requireActual('node:https');
  return { ...real, request: (options: object) => real.request({ ...options, ca: trusted }) };
});
let trusted: string | undefined;

const site: Site = {
  ...{ name: 'shop', host: HOST, certificate: 'shop-tls', audience: 'everyone' },
  ...{ body: Size.mebibytes(1), stream: Duration.minutes(5) },
};
const systemOf = (...components: Partial<ComponentProps>[]) =>
  ({ components: components.map(sample) }) as unknown as System;
const SHOP = systemOf({
  exposed: [
    { site, path: '/' },
    { site, path: '/internal/keys', audience: 'nobody' },
  ],
});

const realTimeout = setTimeout;
const servers: Server[] = [];
afterEach(() => {
  trusted = undefined;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server on this machine that stands for an edge. */
async function edge(listener: RequestListener, tls = false) {
  const server = tls ? httpsServer({ key, cert }, listener) : httpServer(listener);
  servers.push(server as Server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = { address: '127.0.0.1', port, tls };
  return { endpointOf: async () => endpoint, signal: AbortSignal.timeout(20_000) };
}

/** What an edge answers instead: a status, a status with a Location, a body, or `'cut'` where it ends the connection. */
type Own = number | { readonly status: number; readonly location: string } | string | undefined;

/** An edge that serves the routes of SHOP as it has to, unless `own` answers a request. */
function shop(own: (path: string, host: string) => Own = () => undefined): RequestListener {
  return (request, response) => {
    const host = (request.headers.host ?? '').replace(/:.*/, '');
    const path = request.url ?? '';
    const answer = own(path, host);
    if (typeof answer === 'number') response.writeHead(answer).end();
    else if (typeof answer === 'object') response.writeHead(answer.status, { location: answer.location }).end();
    else if (answer === 'cut') request.socket.destroy();
    else if (answer !== undefined) response.end(answer);
    else if (host !== HOST) response.writeHead(404).end('404 page not found\n');
    else if (/^\/internal\/keys(\/|$)/.test(path)) response.writeHead(403).end();
    else if (path === '/health') response.end('ok');
    else response.writeHead(404).end('{"detail":"Not Found"}');
  };
}

const lines = (rows: readonly CheckRow[]) => rows.map(({ state, what, found }) => `${state}: ${what}: ${found}`);
const failedIn = (rows: readonly CheckRow[]) => lines(rows).filter((line) => line.startsWith('failed'));

test('a system that works: its certificate, its health path, its closed path and an unknown host', async () => {
  trusted = cert;
  expect(lines(await edgeChecks(SHOP, await edge(shop(), true)))).toEqual([
    `ok: certificate of ${HOST}: valid until Dec 31 23:59:59 2049 GMT`,
    `ok: ${HOST}/health: answers 200`,
    `ok: ${HOST}/internal/keys is closed: refused, in 10 spellings`,
    'ok: unknown host at 127.0.0.1: answers 404',
  ]);
});

test('a certificate that clients refuse', async () => {
  const { endpointOf, signal } = await edge(shop(), true);
  const reach = { endpointOf, signal };
  expect(failedIn(await edgeChecks(SHOP, reach))).toEqual([
    `failed: certificate of ${HOST}: DEPTH_ZERO_SELF_SIGNED_CERT, valid until Dec 31 23:59:59 2049 GMT; where it is from a private authority, NODE_EXTRA_CA_CERTS=ca.pem trusts that`,
  ]);
  trusted = cert;
  const other = systemOf({ exposed: [{ site: { ...site, host: 'other.test' }, path: '/' }] });
  const [row] = await edgeChecks(other, reach);
  expect(row).toMatchObject({ state: 'failed', found: expect.stringMatching(/^ERR_TLS_CERT_ALTNAME_INVALID/) });
});

test.each<[string, Parameters<typeof shop>[0], string]>([
  [
    'a health path that fails',
    (path) => (path === '/health' ? 503 : undefined),
    `${HOST}/health: answers 503, expected 200`,
  ],
  [
    'a closed path that is served',
    (path) => (path === '/internal/keys' ? 'the keys' : undefined),
    `${HOST}/internal/keys is closed: /internal/keys answers 200, expected 403`,
  ],
  [
    'a path below it that is served',
    (path) => (/keys\/.+/.test(path) ? 404 : undefined),
    `${HOST}/internal/keys is closed: /internal/keys/berth-smoke-`,
  ],
  [
    'another spelling of it that is served',
    (path) => (path === '//internal/keys' ? 'the keys' : undefined),
    `${HOST}/internal/keys is closed: //internal/keys answers 200, expected a refusal`,
  ],
  [
    'an encoded spelling of it that is served',
    (path) => (path === '/internal/%6beys' ? 'the keys' : undefined),
    `${HOST}/internal/keys is closed: /internal/%6beys answers 200, expected a refusal`,
  ],
  [
    'another spelling of it that reaches the service',
    (path) => (path === '/internal/KEYS' ? 405 : undefined),
    `${HOST}/internal/keys is closed: /internal/KEYS answers 405, expected a refusal`,
  ],
  [
    'another spelling of it that the service redirects',
    (path) => (path === '//internal/keys' ? { status: 302, location: '/login' } : undefined),
    `${HOST}/internal/keys is closed: //internal/keys answers 302 to /login, expected a refusal`,
  ],
  [
    'a health path that is redirected',
    (path) => (path === '/health' ? { status: 302, location: 'https://parked.test/' } : undefined),
    `${HOST}/health: answers 302 to https://parked.test/, expected 200`,
  ],
  [
    'a route for every host',
    (_, host) => (host === HOST ? undefined : 'welcome'),
    'unknown host at 127.0.0.1: answers 200, expected a refusal: a route serves every host',
  ],
])('%s has failed, and nothing else', async (_, own, expected) => {
  const found = failedIn(await edgeChecks(SHOP, await edge(shop(own))));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`failed: ${expected}`);
});

describe('another spelling of a closed path', () => {
  const KEYS = `${HOST}/internal/keys is closed`;
  const rowsFor = async (answer: Own) =>
    lines(await edgeChecks(SHOP, await edge(shop((path) => (path === '//internal/keys' ? answer : undefined)))));

  test.each<[string, Own]>([
    ['malformed', 400],
    ['closed', 403],
    ['unknown', 404],
    ['another name of the path itself', { status: 301, location: '/internal/keys' }],
  ])('is refused as %s', async (_, answer) => {
    expect(await rowsFor(answer)).toContain(`ok: ${KEYS}: refused, in 10 spellings`);
  });

  test('is not judged where the edge limits requests, or ends the connection', async () => {
    const limited = 'answers 429: the edge limits the requests of this machine';
    expect(await rowsFor(429)).toContain(`not asked: ${KEYS}: ${limited}`);
    expect(await rowsFor('cut')).toContainEqual(
      expect.stringMatching(`^not asked: ${KEYS}: //internal/keys: no answer from 127.0.0.1:`),
    );
  });
});

test('a closed path is not judged where the whole host refuses this machine', async () => {
  const rows = await edgeChecks(SHOP, await edge(shop((_, host) => (host === HOST ? 403 : undefined))));
  expect(lines(rows)).toContain(
    `not asked: ${HOST}/internal/keys is closed: the paths beside it answer 403, too: this machine may not be admitted to the host`,
  );
  const shut = systemOf({ exposed: [{ site, path: '/', audience: 'nobody' }] });
  expect(lines(await edgeChecks(shut, await edge(shop((_, host) => (host === HOST ? 403 : undefined)))))).toContain(
    `ok: ${HOST}/ is closed: refused, in 1 spelling`,
  );
});

test('a start page that answers every unknown path is no leak', async () => {
  const page = (path: string, host: string) =>
    host === HOST && !/^\/(health$|internal\/keys(\/|$))/.test(path) ? '<html>start</html>' : undefined;
  expect(failedIn(await edgeChecks(SHOP, await edge(shop(page))))).toEqual([]);
});

test('a limit of the edge is no failure', async () => {
  const rows = await edgeChecks(SHOP, await edge(shop((_, host) => (host === HOST ? 429 : undefined))));
  expect(failedIn(rows)).toEqual([]);
  expect(lines(rows)).toContain(`not asked: ${HOST}/health: answers 429: the edge limits the requests of this machine`);
});

test('an edge that does not answer, and a host that has no address', async () => {
  const gone = { address: '127.0.0.1', port: 1, tls: false };
  const signal = AbortSignal.timeout(20_000);
  const answers = await edgeChecks(SHOP, { endpointOf: async () => gone, signal });
  const [row, unknown] = [answers[0], answers.at(-1)];
  expect(row?.state).toBe('failed');
  expect(row?.found).toMatch(/^no answer from 127\.0\.0\.1:1: .*ECONNREFUSED/);
  expect(unknown).toMatchObject({ state: 'not asked', what: 'unknown host at 127.0.0.1' });
  const rows = await edgeChecks(SHOP, { endpointOf: async () => 'the host does not resolve here', signal });
  expect(lines(rows)).toEqual([`not asked: ${HOST}: the host does not resolve here`]);
});

test('each address of a host that accepts no connection has failed', async () => {
  const { endpointOf, signal } = await edge(shop());
  const withDead = async () => ({ ...(await endpointOf()), dead: ['192.0.2.1'] });
  expect(failedIn(await edgeChecks(SHOP, { endpointOf: withDead, signal }))).toEqual([
    expect.stringMatching(
      new RegExp(
        `^failed: ${HOST} at 192\\.0\\.2\\.1: accepts no connection at port \\d+, and DNS leads clients there$`,
      ),
    ),
  ]);
});

test('an allowlist is seen where it refuses this machine, and its paths are not asked then', async () => {
  const office = systemOf({ exposed: [{ site: { ...site, audience: ['203.0.113.0/24'] }, path: '/' }] });
  const refused = lines(await edgeChecks(office, await edge(shop((_, host) => (host === HOST ? 403 : undefined)))));
  expect(refused.slice(0, 2)).toEqual([
    `not asked: ${HOST}/health: answers 403: this machine is not in 203.0.113.0/24`,
    `ok: allowlist of ${HOST}/: refuses this machine`,
  ]);
  const admitted = lines(await edgeChecks(office, await edge(shop())));
  expect(admitted.slice(0, 2)).toEqual([
    `ok: ${HOST}/health: answers 200`,
    `not asked: allowlist of ${HOST}/: answers 200: right only if this machine is in 203.0.113.0/24; ask again from outside`,
  ]);
});

describe('a route without its health path', () => {
  const two = systemOf(
    { name: 'web', exposed: [{ site, path: '/' }] },
    { name: 'api', exposed: [{ site, path: '/api' }] },
  );
  test.each([
    [401, `ok: ${HOST}/api: answers 401; no health path is reached through /api`],
    [502, `failed: ${HOST}/api: answers 502, which is no answer of the service`],
    [403, `failed: ${HOST}/api: answers 403, which is no answer of the service`],
  ])('that answers %d', async (status, expected) => {
    const rows = await edgeChecks(two, await edge(shop((path) => (path === '/api' ? status : undefined))));
    expect(lines(rows)).toContain(expected);
  });

  test('that answers as an unknown host does cannot be judged', async () => {
    const rows = await edgeChecks(two, await edge(shop((path) => (path === '/health' ? 'ok' : 404))));
    expect(lines(rows)).toContain(
      `not asked: ${HOST}/api: answers 404, as for any unknown host; no health path is reached through /api`,
    );
  });
});

test('a route of gRPC is not asked', async () => {
  const rpc = { protocol: 'grpc', port: 9000 } as const;
  const system = systemOf({ exposed: [{ site, path: '/rpc' }], ports: { rpc }, probes: undefined });
  const rows = await edgeChecks(system, await edge(shop((path) => (path === '/rpc' ? 415 : undefined))));
  expect(lines(rows)).toContain(`not asked: ${HOST}/rpc: is gRPC`);
});

describe('a host that only redirects', () => {
  const aliases = [{ name: 'www', host: 'www.app.test', certificate: 'www-tls' }];
  const system = systemOf({ exposed: ['/', '/api'].map((path) => ({ site: { ...site, aliases }, path })) });
  const WHAT = `www.app.test redirects to ${HOST}`;
  const rowsFor = async (answer: (path: string) => Own, tls = false) =>
    lines(
      await edgeChecks(
        system,
        await edge(
          shop((path, host) => (host === HOST ? undefined : answer(path))),
          tls,
        ),
      ),
    );

  test('has a certificate, and leads to the same path', async () => {
    trusted = cert;
    const rows = await rowsFor((path) => ({ status: 308, location: `https://${HOST}${path}` }), true);
    expect(rows.filter((line) => line.includes('www'))).toEqual([
      expect.stringMatching(/^failed: certificate of www\.app\.test: ERR_TLS_CERT_ALTNAME_INVALID/),
      `ok: ${WHAT}: answers 308`,
    ]);
  });

  test.each<[string, (path: string) => Own, string]>([
    ['without the path', () => ({ status: 301, location: `https://${HOST}/` }), `301 to https://${HOST}/`],
    ['elsewhere', (path) => ({ status: 301, location: `https://b.test${path}` }), '301 to https://b.test/'],
    ['for a while only', (path) => ({ status: 302, location: `https://${HOST}${path}` }), `302 to https://${HOST}/`],
    ['to what is no URL', () => ({ status: 301, location: 'http://[' }), '301 to http://['],
    ['nowhere', () => 404, '404, expected 301 or 308 to that path of app.test'],
  ])('has failed where it leads %s', async (_, answer, expected) => {
    const rows = (await rowsFor(answer)).filter((line) => line.startsWith(`failed: ${WHAT}: /berth-smoke-`));
    expect(rows).toEqual([expect.stringContaining(`answers ${expected}`)]);
  });
});

test('what is asked of a route is its health path, as clients reach it', () => {
  const limited = { ...site, rateLimit: { average: 120, per: 'minute', burst: 10 } } as const;
  const all = systemOf(
    { name: 'web', exposed: [{ site, path: '/' }] },
    { name: 'api', exposed: [{ site, path: '/api' }], p95: Duration.millis(200) },
    { name: 'ai', exposed: [{ site: limited, path: '/ai', strip: true }] },
    {
      name: 'docs',
      exposed: [{ site, path: '/docs' }],
      probes: { health: { http: '/docs/up' }, liveness: { period: 1 }, readiness: { period: 1 } },
    },
    {
      name: 'rpc',
      exposed: [{ site, path: '/rpc' }],
      probes: { health: { tcp: true }, liveness: { period: 1 }, readiness: { period: 1 } },
    },
    { name: 'shut', exposed: [{ site, path: '/shut', audience: 'nobody' }] },
  );
  expect(publicPathsOf(all).map(({ component, asked, isHealth }) => [component, asked, isHealth])).toEqual([
    ['web', '/health', true],
    ['api', '/api', false],
    ['ai', '/ai/health', true],
    ['docs', '/docs/up', true],
    ['rpc', '/rpc', false],
  ]);
  expect(publicPathsOf(all)[1]).toMatchObject({ p95: 200 });
  expect(publicPathsOf(all)[2]).toMatchObject({ limit: { perSecond: 2, burst: 10 } });
  expect(closedPathsOf(all)).toEqual([{ host: HOST, path: '/shut' }]);
  expect(streamingHostsOf(all)).toEqual([HOST]);
});

describe('a stream', () => {
  const STREAM = streamOf(`https://${HOST}/events?room=1`);
  const rowFor = async (listener: RequestListener) => lines(await streamChecks(SHOP, await edge(listener), STREAM));

  test('that flows', async () => {
    const rows = await rowFor((_, response) => {
      response.write('data: 1\n\n');
      setTimeout(() => response.end('data: 2\n\n'), 300);
    });
    expect(rows).toEqual([`ok: stream of ${HOST}/events: its first bytes came before its end`]);
  });

  test('that comes as a whole, or is refused', async () => {
    expect(await rowFor((_, response) => response.end('data: 1\n\ndata: 2\n\n'))).toEqual([
      `failed: stream of ${HOST}/events: its first bytes came with its end: a proxy buffers it, or it is no stream`,
    ]);
    expect(await rowFor((_, response) => response.writeHead(401).end())).toEqual([
      `failed: stream of ${HOST}/events: answers 401`,
    ]);
  });

  test('that sends much at once, and goes on', async () => {
    const rows = await rowFor((_, response) => {
      response.write('data: 1\n\n'.repeat(20_000));
      setTimeout(() => response.end(), 300);
    });
    expect(rows).toEqual([`ok: stream of ${HOST}/events: its first bytes came before its end`]);
  });

  /** The row after some steps in time: each is the seconds that pass, and what the service sends then. */
  async function rowAfter(...steps: [number, string?][]) {
    let asked = (_: ServerResponse) => {};
    const isAsked = new Promise<ServerResponse>((resolve) => {
      asked = resolve;
    });
    const reach = await edge((_, response) => {
      response.flushHeaders();
      asked(response);
    });
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      const rows = streamChecks(SHOP, reach, STREAM);
      const response = await isAsked;
      const arrives = () => new Promise((resolve) => realTimeout(resolve, 50));
      for (const [seconds, text] of steps) {
        await arrives();
        jest.advanceTimersByTime(seconds * 1000);
        if (text !== undefined) response.write(text);
      }
      return lines(await rows);
    } finally {
      jest.useRealTimers();
    }
  }

  test('that begins late has the whole time to listen', async () => {
    expect(await rowAfter([8, 'data: 1\n\n'], [2.5, 'data: 2\n\n'], [1])).toEqual([
      `ok: stream of ${HOST}/events: its first bytes came before its end`,
    ]);
  });

  test('whose first bytes do not come', async () => {
    expect(await rowAfter([10])).toEqual([
      `not asked: stream of ${HOST}/events: it answers 200, and sends nothing within 10 s`,
    ]);
  });

  test('is not asked where none is known', async () => {
    expect(lines(await streamChecks(SHOP, await edge(shop()), undefined))).toEqual([
      `not asked: stream of ${HOST}: no path of it that streams is known: --stream ${HOST}/PATH`,
    ]);
    expect(['events', 'ftp://a/b', 'a b/c', HOST].map(streamOf)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

test('the time for all requests is bounded', async () => {
  const { endpointOf } = await edge(() => {});
  const rows = await edgeChecks(SHOP, { endpointOf, signal: AbortSignal.timeout(50) });
  expect(tableOf(rows)).toContain('the time for all requests is over');
});
