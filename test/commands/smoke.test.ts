import { lookup } from 'node:dns/promises';
import { chmodSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Kubectl } from '../../commands/shared/kubectl';
import { View } from '../../commands/shared/view';
import smoke from '../../commands/smoke';
import { endpointFor } from '../../commands/smoke/address';
import { jobChecks } from '../../commands/smoke/jobs';
import { workloadChecks } from '../../commands/smoke/workloads';
import type { BuiltSystem } from '../../lib/pipeline/build';
import { type Any, folderWith, PROJECT, runHere } from '../support';

jest.mock('node:dns/promises', () => ({ lookup: jest.fn() }));
beforeEach(() => void jest.mocked(lookup).mockRejectedValue(new Error('ENOTFOUND')));

/** A view of a cluster with these objects; a kind that it does not list is forbidden. */
function viewOf(...objects: Any[]): View {
  const attempt = async (args: readonly string[]) => {
    const [, namespace, resource] = /\/namespaces\/([^/]+)\/(\w+)$/.exec(args.at(-1) as string) ?? [];
    const items = objects.filter(
      ({ kind, metadata }) => `${kind.toLowerCase()}s` === resource && metadata.namespace === namespace,
    );
    if (items.length === 0) return { code: 1, stdout: '', stderr: 'Error from server (Forbidden): no' };
    return { code: 0, stdout: JSON.stringify({ items }), stderr: '' };
  };
  return new View({ attempt } as unknown as Kubectl);
}

/** A view of a cluster that answers every request like this. */
const viewThat = (code: number, stdout: string, stderr = '') =>
  new View({ attempt: async () => ({ code, stdout, stderr }) } as unknown as Kubectl);

const inShop = (kind: string, name: string, more: Any = {}): Any => ({
  apiVersion: 'v1',
  kind,
  metadata: { namespace: 'shop', name, ...more.metadata },
  spec: more.spec ?? {},
  ...(more.status && { status: more.status }),
});
const lines = async (rows: Promise<readonly Any[]>) =>
  (await rows).map(({ state, what, found }) => `${state}: ${what}: ${found}`);

describe('a workload', () => {
  const template = (image: string) => ({ spec: { containers: [{ name: 'api', image }] } });
  const wanted = inShop('Deployment', 'api', { spec: { template: template('shop/api:v2') } });
  const live = (status: Any, image = 'shop/api:v2') =>
    inShop('Deployment', 'api', {
      metadata: { generation: 3 },
      spec: { replicas: 2, selector: { matchLabels: { app: 'shop' } }, template: template(image) },
      status,
    });
  const WELL = { observedGeneration: 3, replicas: 2, updatedReplicas: 2, readyReplicas: 2 };

  test.each<[string, Any[], string]>([
    ['is ready', [live(WELL)], 'ok: Deployment shop/api: 2 ready'],
    ['has a pod that is not ready', [live({ ...WELL, readyReplicas: 1 })], 'failed: Deployment shop/api: 1 of 2 ready'],
    [
      'has a revision that is not seen',
      [live({ ...WELL, observedGeneration: 2 })],
      'failed: Deployment shop/api: 0 of 2 ready',
    ],
    [
      'has another image',
      [live(WELL, 'shop/api:v1')],
      'failed: Deployment shop/api: its container api has shop/api:v1, expected shop/api:v2',
    ],
    ['is not there', [inShop('Deployment', 'web')], 'failed: Deployment shop/api: the cluster does not have it'],
    ['cannot be read', [], 'not asked: Deployment shop/api: Error from server (Forbidden): no'],
  ])('%s', async (_, objects, expected) => {
    expect(await lines(workloadChecks(viewOf(...objects), [wanted]))).toEqual([expected]);
  });

  test('has another image in an init container', async () => {
    const init = (object: Any, image: string) => {
      const { containers } = object.spec.template.spec;
      const template = { spec: { containers, initContainers: [{ name: 'wait', image }] } };
      return { ...object, spec: { ...object.spec, template } };
    };
    expect(
      await lines(workloadChecks(viewOf(init(live(WELL), 'shop/wait:v1')), [init(wanted, 'shop/wait:v2')])),
    ).toEqual(['failed: Deployment shop/api: its container wait has shop/wait:v1, expected shop/wait:v2']);
  });

  test.each([
    [
      'an error, such as a login that expired',
      viewThat(1, '', 'error: You must be logged in'),
      'error: You must be logged in',
    ],
    ['no JSON', viewThat(0, '<html>log in</html>'), 'the answer is no JSON: that of a proxy, or a page to log in?'],
    [
      'that it does not have the kind',
      viewThat(1, '', 'Error from server (NotFound): the server could not find the requested resource'),
      'the cluster does not have it',
    ],
  ])('has failed where the cluster answers with %s', async (_, view, why) => {
    expect(await lines(workloadChecks(view, [wanted]))).toEqual([`failed: Deployment shop/api: ${why}`]);
  });
});

