import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, parseAllDocuments } from 'yaml';
import { run } from '../../../commands/shared/kubectl';
import { writeVariant } from '../../../commands/up/variant';
import { type Any, folderWith, PROJECT, ROOT } from '../../support';
import { eventually, kubectlFor, testCluster } from '../cluster';
import { objectsIn } from '../dist';
import { becomeAvailable, nameOf, namespacesOf } from '../rollout';

const FOLDER = join(PROJECT, 'dist/prod/salient');
/** The objects of the platform that the pods need. */
const PRIORITIES = ['data', 'serving', 'background'].flatMap((name) => [
  '-f',
  join(PROJECT, `dist/prod/platform/05-priorityclass-berth-${name}.yaml`),
]);
const PROD = 'salient-prod';
const ADMIN = 'salient-admin';
/** Other field managers of the objects that we apply: controllers, and writers of status. */
const CONTROLLERS = ['kube-controller-manager', 'kube-scheduler', 'kwok', 'kube-apiserver'];

const cluster = testCluster();
const kubectl = kubectlFor(cluster);
const objects = objectsIn(FOLDER);
const lacks = [...new Set(objects.map(({ apiVersion }) => apiVersion))].filter((one) => !cluster.serves.includes(one));
const simulated = cluster.pods === 'seem to run' && lacks.length === 0;
const describeSimulated = simulated ? describe : describe.skip;

/** Runs the block of a page, docs/adopting.md when not said, that begins with a line. */
async function asPageSays(start: string, folder = FOLDER, file = 'docs/adopting.md') {
  const page = readFileSync(join(ROOT, file), 'utf8');
  const [block, ...others] = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, text = '']) =>
    text.startsWith(start) ? [text] : [],
  );
  if (block === undefined || others.length > 0) throw new Error(`${file} has not one block that begins with ${start}`);
  const script = `kubectl() { "$KUBECTL" "$@"; }\n${block.replaceAll('dist/prod/salient', folder)}`;
  const env = { ...kubectl.env, KUBECTL: kubectl.program };
  return run('bash', ['-c', script], { cwd: PROJECT, env });
}

/** The seed's manifests, in the version of External Secrets' resources that is still served. */
function seed(): string {
  const text = readFileSync(join(ROOT, 'test/fixtures/seed-salient.yaml'), 'utf8');
  return text.replaceAll('external-secrets.io/v1beta1', 'external-secrets.io/v1');
}

/** The errors of kubectl without warnings: PodSecurity warns of the old pods. */
function complaints(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Warning: '));
}

/** Watches objects during an action, and returns all states that were seen. */
async function seen(args: readonly string[], meanwhile: () => Promise<void>): Promise<Any[]> {
  const watch = spawn(kubectl.program, ['get', ...args, '--watch', '-o', 'json'], { env: kubectl.env });
  let text = '';
  watch.stdout.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  try {
    await eventually(20, async () => expect(text).not.toBe('')); // the watch has started
    await meanwhile();
  } finally {
    watch.kill();
  }
  const whole = text.slice(0, text.lastIndexOf('\n}\n') + 3);
  return whole
    .split(/(?<=^\})\n/m)
    .filter(Boolean)
    .map((one) => JSON.parse(one));
}

/** The minimum of available pods of each Deployment of the namespaces during an action. */
async function fewest(meanwhile: () => Promise<void>): Promise<Record<string, number>> {
  const states = await seen(['deployments', '-A'], meanwhile);
  const least: Record<string, number> = {};
  for (const { metadata, status } of states) {
    if (![PROD, ADMIN].includes(metadata.namespace)) continue;
    const available = status.availableReplicas ?? 0;
    least[metadata.name] = Math.min(least[metadata.name] ?? available, available);
  }
  return least;
}

