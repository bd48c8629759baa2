import { spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../commands/shared/kubectl';
import { PLATFORM } from '../../../lib/config/platform';
import type { ManifestObject } from '../../../lib/manifests/object';
import { type Any, folderWith, PROJECT, ROOT } from '../../support';
import { apply, cluster, key, kubectl, PlatformOf, remove, settled, unserved, versionsIn } from '../applied';
import { eventually } from '../cluster';
import { changedDist, discover, objectsIn, previousDist } from '../dist';
import { becomeAvailable, nameOf, namespacesOf, podsOf, templateOf } from '../rollout';

const ZONE = 'topology.kubernetes.io/zone';

const simulated = cluster.pods === 'seem to run';
const dist = previousDist() ?? 'there is none';
const withSimulatedPods = simulated ? test : test.skip;

/** The block of docs/apply.md that deletes the objects of removed files, for a folder of dist/. */
function deletionFor(folder: string): string {
  const page = readFileSync(join(ROOT, 'docs/apply.md'), 'utf8');
  const [, block] = /```sh\n(git diff --name-only --diff-filter=D[\s\S]*?)```/.exec(page) ?? [];
  if (block === undefined) throw new Error('docs/apply.md has no block that deletes the objects of removed files');
  return block.replaceAll('dist/prod/salient', folder);
}

/** Deletes the objects that are only in the first of two folders, by the page's commands in a new repository. */
async function deleteWhatWentAway(environment: string, system: string, from: string, to: string) {
  const root = folderWith({});
  const folder = `dist/${environment}/${system}`;
  const bash = async (script: string) => {
    const env = { ...kubectl.env, GIT_CONFIG_GLOBAL: '/dev/null', KUBECTL: kubectl.program };
    const wrapped = `set -euo pipefail\nkubectl() { "$KUBECTL" "$@"; }\n${script}`;
    const { code, stderr } = await run('bash', ['-c', wrapped], { cwd: root, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  };
  const commit = 'git add -A && git -c user.name=t -c user.email=t@example.com commit -qm x --allow-empty';
  await bash('git init -q');
  for (const tree of [from, to]) {
    rmSync(join(root, folder), { recursive: true, force: true });
    cpSync(tree, join(root, folder), { recursive: true });
    await bash(commit);
  }
  await bash(deletionFor(folder));
}

/** The objects of Berth in the cluster, of the kinds and namespaces of a folder. */
async function present(objects: readonly ManifestObject[]): Promise<Set<string>> {
  const kinds = new Set(objects.map(({ apiVersion, kind }) => `${kind}.${apiVersion.split('/').reverse().join('.')}`));
  const namespaces = new Set(namespacesOf(objects));
  const ours = objects[0]?.metadata.labels?.['app.kubernetes.io/part-of'];
  const selector = ['-A', '-l', `app.kubernetes.io/managed-by=berth,app.kubernetes.io/part-of=${ours}`];
  // `Kind.version.group`, and `Kind.version.` for the core group
  const names = [...kinds].map((name) => (name.split('.').length > 2 ? name : `${name}.`));
  const found: ManifestObject[] = await kubectl.get(names.join(','), ...selector);
  return new Set(found.filter(({ metadata }) => namespaces.has(metadata.namespace ?? metadata.name)).map(key));
}

/** Updates the cluster from one dist/ to the next: applies it, waits for the rollout, and deletes the objects of removed files. */
async function follow(environment: string, system: string, from: string, to: string) {
  await apply(to);
  if (simulated) await becomeAvailable(kubectl, objectsIn(to));
  await deleteWhatWentAway(environment, system, from, to);
  const kept = objectsIn(from).filter(({ kind }) => kind === 'PersistentVolumeClaim' || kind === 'Namespace');
  const expected = new Set([...objectsIn(to), ...kept].map(key));
  expect([...(await present([...objectsIn(from), ...objectsIn(to)]))].sort()).toEqual([...expected].sort());
}

/** Watches every PodDisruptionBudget during an action, and returns the states with too few healthy pods. */
async function broken(namespaces: readonly string[], meanwhile: () => Promise<void>): Promise<string[]> {
  const columns = 'N:.metadata.namespace,B:.metadata.name,C:.status.currentHealthy,D:.status.desiredHealthy';
  const args = ['get', 'pdb', '-A', '--watch', '--no-headers', '-o', `custom-columns=${columns}`];
  const watch = spawn(kubectl.program, args, { env: kubectl.env });
  let seen = '';
  watch.stdout.setEncoding('utf8').on('data', (text) => {
    seen += text;
  });
  try {
    await meanwhile();
  } finally {
    watch.kill();
  }
  return seen.split('\n').filter((line) => {
    const [namespace = '', , current, desired] = line.split(/\s+/);
    return namespaces.includes(namespace) && Number(current) < Number(desired);
  });
}

/** Whether the API server would accept a pod with a priority class. */
function tryPriority(priorityClassName: string) {
  const metadata = { name: 'plain', namespace: 'default' };
  const spec = {
    priorityClassName,
    automountServiceAccountToken: false,
    containers: [{ name: 'plain', image: 'plain' }],
  };
  const pod = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
  return kubectl.attempt(['create', '--dry-run=server', '-f', '-'], pod);
}

for (const { environment, system } of discover()) {
  describe(environment, () => {
    describe(system, () => {
      const folder = join(PROJECT, 'dist', environment, system);
      const objects = objectsIn(folder);
      const namespaces = namespacesOf(objects);
      const ofKind = (...kinds: string[]) => objects.filter(({ kind }) => kinds.includes(kind));
      const missing = unserved(objects);
      if (missing.length > 0) {
        test.skip(`the cluster does not serve ${missing.join(', ')}; BERTH_CRDS is a folder of their definitions`, () => {});
        return;
      }

      beforeAll(async () => {
        const there = await kubectl.get('namespaces');
        const taken = there.map(({ metadata }) => metadata.name).filter((name) => namespaces.includes(name));
        // They may contain the user's work, and these tests delete them.
        if (taken.length > 0) throw new Error(`the cluster has ${taken.join(' and ')} already, expected none of them`);
        if (system === PLATFORM) await platform.prepare();
        else await platform.apply();
      });

      const platform = new PlatformOf(environment);
      let applied = false;
      afterAll(async () => {
        if (applied) await remove(folder);
        await platform.remove();
      });
      const needsApplied = () => {
        if (!applied) throw new Error('it was not accepted');
      };

      const previous = join(dist, environment, system);
      const hadOne = existsSync(previous) && namespaces.length > 0 ? test : test.skip;
      hadOne('it takes over from the previous commit', async () => {
        await kubectl.run('apply', '--server-side', '-R', '-f', previous);
        try {
          if (simulated) await becomeAvailable(kubectl, objectsIn(previous));
          await follow(environment, system, previous, folder);
        } finally {
          await remove(folder);
          await remove(previous);
        }
      });

      const priorities = ofKind('PriorityClass').map(({ metadata }) => metadata.name);
      if (priorities.length > 0) {
        test('pods with its priority classes are refused before it is applied', async () => {
          for (const name of priorities) {
            expect((await tryPriority(name)).stderr).toContain(`no PriorityClass with name ${name} was found`);
          }
        });
      }

      test('one apply is accepted without a warning', async () => {
        applied = true; // at least partly
        await apply(folder);
      });

      // A folder without namespaces has no workloads.
      const runs = namespaces.length > 0;
      if (runs) {
        withSimulatedPods('every workload becomes available, every Job is done', async () => {
          needsApplied();
          await becomeAvailable(kubectl, objects);
        });
      }

      const cronJobs = ofKind('CronJob');
      const eachCronJob = async () => {
        needsApplied();
        for (const { metadata, spec } of cronJobs) {
          const name = `try-${metadata.name}`;
          const within = ['-n', metadata.namespace as string];
          await kubectl.run('create', 'job', name, `--from=cronjob/${metadata.name}`, ...within);
          const wait = ['wait', '--for=condition=complete', `job/${name}`, ...within, '--timeout=60s'];
          const { code, stderr } = await kubectl.attempt(wait);
          // Where none is kept, one that succeeded may be gone already; one that failed would be there.
          const isGone = spec.successfulJobsHistoryLimit === 0 && /not ?found/i.test(stderr);
          expect({ name, done: code === 0 || isGone, stderr: isGone ? '' : stderr }).toMatchObject({
            name,
            done: true,
          });
          await kubectl.run('delete', 'job', name, ...within, '--ignore-not-found');
        }
      };
      if (cronJobs.length > 0) withSimulatedPods('each CronJob starts a Job that is done', eachCronJob);

      test('a second apply changes nothing', async () => {
        needsApplied();
        // An object that no controller has written yet is stored again without a change: a Gateway, whose status has a default.
        for (const { metadata } of ofKind('Gateway')) {
          const status = ['--subresource=status', '--type=merge', '--patch', '{"status":{}}'];
          await kubectl.run('patch', 'gateway', metadata.name, '-n', metadata.namespace as string, ...status);
        }
        const before = await settled(folder);
        await apply(folder);
        expect(await versionsIn(folder)).toEqual(before);
      });

      if (priorities.length > 0) {
        test('pods with its priority classes are accepted', async () => {
          needsApplied();
          for (const name of priorities) expect(await tryPriority(name)).toMatchObject({ code: 0, stderr: '' });
        });
      }

      if (!runs) return;

      test('its namespaces refuse pods that are not restricted, and accept all of its own', async () => {
        needsApplied();
        for (const namespace of namespaces) {
          await eventually(30, () => kubectl.run('get', 'serviceaccount', 'default', '-n', namespace));
          const plain = ['run', 'plain', '--image=plain', '--dry-run=server', '-n', namespace];
          expect((await kubectl.attempt(plain)).stderr).toContain('violates PodSecurity "restricted');
          const events = await kubectl.get('events', '-n', namespace, '--field-selector', 'reason=FailedCreate');
          expect(events.map(({ message }) => message)).toEqual([]);
        }
      });

      withSimulatedPods('Services lead to the pods that they select', async () => {
        needsApplied();
        for (const service of ofKind('Service')) {
          const { selector, ports } = service.spec as Any;
          const namespace = service.metadata.namespace as string;
          const selects = (object: ManifestObject) =>
            object.metadata.namespace === namespace &&
            Object.entries(selector).every(([label, value]) => templateOf(object)?.metadata.labels[label] === value);
          const templates = ofKind('Deployment', 'StatefulSet', 'DaemonSet').filter(selects).map(templateOf);
          // There is no operator here that would create its pods.
          if (templates.length === 0) continue;
          const declared = templates[0].spec.containers.flatMap((container: Any) => container.ports ?? []);
          const expected = (ports ?? []).map(({ targetPort, port }: Any) =>
            typeof targetPort === 'string'
              ? declared.find(({ name }: Any) => name === targetPort)?.containerPort
              : (targetPort ?? port),
          );
          await eventually(30, async () => {
            const pods = await podsOf(kubectl, namespace, selector);
            const label = `kubernetes.io/service-name=${service.metadata.name}`;
            const slices = await kubectl.get('endpointslices', '-n', namespace, '-l', label);
            const ready = slices.flatMap(({ endpoints }) => endpoints ?? []).filter((one) => one.conditions.ready);
            const addresses = ready.flatMap((one) => one.addresses).sort();
            expect(addresses).not.toEqual([]);
            expect(addresses).toEqual(pods.map(({ status }) => status.podIP).sort());
            for (const { ports: open } of slices) expect((open ?? []).map(({ port }: Any) => port)).toEqual(expected);
          });
        }
      });

      withSimulatedPods('pods are spread evenly over the zones', async () => {
        needsApplied();
        const nodes = await kubectl.get('nodes');
        const zoneOf = new Map(nodes.map(({ metadata }) => [metadata.name, metadata.labels[ZONE]]));
        const zones = [...new Set(zoneOf.values())];
        expect(zones).toHaveLength(3);
        for (const workload of ofKind('Deployment')) {
          const { selector, template } = workload.spec as Any;
          const spread = template.spec.topologySpreadConstraints ?? [];
          const { maxSkew } = spread.find(({ topologyKey }: Any) => topologyKey === ZONE) ?? {};
          expect([nameOf(workload), maxSkew]).toEqual([nameOf(workload), 1]);
          const pods = await podsOf(kubectl, workload.metadata.namespace as string, selector.matchLabels);
          const counts = zones.map((zone) => pods.filter(({ spec }) => zoneOf.get(spec.nodeName) === zone).length);
          expect(pods.length).toBeGreaterThan(0);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      });

      withSimulatedPods('a node can be drained, and every budget is kept', async () => {
        needsApplied();
        const pods = (await Promise.all(namespaces.map((namespace) => kubectl.get('pods', '-n', namespace)))).flat();
        const names = pods.map(({ spec }) => spec.nodeName as string);
        const load = (name: string) => names.filter((one) => one === name).length;
        const [node = ''] = [...names].sort((one, other) => load(other) - load(one));
        try {
          const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=120s'];
          const lines = await broken(namespaces, async () => {
            await kubectl.run('drain', node, ...flags);
            await becomeAvailable(kubectl, objects);
          });
          expect(lines).toEqual([]);
          const left = (await kubectl.get('pods', '-A', '--field-selector', `spec.nodeName=${node}`)).filter(
            ({ metadata }) => namespaces.includes(metadata.namespace),
          );
          expect(left).toEqual([]);
        } finally {
          await kubectl.run('uncordon', node);
        }
      });

      withSimulatedPods('pods of a zone that is away find room in the others', async () => {
        needsApplied();
        const nodes = await kubectl.get('nodes');
        const [zone] = nodes.map(({ metadata }) => metadata.labels[ZONE]).sort();
        const away = nodes
          .filter(({ metadata }) => metadata.labels[ZONE] === zone)
          .map(({ metadata }) => metadata.name);
        await kubectl.run('cordon', ...away);
        try {
          for (const namespace of namespaces) {
            const pods = await podsOf(kubectl, namespace, {});
            const gone = pods.filter(({ spec }) => away.includes(spec.nodeName)).map(({ metadata }) => metadata.name);
            if (gone.length > 0) await kubectl.run('delete', 'pod', '-n', namespace, ...gone);
          }
          await becomeAvailable(kubectl, objects, 30);
        } finally {
          await kubectl.run('uncordon', ...away);
        }
      });

      const budgets = ofKind('PodDisruptionBudget');
      const secondEviction = async () => {
        needsApplied();
        const nodes = (await kubectl.get('nodes')).map(({ metadata }) => metadata.name);
        await kubectl.run('cordon', ...nodes);
        try {
          for (const budget of budgets) {
            const namespace = budget.metadata.namespace as string;
            const pods = await podsOf(kubectl, namespace, (budget.spec as Any).selector.matchLabels);
            expect(pods.length).toBeGreaterThan(1);
            const evict = ({ metadata: { name } }: Any) => {
              const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
              const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
              return kubectl.attempt(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
            };
            expect(await evict(pods[0])).toMatchObject({ code: 0 });
            expect((await evict(pods[1])).stderr).toContain("violate the pod's disruption budget");
          }
        } finally {
          await kubectl.run('uncordon', ...nodes);
        }
        await becomeAvailable(kubectl, objects);
      };
      if (budgets.length > 0) {
        withSimulatedPods('where there is no room for another, a budget stops the second eviction', secondEviction);
      }

      test('new images, fewer tenants and a renamed ConfigMap can be applied and reverted', async () => {
        needsApplied();
        const changed = changedDist(environment, system);
        await follow(environment, system, folder, changed);
        await follow(environment, system, changed, folder);
      });
    });
  });
}
