import { NotPossible } from '../../lib/base/errors';
import { holdsData } from '../../lib/diff/data';
import type { ObjectMark } from '../../lib/diff/mark';
import type { LeftOver } from '../../lib/diff/report';
import { objectKey } from '../../lib/manifests/change';
import { isSame } from '../../lib/manifests/fields';
import type { ManifestObject } from '../../lib/manifests/object';
import { KINDS } from '../../lib/output/order';
import type { Kubectl, Outcome } from '../shared/kubectl';
import { conflictsIn } from './conflicts';

/** The objects of a cluster before and after a server-side apply, which is a dry run: the API server stores nothing. */
export interface ClusterComparison {
  /** For messages: the context, and its server. */
  readonly cluster: string;
  readonly before: readonly ManifestObject[];
  readonly after: readonly ManifestObject[];
  readonly marks: readonly ObjectMark[];
  readonly leftOver: readonly LeftOver[];
  readonly notes: readonly string[];
}

/** How many requests run at the same time. */
const BATCH_SIZE = 6;
const APPLY = ['apply', '--server-side', '--dry-run=server', '-o', 'json', '-f', '-'];
const MANAGED_BY_BERTH = 'app.kubernetes.io/managed-by=berth';
const PART_OF = 'app.kubernetes.io/part-of';

