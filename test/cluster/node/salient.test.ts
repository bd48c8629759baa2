import { request } from 'node:http';
import type { CheckRow } from '../../../commands/shared/check-row';
import { edgeChecks } from '../../../commands/shared/edge-checks';
import { type Address, exposedPathsOf, findEdgeAddress } from '../../../commands/shared/exposed-paths';
import { currentCluster } from '../../../commands/shared/local-cluster';
import { View } from '../../../commands/shared/view';
import { jobChecks } from '../../../commands/smoke/jobs';
import { streamChecks } from '../../../commands/smoke/stream';
import { workloadChecks } from '../../../commands/smoke/workloads';
import { buildStandIns } from '../../../commands/up/stand-ins';
import { type Image, imageReference } from '../../../lib/base/image';
import { type Any, find, ROOT } from '../../support';
import { eventually, kubectlFor, sleep, testCluster } from '../cluster';
import { podsOf } from '../rollout';
import { CANNOT_WRITE, publishPublicImages } from './images';
import { type Call, call, chat, Load, type Message, press, type Reply } from './load';
import { type Source, withPods } from './probe';
import { expectDeclaredReach } from './reach';
import { Trial } from './trial';

/** Messages per second: constant, and well below the load at which the autoscaler scales. */
const STEADY = 8;
const MEBIBYTE = 1024 * 1024;
const STREAM_SECONDS = 60;
/** The timeout for the autoscaler to react, in seconds. */
const AUTOSCALER_TIMEOUT = 300;
const METRICS = 'metrics.k8s.io/v1beta1';
const cluster = testCluster();
const kubectl = kubectlFor(cluster);
const withMetrics = cluster.serves.includes(METRICS) ? test : test.skip;