test('an autoscaler that cannot scale, and one that can', async () => {
  const scaler = (active: string) =>
    inShop('HorizontalPodAutoscaler', `${active}-hpa`, {
      spec: { minReplicas: 2, maxReplicas: 5 },
      status: {
        currentReplicas: 3,
        conditions: [
          { type: 'AbleToScale', status: 'True' },
          { type: 'ScalingActive', status: active, reason: 'FailedGetResourceMetric', message: 'no metrics' },
        ],
      },
    });
  const both = [scaler('True'), scaler('False')];
  expect(await lines(workloadChecks(viewOf(...both), both))).toEqual([
    'ok: HorizontalPodAutoscaler shop/True-hpa: 3 of 2 to 5',
    'failed: HorizontalPodAutoscaler shop/False-hpa: FailedGetResourceMetric: no metrics',
  ]);
});

test('an autoscaler of KEDA that cannot ask its queue, and one that can', async () => {
  const scaler = (name: string, status: string) =>
    inShop('ScaledObject', name, {
      spec: { minReplicaCount: 0, maxReplicaCount: 5 },
      status: { conditions: [{ type: 'Ready', status, reason: 'ScaledObjectCheckFailed', message: 'no triggers' }] },
    });
  const both = [scaler('one', 'True'), scaler('two', 'False')];
  expect(await lines(workloadChecks(viewOf(...both), both))).toEqual([
    'ok: ScaledObject shop/one: from 0 to 5',
    'failed: ScaledObject shop/two: ScaledObjectCheckFailed: no triggers',
  ]);
});

test('a cluster of CloudNativePG is ready when all of its instances are, with the described image', async () => {
  const cluster = (name: string, readyInstances: number, imageName = 'postgresql:16') =>
    inShop('Cluster', name, { spec: { instances: 3, imageName }, status: { readyInstances, phase: 'Failing over' } });
  const live = [cluster('one', 3), cluster('two', 2), cluster('three', 3, 'postgresql:15')];
  const wanted = ['one', 'two', 'three'].map((name) => cluster(name, 3));
  expect(await lines(workloadChecks(viewOf(...live), wanted))).toEqual([
    'ok: Cluster shop/one: 3 of 3 ready',
    'failed: Cluster shop/two: 2 of 3 ready: Failing over',
    'failed: Cluster shop/three: it has postgresql:15, expected postgresql:16',
  ]);
});

