import { Document } from 'yaml';
import { orderOf } from './order';

/** The parts of a Kubernetes object that its file's name is made of. */
export interface NamedObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The content of files by their path relative to `dist/`. */
export type Files = ReadonlyMap<string, string>;

/** The file of an object: `<folder>/NN-kind-[namespace-]name.yaml`. */
export function fileOf(folder: string, { kind, metadata: { namespace, name } }: NamedObject): string {
  // Names of RBAC objects may hold colons, which not every file system takes.
  const parts = [orderOf(kind), kind.toLowerCase(), ...(namespace === undefined ? [] : [namespace]), name];
  return `${folder}/${parts.join('-').replaceAll(':', '_')}.yaml`;
}

/** YAML 1.1 decides what needs quotes, because Kubernetes reads "on" and "1e3" as 1.1 does. */
function print(object: unknown): string {
  const document = new Document(object, { version: '1.1', schema: 'yaml-1.1', aliasDuplicateObjects: false });
  return document.toString({ lineWidth: 0, directives: false });
}

/**
 * One file an object, so that the order of names is the order of application.
 *
 * @throws when two objects would share a file, which would lose one of them
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
