import { NotPossible } from '../../lib/base/errors';
import { objectKey } from '../../lib/diff/change';
import { holdsData } from '../../lib/diff/data';
import { isSame } from '../../lib/diff/fields';
import type { Marked } from '../../lib/diff/mark';
import type { LeftOver } from '../../lib/diff/report';
import type { ManifestObject } from '../../lib/manifests/object';
import { KINDS } from '../../lib/output/order';
import type { Kubectl, Outcome } from '../shared/kubectl';

/** What a cluster has, and what it would have after an apply. Nothing is changed: the API server tries it out, and stores nothing. */
export interface Tried {
  /** As it is shown: the context, and its server. */
  readonly cluster: string;
  readonly before: readonly ManifestObject[];
  readonly after: readonly ManifestObject[];
  readonly marks: readonly Marked[];
  readonly leftOver: readonly LeftOver[];
  readonly notes: readonly string[];
}

/** How many questions are asked at the same time. */
const AT_ONCE = 6;
const APPLY = ['apply', '--server-side', '--dry-run=server', '-o', 'json', '-f', '-'];
const OURS = 'app.kubernetes.io/managed-by=berth';
const PART_OF = 'app.kubernetes.io/part-of';

const listOf = (items: readonly ManifestObject[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

function objectsIn(text: string): ManifestObject[] {
  if (text.trim() === '') return [];
  const found = JSON.parse(text);
  return found.kind === 'List' ? found.items : [found];
}

/** What kubectl complained of, in a line. */
function complaintOf({ stderr, stdout }: Outcome): string {
  return (stderr || stdout)
    .replace(/^.*memcache\.go.*\n?/gm, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
}

async function contextOf(kubectl: Kubectl): Promise<string> {
  const { code, stdout } = await kubectl.attempt(['config', 'view', '--minify', '-o', 'json']);
  const { clusters, 'current-context': context } = code === 0 ? JSON.parse(stdout) : {};
  const server = clusters?.[0]?.cluster?.server;
  if (!server) throw new NotPossible(`${kubectl.env.KUBECONFIG ?? 'kubectl'} names no cluster`);
  const answer = await kubectl.attempt(['get', '--raw', '/version', '--request-timeout=10s']);
  if (answer.code !== 0) {
    throw new NotPossible(`${server} does not answer as a cluster does: ${complaintOf(answer)}`);
  }
  return `the cluster ${context} (${server})`;
}

/** A field that somebody else owns, and that an apply would change. */
interface Conflict {
  readonly manager: string;
  readonly paths: readonly string[];
}

/**
 * The conflicts that an apply ends with. Source: kubernetes.io, Server-Side Apply, Conflicts; the form is kubectl's:
 * `conflicts with "kubectl" with subresource "scale" using apps/v1: .spec.replicas`, or several fields on lines of their own.
 */
export function conflictsIn(complaint: string): Conflict[] {
  const [, ...parts] = complaint.split(/conflicts? with "/);
  return parts.map((part) => {
    const [, manager = '', subresource] = /^([^"]*)"(?: with subresource "([^"]*)")?/.exec(part) ?? [];
    const paths = [...part.matchAll(/(?:^- |: )(\.[^\n]*)/gm)].map(([, path]) => path as string);
    return { manager: subresource === undefined ? manager : `${manager} (${subresource})`, paths };
  });
}

/** Applied for a try with the fields of others taken: what it would be, or why the API server refuses it. */
interface Trial {
  readonly object: ManifestObject;
  readonly refused?: string;
}

/** Live values of the fields that an object says, where it cannot be tried. */
function merged(live: unknown, wanted: unknown): unknown {
  if (wanted === null || typeof wanted !== 'object' || Array.isArray(wanted)) return wanted;
  const old = live !== null && typeof live === 'object' && !Array.isArray(live) ? live : {};
  const own = Object.entries(wanted).map(([key, value]) => [key, merged((old as Record<string, unknown>)[key], value)]);
  return { ...old, ...Object.fromEntries(own) };
}

/** Does something with each item, a few at the same time. */
async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let first = 0; first < items.length; first += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(first, first + AT_ONCE).map(work))));
  }
  return results;
}

