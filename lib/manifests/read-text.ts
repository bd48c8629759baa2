import { isMap, isSeq, type Node, visit } from 'yaml';
import type { Position, Problem } from '../base/problem';
import { type ParsedDocument, parseDocuments } from './documents';
import { hasTemplates, type LeftOut, leftOutByContent, TEMPLATE } from './left-out';
import { isObject, type ManifestObject } from './object';
import { offsetOf, type PositionOf } from './places';
import { documentValue, TOO_DEEP, UnreadableValue } from './values';

/** One thing of a file: an object, a problem, or what is left out. */
export interface ReadDocument {
  readonly object?: {
    readonly object: ManifestObject;
    readonly file: string;
    readonly line: number;
    readonly positionOf: PositionOf;
  };
  readonly problem?: Problem;
  readonly leftOut?: LeftOut;
}

const NO_OBJECT = 'given no Kubernetes object, expected a mapping with apiVersion, kind and metadata.name';

/** The nodes of a document by their anchors, found once when the first is asked for. */
function anchorsOf(contents: Node): (name: string) => Node | undefined {
  let anchors: Map<string, Node> | undefined;
  return (name) => {
    if (anchors === undefined) {
      const found = new Map<string, Node>();
      visit(contents, {
        Node: (_, node) => {
          if ('anchor' in node && node.anchor !== undefined) found.set(node.anchor, node as Node);
        },
      });
      anchors = found;
    }
    return anchors.get(name);
  };
}

/** The item of a List, or the value itself. */
interface Item {
  readonly value: unknown;
  readonly node: Node;
}

/** The objects of a List, and of Lists in it. */
function itemsOf({ value, node }: Item): Item[] {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown };
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [{ value, node }];
  const sequence = isMap(node) ? node.get('items', true) : undefined;
  return items.flatMap((item, index) => {
    const own = isSeq(sequence) ? (sequence.items[index] as Node | undefined) : undefined;
    return itemsOf({ value: item, node: own ?? node });
  });
}

/** An empty namespace counts as none, and an object with a `generateName` needs no name. */
function objectOf(value: unknown): ManifestObject | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { metadata } = value as { metadata?: Record<string, unknown> };
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { namespace, name, generateName } = metadata;
  const probe = { ...metadata, name: name ?? generateName, namespace: namespace ?? undefined };
  if (!isObject({ ...value, metadata: probe })) return undefined;
  return value as ManifestObject;
}

function readItem(
  { value, node }: Item,
  file: string,
  positionAt: (offset: number) => Position,
  anchored: (name: string) => Node | undefined,
): ReadDocument {
  const position = positionAt(node.range?.[0] ?? 0);
  const object = objectOf(value);
  if (object === undefined) {
    const why = leftOutByContent(value);
    return why === undefined
      ? { problem: { file, position, message: NO_OBJECT } }
      : { leftOut: { file, why, position } };
  }
  const why = String(object.metadata.name).includes('{{') ? TEMPLATE : leftOutByContent(value);
  if (why !== undefined) return { leftOut: { file, why } };
  const positionOf = (path: string) => positionAt(offsetOf(node, path, anchored));
  return { object: { object, file, line: position.line, positionOf } };
}

function readDocument({ contents: node, error, positionAt }: ParsedDocument, file: string): ReadDocument[] {
  if (node === undefined) {
    const { message = '', position } = error ?? {};
    const why = /call stack/.test(message) ? TOO_DEEP : `is not valid YAML: ${message}`;
    return [{ problem: { file, position, message: why } }];
  }
  if (node === null) return [];
  try {
    const { value, duplicates } = documentValue(node);
    if (value === null) return [];
    const anchored = anchorsOf(node);
    return [
      ...duplicates.map((offset): ReadDocument => {
        const message = 'given a duplicate key in a mapping, expected each key once; kubectl takes the last';
        return { problem: { file, position: positionAt(offset), message } };
      }),
      ...itemsOf({ value, node }).map((item) => readItem(item, file, positionAt, anchored)),
    ];
  } catch (thrown) {
    if (!(thrown instanceof UnreadableValue)) throw thrown;
    return [{ problem: { file, position: positionAt(node.range?.[0] ?? 0), message: thrown.message } }];
  }
}

/** The objects of a text of YAML or JSON, its problems, and what is no manifest. A text with templates is left out as a whole. */
export function readText(text: string, file: string): ReadDocument[] {
  let read: ReadDocument[];
  try {
    read = parseDocuments(text).flatMap((document) => readDocument(document, file));
  } catch (error) {
    const why = error instanceof RangeError ? TOO_DEEP : `cannot be read: ${(error as Error).message}`;
    return [{ problem: { file, message: why, position: { line: 1, column: 1 } } }];
  }
  const isTemplate =
    (hasTemplates(text) && read.some(({ problem }) => problem !== undefined)) ||
    read.some(({ leftOut }) => leftOut?.why === TEMPLATE);
  return isTemplate ? [{ leftOut: { file, why: TEMPLATE } }] : read;
}
