import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request as requestPlain } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { run } from '../../../commands/shared/kubectl';
import { KUBE_DNS } from '../../../lib/base/kube-dns';
import { Edge } from '../../../lib/constructs/edge/edge';
import { Namespaces } from '../../../lib/constructs/namespaces';
import { NetworkPolicies } from '../../../lib/constructs/network-policies';
import { Workload } from '../../../lib/constructs/workload';
import { type Component, component } from '../../../lib/model/component';
import type { EdgeProps } from '../../../lib/model/edge';
import { securityHeaders } from '../../../lib/model/security-headers';
import type { Site } from '../../../lib/model/site';
import { Duration, Size } from '../../../lib/model/units';
import { folderWith } from '../../support';
import { eventually, kubectlFor, sleep, testCluster } from '../cluster';
import { becomeAvailable } from '../rollout';

const cluster = testCluster();
const kubectl = kubectlFor(cluster);

const IMAGE = { image: 'docker.io/library/echo', tag: 'v1.0.0' };
const STREAM_SECONDS = 15;
const MEBIBYTE = 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** The address of this machine as the kit's edge sees it, and another address. */
const HERE = ['127.0.0.0/8', '172.16.0.0/12', '10.244.0.1/32'];
const ELSEWHERE = ['203.0.113.0/24'];
/** The kit's edge: Traefik, which serves all three kinds, with the labels of ingress-nginx. */
const EDGE = ['deployment/ingress-nginx-controller', '-n', 'ingress-nginx'];
const controller = { namespace: 'ingress-nginx', labels: { 'app.kubernetes.io/name': 'ingress-nginx' } };
const issuer = 'none'; // certificates are created by hand here

const KINDS: Readonly<Record<string, EdgeProps>> = {
  ingress: { kind: 'ingress', class: 'nginx', issuer, controller },
  traefik: { kind: 'traefik', entryPoints: { http: 'web', https: 'websecure' }, issuer, controller },
  gateway: {
    kind: 'gateway',
    implementation: 'traefik',
    class: 'berth-edges',
    ports: { http: 8000, https: 8443 },
    issuer,
    controller,
  },
};

interface Call {
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Sends the body without Content-Length. */
  readonly chunked?: boolean;
}

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
  /** When each part arrived, in milliseconds after the request. */
  readonly times: readonly number[];
}

let address: string;

/** Sends a request to the edge by TLS. */
function ask({ host, path = '/', method = 'GET', headers = {}, body, chunked = false }: Call): Promise<Reply> {
  // For a GET, Node.js says neither by itself.
  const framing = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': body?.length };
  const length = body === undefined ? {} : framing;
  // A new connection: one with a refused body may be closed soon.
  const own = { agent: false, rejectUnauthorized: false, timeout: TIMEOUT_MS };
  const options = { ...own, host: address, servername: host, path, method };
  const started = Date.now();
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, headers: { ...headers, Host: host, ...length } }, (answer) => {
      const { statusCode: status = 0 } = answer;
      const times: number[] = [];
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        times.push(Date.now() - started);
        text += part;
      });
      const done = () => resolve({ status, headers: answer.headers, body: text, times });
      answer.on('end', done);
      // An edge that refuses a body may close the connection before it has read all of it.
      answer.on('error', (error) => (status >= 400 ? done() : reject(error)));
    });
    sent.on('upgrade', ({ statusCode: status = 0, headers: got }, socket) => {
      socket.destroy();
      resolve({ status, headers: got, body: '', times: [] });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The echo of a word after an upgrade. */
function upgrade(host: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      Host: host,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    const sent = request({ host: address, servername: host, path, headers, rejectUnauthorized: false });
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error('no upgrade')));
    sent.on('upgrade', (_, socket) => {
      socket.once('data', (data: Buffer) => {
        socket.destroy();
        resolve(String(data));
      });
      socket.write('hello');
    });
    sent.on('response', ({ statusCode }) => reject(new Error(`no upgrade, but ${statusCode}`)));
    sent.on('error', reject);
    sent.end();
  });
}