const listOf = (items: readonly ManifestObject[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

function objectsIn(text: string): ManifestObject[] {
  if (text.trim() === '') return [];
  const found = JSON.parse(text);
  return found.kind === 'List' ? found.items : [found];
}

/** The error message of kubectl, on one line. */
function errorOf({ stderr, stdout }: Outcome): string {
  return (stderr || stdout)
    .replace(/^.*memcache\.go.*\n?/gm, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
}

async function contextOf(kubectl: Kubectl): Promise<string> {
  const { code, stdout } = await kubectl.attempt(['config', 'view', '--minify', '-o', 'json']);
  const { clusters, 'current-context': context } = code === 0 ? JSON.parse(stdout) : {};
  const server = clusters?.[0]?.cluster?.server;
  if (!server) throw new NotPossible(`${kubectl.env.KUBECONFIG ?? 'kubectl'} has no current context`);
  const answer = await kubectl.attempt(['get', '--raw', '/version', '--request-timeout=10s']);
  if (answer.code !== 0) {
    throw new NotPossible(`${server} does not answer as a Kubernetes API server: ${errorOf(answer)}`);
  }
  return `the cluster ${context} (${server})`;
}

/** The result of a dry run with --force-conflicts: the object after it, or why the API server refuses it. */
interface DryRun {
  readonly object: ManifestObject;
  readonly refused?: string;
}

/** An object merged over the live one: an estimate of the result where the dry run is refused. */
function merged(live: unknown, desired: unknown): unknown {
  if (desired === null || typeof desired !== 'object' || Array.isArray(desired)) return desired;
  const old = live !== null && typeof live === 'object' && !Array.isArray(live) ? live : {};
  const own = Object.entries(desired).map(([key, value]) => [
    key,
    merged((old as Record<string, unknown>)[key], value),
  ]);
  return { ...old, ...Object.fromEntries(own) };
}

/** Runs `work` for each item, a few at the same time. */
async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let first = 0; first < items.length; first += BATCH_SIZE) {
    results.push(...(await Promise.all(items.slice(first, first + BATCH_SIZE).map(work))));
  }
  return results;
}

/** Dry runs of an apply, all objects in one request where none is refused. */
async function dryRunAll(
  kubectl: Kubectl,
  desired: readonly ManifestObject[],
  live: ReadonlyMap<string, ManifestObject>,
) {
  if (desired.length === 0) return [];
  const all = await kubectl.attempt([...APPLY, '--force-conflicts'], listOf(desired));
  if (all.code === 0) return objectsIn(all.stdout).map((object): DryRun => ({ object }));
  // One is refused, and then kubectl does not print the others.
  return inBatches(desired, async (object): Promise<DryRun> => {
    const one = await kubectl.attempt([...APPLY, '--force-conflicts'], listOf([object]));
    const [result] = one.code === 0 ? objectsIn(one.stdout) : [];
    if (result !== undefined) return { object: result };
    return { object: merged(live.get(objectKey(object)), object) as ManifestObject, refused: errorOf(one) };
  });
}

function withoutServerSide({ metadata, ...object }: ManifestObject): unknown {
  const { managedFields: _, resourceVersion: __, generation: ___, ...rest } = metadata as Record<string, unknown>;
  return { ...object, metadata: rest };
}

/** The conflicts of an apply of one object, as marks. */
async function conflictsOf(kubectl: Kubectl, object: ManifestObject): Promise<ObjectMark[]> {
  const { code, stderr } = await kubectl.attempt(APPLY, listOf([object]));
  return (code === 0 ? [] : conflictsIn(stderr)).map(({ manager, paths }) => ({
    object,
    risk: 'conflict',
    message: `${manager} owns ${paths.join(', ')}: apply refuses, and takes it back with --force-conflicts`,
  }));
}

/** The namespaced kinds that Berth makes and the cluster serves, as `kubectl get` names them. */
async function servedKinds(kubectl: Kubectl): Promise<string[]> {
  const table = await kubectl.attempt(['api-resources', '--namespaced', '--verbs=list', '--no-headers']);
  return table.stdout.split('\n').flatMap((line) => {
    // The column of short names may be empty.
    const [name = '', ...columns] = line.trim().split(/\s+/);
    const [version = '', , kind = ''] = columns.slice(-3);
    return KINDS.includes(kind) ? [version.includes('/') ? `${name}.${version.split('/')[0]}` : name] : [];
  });
}

/** How to remove an object that is no longer described. */
function leftOver(object: ManifestObject): LeftOver {
  const { apiVersion, kind, metadata, spec } = object;
  if (holdsData(object)) return { object, why: 'holds data; delete it by hand when you no longer need it' };
  if (kind === 'Job' && spec?.ttlSecondsAfterFinished !== undefined) {
    return { object, why: `is deleted automatically ${spec.ttlSecondsAfterFinished} s after it finishes` };
  }
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  const type = group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
  return { object, command: `kubectl delete ${type} ${metadata.name} -n ${metadata.namespace}` };
}

/** The identity of a Job without the hash of its content. */
function taskOf({ kind, metadata: { namespace, name } }: ManifestObject): string {
  return `${kind}/${namespace}/${name.replace(/-[0-9a-f]{8,}$/, '')}`;
}

/** Objects of Berth in the namespaces of systems that are no longer described. Objects with an owner are deleted with it. */
async function leftOverObjects(kubectl: Kubectl, desired: readonly ManifestObject[], systems: readonly string[]) {
  const namespaces = new Set(desired.flatMap(({ metadata }) => metadata.namespace ?? []));
  const known = new Set(desired.map(objectKey));
  const kinds = await servedKinds(kubectl);
  const selector = `${MANAGED_BY_BERTH},${PART_OF} in (${systems.join(',')})`;
  const found = await kubectl.attempt(['get', kinds.join(','), '-A', '-l', selector, '-o', 'json']);
  const notes = found.code === 0 ? [] : [`objects that are left over may be missing here: ${errorOf(found)}`];
  const objects = (found.stdout.trim() === '' ? [] : objectsIn(found.stdout)).filter(
    (object) =>
      namespaces.has(object.metadata.namespace ?? '') &&
      !known.has(objectKey(object)) &&
      !('ownerReferences' in object.metadata),
  );
  return { objects, notes };
}

/** How often objects are read again that changed during the dry run. */
const ATTEMPTS = 4;

function versionOf(object: ManifestObject | undefined): unknown {
  return (object?.metadata as Record<string, unknown> | undefined)?.resourceVersion;
}

/** The live objects and their dry runs. An object that a controller writes between the two is read again. */
async function readAndDryRun(kubectl: Kubectl, desired: readonly ManifestObject[]) {
  const live = new Map<string, ManifestObject>();
  const dryRuns = new Map<string, DryRun>();
  let open = desired;
  for (let attempt = 0; attempt < ATTEMPTS && open.length > 0; attempt++) {
    const found = await kubectl.attempt(['get', '-f', '-', '--ignore-not-found', '-o', 'json'], listOf(open));
    if (found.code !== 0) throw new NotPossible(`kubectl get: ${errorOf(found)}`);
    for (const object of objectsIn(found.stdout)) live.set(objectKey(object), object);
    const there = open.filter((object) => live.has(objectKey(object)));
    for (const dryRun of await dryRunAll(kubectl, there, live)) dryRuns.set(objectKey(dryRun.object), dryRun);
    open = there.filter((object) => {
      const dryRun = dryRuns.get(objectKey(object));
      return dryRun?.refused === undefined && versionOf(dryRun?.object) !== versionOf(live.get(objectKey(object)));
    });
  }
  return { live, dryRuns };
}

/**
 * Compares a cluster with what a server-side apply would make of it, so that defaults and fields of other managers are no difference.
 *
 * @param systems whose objects in the cluster may be left over
 * @throws NotPossible when there is no cluster, or it does not answer
 */
export async function compareWithCluster(
  kubectl: Kubectl,
  objects: readonly ManifestObject[],
  systems: readonly string[],
): Promise<ClusterComparison> {
  const cluster = await contextOf(kubectl);
  const versions = (await kubectl.run('api-versions')).trim().split('\n');
  const served = objects.filter(({ apiVersion }) => versions.includes(apiVersion));
  const unknown = [...new Set(objects.filter((one) => !served.includes(one)).map(({ apiVersion }) => apiVersion))];

  const { live, dryRuns } = await readAndDryRun(kubectl, served);
  const there = served.filter((object) => live.has(objectKey(object)));
  const changed = there.filter((object) => {
    const [before, after] = [live.get(objectKey(object)), dryRuns.get(objectKey(object))?.object];
    return before && after && !isSame(withoutServerSide(before), withoutServerSide(after));
  });
  const refused = [...dryRuns.values()].flatMap(({ object, refused: why }): ObjectMark[] =>
    why === undefined ? [] : [{ object, risk: 'immutable', message: `the API server refuses it: ${why}` }],
  );
  const conflicts = await inBatches(
    changed.filter((object) => dryRuns.get(objectKey(object))?.refused === undefined),
    (object) => conflictsOf(kubectl, object),
  );

  const left = await leftOverObjects(kubectl, objects, systems);
  // A changed Job has a new name, and replaces the old Job; any other object that is left over stays.
  const coming = new Set(objects.filter((object) => !live.has(objectKey(object))).map(taskOf));
  const stays = left.objects.filter((object) => object.kind !== 'Job' || !coming.has(taskOf(object)));
  const after = objects.map((object) => dryRuns.get(objectKey(object))?.object ?? object);
  return {
    cluster,
    before: [...live.values(), ...left.objects],
    after: [...after, ...stays],
    marks: [...refused, ...conflicts.flat()],
    leftOver: left.objects.map(leftOver),
    notes: [
      ...unknown.map((version) => `the cluster does not serve ${version}: an apply of its objects fails`),
      ...left.notes,
    ],
  };
}
