import {
  isAlias,
  isMap,
  isScalar,
  type Node,
  type Pair,
  type ParsedNode,
  parseDocument,
  Scalar,
  stringify,
  visit,
  type YAMLMap,
} from 'yaml';
import { InputError, type Position } from '../base/problem';
import { readYaml } from './yaml-file';

/** The version of an image: a tag and an optional digest. */
export interface ImageVersion {
  readonly tag: string;
  /** @default - none */
  readonly digest?: string | undefined;
  /** The `kind` of the setting, written where the file does not have the setting at all. @default - it has no kinds */
  readonly kind?: string | undefined;
}

/** A replacement of the characters from `from` to `to` by a text. */
interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

type Found = Pair<ParsedNode, ParsedNode | null>;

const startOf = (node: Node) => (node.range as [number, number, number])[0];
const endOf = (node: Node) => (node.range as [number, number, number])[1];

/** A value as YAML, in the quotes of the value that it replaces, or in those that it needs. */
function scalarText(value: string, like?: Scalar): string {
  const type = like?.type === Scalar.QUOTE_DOUBLE || like?.type === Scalar.QUOTE_SINGLE ? like.type : undefined;
  const scalar = new Scalar(value);
  if (type !== undefined) scalar.type = type;
  return stringify(scalar, { lineWidth: 0 }).trimEnd();
}

function pairOf(map: YAMLMap, key: string): Found | undefined {
  return map.items.find((item) => isScalar(item.key) && String(item.key.value) === key) as Found | undefined;
}

const lineStart = (text: string, offset: number) => text.lastIndexOf('\n', offset - 1) + 1;

/** Inserts a setting at the end of a mapping, or after another one. */
function insert(text: string, map: YAMLMap, entry: string, after?: Found): Splice {
  const last = after ?? (map.items.at(-1) as Found | undefined);
  if (last === undefined) return { from: startOf(map), to: endOf(map), text: `{ ${entry} }` }; // {}
  const end = endOf(last.value ?? last.key);
  if (map.flow) return { from: end, to: end, text: `, ${entry}` };
  const indent = startOf(last.key) - lineStart(text, startOf(last.key));
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  // A block ends at the start of the next line. A scalar ends within its line, which may end in a comment.
  const lineEnd = text[end - 1] === '\n' ? end : text.indexOf('\n', end);
  const lead = text.slice(startOf(last.key) - indent, startOf(last.key)).replace(/[^\s]/g, ' ');
  if (lineEnd < 0) return { from: text.length, to: text.length, text: `${newline}${lead}${entry}${newline}` };
  const at = text[end - 1] === '\n' ? end : lineEnd + 1;
  return { from: at, to: at, text: `${lead}${entry}${newline}` };
}

/** Removes a setting from a mapping, with its line or its comma. */
function remove(text: string, map: YAMLMap, pair: Found): Splice {
  const index = map.items.indexOf(pair as never);
  const end = endOf(pair.value ?? pair.key);
  if (!map.flow && index > 0) {
    const lineEnd = text.indexOf('\n', end);
    return { from: lineStart(text, startOf(pair.key)), to: lineEnd < 0 ? text.length : lineEnd + 1, text: '' };
  }
  const [before, next] = [map.items[index - 1] as Found | undefined, map.items[index + 1] as Found | undefined];
  if (before !== undefined) return { from: endOf(before.value ?? before.key), to: end, text: '' };
  return { from: startOf(pair.key), to: next === undefined ? end : startOf(next.key), text: '' };
}

/** The replacements that change the version in the mapping of an image. */
function splicesOf(
  text: string,
  map: YAMLMap,
  { tag, digest }: ImageVersion,
  assertNotShared: (node: Node) => void,
): Splice[] {
  const [oldTag, oldDigest] = [pairOf(map, 'tag'), pairOf(map, 'digest')];
  const replace = (pair: Found, value: string): Splice[] => {
    const node = pair.value as ParsedNode;
    assertNotShared(node);
    return [{ from: startOf(node), to: endOf(node), text: scalarText(value, isScalar(node) ? node : undefined) }];
  };
  const entries = [
    ...(oldTag === undefined ? [`tag: ${scalarText(tag)}`] : []),
    ...(oldDigest === undefined && digest !== undefined ? [`digest: ${scalarText(digest)}`] : []),
  ];
  const added = entries.join(map.flow || map.items.length === 0 ? ', ' : '\n');
  const kept = oldTag !== undefined && isScalar(oldTag.value) && oldTag.value.value === tag;
  return [
    ...(oldTag === undefined || kept ? [] : replace(oldTag, tag)),
    ...(oldDigest === undefined
      ? []
      : digest === undefined
        ? [remove(text, map, oldDigest)]
        : replace(oldDigest, digest)),
    ...(added === '' ? [] : added.split('\n').map((entry) => insert(text, map, entry, oldTag))),
  ];
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((here, key) => (here as Record<string, unknown> | null | undefined)?.[key], value);
}

