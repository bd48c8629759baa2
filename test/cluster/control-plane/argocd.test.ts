import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ManifestObject } from '../../../lib/manifests/object';
import { withSmoke } from '../../../lib/parts/smoke/smoke';
import { type Any, PROJECT, ROOT } from '../../support';
import { objectsOf, salientSystem } from '../../systems';
import { eventually, kubectlFor, testCluster } from '../cluster';
import { objectsIn } from '../dist';

const SOURCES = join(ROOT, 'test/cluster/argocd');
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'berth/argocd');
const PROGRAM = join(CACHE, 'argocd');
/** The timeout of compiling Argo CD and its dependencies; Go caches the result. */
const COMPILED_WITHIN_MS = 15 * 60_000;

const cluster = testCluster();
const kubectl = kubectlFor(cluster);

/** The reason why Argo CD's code cannot run here, or undefined. */
function lacking(): string | undefined {
  const { error, stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  const [, minor] = /^go1\.(\d+)/.exec(stdout ?? '') ?? [];
  return error || Number(minor) < 26 ? 'there is no Go 1.26 or later' : undefined;
}

/** Runs Argo CD's own code for a request. */
function ask(what: string, request: object): Any {
  const { status, stdout, stderr } = spawnSync(PROGRAM, [what], {
    input: JSON.stringify(request),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const all = objectsIn(join(PROJECT, 'dist/argocd/all'));
const one = (kind: string, name: string, among = all): Any =>
  among.find((object) => object.kind === kind && object.metadata.name === name);
const HEALTH = join(PROJECT, 'dist/argocd/health');
const settings = objectsIn(HEALTH)[0]?.data as Record<string, string>;
const index: Any[] = JSON.parse(readFileSync(join(PROJECT, 'dist/index.json'), 'utf8'));
const health = (...objects: Any[]) => ask('health', { settings, objects });

const why = lacking();
if (why !== undefined) {
  test.skip(`Argo CD's own code cannot be run: ${why}`, () => {});
} else {
  beforeAll(() => {
    mkdirSync(CACHE, { recursive: true });
    const { status, stderr } = spawnSync('go', ['build', '-o', PROGRAM, '.'], { cwd: SOURCES, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }, COMPILED_WITHIN_MS);

  describe('the Applications', () => {
    const made = (entries = index): Any[] =>
      ask('applications', { applicationSet: one('ApplicationSet', 'berth'), index: entries });

    test('are one for each folder of dist/, with the destination in the index', () => {
      const applications = made().map(({ metadata, spec }) => ({
        name: metadata.name,
        namespace: metadata.namespace,
        project: spec.project,
        path: spec.source.path,
        cluster: spec.destination.name,
      }));
      const folders = ['dev', 'prod', 'staging'].flatMap((environment) =>
        readdirSync(join(PROJECT, 'dist', environment)).map((system) => ({
          name: `${system}-${environment}`,
          namespace: 'argocd',
          project: system,
          path: `dist/${environment}/${system}`,
          cluster: environment,
        })),
      );
      expect(applications).toEqual(folders);
    });

    test('sync automatically where that is configured, and delete no objects when they are removed', () => {
      for (const { metadata, spec } of made()) {
        const { automated, syncOptions, retry } = spec.syncPolicy;
        expect(automated).toEqual(/-prod$/.test(metadata.name) ? undefined : { prune: true, selfHeal: true });
        expect(syncOptions).toContain('ServerSideApply=true');
        expect(retry).toMatchObject({ limit: 5 });
        expect(metadata.finalizers).toBeUndefined();
        expect(metadata.labels['berth.dev/environment']).toMatch(/^(dev|staging|prod)$/);
      }
    });

    test('an entry without a required field is an error', () => {
      const [{ cluster: _, ...entry }] = index as [Any];
      expect(() => made([entry])).toThrow('map has no entry for key "cluster"');
    });
  });

  describe('the projects', () => {
    const applications = () => ask('applications', { applicationSet: one('ApplicationSet', 'berth'), index });
    const refused = (project: Any, application: Any, objects: readonly Any[]) =>
      ask('refused', { project, application, objects });

    test('permit the objects of dist/, and no other kinds and namespaces', () => {
      for (const application of applications()) {
        const { project, source } = application.spec;
        const objects = objectsIn(join(PROJECT, source.path));
        expect(refused(one('AppProject', project), application, objects).refused).toEqual([]);
        const [namespace] = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))];
        const strange = [
          { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'kube-system' } },
          { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'b', namespace: namespace ?? 'default' } },
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'c' } },
          { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'd' } },
        ];
        expect(refused(one('AppProject', project), application, strange).refused).toHaveLength(strange.length);
      }
    });

    test('the one of Argo CD itself permits the objects of dist/argocd', () => {
      const application = one('Application', 'berth');
      const objects = ['all', 'prod', 'staging'].flatMap((folder) => objectsIn(join(PROJECT, 'dist/argocd', folder)));
      expect(refused(one('AppProject', 'berth'), application, objects).refused).toEqual([]);
    });

    test('a closed window stops syncs of its Applications, also manual ones unless these are allowed', () => {
      const [application] = applications();
      const faraway = (new Date().getUTCHours() + 12) % 24;
      const closed = { kind: 'allow', schedule: `0 ${faraway} * * *`, duration: '1h', timeZone: 'UTC' };
      const spec = (windows: Any[]) => ({ ...one('AppProject', application.spec.project).spec, syncWindows: windows });
      const canSync = (windows: Any[]) => refused({ metadata: {}, spec: spec(windows) }, application, []).canSync;
      const { name } = application.metadata;
      expect(canSync([])).toEqual({ automatic: true, manual: true });
      expect(canSync([{ ...closed, applications: [name] }])).toEqual({ automatic: false, manual: false });
      expect(canSync([{ ...closed, applications: [name], manualSync: true }])).toEqual({
        automatic: false,
        manual: true,
      });
      expect(canSync([{ ...closed, applications: ['another'] }])).toEqual({ automatic: true, manual: true });
    });
  });

  describe('health', () => {
    const meta = { name: 'x', namespace: 'shop', generation: 2 };

    test.each(['Database', 'DatabaseRole'])(
      'of a %s is the status of CloudNativePG for the current generation',
      (kind) => {
        const of = (status?: Any) => ({ apiVersion: 'postgresql.cnpg.io/v1', kind, metadata: meta, status });
        const found = health(
          of(),
          of({ applied: true, observedGeneration: 1 }),
          of({ applied: true, observedGeneration: 2 }),
          of({ applied: false, observedGeneration: 2, message: 'no such role' }),
        );
        expect(found.map((one: Any) => one.status)).toEqual(['Progressing', 'Progressing', 'Healthy', 'Degraded']);
        expect(found[3].message).toBe('no such role');
      },
    );

    test.each(['SecurityPolicy', 'BackendTrafficPolicy', 'ClientTrafficPolicy'])(
      'of a %s is that of all Gateways',
      (kind) => {
        const accepted = (status: string, observedGeneration = 2) => ({
          conditions: [{ type: 'Accepted', status, observedGeneration, message: `it is ${status}` }],
        });
        const of = (...ancestors: Any[]) => ({
          ...{ apiVersion: 'gateway.envoyproxy.io/v1alpha1', kind, metadata: meta },
          status: { ancestors },
        });
        const found = health(
          of(),
          of(accepted('True', 1)),
          of(accepted('True')),
          of(accepted('True'), accepted('False')),
          of(accepted('True'), { conditions: [] }),
        );
        const expected = ['Healthy', 'Progressing', 'Healthy', 'Degraded', 'Progressing'];
        expect(found.map((one: Any) => one.status)).toEqual(expected);
      },
    );

    test('of other kinds is by the built-in checks of Argo CD', () => {
      const bare = (object: ManifestObject) => ask('health', { settings: {}, objects: [object] })[0];
      const kinds = Object.keys(settings).map((key) => key.replace('resource.customizations.health.', ''));
      for (const key of kinds) {
        const [group, kind] = key.split('_') as [string, string];
        expect(bare({ apiVersion: `${group}/v1`, kind, metadata: meta } as Any)).toBeNull();
      }
    });
  });

  describe('a sync', () => {
    const folder = join(PROJECT, 'dist/dev/salient');
    const objects = objectsIn(folder);
    const namespaces = objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
    const sync = (wanted: readonly ManifestObject[]) =>
      ask('sync', {
        ...{ kubeconfig: cluster.kubeconfig, name: 'salient-dev', namespace: namespaces[0], settings },
        ...{ objects: wanted, seconds: 240 },
      });
    const nameOf = ({ apiVersion, kind, metadata: { namespace, name } }: Any) =>
      `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}:${namespace ?? ''}/${name}`;
    const withPods = cluster.pods === 'are not made' ? test.skip : test;

    afterAll(async () => {
      await kubectl.run(
        'delete',
        'namespace',
        '--ignore-not-found',
        '--wait',
        '--timeout=180s',
        ...namespaces,
        'argo-try',
      );
    }, 200_000);

    withPods(
      'applies wave after wave, prunes no namespace and no volume, and finds nothing to do after it',
      async () => {
        const first = sync(objects);
        expect(first).toMatchObject({ phase: 'Succeeded', failed: [], after: [] });
        const waveOf = new Map(
          objects.map((one) => [nameOf(one), Number(one.metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0)]),
        );
        const waves = first.applied.map((name: string) => waveOf.get(name));
        expect(first.applied).toHaveLength(objects.length);
        expect(waves).toEqual([...waves].sort((a, b) => a - b));
        const kinds = (kind: string) => first.applied.findIndex((name: string) => name.includes(`/${kind}:`));
        const order = ['Namespace', 'Secret', 'StatefulSet', 'Job', 'Deployment', 'Ingress'].map(kinds);
        expect(order).toEqual([...order].sort((a, b) => a - b));

        // A hook after the sync runs when everything is healthy, which an Ingress is once it has an address.
        const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } });
        const edges = objects.filter(({ kind }) => kind === 'Ingress');
        for (const { metadata } of edges) {
          const names = ['ingress', metadata.name, '-n', metadata.namespace as string];
          await kubectl.run('patch', ...names, '--subresource=status', '--type=merge', '-p', status);
        }
        const checked = sync(objectsOf(withSmoke(salientSystem('dev'), { image: 'busybox', tag: '1.37.0' })));
        expect(checked).toMatchObject({ phase: 'Succeeded', failed: [] });
        expect(checked.applied.at(-1)).toMatch(/^batch\/Job:salient-dev\/smoke-/);

        const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
        expect(sync(policies)).toMatchObject({ phase: 'Succeeded', failed: [] });
        // Pruned objects are deleted after a moment.
        await eventually(120, async () => {
          const kept = sync(policies).before.map((line: string) => line.replace(/:.*/, ''));
          expect(new Set(kept)).toEqual(new Set(['extra /Namespace', 'extra /PersistentVolumeClaim']));
        });
      },
      600_000,
    );
  });

  describe("Argo CD's own namespace", () => {
    beforeAll(async () => {
      await kubectl.run('create', 'namespace', 'argocd'); // fails where it exists, since then these tests must not run on this cluster
    });
    afterAll(async () => {
      await kubectl.run('delete', 'namespace', 'argocd', '--ignore-not-found', '--wait', '--timeout=120s');
    }, 130_000);

    test('accepts what docs/argocd.md applies first, and what Argo CD applies later', async () => {
      for (const folder of ['all', 'staging', 'prod']) {
        const path = join(PROJECT, 'dist/argocd', folder);
        expect(await kubectl.attempt(['apply', '--server-side', '-R', '-f', path])).toMatchObject({
          code: 0,
          stderr: '',
        });
        expect(await kubectl.attempt(['diff', '--server-side', '-R', '-f', path])).toMatchObject({
          code: 0,
          stdout: '',
        });
      }
    });

    test('keeps other settings of the ConfigMap beside the health checks', async () => {
      const metadata = { name: 'argocd-cm', namespace: 'argocd' };
      const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { url: 'https://argocd.example.com' } };
      expect(await kubectl.attempt(['apply', '-f', '-'], JSON.stringify(theirs))).toMatchObject({ code: 0 });
      const [file = ''] = readdirSync(HEALTH);
      const patch = ['--type=merge', `--patch-file=${join(HEALTH, file)}`];
      await kubectl.run('patch', 'configmap', 'argocd-cm', '-n', 'argocd', ...patch);
      const [found] = await kubectl.get('configmap/argocd-cm', '-n', 'argocd');
      expect(found.data).toEqual({ ...settings, ...theirs.data });
    });
  });
}