/** The field managers of the objects that we apply, except ours and controllers. */
async function strangers(): Promise<string[]> {
  const live: Any[] = await kubectl.get('-R', '-f', FOLDER, '--show-managed-fields');
  return live.flatMap(({ kind, metadata }) =>
    metadata.managedFields
      .filter((one: Any) => one.manager !== 'kubectl' || one.operation !== 'Apply')
      .filter((one: Any) => one.subresource !== 'status' && !CONTROLLERS.includes(one.manager))
      .map((one: Any) => `${kind}/${metadata.name}: ${one.manager} ${one.operation} ${one.subresource ?? ''}`),
  );
}

async function replicasOf(name: string): Promise<number> {
  const [{ spec }] = await kubectl.get('deployment', name, '-n', PROD);
  return spec.replicas;
}

describeSimulated('adopting a cluster that was created by hand', () => {
  const hasEndpoints = (slice: Any) => (slice.endpoints ?? []).some((one: Any) => one.conditions.ready);

  beforeAll(async () => {
    const there = (await kubectl.get('namespaces')).map(({ metadata }) => metadata.name);
    const taken = there.filter((name) => namespacesOf(objects).includes(name));
    if (taken.length > 0) throw new Error(`the cluster has ${taken.join(' and ')} already, expected none of them`);

    await kubectl.run('apply', '--server-side', ...PRIORITIES);
    const documents = parseAllDocuments(seed()) as Document[];
    const named = (kind: string) => documents.filter((one) => one.get('kind') === kind).map(String);
    await kubectl.run('create', 'namespace', ADMIN);
    await kubectl.attempt(['apply', '-f', '-'], named('Namespace').join('---\n'));
    const { code, stderr } = await kubectl.attempt(['apply', '-f', '-'], seed());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const own = ['-n', PROD];
    await kubectl.run('create', 'service', 'clusterip', 'forgotten', '--tcp=80', ...own);
    await kubectl.run('set', 'image', 'deployment/chat-api', 'deployment/admin-api', '*=salient-backend:v1', ...own);
    await kubectl.run('scale', 'deployment/admin-api', '--replicas=3', ...own);
    for (const name of ['chat-api', 'admin-api']) {
      await kubectl.run('rollout', 'status', `deployment/${name}`, ...own, '--timeout=120s');
    }
    await kubectl.run('rollout', 'status', 'deployment/pgbouncer', '-n', ADMIN, '--timeout=120s');
  });

  afterAll(async () => {
    await kubectl.run('delete', 'namespace', PROD, ADMIN, '--ignore-not-found', '--wait', '--timeout=180s');
    await kubectl.run('delete', '--ignore-not-found', ...PRIORITIES);
  });

  test('an apply would be refused, and would scale chat-api to one', async () => {
    const { stderr } = await kubectl.attempt(['apply', '--server-side', '--dry-run=server', '-R', '-f', FOLDER]);
    expect(stderr).toContain('conflicts with "kubectl-client-side-apply"');
    expect(stderr).toContain('conflicts with "kubectl-set"');
    const [{ metadata }] = await kubectl.get('deployment', 'chat-api', '-n', PROD, '--show-managed-fields');
    const owners = metadata.managedFields.filter(({ fieldsV1 }: Any) => fieldsV1['f:spec']?.['f:replicas']);
    expect(owners.map(({ manager }: Any) => manager)).toEqual(['kubectl-client-side-apply']);
  });

  test('the fields of kubectl become those of the apply, nothing changes, and only selectors conflict', async () => {
    const specs = async () => {
      const live = await kubectl.get('-R', '-f', FOLDER, '--ignore-not-found');
      return live.map(({ kind, metadata, spec, data }) => [kind, metadata.name, metadata.labels, spec, data]);
    };
    const before = await specs();
    const { stdout, stderr } = await asPageSays('for try in 1 2 3');
    expect(stdout).toContain('deployment.apps/chat-api replaced');
    // An autoscaler writes its status every few seconds, and the loop retries then.
    const errors = complaints(stderr).filter((line) => !/\(Conflict\).*has been modified/.test(line));
    expect(errors).toEqual([expect.stringMatching(/^The Deployment "pgbouncer" is invalid:.*field is immutable$/)]);
    expect(await specs()).toEqual(before);
  });

  test('the adoption keeps all pods, and PgBouncer stays available', async () => {
    let least: Record<string, number> = {};
    let leftOver = '';
    const label = 'kubernetes.io/service-name=pgbouncer-svc';
    const slices = await seen(['endpointslices', '-n', ADMIN, '-l', label], async () => {
      least = await fewest(async () => {
        const { code, stdout, stderr } = await asPageSays('kubectl delete deployment pgbouncer');
        leftOver = stdout.slice(stdout.lastIndexOf('NAMESPACE '));
        expect({ code, errors: complaints(stderr) }).toEqual({ code: 0, errors: [] });
        await becomeAvailable(kubectl, objects);
      });
    });
    // pgbouncer's Deployment is created again, and its pods run beside the old ones.
    expect(least).toMatchObject({ 'chat-api': 3, 'admin-api': 2 });
    expect(slices.length).toBeGreaterThan(1);
    expect(slices.every(hasEndpoints)).toBe(true);
    expect(await replicasOf('chat-api')).toBeGreaterThanOrEqual(3);
    const ours = leftOver.split('\n').filter((line) => line.startsWith(PROD) || line.startsWith(ADMIN));
    expect(ours).toEqual([expect.stringMatching(/^salient-prod +service\/forgotten /)]);
  });

  test('no conflict, difference or other field manager is left', async () => {
    const { code, stderr } = await kubectl.attempt(['apply', '--server-side', '-R', '-f', FOLDER]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const how of [['--server-side'], []]) {
      expect(await kubectl.attempt(['diff', ...how, '-R', '-f', FOLDER])).toMatchObject({ code: 0, stdout: '' });
    }
    expect(await strangers()).toEqual([]);
    const live: Any[] = await kubectl.get('-R', '-f', FOLDER);
    expect(JSON.stringify(live)).not.toContain('last-applied-configuration');
  });

  test('fields that only the old manifests had are removed', async () => {
    const [config] = await kubectl.get('configmap', 'salient-config', '-n', PROD);
    const [expected] = objects.filter(
      ({ kind, metadata }) => `${kind} ${metadata.name}` === 'ConfigMap salient-config',
    );
    expect(config.data).toEqual(expected?.data); // the seed's has POSTGRES_ADMIN_URL
    const [{ spec }] = await kubectl.get('ingress', 'salient-ingress', '-n', PROD);
    expect(spec.rules.map(({ host }: Any) => host)).toEqual(['api.salient.ai']); // the seed's had both hosts
    const [policy] = await kubectl.get('networkpolicy', 'admin-api-policy', '-n', PROD);
    expect(JSON.stringify(policy.spec)).not.toContain('10.0.0.0/8');
    const sets = await kubectl.get('replicasets', '-n', ADMIN);
    expect(sets.filter(({ metadata }) => metadata.labels.app === 'pgbouncer')).toEqual([]);
  });

  test('a change from replicas to an autoscaler keeps all pods', async () => {
    const folder = folderWith({});
    const scale = (document: Document) => {
      document.setIn(['adminApi', 'scale'], { min: 2, max: 4, cpu: 70 });
    };
    writeVariant(PROJECT, 'prod', 'salient', { salient: scale }, folder);
    const least = await fewest(async () => {
      const { code, stderr } = await asPageSays(
        'kubectl apply --server-side --field-manager=handover',
        FOLDER,
        'docs/make-it-yours.md',
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      await kubectl.run('apply', '--server-side', '-R', '-f', folder);
      await becomeAvailable(kubectl, objectsIn(folder));
    });
    expect(least).toMatchObject({ 'chat-api': 3, 'admin-api': 2 });
    expect(await replicasOf('admin-api')).toBeGreaterThanOrEqual(2);
    const autoscalers = await kubectl.get('hpa', '-n', PROD);
    expect(autoscalers.map(nameOf).sort()).toEqual([
      'horizontalpodautoscaler/admin-api-hpa',
      'horizontalpodautoscaler/chat-api-hpa',
    ]);
  });
});
