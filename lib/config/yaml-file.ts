import { isUtf8 } from 'node:buffer';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  visit,
} from 'yaml';
import type { Position, Problem } from '../base/problem';

/** An environment file is a page of text; what is larger is not one. */
const LARGEST = 256 * 1024;
const MOST_SYNTAX_PROBLEMS = 20;

/** A YAML file's value, and where each part of it stands. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** Where the value at a path stands; where the path ends early, the place where it ends. */
  locate(path: readonly PropertyKey[]): Position;
  /** Where a key stands in the mapping at a path. */
  locateKey(path: readonly PropertyKey[], key: string): Position;
}

type PositionAt = (offset: number) => Position;

/** Where the text of a file breaks the rules of YAML; what follows on the same line is mostly an echo of the first. */
function syntaxProblems(file: string, documents: readonly Document.Parsed[], at: PositionAt): Problem[] {
  const syntax = documents
    .flatMap((document) => document.errors)
    .map((error): Problem & { position: Position } => ({
      file,
      position: at(error.pos[0]),
      message: `is not valid YAML: ${error.message.replace(/\s+/g, ' ')}`,
    }));
  const first = syntax.filter(({ position }, index) => syntax[index - 1]?.position.line !== position.line);
  if (first.length <= MOST_SYNTAX_PROBLEMS) return first;
  const rest = first.length - MOST_SYNTAX_PROBLEMS;
  return [...first.slice(0, MOST_SYNTAX_PROBLEMS), { file, message: `and ${rest} more lines that are not valid YAML` }];
}

/** Keys that are no words, and aliases of nothing. */
function nodeProblems(file: string, document: Document.Parsed, start: (node: Node) => Position): Problem[] {
  const wrong: Problem[] = [];
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && typeof key.value === 'string' && /^[\w.-]+$/.test(key.value)) return;
      wrong.push({
        file,
        position: start(key as Node),
        message: 'given a key that is no word, expected the name of a setting',
      });
    },
    Alias: (_, alias) => {
      if (alias.resolve(document)) return;
      const message = `given *${alias.source}, expected an alias of an anchor (&${alias.source}) that stands before it`;
      wrong.push({ file, position: start(alias), message });
    },
  });
  return wrong;
}

/** What finds the places of values and keys in a document. */
function locatorsIn(
  document: Document.Parsed,
  start: (node: Node) => Position,
): Pick<YamlFile, 'locate' | 'locateKey'> {
  const resolve = (node: Node | null | undefined) => (isAlias(node) ? node.resolve(document) : node);
  const descend = (path: readonly PropertyKey[]): Node => {
    let last: Node = document.contents as Node;
    for (const key of path) {
      const here = resolve(last);
      const next =
        isMap(here) || isSeq(here) ? (here.get(key as string | number, true) as Node | undefined) : undefined;
      if (!next) break;
      last = next;
    }
    return last;
  };
  return {
    locate: (path) => start(descend(path)),
    locateKey: (path, key) => {
      const map = resolve(descend(path));
      const pair = isMap(map)
        ? map.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
        : undefined;
      return start((pair?.key as Node | undefined) ?? descend(path));
    },
  };
}

/**
 * Reads one YAML document with the positions of its parts. Anchors and aliases are understood.
 *
 * @param file the name used in problems
 * @returns the file, or what is wrong with it: too large, no text, bad syntax, duplicate keys, several documents, empty
 */
export function readYaml(file: string, bytes: Buffer): YamlFile | Problem[] {
  if (bytes.length > LARGEST) {
    return [{ file, message: `given ${bytes.length} bytes, expected an environment file of at most ${LARGEST}` }];
  }
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes) || text.includes('\0')) {
    return [{ file, message: 'given bytes that are no text, expected YAML in UTF-8' }];
  }
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const start = (node: Node): Position => at(node.range?.[0] ?? 0);
  const parsed = parseAllDocuments<ParsedNode>(text, { lineCounter: lines, prettyErrors: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  const syntax = syntaxProblems(file, documents, at);
  if (syntax.length > 0) return syntax;
  const [document, second] = documents;
  if (second) {
    return [
      { file, position: at(second.range[0]), message: 'given a second document, expected one document in a file' },
    ];
  }
  if (!document?.contents || (isScalar(document.contents) && document.contents.value === null)) {
    return [{ file, position: { line: 1, column: 1 }, message: 'is empty, expected the settings of a system' }];
  }
  const wrong = nodeProblems(file, document, start);
  if (wrong.length > 0) return wrong;
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return [{ file, message: `cannot be read: ${(error as Error).message}` }]; // aliases that multiply without end
  }

  return { file, value, ...locatorsIn(document, start) };
}