/** A copy of a value in which the image at a path has another version. */
function withVersion(value: unknown, [key, ...rest]: readonly string[], version: ImageVersion): unknown {
  const map = (value ?? {}) as Record<string, unknown>;
  if (key !== undefined) return { ...map, [key]: withVersion(map[key], rest, version) };
  const { tag, digest, kind } = version;
  const { tag: _, digest: __, ...others } = map;
  return {
    ...(value === undefined && kind !== undefined && { kind }),
    ...others,
    tag,
    ...(digest !== undefined && { digest }),
  };
}

/** A value as JSON with sorted keys, so that equal values have equal texts. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, one) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

/** The version of an image as an environment file states it, without defaults. */
export interface ImageSetting {
  /** Undefined if the file does not state it. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  readonly position: Position;
}

/** The version of an image in an environment file, or undefined if the file cannot be read. */
export function imageSettingIn(file: string, bytes: Buffer, path: readonly string[]): ImageSetting | undefined {
  const yaml = readYaml(file, bytes);
  if (Array.isArray(yaml)) return undefined;
  const { tag, digest } = (valueAt(yaml.value, path) ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { tag: text(tag), digest: text(digest), position: yaml.locate([...path, 'tag']).position as Position };
}

/**
 * Changes the version of an image in the text of an environment file. Everything else, comments included, stays. An old digest is
 * removed if the new version has none.
 *
 * @param path the keys of the image's setting, as in `['services', 'api']`
 * @throws InputError if a change of single lines would change other settings, too: the image uses an anchor or an alias
 */
export function withImage(file: string, text: string, path: readonly string[], version: ImageVersion): string {
  const inputError = (message: string) =>
    new InputError([{ file, path: path.join('.'), message: `${message}; edit it by hand, and run npm run synth` }]);
  const document = parseDocument<ParsedNode>(text, { prettyErrors: false });
  const aliases = new Set<string>();
  visit(document, { Alias: (_, { source }) => void aliases.add(source) });
  const assertNotShared = (node: Node) => {
    const { anchor } = node as Scalar;
    if (anchor !== undefined && aliases.has(anchor))
      throw inputError(`is shared with other settings by the anchor &${anchor}`);
  };
  let map = document.contents as unknown;
  let rest = [...path];
  while (isMap(map) && rest.length > 0) {
    const pair = pairOf(map, rest[0] as string);
    if (pair === undefined) break;
    rest = rest.slice(1);
    map = pair.value;
  }
  if (isAlias(map)) throw inputError(`is an alias (*${map.source}) of another setting`);
  if (!isMap(map)) throw inputError('is not a mapping');
  assertNotShared(map);
  const { tag, digest, kind } = version;
  const flow = `{ ${kind === undefined ? '' : `kind: ${scalarText(kind)}, `}tag: ${scalarText(tag)}${digest === undefined ? '' : `, digest: ${scalarText(digest)}`} }`;
  const nested = rest.slice(1).reduceRight((inner, key) => `{ ${key}: ${inner} }`, flow);
  const splices =
    rest.length > 0 ? [insert(text, map, `${rest[0]}: ${nested}`)] : splicesOf(text, map, version, assertNotShared);
  // Insertions at the same position keep their order.
  const changed = [...splices]
    .map((splice, index) => ({ ...splice, index }))
    .sort((a, b) => b.from - a.from || b.index - a.index)
    .reduce((all, { from, to, text: put }) => all.slice(0, from) + put + all.slice(to), text);

  const [old, now] = [text, changed].map((one) => readYaml(file, Buffer.from(one)));
  const isRight =
    old !== undefined &&
    now !== undefined &&
    !Array.isArray(old) &&
    !Array.isArray(now) &&
    canonicalJson(now.value) === canonicalJson(withVersion(old.value, path, version));
  if (!isRight) throw inputError('cannot be changed in place');
  return changed;
}
