import { type Document, isScalar, Lexer, LineCounter, type Node, parseAllDocuments, visit } from 'yaml';
import type { Position } from '../base/problem';
import { blockTree } from './block-tree';
import { PLAIN_TAGS } from './scalars';

/** One document of a file: its YAML tree, or why it cannot be read. */
export interface ParsedDocument {
  readonly contents?: Node | null;
  readonly error?: { readonly message: string; readonly position: Position };
  /** The position in the file of an offset in the document. */
  positionAt(offset: number): Position;
}

/** A text between two lines with `---`. */
interface Chunk {
  readonly text: string;
  /** The number of lines before it. */
  readonly before: number;
}

const lineEnds = (text: string): number => text.split('\n').length - 1;

/** Splits a stream before each `---`, so that an error in one document does not hide the others. JSON objects may follow each other. */
function chunksOf(text: string): Chunk[] {
  const isJson = /^\s*\{/.test(text);
  const parts = isJson ? text.split(/(?<=\}[ \t\r]*\n)(?=\{)/) : text.split(/^(?=---(?:\s|$))/m);
  let before = 0;
  return parts.map((part) => {
    const chunk = { text: part, before };
    before += lineEnds(part);
    return chunk;
  });
}

/** The offset after the closing quote of the quoted scalar at an offset, or -1. */
function endOfQuoted(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] === quote && quote === "'" && text[at + 1] === quote) at++;
    else if (text[at] === quote) return at + 1;
  }
  return -1;
}

/** More than the indentation of any line that is read. */
const DEEP = ' '.repeat(200);

/** The most quoted scalars of a document that are indented. */
const MAX_INDENTED = 1000;

/** What the lexer adds to the text: marks of documents, of the ends of flows and of scalars. */
const MARKS = ['\u0002', '\u0018', '\u001f'];

/** The offset of the first quoted scalar that the lexer leaves open, or -1. */
function openQuote(text: string): number {
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    if (MARKS.includes(token)) continue;
    const [first] = token;
    if ((first === '"' || first === "'") && endOfQuoted(token, 0) === -1) return offset;
    offset += token.length;
  }
  return -1;
}

/**
 * Indents the lines of quoted scalars that continue at or before the indentation of their key. kubectl reads them, since YAML 1.1 asks for no
 * indentation there; the parser does not.
 */
function withIndentedQuotes(text: string): string {
  let result = text;
  for (let count = 0; count < MAX_INDENTED; count++) {
    const start = openQuote(result);
    const end = start === -1 ? -1 : endOfQuoted(result, start);
    if (end === -1) return result;
    const scalar = result.slice(start, end).replace(/\n(?=[^\r\n])/g, `\n${DEEP}`);
    result = result.slice(0, start) + scalar + result.slice(end);
  }
  return result;
}

/** The offset of an escaped slash in a double-quoted scalar, which only JSON allows. */
function escapedSlash(document: Document, text: string): number | undefined {
  let found: number | undefined;
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (type !== 'QUOTE_DOUBLE' || !range) return undefined;
      const at = /(?<!\\)(?:\\\\)*\\\//.exec(text.slice(range[0], range[1]));
      if (!at) return undefined;
      found = range[0] + at.index + at[0].length - 2;
      return visit.BREAK;
    },
  });
  return found;
}

/** Positions in a text whose lines are counted when the first is asked for: most documents have nothing to report. */
function lineCount(text: string, positionAt: ParsedDocument['positionAt'], lines: LineCounter) {
  return (offset: number): Position => {
    for (let at = lines.lineStarts.length === 0 ? 0 : -1; at !== -1; ) {
      lines.addNewLine(at);
      const end = text.indexOf('\n', at);
      at = end === -1 ? -1 : end + 1;
    }
    return positionAt(offset);
  };
}

function parseChunk({ text, before }: Chunk, isJson: boolean): ParsedDocument[] {
  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line) + before, column: Math.max(1, col) };
  };
  const contents = isJson ? undefined : blockTree(text);
  if (contents !== undefined) {
    return [{ contents, positionAt: lineCount(text, positionAt, lines) }];
  }
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'failsafe',
    customTags: [...PLAIN_TAGS],
    merge: true,
    uniqueKeys: false, // the check of the library is quadratic
  });
  const documents = Array.isArray(parsed) ? parsed : [];
  return documents.map((document): ParsedDocument => {
    const [error] = document.errors;
    if (error) {
      const message = /call stack/.test(error.message) ? error.message : error.message.replace(/\s+/g, ' ');
      return { error: { message, position: positionAt(error.pos[0]) }, positionAt };
    }
    const slash = isJson || !text.includes('\\/') ? undefined : escapedSlash(document, text);
    if (slash === undefined) return { contents: document.contents as Node | null, positionAt };
    const message = 'given "\\/", which kubectl refuses in YAML; write the slash without the backslash';
    return { error: { message, position: positionAt(slash) }, positionAt };
  });
}

/** Whether a text has only comments and directives, which the parser takes for a mistake. */
const isEmptyText = (text: string): boolean => /^(?:[ \t]*(?:[#%].*)?\r?\n)*[ \t]*(?:[#%].*)?$/.test(text);

/** The documents of a text of YAML or JSON. Errors are per document. */
export function parseDocuments(text: string): ParsedDocument[] {
  const isJson = /^\s*\{/.test(text);
  return chunksOf(text).flatMap((chunk) => {
    if (isEmptyText(chunk.text)) return [];
    const parsed = parseChunk(chunk, isJson);
    if (!parsed.some(({ error }) => error !== undefined && /^Missing closing/.test(error.message))) return parsed;
    const indented = withIndentedQuotes(chunk.text);
    return indented === chunk.text ? parsed : parseChunk({ ...chunk, text: indented }, isJson);
  });
}

/** Whether a node is a key that is merged, as in `<<: *labels`. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol') && (key.type === 'PLAIN' || !key.type);
}