interface PlainReply {
  readonly status: number | undefined;
  readonly location: string | undefined;
  readonly body: string;
}

function plain(host: string, path: string): Promise<PlainReply> {
  return new Promise((resolve, reject) => {
    const sent = requestPlain({ host: address, path, headers: { Host: host } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part) => {
        body += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, location: answer.headers.location, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** A shop behind one kind of edge, with a site of each kind. */
function shop(kind: string, props: EdgeProps) {
  const namespace = `berth-edge-${kind}`;
  const system = `edge-${kind}`;
  const site = (name: string, audience: readonly string[], more: Partial<Site> = {}): Site => ({
    name,
    host: `${name}.${kind}.example.com`,
    certificate: `${name}-tls`,
    audience,
    body: Size.mebibytes(1),
    ...more,
  });
  const sites = {
    main: site('main', HERE, { stream: Duration.minutes(5), securityHeaders: true }),
    office: site('office', ELSEWHERE),
    limited: site('limited', HERE, { rateLimit: { average: 2, burst: 4 } }),
  };
  const echo = (name: string, exposed: Component['exposed'], replicas = 1) =>
    component({
      system,
      namespace,
      name,
      image: IMAGE,
      env: { COMPONENT: name },
      ports: { http: { port: 8000, service: 80 } },
      service: `${name}-svc`,
      scale: { replicas },
      resources: { cpu: { request: '10m', limit: '500m' }, memory: { request: '32Mi', limit: '128Mi' } },
      probes: { health: { tcp: true }, liveness: { period: 10 }, readiness: { period: 1 } },
      exposed,
    });
  const components = [
    echo('web', [
      { site: sites.main, path: '/' },
      { site: sites.office, path: '/' },
      { site: sites.limited, path: '/' },
    ]),
    echo(
      'api',
      [
        { site: sites.main, path: '/api', balance: 'least-requests' },
        { site: sites.main, path: '/api/internal', audience: 'nobody' },
        { site: sites.main, path: '/api/office', audience: ELSEWHERE },
      ],
      2,
    ),
    echo('ai', [
      { site: sites.main, path: '/ai', strip: true },
      { site: sites.main, path: '/ai/v1', audience: 'nobody' },
    ]),
  ];
  const chart = new Chart(new App(), system, { disableResourceNameHashes: true });
  const model = {
    name: system,
    environment: 'test',
    namespaces: [namespace],
    components,
    tasks: [],
    clusters: [],
    externalPods: [],
    dnsCaches: [],
    dnsPods: KUBE_DNS,
    edge: props,
  };
  new Namespaces(chart, 'namespaces', model);
  new NetworkPolicies(chart, 'network', model);
  const placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] } as const;
  for (const one of components) new Workload(chart, one.name, { component: one, placement });
  new Edge(chart, 'edge', model);
  const objects = chart.toJson().filter(({ kind: made }) => made !== 'Certificate');
  return { namespace, sites, objects };
}

/** The Secrets that cert-manager would create. */
function certificateOf({ host, certificate: name }: Site, namespace: string) {
  const folder = folderWith({});
  const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'crt')];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject], {
    stdio: 'ignore',
  });
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': read('crt'), 'tls.key': read('key') },
  };
}

/** The route that cert-manager adds while it solves a challenge for a host, with a component in place of its solver. */
function challengeOf({ kind, ...edge }: EdgeProps, host: string, namespace: string) {
  const path = '/.well-known/acme-challenge/token';
  const metadata = { name: 'cm-acme-http-solver', namespace };
  if (kind === 'gateway') {
    const rule = { matches: [{ path: { type: 'Exact', value: path } }], backendRefs: [{ name: 'api-svc', port: 80 }] };
    return {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata,
      spec: { parentRefs: [{ name: `edge-${kind}` }], hostnames: [host], rules: [rule] },
    };
  }
  const backend = { service: { name: 'api-svc', port: { number: 80 } } };
  const ingressClassName = kind === 'ingress' && 'class' in edge ? edge.class : 'traefik';
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...metadata,
      annotations: { 'nginx.ingress.kubernetes.io/whitelist-source-range': '0.0.0.0/0,::/0' },
    },
    spec: { ingressClassName, rules: [{ host, http: { paths: [{ path, pathType: 'Exact', backend }] } }] },
  };
}

