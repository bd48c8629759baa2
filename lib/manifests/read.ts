import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, type Problem } from '../base/problem';
import { type Generated, kustomized, type LeftOut, leftOutByName } from './left-out';
import type { ManifestObject } from './object';
import type { PositionOf } from './places';
import { type ReadDocument, readText } from './read-text';
import { declaredScopes, isClusterKind } from './scope';

/** The largest file that is read, in bytes. */
const MAX_BYTES = 32 * 1024 * 1024;

/** The path that means standard input. */
export const STANDARD_INPUT = '-';

/** An object and the place where it was read. */
export interface ReadObject {
  readonly object: ManifestObject;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The position of a field of it, such as `spec.ports[0].name`, or of the nearest field above. */
  readonly positionOf: PositionOf;
}

/** How manifests are read. */
export interface ReadOptions {
  /** The namespace of objects that state none. @default default */
  readonly namespace?: string | undefined;
  /** Reads standard input, for the path "-". @default - there is none */
  readonly input?: () => string;
}

/** All that was found in files and folders. */
export interface ReadResult {
  readonly objects: readonly ReadObject[];
  /** What should be a manifest and cannot be read, or not without doubt. */
  readonly problems: readonly Problem[];
  /** Files that are no manifests. */
  readonly leftOut: readonly LeftOut[];
  /** What kustomize makes of them. */
  readonly generated: readonly Generated[];
}

/** A file to read, and the given path below which it was found. */
interface File {
  readonly file: string;
  readonly root: string;
}

/** The manifest files of a path: the file itself, or all .yaml, .yml and .json files below a folder. */
function filesOf(path: string): File[] {
  if (path === STANDARD_INPUT) return [{ file: path, root: path }];
  if (!existsSync(path)) throw new InputError([{ file: path, message: 'does not exist' }]);
  if (!statSync(path).isDirectory()) return [{ file: path, root: path }];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const named = entries
    .filter((entry) => /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/(^|\/)(node_modules|\.git)\//.test(file.slice(path.length)));
  // Links are followed.
  return named
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
    .sort()
    .map((file) => ({ file, root: path }));
}

function readFile(file: string, input: ReadOptions['input']): ReadDocument[] {
  const failed = (message: string, position?: Problem['position']): ReadDocument[] => [
    { problem: { file, message, position } },
  ];
  if (file === STANDARD_INPUT) return readText(input?.() ?? '', 'standard input');
  const { size } = statSync(file);
  if (size > MAX_BYTES) return failed(`given ${size} bytes, expected at most ${MAX_BYTES}`);
  const bytes = readFileSync(file);
  if (!isUtf8(bytes) || bytes.includes(0))
    return failed('given bytes that are not text, expected YAML or JSON in UTF-8', { line: 1, column: 1 });
  return readText(bytes.toString('utf8'), file);
}

/** Sets the namespace of objects that state none, where kubectl would. */
function withNamespaces(objects: readonly ReadObject[], namespace: string): ReadObject[] {
  const scopes = declaredScopes(objects.map(({ object }) => object));
  return objects.map((read) => {
    const { object } = read;
    const { namespace: own, ...metadata } = object.metadata;
    if (own !== undefined && own !== null && own !== '') return read;
    const isCluster = scopes.get(object.kind) ?? isClusterKind(object.kind);
    return { ...read, object: { ...object, metadata: isCluster ? metadata : { ...metadata, namespace } } };
  });
}

/** Names objects that have only a `generateName`, each differently. */
function withNames(objects: readonly ReadObject[]): ReadObject[] {
  return objects.map((read, index) => {
    const { metadata } = read.object;
    if (metadata.name !== undefined) return read;
    const name = `${metadata.generateName}${String(index).padStart(8, '0')}`;
    return { ...read, object: { ...read.object, metadata: { ...metadata, name } } };
  });
}

/**
 * Reads manifests from files and folders, and says what it left out.
 *
 * @throws InputError for a path that does not exist
 */
export function readWhatIsThere(paths: readonly string[], options: ReadOptions = {}): ReadResult {
  const all = paths.flatMap(filesOf);
  const files = all.filter(({ file }, index) => all.findIndex((one) => one.file === file) === index);
  const { inputs, generated } = kustomized(files.map(({ file }) => file));
  const leftOut: LeftOut[] = [];
  const documents = files.flatMap(({ file, root }) => {
    const why = leftOutByName(file, root, inputs);
    if (why !== undefined) leftOut.push(why);
    return why === undefined ? readFile(file, options.input) : [];
  });
  const found = documents.flatMap(({ object }) => object ?? []);
  leftOut.push(...documents.flatMap((one) => one.leftOut ?? []));
  const once = new Map(leftOut.map((one) => [`${one.file}: ${one.why}`, one]));
  return {
    objects: withNames(withNamespaces(found, options.namespace ?? 'default')),
    problems: documents.flatMap(({ problem }) => problem ?? []),
    leftOut: [...once.values()],
    generated,
  };
}

/**
 * Reads manifests from files and folders, where all has to be manifests.
 *
 * @throws InputError for each path that does not exist, file that is too large or not text, invalid YAML, and value that is no Kubernetes object
 */
export function readManifests(paths: readonly string[]): readonly ReadObject[] {
  const { objects, problems, leftOut } = readWhatIsThere(paths);
  const others = leftOut.map(
    ({ file, why, position }): Problem => ({ file, position, message: `given no Kubernetes object: it ${why}` }),
  );
  if (problems.length > 0 || others.length > 0) throw new InputError([...problems, ...others]);
  if (objects.length === 0)
    throw new InputError(paths.map((file) => ({ file, message: 'contains no .yaml, .yml or .json file' })));
  return objects;
}
