import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import { InputError, type Problem } from '../base/problem';
import { isObject, type ManifestObject } from './object';

/** More than any set of manifests that somebody reads, and less than what fills the memory. */
const LARGEST = 32 * 1024 * 1024;
/** Kubernetes' own limit is 10,000 levels, of which no manifest needs a hundred. */
const DEEPEST = 100;
const TOO_DEEP = `nests deeper than ${DEEPEST} levels`;

/** Kinds that belong to no namespace. Of custom resources only those are known that charts make. */
const CLUSTER_KINDS = new Set(
  `APIService CSIDriver CSINode CertificateSigningRequest ClusterIssuer ClusterRole ClusterRoleBinding ClusterSecretStore
  CustomResourceDefinition FlowSchema GatewayClass IngressClass MutatingWebhookConfiguration Namespace Node PersistentVolume
  PriorityClass PriorityLevelConfiguration RuntimeClass StorageClass ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
  ValidatingWebhookConfiguration VolumeAttachment`.split(/\s+/),
);

/** An object, and where it was read. */
export interface ReadObject {
  readonly object: ManifestObject;
  readonly file: string;
  readonly line: number;
}

/** The manifest files that paths name: files as they are, of folders all .yaml, .yml and .json below them. */
function filesOf(path: string): string[] {
  if (!existsSync(path)) throw new InputError([{ file: path, message: 'is not there' }]);
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const named = entries
    .filter((entry) => /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  // A link is as good as what it leads to.
  return named.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile()).sort();
}

/** Whether a value nests too deeply, as one that holds itself does. It goes one level at a time, so that nothing overflows. */
function tooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    level = [...new Set(level.flatMap((one) => (one !== null && typeof one === 'object' ? Object.values(one) : [])))];
  }
  return false;
}

/** Objects without a namespace go where kubectl would put them. */
function placed(object: ManifestObject): ManifestObject {
  if (CLUSTER_KINDS.has(object.kind) || object.metadata.namespace !== undefined) return object;
  return { ...object, metadata: { ...object.metadata, namespace: 'default' } };
}

/** Where a key stands for the second time in its mapping. */
function repeatedKey(document: Document): number | undefined {
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

function objectsOf(
  document: Document,
  file: string,
  lines: LineCounter,
): { objects: ReadObject[]; problems: Problem[] } {
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const position = place(document.contents?.range?.[0] ?? 0);
  const told = (message: string, where = position) => ({ objects: [], problems: [{ file, position: where, message }] });
  let value: unknown;
  try {
    const twice = repeatedKey(document);
    if (twice !== undefined) return told('has a key twice in one mapping', place(twice));
    value = document.toJS();
  } catch (error) {
    return told(error instanceof RangeError ? TOO_DEEP : `cannot be read: ${(error as Error).message}`);
  }
  if (value === null || value === undefined) return { objects: [], problems: [] };
  if (tooDeep(value)) return told(`${TOO_DEEP}, or holds itself by an alias`);
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  const all = typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : [value];
  if (!all.every(isObject))
    return told('is no Kubernetes object, expected a mapping with apiVersion, kind and metadata.name');
  return { objects: all.map((object) => ({ object: placed(object), file, line: position.line })), problems: [] };
}

function readFile(file: string): { objects: ReadObject[]; problems: Problem[] } {
  const none = (message: string, position?: Problem['position']) => ({
    objects: [],
    problems: [{ file, message, position }],
  });
  const { size } = statSync(file);
  if (size > LARGEST) return none(`given ${size} bytes, expected at most ${LARGEST}`);
  const bytes = readFileSync(file);
  if (!isUtf8(bytes) || bytes.includes(0))
    return none('given bytes that are no text, expected YAML or JSON in UTF-8', { line: 1, column: 1 });
  const lines = new LineCounter();
  let documents: Document[];
  try {
    const parsed = parseAllDocuments(bytes.toString('utf8'), {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false, // its own search is quadratic
    });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    const why = error instanceof RangeError ? TOO_DEEP : `cannot be read: ${(error as Error).message}`;
    return none(why, { line: 1, column: 1 });
  }
  const read = documents.map((document) => {
    const [error] = document.errors;
    if (error) {
      const { line, col } = lines.linePos(error.pos[0]);
      const why = /call stack/.test(error.message)
        ? TOO_DEEP
        : `is not valid YAML: ${error.message.replace(/\s+/g, ' ')}`;
      return none(why, { line, column: col });
    }
    return objectsOf(document, file, lines);
  });
  return { objects: read.flatMap(({ objects }) => objects), problems: read.flatMap(({ problems }) => problems) };
}

/**
 * Reads manifests from files and folders.
 *
 * @throws InputError with everything that cannot be read: no such path, no text, too large, bad YAML, no Kubernetes object
 */
export function readManifests(paths: readonly string[]): ReadObject[] {
  const files = [...new Set(paths.flatMap(filesOf))];
  if (files.length === 0)
    throw new InputError(paths.map((file) => ({ file, message: 'holds no .yaml, .yml or .json file' })));
  const read = files.map(readFile);
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) throw new InputError(problems);
  return read.flatMap(({ objects }) => objects);
}