async function tryOut(kubectl: Kubectl, wanted: readonly ManifestObject[], live: ReadonlyMap<string, ManifestObject>) {
  if (wanted.length === 0) return [];
  const all = await kubectl.attempt([...APPLY, '--force-conflicts'], listOf(wanted));
  if (all.code === 0) return objectsIn(all.stdout).map((object): Trial => ({ object }));
  // One is refused, and kubectl says nothing of the others then.
  return each(wanted, async (object): Promise<Trial> => {
    const one = await kubectl.attempt([...APPLY, '--force-conflicts'], listOf([object]));
    const [tried] = one.code === 0 ? objectsIn(one.stdout) : [];
    if (tried !== undefined) return { object: tried };
    return { object: merged(live.get(objectKey(object)), object) as ManifestObject, refused: complaintOf(one) };
  });
}

function withoutServerSide({ metadata, ...object }: ManifestObject): unknown {
  const { managedFields: _, resourceVersion: __, generation: ___, ...rest } = metadata as Record<string, unknown>;
  return { ...object, metadata: rest };
}

/** What an apply has to say of fields that others own, of an object that it would change. */
async function conflictsOf(kubectl: Kubectl, object: ManifestObject): Promise<Marked[]> {
  const { code, stderr } = await kubectl.attempt(APPLY, listOf([object]));
  return (code === 0 ? [] : conflictsIn(stderr)).map(({ manager, paths }) => ({
    object,
    risk: 'conflict',
    message: `${manager} owns ${paths.join(', ')}: apply refuses, and takes it back with --force-conflicts`,
  }));
}

/** The kinds of ours that the cluster knows and that live in namespaces, as `kubectl get` names them. */
async function servedKinds(kubectl: Kubectl): Promise<string[]> {
  const table = await kubectl.attempt(['api-resources', '--namespaced', '--verbs=list', '--no-headers']);
  return table.stdout.split('\n').flatMap((line) => {
    // The column of short names may be empty.
    const [name = '', ...columns] = line.trim().split(/\s+/);
    const [version = '', , kind = ''] = columns.slice(-3);
    return KINDS.includes(kind) ? [version.includes('/') ? `${name}.${version.split('/')[0]}` : name] : [];
  });
}

/** What becomes of an object that nothing describes any more. */
function leftOver(object: ManifestObject): LeftOver {
  const { apiVersion, kind, metadata, spec } = object;
  if (holdsData(object)) return { object, why: 'holds data; delete it by hand when you are sure' };
  if (kind === 'Job' && spec?.ttlSecondsAfterFinished !== undefined) {
    return { object, why: `goes by itself ${spec.ttlSecondsAfterFinished} s after it is done` };
  }
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  const type = group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
  return { object, command: `kubectl delete ${type} ${metadata.name} -n ${metadata.namespace}` };
}

/** The Job that an object is of, without the hash of its content. */
function taskOf({ kind, metadata: { namespace, name } }: ManifestObject): string {
  return `${kind}/${namespace}/${name.replace(/-[0-9a-f]{8,}$/, '')}`;
}

/** Objects in namespaces that are ours, and that are described no more. What controllers made for another object goes with that. */
async function strays(kubectl: Kubectl, wanted: readonly ManifestObject[], systems: readonly string[]) {
  const namespaces = new Set(wanted.flatMap(({ metadata }) => metadata.namespace ?? []));
  const known = new Set(wanted.map(objectKey));
  const kinds = await servedKinds(kubectl);
  const selector = `${OURS},${PART_OF} in (${systems.join(',')})`;
  const found = await kubectl.attempt(['get', kinds.join(','), '-A', '-l', selector, '-o', 'json']);
  const notes = found.code === 0 ? [] : [`what is left over cannot be told in full: ${complaintOf(found)}`];
  const objects = (found.stdout.trim() === '' ? [] : objectsIn(found.stdout)).filter(
    (object) =>
      namespaces.has(object.metadata.namespace ?? '') &&
      !known.has(objectKey(object)) &&
      !('ownerReferences' in object.metadata),
  );
  return { objects, notes };
}