describe('dev, with several replicas', () => {
  describe('salient', () => {
    const trial = new Trial(kubectl);
    const { objects, model } = trial.built;
    const [app, data] = model.namespaces as [string, string];
    const backend = trial.images.backend as Image;
    const tenants = trial.tenants.map(({ slug }) => slug);
    const hostOf = (service: string) =>
      exposedPathsOf(objects).find((exposedPath) => exposedPath.service === service)?.host as string;
    const publicHost = hostOf('chat-api-svc');
    const adminHost = hostOf('admin-ui-svc');
    let edge: Address;

    const ask = (asked: Call) => call(edge, asked);
    const say = (message: Message): Promise<Reply> => ask(chat(publicHost, message));
    const admin = (path: string, more: Partial<Call> = {}) =>
      ask({ host: adminHost, path, headers: { Authorization: `Bearer ${trial.token()}` }, ...more });
    const exec = (namespace: string, pod: string, ...command: string[]) =>
      kubectl.run('exec', '-n', namespace, pod, '--', ...command);
    const podNames = async (namespace: string, component: string): Promise<string[]> =>
      (await podsOf(kubectl, namespace, { component })).map(({ metadata }) => metadata.name);

    /** The messages in a tenant's database. */
    const textsOf = async (tenant: string): Promise<string[]> => {
      const database = `tenant_${tenant.replaceAll('-', '_')}`;
      const query = 'SELECT text FROM messages ORDER BY id';
      const [server] = await podNames(data, 'postgres');
      return (await exec(data, server as string, 'psql', '-U', 'postgres', '-d', database, '-Atc', query)).split('\n');
    };

    /** Every acknowledged message is in its tenant's database, once, and in no other. */
    const expectKept = async ({ acknowledged }: Load) => {
      expect(acknowledged.length).toBeGreaterThan(0);
      for (const tenant of tenants) {
        const texts = await textsOf(tenant);
        const own = acknowledged.filter((message) => message.tenant === tenant).map(({ text }) => text);
        const others = acknowledged.filter((message) => message.tenant !== tenant).map(({ text }) => text);
        const found = new Map(own.map((text) => [text, texts.filter((one) => one === text).length]));
        expect([...found].filter(([, times]) => times !== 1)).toEqual([]);
        expect(others.filter((text) => texts.includes(text))).toEqual([]);
      }
    };

    /** Runs an action under a constant load. */
    const underLoad = async (happens: () => Promise<void>): Promise<Load> => {
      const load = new Load(edge, (message) => chat(publicHost, message), tenants, STEADY);
      try {
        await sleep(2000);
        await happens();
        await sleep(2000);
      } finally {
        await load.stop();
      }
      return load;
    };

    /** No process ran as root, and no write was refused, in any existing pod. */
    const expectQuiet = async () => {
      for (const namespace of [app, data]) {
        for (const { metadata, spec } of await kubectl.get('pods', '-n', namespace)) {
          const log = await kubectl.run('logs', '-n', namespace, metadata.name, '--all-containers', '--tail=-1');
          expect([metadata.name, log.match(CANNOT_WRITE)?.[0]]).toEqual([metadata.name, undefined]);
          for (const { securityContext } of [...(spec.initContainers ?? []), ...spec.containers]) {
            expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
          }
        }
      }
    };

    beforeAll(async () => {
      const there = (await kubectl.get('namespaces')).map(({ metadata }) => metadata.name);
      const taken = there.filter((name) => model.namespaces.includes(name));
      if (taken.length > 0) throw new Error(`the cluster has ${taken.join(' and ')} already; npm run down`);
      const { local } = await currentCluster(kubectl);
      if (local === undefined) throw new Error('images can only be loaded into clusters on this machine');
      await buildStandIns(ROOT, 'salient', local, trial.images);
      await buildStandIns(ROOT, 'salient', local, {
        ...trial.images,
        backend: { ...backend, tag: `${backend.tag}-next` },
      });
      if (cluster.kit) await publishPublicImages(cluster.kit, objects, [imageReference(backend)]);
    }, 900_000);

    afterAll(async () => {
      await kubectl.run('delete', 'namespace', ...model.namespaces, '--ignore-not-found', '--timeout=300s');
    }, 400_000);

    test('everything becomes ready: servers, roles, schemas, pools, APIs, the edge', async () => {
      await trial.apply();
      const [first] = exposedPathsOf(objects).filter(({ service }) => service === 'chat-api-svc');
      edge = (await findEdgeAddress(kubectl, first as Any, 60)) as Address;
      if (edge === undefined) throw new Error('no edge answers; the cluster needs a controller for IngressClass nginx');
      for (const tenant of tenants) expect((await say({ tenant, text: 'first' })).status).toBe(200);
    });

    test('each API serves only its own router', async () => {
      const statuses = async (component: string) => {
        const [pod] = await podNames(app, component);
        const paths = ['/health', '/accounts/acme/agents', '/api/admin/directory-schemas'];
        const script = [
          'import sys, urllib.request, urllib.error',
          'for path in sys.argv[1:]:',
          '  try: print(urllib.request.urlopen("http://127.0.0.1:8000" + path).status)',
          '  except urllib.error.HTTPError as error: print(error.code)',
        ].join('\n');
        return (await exec(app, pod as string, 'python3', '-c', script, ...paths)).trim().split('\n').map(Number);
      };
      expect(await statuses('chat-api')).toEqual([200, 200, 404]);
      expect(await statuses('admin-api')).toEqual([200, 404, 401]);
    });

    test('the edge exposes chat on the public host, and the UI and its API on the admin host', async () => {
      const status = async (host: string, path: string) => (await ask({ host, path })).status;
      expect(await status(publicHost, '/accounts/acme/agents')).toBe(200);
      expect(await status(publicHost, '/api/admin/directory-schemas')).toBe(404);
      expect((await ask({ host: adminHost, path: '/' })).body).toContain('nginx');
      expect(await status(adminHost, '/accounts/acme/agents')).toBe(404);
      expect(await status(adminHost, '/api/admin/directory-schemas')).toBe(401);
      expect((await admin('/api/admin/directory-schemas')).status).toBe(200);
      expect(await status('other.localhost', '/')).toBe(404);
    });

    test('npm run smoke finds nothing wrong, through the edge and in the cluster', async () => {
      const reach = { endpointOf: async () => ({ ...edge, tls: false }), signal: AbortSignal.timeout(120_000) };
      const stream = { host: publicHost, path: '/accounts/acme/agents/demo/stream?seconds=5' };
      // Autoscalers have no metrics of new pods at first, and none at all where the cluster has no such API.
      const withoutMetrics = ({ what }: CheckRow) => !cluster.serves.includes(METRICS) && what.startsWith('Horizontal');
      await eventually(180, async () => {
        const view = new View(kubectl);
        const rows = [
          ...(await edgeChecks(model, reach)),
          ...(await streamChecks(model, reach, stream)),
          ...(await workloadChecks(view, objects)),
          ...(await jobChecks(view, trial.built, new Date())),
        ].filter((row) => !withoutMetrics(row));
        expect(rows.filter(({ state }) => state === 'failed')).toEqual([]);
        const passed = rows.filter(({ state }) => state === 'ok').map(({ what }) => what);
        expect(passed).toEqual(
          expect.arrayContaining([
            `${publicHost}/health`,
            `${adminHost}/`,
            `stream of ${publicHost}/accounts/acme/agents/demo/stream`,
            `Deployment ${app}/chat-api`,
            `StatefulSet ${data}/postgres`,
          ]),
        );
      });
    });

    test('the admin host refuses addresses outside its allowlist, whatever headers they send', async () => {
      const outside: Source = { name: 'outside', namespace: 'default', labels: { probe: 'outside' } };
      const script = [
        'import sys, urllib.request, urllib.error',
        'address, host, *said = sys.argv[1:]',
        'headers = {"Host": host, **dict(one.split("=", 1) for one in said)}',
        'try: print(urllib.request.urlopen(urllib.request.Request(f"http://{address}/", headers=headers)).status)',
        'except urllib.error.HTTPError as error: print(error.code)',
      ].join('\n');
      await withPods(kubectl, [outside], imageReference(backend), async (nameOf) => {
        const status = async (host: string, ...said: string[]) =>
          (await exec('default', nameOf(outside), 'python3', '-c', script, edge.address, host, ...said)).trim();
        const lies = ['X-Forwarded-For=10.244.0.1', 'X-Real-Ip=10.244.0.1', 'Forwarded=for=10.244.0.1'];
        expect(await eventually(20, () => status(publicHost))).toBe('404'); // it reaches the edge
        expect(await status(adminHost)).toBe('403');
        expect(await status(adminHost, ...lies)).toBe('403');
      });
    });

    test('a body of 9 MiB is accepted, one of 11 MiB is refused', async () => {
      const upload = (host: string, path: string, size: number) =>
        ask({
          host,
          path,
          method: 'POST',
          headers: { Authorization: `Bearer ${trial.token()}` },
          body: Buffer.alloc(size * MEBIBYTE),
        });
      const tokens = `/api/admin/accounts/${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}/tokens`;
      expect((await upload(adminHost, tokens, 9)).status).toBe(201);
      expect((await upload(adminHost, tokens, 11)).status).toBe(413);
      const message = '/accounts/acme/agents/demo/chat';
      expect((await upload(publicHost, message, 9)).status).toBe(422);
      expect((await upload(publicHost, message, 11)).status).toBe(413);
    });

    test("a tenant's message is in its own database, and in no other", async () => {
      const load = await underLoad(() => sleep(3000));
      expect(load.failed).toEqual([]);
      await expectKept(load);
      expect((await say({ tenant: 'nobody', text: 'x' })).status).toBe(404);
    });

    test(`a stream of ${STREAM_SECONDS} s arrives as it is sent, and is not cut`, async () => {
      const began = Date.now();
      const arrivals: number[] = [];
      const text = await new Promise<string>((resolve, reject) => {
        const path = `/accounts/acme/agents/demo/stream?seconds=${STREAM_SECONDS}`;
        const options = { host: edge.address, port: edge.port, path, headers: { Host: publicHost } };
        const sent = request(options, (answer) => {
          let all = '';
          answer.setEncoding('utf8').on('data', (part: string) => {
            all += part;
            arrivals.push((Date.now() - began) / 1000);
          });
          answer.on('end', () => resolve(all));
          answer.on('error', reject);
        });
        sent.on('error', reject);
        sent.end();
      });
      expect(text.match(/^data: \d+$/gm)).toHaveLength(STREAM_SECONDS);
      expect(text).toContain('event: end');
      expect(arrivals[0]).toBeLessThan(5);
      expect(Math.max(...arrivals.map((at, index) => at - (arrivals[index - 1] ?? at)))).toBeLessThan(5);
    });

    test('policies allow exactly the declared connections between pods', async () => {
      await expectDeclaredReach(kubectl, trial.built, imageReference(backend));
    });

    test('pods run without root on a read-only file system', async () => {
      for (const namespace of [app, data]) {
        for (const { metadata } of await podsOf(kubectl, namespace, {})) {
          const script = 'id -u; if touch /berth-try 2>/dev/null; then echo written; else echo refused; fi';
          const [user, tried] = (await exec(namespace, metadata.name, 'sh', '-c', script)).trim().split('\n');
          expect([metadata.name, Number(user) > 0, tried]).toEqual([metadata.name, true, 'refused']);
        }
      }
      await expectQuiet();
    });

    test('a new image and its revert roll out without a failed request', async () => {
      const next = { ...trial.images, backend: { ...backend, tag: `${backend.tag}-next` } };
      for (const images of [next, trial.images]) {
        const load = await underLoad(() => trial.roll(images));
        expect(load.failed).toEqual([]);
        await expectKept(load);
        const running = (await podsOf(kubectl, app, { component: 'chat-api' })).map(
          ({ spec }) => spec.containers[0].image,
        );
        expect(new Set(running)).toEqual(new Set([imageReference(images.backend as Image)]));
      }
    });

    test('a changed ConfigMap rolls the pods', async () => {
      const before = await podNames(app, 'chat-api');
      const load = await underLoad(() => trial.set('logLevel', 'warning'));
      expect(load.failed).toEqual([]);
      const after = await podNames(app, 'chat-api');
      expect(after.filter((name) => before.includes(name))).toEqual([]);
      for (const pod of after) expect((await exec(app, pod, 'printenv', 'LOG_LEVEL')).trim()).toBe('warning');
    });

    test("a secret's new revision rolls the pods", async () => {
      const old = trial.token();
      const status = async (token: string) =>
        (await admin('/api/admin/directory-schemas', { headers: { Authorization: `Bearer ${token}` } })).status;
      expect(await status(old)).toBe(200);
      const load = await underLoad(() => trial.rotate('jwt/secret'));
      expect(await status(trial.token())).toBe(200);
      expect(await status(old)).toBe(401);
      await expectKept(load);
    });

    test('a new tenant can connect without a rollout', async () => {
      const pods = async () => [...(await podNames(app, 'chat-api')), ...(await podNames(data, 'pgbouncer'))].sort();
      const before = await pods();
      await trial.admit({ slug: 'initech' });
      // PgBouncer reads the password when the kubelet has updated the volume.
      await eventually(150, async () => expect((await say({ tenant: 'initech', text: 'hello' })).status).toBe(200));
      expect(await pods()).toEqual(before);
    });

    test('no acknowledged message is lost when pods, a PgBouncer or PostgreSQL are killed', async () => {
      const kill = async (namespace: string, component: string) => {
        const [pod] = await podNames(namespace, component);
        await kubectl.run('delete', 'pod', '-n', namespace, pod as string, '--force', '--grace-period=0');
        await sleep(3000);
        await trial.available();
      };
      const load = await underLoad(async () => {
        await kill(app, 'chat-api');
        await kill(data, 'pgbouncer');
        // It is killed at once, and loses everything that it had only in memory.
        const [server] = await podNames(data, 'postgres');
        const restarts = async () =>
          (await podsOf(kubectl, data, { component: 'postgres' }))[0].status.containerStatuses[0].restartCount;
        const before = await restarts();
        await exec(data, server as string, 'sh', '-c', 'kill -QUIT 1');
        await eventually(60, async () => expect(await restarts()).toBeGreaterThan(before));
        await trial.available();
        await eventually(60, async () => expect((await say({ tenant: 'acme', text: 'again' })).status).toBe(200));
        await sleep(5000);
      });
      await expectKept(load);
    });

    withMetrics('more work makes more pods', async () => {
      const { minReplicas, maxReplicas } = find(objects, 'HorizontalPodAutoscaler', 'chat-api-hpa').spec;
      const ready = async () => (await kubectl.get('deployment/chat-api', '-n', app))[0].status.readyReplicas ?? 0;
      const end = Date.now() + AUTOSCALER_TIMEOUT * 1000;
      let count = 0;
      const asked = () => chat(publicHost, { tenant: tenants[count++ % tenants.length] as string, text: 'work' });
      await press(edge, asked, 24, async () => Date.now() > end || (await ready()) > minReplicas);
      expect(await ready()).toBeGreaterThan(minReplicas);
      expect(await ready()).toBeLessThanOrEqual(maxReplicas);
    });

    test('at the end no log has a refused write', expectQuiet);
  });
});
