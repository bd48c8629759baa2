import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, exposedPathsOf, findEdgeAddress, sendRequest } from '../../../commands/shared/exposed-paths';
import { currentCluster } from '../../../commands/shared/local-cluster';
import { buildStandIns, standInsOf, withStandIns } from '../../../commands/up/stand-ins';
import { writeVariant } from '../../../commands/up/variant';
import { type Image, imageReference } from '../../../lib/base/image';
import type { ManifestObject } from '../../../lib/manifests/object';
import { judge } from '../../../lib/pipeline/judge';
import { folderWith, PROJECT, ROOT } from '../../support';
import { NOT_POSSIBLE, SURREAL } from '../../surrealdb-server';
import { eventually, kubectlFor, testCluster } from '../cluster';
import { becomeAvailable, podsOf } from '../rollout';
import { publishPublicImages } from './images';
import { expectReach } from './probe';

const SYSTEM = 'ephitup';
const namespace = 'ephitup-dev';
/** A class for ReadWriteMany: the kit's volumes are folders of its one node. */
const SHARED = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'ephitup-shared' },
  provisioner: 'cluster-kit/local',
  volumeBindingMode: 'WaitForFirstConsumer',
};
const JOB_SECONDS = 20;

/** Kills a program again and again, as if it could not start any more, until the container ends and this with it. */
const KILL = `
import glob, os, signal, sys, time
while True:
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            if sys.argv[1].encode() in open(path, "rb").read() and path != f"/proc/{os.getpid()}/cmdline":
                os.kill(int(path.split("/")[2]), signal.SIGKILL)
        except OSError:
            pass
    time.sleep(0.1)
`;

const cluster = testCluster();
const kubectl = kubectlFor(cluster);
const possible = cluster.kit !== undefined && SURREAL !== undefined;

