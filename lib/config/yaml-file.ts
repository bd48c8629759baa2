import { isUtf8 } from 'node:buffer';
import {
  type Document,
  type DocumentOptions,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  type ParseOptions,
  parseAllDocuments,
  type SchemaOptions,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Position, Problem } from '../base/problem';

/** The largest environment file, in bytes. */
const MAX_BYTES = 256 * 1024;
const MAX_SYNTAX_PROBLEMS = 20;

/** The value of a YAML file, and the positions of its parts. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** The place of the value at a path, or of the last value on the path that exists. */
  locate(path: readonly PropertyKey[]): Place;
  /** The place of a key in the mapping at a path. */
  locateKey(path: readonly PropertyKey[], key: string): Place;
}

/** A position in a file. */
export type Place = Pick<Problem, 'file' | 'position'>;

/** A YAML document, with the texts of its values. */
export interface YamlDocument extends YamlFile {
  /** The value at a path as it is written: `0755`, where `value` has the number 493. @default - it is no single value */
  source(path: readonly PropertyKey[]): string | undefined;
}

type PositionAt = (offset: number) => Position;

/** The syntax errors of a file, one per line: further errors on a line usually follow from the first. */
function syntaxProblems(file: string, text: string, documents: readonly Document.Parsed[], at: PositionAt): Problem[] {
  const syntax = documents
    .flatMap((document) => document.errors)
    .map((error): Problem & { position: Position } => ({
      file,
      position: at(error.pos[0]),
      message:
        error.code === 'DUPLICATE_KEY'
          ? `given the key ${/^[^:\n]*/.exec(text.slice(error.pos[0]))?.[0].trim()} a second time in one mapping, expected each key once`
          : `is not valid YAML: ${error.message.replace(/\s+/g, ' ')}`,
    }));
  const first = syntax.filter(({ position }, index) => syntax[index - 1]?.position.line !== position.line);
  if (first.length <= MAX_SYNTAX_PROBLEMS) return first;
  const rest = first.length - MAX_SYNTAX_PROBLEMS;
  const { position } = first[MAX_SYNTAX_PROBLEMS] as Problem;
  const message = `and ${rest} more lines that are not valid YAML`;
  return [...first.slice(0, MAX_SYNTAX_PROBLEMS), { file, position, message }];
}

/** Finds keys that cannot be setting names, and aliases without an anchor. */
function nodeProblems(
  file: string,
  document: Document.Parsed,
  start: (node: Node) => Position,
  foreign: boolean,
): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Pair: (_, { key }) => {
      if (foreign) return;
      const name = isScalar(key) ? key.value : undefined;
      if (typeof name === 'string' && /^[\w./@+-]+$/.test(name) && name !== '__proto__') return;
      const message =
        name === '<<'
          ? 'given a merge key (<<), which is not supported, expected the settings themselves'
          : 'given a key that is no setting name, expected letters, digits, dots, dashes, slashes and underscores';
      problems.push({ file, position: start(key as Node), message });
    },
    Alias: (_, alias, ancestors) => {
      const target = alias.resolve(document);
      if (target !== undefined && ancestors.includes(target)) {
        const message = `given *${alias.source} within &${alias.source}, expected an alias outside its own anchor`;
        problems.push({ file, position: start(alias), message });
      }
      if (target) return;
      const message = `given *${alias.source}, expected an alias of an anchor (&${alias.source}), defined before it`;
      problems.push({ file, position: start(alias), message });
    },
  });
  return problems;
}

/** The pair of a mapping with a key, which may come from a mapping that is merged into it (<<). */
function pairIn(map: YAMLMap, key: string, resolve: (node: unknown) => unknown): Pair | undefined {
  const own = map.items.find((item) => isScalar(item.key) && String(item.key.source ?? item.key.value) === key);
  if (own !== undefined) return own;
  const merged = map.items.filter((item) => isScalar(item.key) && item.key.source === '<<');
  const maps = merged.map(({ value }) => resolve(value)).flatMap((one) => (isSeq(one) ? one.items.map(resolve) : one));
  for (const one of maps) {
    const found = isMap(one) ? pairIn(one, key, resolve) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The functions that find the positions of values and keys in a document. */
function locatorsIn(
  file: string,
  document: Document.Parsed,
  start: (node: Node) => Position,
): Omit<YamlDocument, 'file' | 'value'> {
  const resolve = (node: unknown) => (isAlias(node) ? node.resolve(document) : node);
  const descend = (path: readonly PropertyKey[]): Node => {
    let last: Node = document.contents as Node;
    for (const key of path) {
      const here = resolve(last);
      const next = isMap(here)
        ? (pairIn(here, String(key), resolve)?.value as Node | undefined)
        : isSeq(here)
          ? (here.get(key as number, true) as Node | undefined)
          : undefined;
      if (!next) break;
      last = next;
    }
    return last;
  };
  return {
    locate: (path) => ({ file, position: start(descend(path)) }),
    locateKey: (path, key) => {
      const map = resolve(descend(path));
      const pair = isMap(map) ? pairIn(map, key, resolve) : undefined;
      return { file, position: start((pair?.key as Node | undefined) ?? descend(path)) };
    },
    source: (path) => {
      const node = resolve(descend(path));
      return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
    },
  };
}

/** How a file of another program is read: its values are the texts that are written, beside empty ones, and mappings are merged (<<). */
const FOREIGN: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: 'failsafe',
  customTags: (tags) => [...tags, 'null'],
  merge: true,
};

/**
 * Reads one YAML document with the positions of its parts. Anchors and aliases are supported.
 *
 * @param file the name used in problems
 * @param foreign whether it is a file of another program: keys are any texts, values are the texts that are written. @default false
 * @returns the file, or its problems: too large, not text, invalid syntax, duplicate keys, several documents, empty
 */
export function readYaml(file: string, bytes: Buffer, foreign = false): YamlDocument | Problem[] {
  if (bytes.length > MAX_BYTES) {
    return [
      {
        file,
        message: `given ${bytes.length} bytes, expected ${foreign ? 'a' : 'an environment'} file of at most ${MAX_BYTES}`,
      },
    ];
  }
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes) || text.includes('\0')) {
    return [{ file, message: 'given bytes that are not text, expected YAML; save the file as UTF-8' }];
  }
  const conflict = /^<{7} .*$/m.exec(text);
  if (conflict) {
    const line = text.slice(0, conflict.index).split('\n').length;
    const message = `given "${conflict[0].trim()}", a conflict of a merge, expected the lines of one side without the marks`;
    return [{ file, position: { line, column: 1 }, message }];
  }
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const start = (node: Node): Position => at(node.range?.[0] ?? 0);
  const parsed = parseAllDocuments<ParsedNode>(text, {
    lineCounter: lines,
    prettyErrors: false,
    ...(foreign && FOREIGN),
  });
  const documents = Array.isArray(parsed) ? parsed : [];
  const syntax = syntaxProblems(file, text, documents, at);
  if (syntax.length > 0) return syntax;
  const [document, second] = documents;
  if (second) {
    return [
      { file, position: at(second.range[0]), message: 'given a second document, expected one document in a file' },
    ];
  }
  if (!document?.contents || (isScalar(document.contents) && document.contents.value === null)) {
    return [
      {
        file,
        position: { line: 1, column: 1 },
        message: 'is empty, expected settings, or [] where the file is a list',
      },
    ];
  }
  const problems = nodeProblems(file, document, start, foreign);
  if (problems.length > 0) return problems;
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return [{ file, message: `cannot be read: ${(error as Error).message}` }]; // exponential aliases
  }

  return { file, value, ...locatorsIn(file, document, start) };
}
