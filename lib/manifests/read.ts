import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import { InputError, type Problem } from '../base/problem';
import { isObject, type ManifestObject } from './object';

/** The largest file that is read, in bytes. */
const MAX_BYTES = 32 * 1024 * 1024;
/** The deepest nesting that is read, in levels. Kubernetes allows 10,000; manifests stay far below 100. */
const MAX_DEPTH = 100;
const TOO_DEEP = `nests deeper than ${MAX_DEPTH} levels`;

/** Cluster-scoped kinds. Of custom resources only those that charts make. */
const CLUSTER_KINDS = new Set(
  `APIService CSIDriver CSINode CertificateSigningRequest ClusterIssuer ClusterRole ClusterRoleBinding ClusterSecretStore
  CustomResourceDefinition FlowSchema GatewayClass IngressClass MutatingWebhookConfiguration Namespace Node PersistentVolume
  PriorityClass PriorityLevelConfiguration RuntimeClass StorageClass ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
  ValidatingWebhookConfiguration VolumeAttachment`.split(/\s+/),
);

/** An object and the place where it was read. */
export interface ReadObject {
  readonly object: ManifestObject;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** The manifest files of a path: the file itself, or all .yaml, .yml and .json files below a folder. */
function filesOf(path: string): string[] {
  if (!existsSync(path)) throw new InputError([{ file: path, message: 'does not exist' }]);
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const named = entries
    .filter((entry) => /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  // Links are followed.
  return named.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile()).sort();
}

/** Whether a value nests too deeply, or is cyclic. It is walked level by level, so that the stack cannot overflow. */
function tooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = [...new Set(level.flatMap((one) => (one !== null && typeof one === 'object' ? Object.values(one) : [])))];
  }
  return false;
}

/** Sets the namespace "default" where kubectl would. */
function withNamespace(object: ManifestObject): ManifestObject {
  if (CLUSTER_KINDS.has(object.kind) || object.metadata.namespace !== undefined) return object;
  return { ...object, metadata: { ...object.metadata, namespace: 'default' } };
}

/** The offset of the first key that occurs twice in a mapping. */
function duplicateKey(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map: (_, map) => {
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) {
          found = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        keys.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

function parseDocument(
  document: Document,
  file: string,
  lines: LineCounter,
): { objects: ReadObject[]; problems: Problem[] } {
  const positionAt = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const position = positionAt(document.contents?.range?.[0] ?? 0);
  const failed = (message: string, where = position) => ({
    objects: [],
    problems: [{ file, position: where, message }],
  });
  let value: unknown;
  try {
    const duplicate = duplicateKey(document);
    if (duplicate !== undefined)
      return failed('given a duplicate key in a mapping, expected each key once', positionAt(duplicate));
    value = document.toJS();
  } catch (error) {
    return failed(error instanceof RangeError ? TOO_DEEP : `cannot be read: ${(error as Error).message}`);
  }
  if (value === null || value === undefined) return { objects: [], problems: [] };
  if (tooDeep(value)) return failed(`${TOO_DEEP}, or contains itself by an alias`);
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  const all = typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : [value];
  if (!all.every(isObject))
    return failed('given no Kubernetes object, expected a mapping with apiVersion, kind and metadata.name');
  return { objects: all.map((object) => ({ object: withNamespace(object), file, line: position.line })), problems: [] };
}

function readFile(file: string): { objects: ReadObject[]; problems: Problem[] } {
  const failed = (message: string, position?: Problem['position']) => ({
    objects: [],
    problems: [{ file, message, position }],
  });
  const { size } = statSync(file);
  if (size > MAX_BYTES) return failed(`given ${size} bytes, expected at most ${MAX_BYTES}`);
  const bytes = readFileSync(file);
  if (!isUtf8(bytes) || bytes.includes(0))
    return failed('given bytes that are not text, expected YAML or JSON in UTF-8', { line: 1, column: 1 });
  const lines = new LineCounter();
  let documents: Document[];
  try {
    const parsed = parseAllDocuments(bytes.toString('utf8'), {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false, // the check of the library is quadratic
    });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    const why = error instanceof RangeError ? TOO_DEEP : `cannot be read: ${(error as Error).message}`;
    return failed(why, { line: 1, column: 1 });
  }
  const read = documents.map((document) => {
    const [error] = document.errors;
    if (error) {
      const { line, col } = lines.linePos(error.pos[0]);
      const why = /call stack/.test(error.message)
        ? TOO_DEEP
        : `is not valid YAML: ${error.message.replace(/\s+/g, ' ')}`;
      return failed(why, { line, column: col });
    }
    return parseDocument(document, file, lines);
  });
  return { objects: read.flatMap(({ objects }) => objects), problems: read.flatMap(({ problems }) => problems) };
}

/**
 * Reads manifests from files and folders.
 *
 * @throws InputError for each path that does not exist, file that is too large or not text, invalid YAML, and value that is no Kubernetes object
 */
export function readManifests(paths: readonly string[]): ReadObject[] {
  const files = [...new Set(paths.flatMap(filesOf))];
  if (files.length === 0)
    throw new InputError(paths.map((file) => ({ file, message: 'contains no .yaml, .yml or .json file' })));
  const read = files.map(readFile);
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) throw new InputError(problems);
  return read.flatMap(({ objects }) => objects);
}
