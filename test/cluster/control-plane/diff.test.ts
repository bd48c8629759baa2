import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { reportOnCluster } from '../../../commands/diff/difference';
import type { Report } from '../../../lib/diff/report';
import type { ManifestObject } from '../../../lib/manifests/object';
import { toFiles } from '../../../lib/output/files';
import { writeTree } from '../../../lib/output/tree';
import { type Built, buildEnvironments } from '../../../lib/pipeline/build';
import { type Any, find, folderWith, PROJECT } from '../../support';
import { kubectlFor, testCluster } from '../cluster';
import { namespacesOf } from '../rollout';

/** A separate environment with kinds that every cluster serves. */
const ENVIRONMENT = 'trial';

const cluster = testCluster();
const kubectl = kubectlFor(cluster);

/** Salient as in prod, with Secrets that are created by hand, and with one edited line. */
function salient(from: string | RegExp = '', to = ''): Built[] {
  const prod = readFileSync(join(PROJECT, 'environments/prod/salient.yaml'), 'utf8');
  const settings = prod.replace(/secrets:[\s\S]*$/, 'secrets: { kind: manual }\n').replace(from, to);
  const folder = `environments/${ENVIRONMENT}`;
  const root = folderWith({
    [`${folder}/environment.yaml`]: 'tier: production\n',
    [`${folder}/tenants.yaml`]: '[]\n',
    [`${folder}/salient.yaml`]: settings,
  });
  return buildEnvironments(registry, root, [ENVIRONMENT]);
}

function folderOf(built: readonly Built[]): string {
  const folder = folderWith({});
  writeTree(folder, new Map(built.flatMap(({ objects }) => [...toFiles('.', objects)])));
  return folder;
}

async function apply(built: readonly Built[], ...options: string[]) {
  await kubectl.run('apply', '--server-side', ...options, '-R', '-f', folderOf(built));
}

/** The object, then each field as `path: before → after`, then each mark. */
function summaryOf({ changes }: Report): Record<string, string[]> {
  const entries = changes.map(({ before, after, fields, marks }): [string, string[]] => {
    const { kind, metadata } = (after ?? before) as ManifestObject;
    const values = fields.map((field) => `${field.path}: ${field.before} → ${field.after}`);
    return [`${kind} ${metadata.name}`, [...values, ...marks.map(({ risk, message }) => `${risk}: ${message}`)]];
  });
  return Object.fromEntries(entries);
}

const diff = (built: readonly Built[]) => reportOnCluster(kubectl, built, ENVIRONMENT);
const now = salient();
const IMAGE = 'ghcr.io/yourorg/salient-backend';
const image = 'spec.template.spec.containers[chat-api].image';

