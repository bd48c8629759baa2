import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import down from '../../commands/down';
import { exposedPathsOf } from '../../commands/shared/exposed-paths';
import { localCluster, type NodeTraits } from '../../commands/shared/local-cluster';
import { stateOf } from '../../commands/shared/progress';
import up from '../../commands/up';
import { standInsOf } from '../../commands/up/stand-ins';
import { writeVariant } from '../../commands/up/variant';
import type { EdgeProps } from '../../lib/model/edge';
import { type Any, find, folderWith, PROJECT, ROOT, runHere } from '../support';
import { objectsOf, salientSystem } from '../systems';

const PROGRAMS = { up, down };

function node(name: string, providerID = '', address = '172.18.0.2', annotations = {}): NodeTraits {
  return { metadata: { name, annotations }, spec: { providerID }, status: { addresses: [{ address }] } };
}

const KIND = node('kind-worker', 'kind://docker/kind/kind-worker');
const CLOUD = node('ip-10-0-0-1', 'aws:///us-east-1a/i-0123456789abcdef0', '10.0.0.1');
const OWN = new Set(['192.168.1.5']);

test.each([
  ['kind', ['127.0.0.1'], [KIND, KIND], { maker: 'kind', name: 'kind' }],
  ['k3d', ['0.0.0.0'], [node('k3d-a-server-0', 'k3s://k3d-a-server-0')], { maker: 'k3d', name: 'a' }],
  ['this machine', ['192.168.1.5'], [node('me', '', '192.168.1.5')], { maker: 'this machine', name: 'me' }],
  ['simulated', ['::1'], [node('a', '', '10.0.0.1', { 'kwok.x-k8s.io/node': 'fake' })], { maker: 'simulated nodes' }],
])('a cluster of %s is on this machine', (_, addresses, nodes, expected) => {
  expect(localCluster(addresses, nodes, OWN)).toMatchObject(expected);
});

test.each([
  ['a remote cluster', ['203.0.113.7'], [CLOUD]],
  ['a remote cluster behind a tunnel', ['127.0.0.1'], [CLOUD]],
  ['a k3s that k3d did not make', ['127.0.0.1'], [node('k3d-a-server-0', 'k3s://prod-1')]],
  ['a cluster with one node elsewhere', ['127.0.0.1'], [KIND, CLOUD]],
  ['kind on another machine', ['203.0.113.7'], [KIND]],
  ['a name with one address here and one elsewhere', ['127.0.0.1', '203.0.113.7'], [KIND]],
  ['an API server without nodes', ['127.0.0.1'], []],
  ['a name without an address', [], [KIND]],
])('%s may be elsewhere', (_, addresses, nodes) => {
  expect(localCluster(addresses, nodes, OWN)).toBeUndefined();
});

test.each(['up', 'down'] as const)('%s without a cluster explains how to create one', async (program) => {
  const bin = folderWith({
    kubectl: '#!/bin/sh\necho "error: current-context must exist in order to minify" >&2\nexit 1\n',
  });
  chmodSync(join(bin, 'kubectl'), 0o755);
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const { status, stderr } = await runHere(PROGRAMS[program], PROJECT, [], { env });
  expect([status, stderr]).toEqual([
    3,
    'kubectl has no current context; kind create cluster creates a cluster and sets it\n',
  ]);
});

/** Runs a command with a kubectl that records its calls, and whose cluster has one node. */
async function runWith(program: 'up' | 'down', traits: NodeTraits, args: readonly string[] = []) {
  const nodes = JSON.stringify({ kind: 'List', items: [traits] });
  const config = JSON.stringify({ clusters: [{ cluster: { server: 'https://127.0.0.1:6443' } }] });
  const kubectl = `#!/bin/sh
echo "$*" >>"$(dirname "$0")/calls"
case "$*" in
  config*) echo '${config}' ;;
  'get nodes'*) echo '${nodes}' ;;
  'get namespaces'*) echo '{"items":[]}' ;;
  *) echo "no answer to $*" >&2; exit 1 ;;
esac
`;
  const bin = folderWith({ kubectl });
  chmodSync(join(bin, 'kubectl'), 0o755);
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const { status, stdout, stderr } = await runHere(PROGRAMS[program], PROJECT, args, { env });
  const log = join(bin, 'calls');
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  return { status, stdout, stderr, calls };
}

test.each(['up', 'down'] as const)(
  '%s refuses a cluster that may be elsewhere before it changes anything',
  async (program) => {
    const { status, stderr, calls } = await runWith(program, CLOUD);
    expect(status).toBe(2);
    expect(stderr).toBe(
      'https://127.0.0.1:6443: may not be a cluster on this machine; --yes-this-cluster uses it all the same\n',
    );
    expect(calls.map((line) => line.split(' ')[0])).toEqual(['config', 'get']);
  },
);

test('up uses any cluster with --yes-this-cluster', async () => {
  const { status, stderr, calls } = await runWith('up', CLOUD, ['--yes-this-cluster']);
  expect(calls.at(-1)).toMatch(/^apply --server-side -R -f .*dist\/dev\/salient$/);
  expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('no answer to apply') });
});