async function apply(items: readonly unknown[]) {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const { code, stderr } = await kubectl.attempt(['apply', '--server-side', '-f', '-'], list);
  if (code !== 0) throw new Error(stderr);
}

// Other clusters have their own edges, which serve only one or two kinds.
const onKit = cluster.kit ? describe : describe.skip;

onKit('edges', () => {
  const namespaces: string[] = [];

  beforeAll(async () => {
    const args = [`${IMAGE.image}:${IMAGE.tag}`, '-a', `${join(__dirname, 'echo.py')}:/echo.py`, '-u', '10001'];
    const made = await run(join(cluster.kit as string, 'alias.sh'), [...args, '--', 'python3', '/echo.py']);
    if (made.code !== 0) throw new Error(made.stderr);
    await apply([
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'GatewayClass',
        metadata: { name: 'berth-edges' },
        spec: { controllerName: 'traefik.io/gateway-controller' },
      },
    ]);
    // The equivalent of ingress-nginx's global-allowed-response-headers.
    const headers = Object.keys(securityHeaders(true)).join(',');
    const arg = `--providers.kubernetesingressnginx.globalallowedresponseheaders=${headers}`;
    const [{ spec }] = await kubectl.get(...EDGE);
    if (!spec.template.spec.containers[0].args.includes(arg)) {
      const patch = [{ op: 'add', path: '/spec/template/spec/containers/0/args/-', value: arg }];
      await kubectl.run('patch', ...EDGE, '--type=json', '--patch', JSON.stringify(patch));
      await kubectl.run('rollout', 'status', ...EDGE, '--timeout=120s');
    }
    const [{ status }] = await kubectl.get('service', 'ingress-nginx-controller', '-n', 'ingress-nginx');
    address = status.loadBalancer.ingress[0].ip;
  });

  afterAll(async () => {
    await kubectl.run('delete', 'namespace', ...namespaces, '--ignore-not-found', '--wait');
    await kubectl.run('delete', 'gatewayclass', 'berth-edges', '--ignore-not-found');
  });

  describe.each(Object.entries(KINDS))('%s', (kind, props) => {
    const { namespace, sites, objects } = shop(kind, props);
    const { main, office, limited } = sites;
    const seen = async (path: string) => JSON.parse((await ask({ host: main.host, path })).body);

    beforeAll(async () => {
      namespaces.push(namespace);
      const [first, ...others] = objects;
      await apply([first]);
      await apply([...Object.values(sites).map((site) => certificateOf(site, namespace)), ...others]);
      await becomeAvailable(kubectl, objects);
      await eventually(60, async () => {
        // Until Traefik knows the pods of a path, the shorter path answers.
        for (const [path, name] of Object.entries({ '/': 'web', '/api': 'api', '/ai': 'ai' })) {
          expect(await seen(path)).toMatchObject({ component: name });
        }
        expect(await ask({ host: limited.host })).toMatchObject({ status: 200 });
        expect(await ask({ host: office.host })).toMatchObject({ status: 403 });
        expect(await ask({ host: main.host, path: '/api/internal' })).toMatchObject({ status: 403 });
      });
    });

    test('routes by host and by whole segments of the path', async () => {
      expect(await seen('/')).toMatchObject({ component: 'web', path: '/' });
      expect(await seen('/api/users?page=2')).toMatchObject({ component: 'api', path: '/api/users?page=2' });
      expect(await seen('/api')).toMatchObject({ component: 'api', path: '/api' });
      expect(await seen('/apiary')).toMatchObject({ component: 'web', path: '/apiary' });
      expect(await ask({ host: `other.${kind}.example.com` })).toMatchObject({ status: 404 });
    });

    test('strips a prefix where that is configured', async () => {
      expect(await seen('/ai/ask')).toMatchObject({ component: 'ai', path: '/ask' });
      expect(await seen('/ai/')).toMatchObject({ component: 'ai', path: '/' });
      expect(await seen('/ai')).toMatchObject({ component: 'ai', path: '/' });
      expect(await seen('/aid')).toMatchObject({ component: 'web', path: '/aid' });
    });

    test('redirects plain HTTP to TLS', async () => {
      const { status, location } = await plain(main.host, '/api/x?y=1');
      expect([301, 308]).toContain(status);
      expect(location?.replace(':443/', '/')).toBe(`https://${main.host}/api/x?y=1`);
    });

    test("serves a certificate's challenge by plain HTTP, at a host with an allowlist too", async () => {
      const path = '/.well-known/acme-challenge/token';
      await apply([challengeOf(props, office.host, namespace)]);
      await eventually(30, async () => {
        const { status, body } = await plain(office.host, path);
        expect([status, body]).toEqual([200, expect.stringContaining('"component": "api"')]);
      });
      expect([301, 308]).toContain((await plain(office.host, `${path}s`)).status);
      expect(await ask({ host: office.host })).toMatchObject({ status: 403 });
    });

    test('refuses clients that are not on the allowlist, whatever headers they send', async () => {
      const claims = { 'X-Forwarded-For': '203.0.113.9', 'X-Real-Ip': '203.0.113.9', Forwarded: 'for=203.0.113.9' };
      expect(await ask({ host: office.host })).toMatchObject({ status: 403 });
      expect(await ask({ host: office.host, headers: claims })).toMatchObject({ status: 403 });
      const body = Buffer.alloc(2 * MEBIBYTE);
      expect(await ask({ host: office.host, method: 'POST', body: Buffer.alloc(10) })).toMatchObject({ status: 403 });
      // Either the allowlist or the body limit may refuse it first.
      const large = await ask({ host: office.host, method: 'POST', body }).catch(() => ({ status: 413 }));
      expect([403, 413]).toContain(large.status);
    });

    test.each(['/api/internal', '/api/office', '/ai/v1'])(
      'keeps %s from everyone, and what is below it',
      async (path) => {
        const body = Buffer.alloc(10);
        const calls: Omit<Call, 'host'>[] = [
          { path },
          { path: `${path}/` },
          { path: `${path}/x?y=1` },
          { path: `${path}/x`, headers: { 'X-Forwarded-For': '255.255.255.255', 'X-Real-Ip': '203.0.113.9' } },
          { path: `${path}/x`, method: 'HEAD' },
          { path: `${path}/x`, method: 'DELETE' },
          { path: `${path}/x`, method: 'POST', body },
          { path: `${path}/x`, method: 'POST', body, chunked: true },
          // Other encodings of the same path.
          { path: `/${path}/x` },
          { path: `${path}/../${path.split('/').at(-1)}/x` },
          { path: path.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`) },
        ];
        for (const call of calls) {
          expect([call, (await ask({ host: main.host, ...call })).status]).toEqual([call, 403]);
        }
        // Spellings that a program may take for the same. ingress-nginx and Envoy decode slashes themselves.
        const others = kind === 'traefik' && path !== '/api/office' ? [`${path}%2Fx`, path.toUpperCase()] : [];
        for (const other of others) {
          expect([other, (await ask({ host: main.host, path: other })).status]).toEqual([other, 418]);
        }
        await expect(upgrade(main.host, `${path}/socket`)).rejects.toThrow('no upgrade, but 403');
        expect(await seen(`${path}s`)).toMatchObject({ component: path.split('/')[1] });
      },
    );

    test.each(['/', '/api/upload', '/ai/upload'])('accepts bodies up to the limit at %s', async (path) => {
      const post = async (size: number, chunked = false) => {
        const answer = await ask({ host: main.host, path, method: 'POST', body: Buffer.alloc(size), chunked });
        return answer.status === 200 ? JSON.parse(answer.body).received : answer.status;
      };
      expect(await post(MEBIBYTE / 2)).toBe(MEBIBYTE / 2);
      expect(await post(MEBIBYTE)).toBe(MEBIBYTE);
      expect(await post(MEBIBYTE / 2, true)).toBe(MEBIBYTE / 2);
      // An edge may close the connection before the client has sent everything, and the client then gets no response.
      const refused = (size: number, chunked?: boolean) => post(size, chunked).catch(() => 413);
      expect(await refused(MEBIBYTE + 1)).toBe(413);
      expect(await refused(2 * MEBIBYTE, true)).toBe(413);
    });

    test('limits the body of an upgrade, and without a length of all but a GET', async () => {
      const large = { host: main.host, path: '/api/upload', body: Buffer.alloc(2 * MEBIBYTE) };
      const status = (call: Call) =>
        ask(call).then(
          (answer) => answer.status,
          () => 413,
        );
      const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
      expect(await status({ ...large, headers })).toBe(413);
      expect(await status({ ...large, chunked: true, method: 'PUT' })).toBe(413);
      // Traefik buffers the answer to what it counts, and with its own objects nothing says that it shall not.
      expect(await status({ ...large, chunked: true })).toBe(kind === 'ingress' ? 413 : 200);
    });

    test('neither cuts nor buffers a stream, of a GET or a POST', async () => {
      const path = '/api/stream';
      const question = { method: 'POST', body: Buffer.from('{"message":"hello"}') };
      const replies = await Promise.all([ask({ host: main.host, path }), ask({ host: main.host, path, ...question })]);
      for (const { status, body, times } of replies) {
        expect(status).toBe(200);
        expect(body.match(/^data: \d+$/gm)).toHaveLength(STREAM_SECONDS);
        expect(times[0]).toBeLessThan(2000);
        expect(times.length).toBeGreaterThanOrEqual(STREAM_SECONDS - 2);
        expect(times.at(-1)).toBeGreaterThan((STREAM_SECONDS - 3) * 1000);
      }
    });

    test('chooses the replica: in turn, or with IngressRoutes the one with fewer requests', async () => {
      const podsOf = async () => {
        const pods = new Set<string>();
        for (let request = 0; request < 10; request++) pods.add((await seen('/api')).pod);
        return pods.size;
      };
      await eventually(30, async () => expect(await podsOf()).toBe(2));
      const stream = ask({ host: main.host, path: '/api/stream' });
      await sleep(1000);
      expect(await podsOf()).toBe(kind === 'traefik' ? 1 : 2);
      await stream;
    });

    test('forwards a WebSocket', async () => {
      expect(await upgrade(main.host, '/api/socket')).toBe('hello');
      expect(await upgrade(main.host, '/ai/socket')).toBe('hello');
    });

    test('enforces the rate limit', async () => {
      const replies = await Promise.all(Array.from({ length: 30 }, () => ask({ host: limited.host })));
      const statuses = replies.map(({ status }) => status);
      expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(10);
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0);
      await eventually(10, async () => expect(await ask({ host: limited.host })).toMatchObject({ status: 200 }));
    });

    test('sets security headers where that is configured', async () => {
      const expected = Object.entries(securityHeaders(true)).map(([name, value]) => [name.toLowerCase(), value]);
      for (const path of ['/', '/api', '/ai/x']) {
        expect((await ask({ host: main.host, path })).headers).toMatchObject(Object.fromEntries(expected));
      }
      expect((await ask({ host: limited.host })).headers).not.toHaveProperty('x-frame-options');
    });
  });
});