describe('Jobs', () => {
  const NOW = new Date('2026-03-10T09:00:00Z');
  const job = (name: string, type: string, owner?: string, created = '2026-03-10T02:28:00Z') =>
    inShop('Job', name, {
      metadata: {
        creationTimestamp: created,
        ...(owner && { ownerReferences: [{ kind: 'CronJob', name: owner }] }),
      },
      spec: { selector: { matchLabels: {} } },
      status: { conditions: [{ type, status: 'True' }] },
    });
  const cron = (name: string, lastSuccessfulTime?: string, created = '2026-01-01T00:00:00Z') =>
    inShop('CronJob', name, {
      metadata: { creationTimestamp: created },
      spec: {
        schedule: '28 2 * * *',
        startingDeadlineSeconds: 3600,
        jobTemplate: { spec: { activeDeadlineSeconds: 3600 } },
      },
      status: { lastSuccessfulTime },
    });
  const rowsFor = (objects: Any[], live: Any[], now = NOW) => {
    const tasks = [{ namespace: 'shop', name: 'backup', purpose: 'backup' }];
    return lines(jobChecks(viewOf(...live), { objects, model: { tasks } } as unknown as BuiltSystem, now));
  };

  test('one that failed, one that is done, and one that is gone', async () => {
    const objects = [job('bad-1', 'Failed'), job('good-1', 'Complete'), job('old-1', 'Complete')];
    expect(await rowsFor(objects, objects.slice(0, 2))).toEqual([
      'failed: Job shop/bad-1: bad-1 failed: kubectl logs -n shop job/bad-1',
      'ok: Job shop/good-1: good-1 is done',
      'not asked: Job shop/old-1: is not there: it was removed after its end, or never applied',
    ]);
  });

  test('of a CronJob the newest counts', async () => {
    const yesterday = '2026-03-09T02:28:00Z';
    const jobs = [
      job('a-2', 'Complete', 'a'),
      job('a-1', 'Failed', 'a', yesterday),
      job('b-2', 'Failed', 'b'),
      job('b-1', 'Complete', 'b', yesterday),
    ];
    expect(await rowsFor([cron('a'), cron('b'), cron('c')], jobs)).toEqual([
      'ok: CronJob shop/a: a-2 is done',
      'failed: CronJob shop/b: b-2 failed: kubectl logs -n shop job/b-2',
      'not asked: CronJob shop/c: no Job of it is kept',
    ]);
  });

  test('what only a person starts is not asked', async () => {
    const suspended = cron('restore');
    expect(await rowsFor([{ ...suspended, spec: { ...suspended.spec, suspend: true } }], [])).toEqual([]);
  });

  const backup = 'backup by CronJob shop/backup';
  test.each<[string, Any, string, string]>([
    ['of last night', cron('backup', '2026-03-10T02:40:00Z'), '09:00', `ok: ${backup}: the newest is 6 h 20 min old`],
    [
      'of the night before',
      cron('backup', '2026-03-09T02:40:00Z'),
      '09:00',
      `failed: ${backup}: the newest is 30 h 20 min old, expected one since 2026-03-10T02:28:00.000Z by the schedule "28 2 * * *"`,
    ],
    [
      'while the next one may run',
      cron('backup', '2026-03-09T02:40:00Z'),
      '03:00',
      `ok: ${backup}: the newest is 24 h 20 min old`,
    ],
    [
      'of which none succeeded',
      cron('backup'),
      '09:00',
      `failed: ${backup}: none has succeeded, expected one since 2026-03-10T02:28:00.000Z by the schedule "28 2 * * *"`,
    ],
    [
      'that is new',
      cron('backup', undefined, '2026-03-10T08:00:00Z'),
      '09:00',
      `not asked: ${backup}: none has succeeded; the first run of "28 2 * * *" is not over yet`,
    ],
  ])('the age of a backup %s', async (_, live, time, expected) => {
    const rows = await rowsFor([cron('backup')], [live], new Date(`2026-03-10T${time}:00Z`));
    expect(rows[1]).toBe(expected);
  });

  test('the age of a backup of a cluster is that of its newest completed Backup', async () => {
    const scheduled = inShop('ScheduledBackup', 'pg', {
      metadata: { creationTimestamp: '2026-02-01T00:00:00Z' },
      spec: { schedule: '0 28 2 * * *', cluster: { name: 'pg' } },
    });
    const made = (name: string, phase: string, stoppedAt: string) =>
      inShop('Backup', name, {
        metadata: { creationTimestamp: '2026-02-01T00:00:00Z' },
        spec: { cluster: { name: 'pg' } },
        status: { phase, stoppedAt },
      });
    const old = made('one', 'completed', '2026-03-09T03:00:00Z');
    const what = 'backup of Cluster shop/pg';
    expect(await rowsFor([scheduled], [scheduled, old, made('two', 'completed', '2026-03-10T03:00:00Z')])).toEqual([
      `ok: ${what}: the newest is 6 h 00 min old`,
    ]);
    expect(await rowsFor([scheduled], [scheduled, old, made('two', 'failed', '2026-03-10T03:00:00Z')])).toEqual([
      expect.stringMatching(`^failed: ${what}: the newest is 30 h 00 min old`),
    ]);
    const other = { ...old, spec: { cluster: { name: 'other' } } };
    expect(await rowsFor([scheduled], [scheduled, other])).toEqual([
      expect.stringMatching(`^failed: ${what}: none has succeeded, expected one since 2026-03-10`),
    ]);
    expect(await rowsFor([scheduled], [inShop('ScheduledBackup', 'other')])).toEqual([
      'failed: ScheduledBackup shop/pg: the cluster does not have it',
    ]);
  });
});

