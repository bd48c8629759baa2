import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PLATFORM } from '../../lib/config/platform';
import type { ManifestObject } from '../../lib/manifests/object';
import { type Any, PROJECT } from '../support';
import { eventually, kubectlFor, sleep, testCluster } from './cluster';
import { objectsIn } from './dist';
import { namespacesOf } from './rollout';

export const cluster = testCluster();
export const kubectl = kubectlFor(cluster);

/** The identity of an object, for messages and maps. */
export function key({ kind, metadata }: ManifestObject): string {
  return [kind, metadata.namespace, metadata.name].filter(Boolean).join('/');
}

/** Applies a folder by the command of docs/apply.md. */
export async function apply(folder: string) {
  const { code, stderr } = await kubectl.attempt(['apply', '--server-side', '-R', '-f', folder]);
  expect(stderr).toBe(''); // it would have warnings and errors
  expect(code).toBe(0);
}

const versionOf = ({ metadata }: ManifestObject): string => (metadata as Any).resourceVersion;

/** The resource versions of a folder's objects in the cluster. */
export async function versionsIn(folder: string): Promise<Record<string, string>> {
  const objects: ManifestObject[] = await kubectl.get('-R', '-f', folder);
  return Object.fromEntries(objects.map((object) => [key(object), versionOf(object)]));
}

/** Waits until controllers stop changing objects. */
export async function settled(folder: string): Promise<Record<string, string>> {
  let before = await versionsIn(folder);
  return eventually(60, async () => {
    await sleep(2000);
    const now = await versionsIn(folder);
    const was = before;
    before = now;
    expect(now).toEqual(was);
    return now;
  });
}

/** Deletes the objects of a folder, and waits until they are gone. */
export async function remove(folder: string) {
  await kubectl.run('delete', '-R', '-f', folder, '--ignore-not-found', '--wait', '--timeout=180s');
}

/** The API versions of objects that the cluster does not serve. */
export const unserved = (objects: readonly ManifestObject[]) =>
  [...new Set(objects.map(({ apiVersion }) => apiVersion))].filter((version) => !cluster.serves.includes(version));

/** The namespaces of objects that are not among the objects, such as cert-manager's. */
function foreignNamespaces(objects: readonly ManifestObject[]): string[] {
  const own = namespacesOf(objects);
  return [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))].filter(
    (name) => !own.includes(name),
  );
}

/** The storage classes that the claims of objects name. */
function storageClassesOf(objects: readonly ManifestObject[]): Set<string> {
  const claims = objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  return new Set(claims.flatMap(({ spec }) => (spec as Any).storageClassName ?? []));
}

/** The platform of an environment, which is applied before its systems and deleted after them. */
export class PlatformOf {
  private readonly folder: string;
  private readonly objects: readonly ManifestObject[];
  private made: string[] = [];
  private classes: string[] = [];

  constructor(private readonly environment: string) {
    this.folder = join(PROJECT, 'dist', environment, PLATFORM);
    const all = existsSync(this.folder) ? objectsIn(this.folder) : [];
    this.objects = unserved(all).length === 0 ? all : [];
  }

  /** Creates the namespaces that it needs, where they are missing. */
  async prepare() {
    const there = (await kubectl.get('namespaces')).map(({ metadata }) => metadata.name);
    this.made = foreignNamespaces(this.objects).filter((name) => !there.includes(name));
    for (const name of this.made) await kubectl.run('create', 'namespace', name);
    await this.prepareStorage();
  }

  /** Creates the storage classes that its systems name, where they are missing: like the default one. */
  private async prepareStorage() {
    const there = await kubectl.get('storageclasses');
    const usual = there.find(({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class']);
    if (usual === undefined) return;
    const named = storageClassesOf(objectsIn(join(PROJECT, 'dist', this.environment)));
    this.classes = [...named].filter((name) => !there.some(({ metadata }) => metadata.name === name));
    for (const name of this.classes) {
      const copy = JSON.stringify({ ...usual, metadata: { name } });
      const { code, stderr } = await kubectl.attempt(['create', '-f', '-'], copy);
      if (code !== 0) throw new Error(stderr);
    }
  }

  async apply() {
    await this.prepare();
    if (this.objects.length > 0) await apply(this.folder);
  }

  async remove() {
    if (this.objects.length > 0) await remove(this.folder);
    const wait = cluster.pods === 'are not made' ? '--wait=false' : '--timeout=180s';
    if (this.classes.length > 0) await kubectl.run('delete', 'storageclass', ...this.classes);
    if (this.made.length > 0) await kubectl.run('delete', 'namespace', ...this.made, wait);
  }
}