test('down deletes no namespace without the label of Berth', async () => {
  const { status, stdout, calls } = await runWith('down', KIND);
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'salient is not deployed\n' });
  expect(calls.at(-1)).toBe('get namespaces -l app.kubernetes.io/managed-by=berth -o json');
});

test.each(['up', 'down'] as const)('%s without kubectl names its installation page', async (program) => {
  const env = { PATH: folderWith({}) };
  const { status, stderr } = await runHere(PROGRAMS[program], PROJECT, [], { env });
  expect(status).toBe(3);
  expect(stderr).toBe('kubectl is not installed; see https://kubernetes.io/docs/tasks/tools\n');
});

const LABELS = { app: 'shop', component: 'api' };

function deployment(status: Any): Any {
  return {
    kind: 'Deployment',
    metadata: { name: 'api', generation: 2 },
    spec: { replicas: 2, selector: { matchLabels: LABELS } },
    status,
  };
}

const WELL = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2 };

test.each([
  ['ready', WELL, { text: 'ready', done: true }],
  ['not observed yet', { ...WELL, observedGeneration: 1 }, { text: '0 of 2 ready', done: false }],
  ['half of its pods are old', { ...WELL, replicas: 3, updatedReplicas: 1 }, { text: '1 of 2 ready', done: false }],
  ['an old pod still runs', { ...WELL, replicas: 3 }, { text: '2 of 2 ready', done: false }],
  ['new', {}, { text: '0 of 2 ready', done: false }],
])('a Deployment: %s', (_, status, expected) => {
  expect(stateOf(deployment(status), [])).toEqual({ ...expected, failed: false });
});

test('reasons why pods wait are reported once, and only those of its own pods', () => {
  const pod = (labels: Any, reason: string) => ({
    metadata: { labels },
    status: { containerStatuses: [{ image: 'shop/api:v1', state: { waiting: { reason } } }] },
  });
  const pods = [pod(LABELS, 'ImagePullBackOff'), pod(LABELS, 'ImagePullBackOff'), pod({}, 'CrashLoopBackOff')];
  expect(stateOf(deployment(WELL && {}), pods)?.text).toBe('0 of 2 ready (ImagePullBackOff shop/api:v1)');
  const unscheduled = {
    metadata: { labels: LABELS },
    status: { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }] },
  };
  expect(stateOf(deployment({}), [unscheduled])?.text).toBe('0 of 2 ready (0/1 nodes are available)');
});

test.each([
  [{ conditions: [{ type: 'Complete', status: 'True' }] }, { text: 'done', done: true, failed: false }],
  [{ conditions: [{ type: 'Failed', status: 'True' }] }, { text: 'failed', done: false, failed: true }],
  [
    { active: 1, failed: 2 },
    { text: 'runs, 2 tries failed', done: false, failed: false },
  ],
  [{}, { text: 'waits', done: false, failed: false }],
])('a Job with %j', (status, expected) => {
  const job = { kind: 'Job', metadata: { name: 'x' }, spec: { selector: { matchLabels: {} } }, status };
  expect(stateOf(job, [])).toEqual(expected);
});

test('objects without a rollout are not waited for', () => {
  expect(stateOf({ kind: 'ConfigMap', metadata: { name: 'x' } }, [])).toBeUndefined();
});

const controller = { namespace: 'edge', labels: {} };
const EDGES: readonly EdgeProps[] = [
  { kind: 'ingress', class: 'nginx', controller },
  { kind: 'traefik', entryPoints: { http: 'web', https: 'websecure' }, controller },
  { kind: 'gateway', implementation: 'traefik', class: 'traefik', ports: { http: 8000, https: 8443 }, controller },
  { kind: 'gateway', implementation: 'envoy', class: 'eg', ports: { http: 80, https: 443 }, controller },
];

test.each(EDGES)('exposed paths are those of the edge, with their Services and health paths: %j', (edge) => {
  const shown = exposedPathsOf(objectsOf({ ...salientSystem('dev'), edge })).map(
    ({ host, path, service, health }) => `${host}${path} ${service} ${health}`,
  );
  expect(shown).toEqual([
    'api.salient.localhost/ chat-api-svc /health',
    'admin.salient.localhost/api admin-api-svc /health',
    'admin.salient.localhost/ admin-ui-svc /',
  ]);
});

test("stand-ins replace the system's images, in every Job too, and change nothing else", () => {
  const folder = join(folderWith({}), 'out');
  const images = standInsOf(ROOT, 'salient');
  const edit = (document: Any) => {
    for (const [setting, { image, tag }] of Object.entries(images)) {
      document.setIn([setting, 'image'], image);
      document.setIn([setting, 'tag'], tag);
    }
  };
  const { objects } = writeVariant(PROJECT, 'dev', 'salient', { salient: edit }, folder);
  expect(JSON.stringify(objects)).not.toContain('yourorg');
  expect(find(objects, 'Deployment', 'chat-api').spec.template.spec.containers[0]).toMatchObject({
    image: `${images.backend?.image}:${images.backend?.tag}`,
    imagePullPolicy: 'IfNotPresent', // the image was loaded into the cluster, and is in no registry
  });
  const names = (all: readonly Any[]) =>
    all.map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[0-9a-f]{10}$/, '')}`);
  expect(names(objects)).toEqual(names(objectsOf(salientSystem('dev'))));
});
