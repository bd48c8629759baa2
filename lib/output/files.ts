import type { NamedObject } from '../manifests/object';
import { print } from '../manifests/print';
import { orderOf } from './order';

/** The content of files, by path relative to `dist/`. */
export type Files = ReadonlyMap<string, string>;

/** The file of an object: `<folder>/NN-kind-[namespace-]name.yaml`. */
export function fileOf(folder: string, { kind, metadata: { namespace, name } }: NamedObject): string {
  // Names of RBAC objects may contain colons, which some file systems refuse.
  const parts = [orderOf(kind), kind.toLowerCase(), ...(namespace === undefined ? [] : [namespace]), name];
  return `${folder}/${parts.join('-').replaceAll(':', '_')}.yaml`;
}

/**
 * The files of a folder: one for each object, named so that they sort in the order of application.
 *
 * @throws Error if two objects would have the same file
 */
export function toFiles(folder: string, objects: readonly NamedObject[]): Map<string, string> {
  const files = new Map<string, string>();
  const sorted = objects.map((object) => ({ path: fileOf(folder, object), object }));
  for (const { path, object } of sorted.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    if (files.has(path)) throw new Error(`two objects have the file ${path}; rename one of them`);
    files.set(path, print(object));
  }
  return files;
}