(possible ? describe : describe.skip)(possible ? 'Ephitup' : NOT_POSSIBLE, () => {
  const folder = folderWith({});
  let objects: readonly ManifestObject[];
  let edge: Address;

  /** Writes the manifests of dev in a shape. */
  function write(shape: 'single' | 'split', copyFrom?: 'single' | 'split') {
    const standIns = withStandIns(ROOT, SYSTEM)[SYSTEM];
    const built = writeVariant(
      PROJECT,
      'dev',
      SYSTEM,
      {
        [SYSTEM]: (document) => {
          standIns?.(document);
          document.set('shape', shape);
          document.set('finish', '60s');
          document.setIn(['files', 'shared'], document.createNode({ storageClass: SHARED.metadata.name }));
          if (copyFrom !== undefined) document.setIn(['files', 'copyFrom'], copyFrom);
        },
      },
      folder,
    );
    expect(judge([built])).toEqual([]);
    ({ objects } = built);
  }

  const apply = (...files: string[]) =>
    kubectl.run('apply', '--server-side', ...files.flatMap((file) => ['-f', join(folder, file)]));

  /** The answer of the API through the edge. */
  async function ask(path: string, body?: object) {
    const answer = await sendRequest(edge, 'ephitup.localhost', `/api${path}`, body);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  }
  const answers = (path: string) => eventually(60, () => ask(path));
  const onlyPod = async (component: string) => {
    const pods = await podsOf(kubectl, namespace, { component });
    expect(pods).toHaveLength(1);
    return pods[0];
  };

  beforeAll(async () => {
    const { local } = await currentCluster(kubectl);
    if (local === undefined) throw new Error('images can only be loaded into clusters on this machine');
    await buildStandIns(ROOT, SYSTEM, local);
    write('split');
    const own = Object.values(standInsOf(ROOT, SYSTEM)).map(imageReference);
    await publishPublicImages(cluster.kit as string, objects, own);
    await kubectl.attempt(['apply', '-f', '-'], JSON.stringify(SHARED));
    write('single');
  }, 300_000);

  afterAll(async () => {
    await kubectl.run('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s');
    await kubectl.run('delete', 'storageclass', SHARED.metadata.name, '--ignore-not-found');
  }, 200_000);

  test('in the shape single, four processes in one pod answer through the edge', async () => {
    await apply('.');
    await becomeAvailable(kubectl, objects, 300);
    edge = (await findEdgeAddress(kubectl, exposedPathsOf(objects)[0] as never, 60)) as Address;
    await answers('/health');
    expect(await ask('/notes', { text: 'kept' })).toEqual(['kept']);
    expect(await ask('/files/a.txt', { text: 'a file' })).toBe('a file');
    await ask('/podcasts', { seconds: 0 });
    await eventually(30, async () => expect(await ask('/podcasts')).toEqual(['done']));
  });

  test('nobody reaches the API and the database in the pod but through the frontend', async () => {
    const { status } = await onlyPod('ephitup');
    const ports = [8502, 5055, 8000];
    const destinations = ports.map((port) => ({ name: 'the pod', address: status.podIP, port }));
    const controller = { namespace: 'ingress-nginx', labels: { 'app.kubernetes.io/name': 'ingress-nginx' } };
    const sources = [
      {
        ...controller,
        name: 'the edge',
        labels: { ...controller.labels, 'app.kubernetes.io/component': 'controller' },
      },
      { name: 'another pod', namespace: 'default', labels: { probe: 'stranger' } },
      { name: 'a pod beside it', namespace, labels: { probe: 'stranger' } },
    ];
    const image = imageReference(standInsOf(ROOT, SYSTEM).app as Image);
    await expectReach(kubectl, sources, destinations, image, (ways) =>
      expect(ways).toEqual(['the edge -> the pod 8502']),
    );
  });

  test('a program that is killed for good ends the container, which starts again with all data', async () => {
    const { metadata } = await onlyPod('ephitup');
    const exec = ['exec', '-n', namespace, metadata.name, '--', 'python3', '-c', KILL, 'surreal-commands-worker'];
    const killing = kubectl.attempt(exec);
    await eventually(120, async () => {
      expect((await onlyPod('ephitup')).status.containerStatuses[0].restartCount).toBe(1);
    });
    expect((await killing).code).not.toBe(0);
    await becomeAvailable(kubectl, objects, 120);
    expect(await answers('/notes')).toEqual(['kept']);
    await ask('/podcasts', { seconds: 0 });
    await eventually(30, async () => expect(await ask('/podcasts')).toEqual(['done', 'done']));
  });

  test('the switch to split, as the README orders it, keeps the data', async () => {
    const gone = ['wait', '--for=delete', 'pod', '-n', namespace, '-l', 'component=ephitup', '--timeout=120s'];
    await kubectl.run('scale', '-n', namespace, 'statefulset/ephitup', '--replicas=0');
    await kubectl.run(...gone);
    write('split', 'single');
    await kubectl.run('delete', '-n', namespace, 'statefulset/ephitup');
    await apply(...readdirSync(folder).filter((file) => /^[0-4]|copy-files/.test(file)));
    await kubectl.run(
      'wait',
      '--for=condition=complete',
      '-n',
      namespace,
      'job',
      '-l',
      'component=copy-files',
      '--timeout=120s',
    );
    await apply('.');
    await becomeAvailable(kubectl, objects, 300);
    await eventually(60, async () => expect(await ask('/notes')).toEqual(['kept']));
    expect(await ask('/files/a.txt')).toBe('a file');
    expect(await ask('/notes', { text: 'new' })).toEqual(expect.arrayContaining(['kept', 'new']));
  });

  test("a rollout waits for the worker's running job", async () => {
    const before = (await ask('/podcasts')).length;
    await ask('/podcasts', { seconds: JOB_SECONDS });
    await eventually(30, async () => expect(await ask('/podcasts')).toContain('running'));
    await kubectl.run('rollout', 'restart', '-n', namespace, 'deployment/worker');
    await kubectl.run('rollout', 'status', '-n', namespace, 'deployment/worker', '--timeout=120s');
    await eventually(2 * JOB_SECONDS, async () => {
      expect(await ask('/podcasts')).toEqual(Array.from({ length: before + 1 }, () => 'done'));
    });
    await ask('/podcasts', { seconds: 0 });
    await eventually(30, async () =>
      expect((await ask('/podcasts')).filter((one: string) => one === 'done')).toHaveLength(before + 2),
    );
  });
});