describe('where a host is reached', () => {
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => server.close());
  const found = (...addresses: string[]) =>
    jest.mocked(lookup).mockResolvedValue(addresses.map((address) => ({ address, family: 4 })) as Any);
  const endpoint = (host: string) => endpointFor(host, { port, tls: false }, undefined, undefined);

  test('at the first address that accepts connections; the others of DNS are named', async () => {
    found('127.0.0.2', '::2', '127.0.0.1');
    expect(await endpoint('shop.test')).toEqual({ address: '127.0.0.1', port, tls: false, dead: ['127.0.0.2'] });
  });

  test('at the first one where none does', async () => {
    server.close();
    found('127.0.0.2', '127.0.0.3');
    expect(await endpoint('shop.test')).toEqual({ address: '127.0.0.2', port, tls: false, dead: ['127.0.0.3'] });
  });

  test('on this machine, where DNS does not know a name below localhost', async () => {
    expect(await endpoint('shop.localhost')).toEqual({ address: '127.0.0.1', port, tls: false });
    expect(await endpoint('shop.test')).toBe('the host does not resolve here');
  });
});

describe('the command', () => {
  /** A project whose hosts have no address anywhere. */
  function unresolved(): string {
    const file = 'environments/dev/pliers.yaml';
    const text = readFileSync(join(PROJECT, file), 'utf8');
    return folderWith({ [file]: text.replace('pliers.localhost', 'pliers.invalid') });
  }
  const run = (root: string, ...args: string[]) =>
    runHere(smoke, root, ['--env', 'dev', '--system', 'pliers', ...args]);

  test('is not possible where nothing could be asked, and says why for each check', async () => {
    const { status, stdout, stderr } = await run(unresolved());
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: 'nothing could be asked of dev: each check above says why\n',
    });
    expect(stdout).toMatch(/^dev\/pliers\nnot asked +pliers\.invalid +the host does not resolve here\n/);
    expect(stdout).toMatch(
      /not asked +Jobs and backups +no context is given: --context NAME\n0 ok, 0 failed, 4 not asked\n/,
    );
  });

  test('its exit code is 1 when a check fails, and it only reads from the cluster of the context', async () => {
    const kubectl = `#!/bin/sh
case "$*" in
  *--context' prod get '*/version) echo '{"gitVersion":"v1.33.0"}' ;;
  *--context' prod get '*) echo '{"items":[]}' ;;
  *) echo "no answer to $*" >&2; exit 1 ;;
esac
`;
    const bin = folderWith({ kubectl });
    chmodSync(join(bin, 'kubectl'), 0o755);
    const args = ['--env', 'dev', '--system', 'pliers', '--context', 'prod', '--format', 'json'];
    const { status, stdout, stderr } = await runHere(smoke, unresolved(), args, {
      env: { PATH: `${bin}:${process.env.PATH}` },
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const [{ system, rows }] = JSON.parse(stdout).systems;
    expect(system).toBe('dev/pliers');
    expect(rows).toContainEqual({
      state: 'failed',
      what: 'Deployment pliers-dev/api',
      found: 'the cluster does not have it',
    });
  });

  test('refuses a system that the environment does not have', async () => {
    expect(await runHere(smoke, unresolved(), ['--env', 'dev', '--system', 'salient'])).toMatchObject({
      status: 2,
      stderr: '--system: given salient, which dev does not have: environments/dev/salient.yaml\n',
    });
  });

  test('refuses a stream of another host', async () => {
    expect(await run(unresolved(), '--stream', 'example.com/events')).toMatchObject({
      status: 2,
      stderr:
        '--stream: given "example.com/events", expected a host and a path, such as pliers.invalid/events; the hosts are pliers.invalid\n',
    });
  });
});