/** How often what changed meanwhile is looked at again. */
const TRIES = 4;

function versionOf(object: ManifestObject | undefined): unknown {
  return (object?.metadata as Record<string, unknown> | undefined)?.resourceVersion;
}

/** What the cluster has of some objects, and what becomes of each. What a controller writes between the two is no difference. */
async function readAndTry(kubectl: Kubectl, wanted: readonly ManifestObject[]) {
  const live = new Map<string, ManifestObject>();
  const trials = new Map<string, Trial>();
  let open = wanted;
  for (let tries = 0; tries < TRIES && open.length > 0; tries++) {
    const found = await kubectl.attempt(['get', '-f', '-', '--ignore-not-found', '-o', 'json'], listOf(open));
    if (found.code !== 0) throw new NotPossible(`kubectl get: ${complaintOf(found)}`);
    for (const object of objectsIn(found.stdout)) live.set(objectKey(object), object);
    const there = open.filter((object) => live.has(objectKey(object)));
    for (const trial of await tryOut(kubectl, there, live)) trials.set(objectKey(trial.object), trial);
    open = there.filter((object) => {
      const trial = trials.get(objectKey(object));
      return trial?.refused === undefined && versionOf(trial?.object) !== versionOf(live.get(objectKey(object)));
    });
  }
  return { live, trials };
}

/**
 * Compares objects with a cluster: each with what a server-side apply of it would make, so that defaults, and what others add, are
 * no difference.
 *
 * @param systems whose objects in the cluster may be left over
 * @throws NotPossible when there is no cluster, or it does not answer
 */
export async function tryOnCluster(
  kubectl: Kubectl,
  objects: readonly ManifestObject[],
  systems: readonly string[],
): Promise<Tried> {
  const cluster = await contextOf(kubectl);
  const versions = (await kubectl.run('api-versions')).trim().split('\n');
  const served = objects.filter(({ apiVersion }) => versions.includes(apiVersion));
  const unknown = [...new Set(objects.filter((one) => !served.includes(one)).map(({ apiVersion }) => apiVersion))];

  const { live, trials } = await readAndTry(kubectl, served);
  const there = served.filter((object) => live.has(objectKey(object)));
  const changed = there.filter((object) => {
    const [before, after] = [live.get(objectKey(object)), trials.get(objectKey(object))?.object];
    return before && after && !isSame(withoutServerSide(before), withoutServerSide(after));
  });
  const refused = [...trials.values()].flatMap(({ object, refused: why }): Marked[] =>
    why === undefined ? [] : [{ object, risk: 'immutable', message: `the API server refuses it: ${why}` }],
  );
  const conflicts = await each(
    changed.filter((object) => trials.get(objectKey(object))?.refused === undefined),
    (object) => conflictsOf(kubectl, object),
  );

  const left = await strays(kubectl, objects, systems);
  // A Job of another content is another Job, of which the old one is the past; what is left over else stays.
  const coming = new Set(objects.filter((object) => !live.has(objectKey(object))).map(taskOf));
  const stays = left.objects.filter((object) => object.kind !== 'Job' || !coming.has(taskOf(object)));
  const after = objects.map((object) => trials.get(objectKey(object))?.object ?? object);
  return {
    cluster,
    before: [...live.values(), ...left.objects],
    after: [...after, ...stays],
    marks: [...refused, ...conflicts.flat()],
    leftOver: left.objects.map(leftOver),
    notes: [
      ...unknown.map((version) => `the cluster does not serve ${version}: what is of it is refused`),
      ...left.notes,
    ],
  };
}