describe('diff', () => {
  const objects = now.flatMap((one) => [...one.objects]);
  const namespaces = namespacesOf(objects);
  const [, namespace = ''] = /^(.*)-admin$/.exec(namespaces.find((name) => name.endsWith('-admin')) ?? '') ?? [];

  beforeAll(async () => {
    const there = (await kubectl.get('namespaces')).map(({ metadata }) => metadata.name);
    if (namespaces.some((name) => there.includes(name))) throw new Error(`the cluster has ${namespaces} already`);
  });

  afterAll(async () => {
    if (cluster.pods === 'are not made') return;
    await kubectl.run('delete', 'namespace', ...namespaces, '--ignore-not-found', '--wait', '--timeout=180s');
  });

  test('on an empty cluster everything is new', async () => {
    const { changes, leftOver, notes } = await diff(now);
    expect(changes).toHaveLength(objects.length);
    expect(changes.every(({ before }) => before === undefined)).toBe(true);
    expect({ leftOver, notes }).toEqual({ leftOver: [], notes: [] });
  });

  test('an earlier state differs by the changes since, and there is no difference after an apply', async () => {
    await apply(salient('tag: v1.2.3', 'tag: v1.2.2'));
    const report = summaryOf(await diff(now));
    expect(Object.keys(report).sort()).toEqual([
      'Deployment admin-api',
      'Deployment chat-api',
      expect.stringMatching(/^Job migrations-/),
    ]);
    expect(report['Deployment chat-api']).toEqual([
      `${image}: ${IMAGE}:v1.2.2 → ${IMAGE}:v1.2.3`,
      'rolls: 3 to 20 pods of chat-api',
    ]);
    await apply(now);
    const { changes, leftOver } = await diff(now);
    expect(changes).toEqual([]);
    // The old Job is deleted automatically.
    expect(leftOver.map(({ object, command }) => [object.kind, command])).toEqual([['Job', undefined]]);
    await kubectl.run('delete', 'job', leftOver[0]?.object.metadata.name as string, '-n', `${namespace}-admin`);
  });

  test('it changes nothing', async () => {
    const versions = async () => {
      const live: Any[] = await kubectl.get('-R', '-f', folderOf(now));
      return live.map(({ kind, metadata }) => [kind, metadata.name, metadata.generation]);
    };
    const before = await versions();
    await diff(salient('tag: v1.2.3', 'tag: v9.9.9'));
    expect(await versions()).toEqual(before);
  });

  test('changes by hand are reported with the field manager, until an apply reverts them', async () => {
    const within = ['-n', namespace];
    await kubectl.run('scale', 'deployment/admin-api', '--replicas=5', ...within);
    await kubectl.run('set', 'image', 'deployment/chat-api', `chat-api=${IMAGE}:by-hand`, ...within);
    await kubectl.run('annotate', 'service/chat-api-svc', 'example.com/note=somebody', ...within);
    expect(summaryOf(await diff(now))).toEqual({
      'Deployment admin-api': [
        'spec.replicas: 5 → 2',
        expect.stringMatching(/^conflict: kubectl.* owns \.spec\.replicas: apply refuses, .*--force-conflicts$/),
      ],
      'Deployment chat-api': [
        `${image}: ${IMAGE}:by-hand → ${IMAGE}:v1.2.3`,
        expect.stringMatching(
          /^conflict: kubectl-set owns \.spec\.template\.spec\.containers\[name="chat-api"\]\.image: /,
        ),
        'rolls: 3 to 20 pods of chat-api',
      ],
    });
    await apply(now, '--force-conflicts');
    expect(summaryOf(await diff(now))).toEqual({});
  });

  test('objects of Berth that are no longer described are left over, with the command that deletes them', async () => {
    const labels = { 'app.kubernetes.io/managed-by': 'berth', 'app.kubernetes.io/part-of': 'salient' };
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const strays = [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'old', namespace, labels } },
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'old', namespace, labels }, spec: claim },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'not-ours', namespace } },
    ];
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: strays });
    expect(await kubectl.attempt(['create', '-f', '-'], list)).toMatchObject({ code: 0 });
    const { changes, leftOver, notes } = await diff(now);
    expect({ changes, notes }).toEqual({ changes: [], notes: [] });
    const shown = leftOver.map(({ object, command, why }) => [object.kind, object.metadata.name, command ?? why]);
    expect(shown.sort()).toEqual([
      ['ConfigMap', 'old', `kubectl delete configmap old -n ${namespace}`],
      ['PersistentVolumeClaim', 'old', 'holds data; delete it by hand when you no longer need it'],
    ]);
    const [, configMap] = /kubectl (.*)/.exec(shown.sort()[0]?.[2] as string) ?? [];
    await kubectl.run(...(configMap as string).split(' '));
    await kubectl.run('delete', 'pvc', 'old', '-n', namespace, '--wait=false');
  });

  test('a refusal of the API server is reported with its message, beside all other changes', async () => {
    const changed = salient('tag: v1.2.3', 'tag: v1.2.4');
    const all = changed.flatMap((one) => [...one.objects]);
    find(all, 'Deployment', 'admin-ui').spec.selector.matchLabels.extra = 'label';
    find(all, 'Deployment', 'admin-ui').spec.template.metadata.labels.extra = 'label';
    const report = summaryOf(await diff(changed));
    expect(report['Deployment admin-ui']).toEqual(
      expect.arrayContaining([
        'spec.selector.matchLabels.extra: undefined → label',
        expect.stringMatching(/^immutable: the API server refuses it: .*field is immutable/),
      ]),
    );
    expect(report['Deployment chat-api']).toContain(`${image}: ${IMAGE}:v1.2.3 → ${IMAGE}:v1.2.4`);
  });
});
