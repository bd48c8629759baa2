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

/** A version of an image. */
export interface ImageVersion {
  readonly tag: string;
  /** @default - none */
  readonly digest?: string | undefined;
}

/** Characters that take the place of others. */
interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

type Found = Pair<ParsedNode, ParsedNode | null>;

const startOf = (node: Node) => (node.range as [number, number, number])[0];
const endOf = (node: Node) => (node.range as [number, number, number])[1];

/** A value as YAML, in the quotes that the one before it stood in, or in those that it needs. */
function written(value: string, like?: Scalar): string {
  const type = like?.type === Scalar.QUOTE_DOUBLE || like?.type === Scalar.QUOTE_SINGLE ? like.type : undefined;
  const scalar = new Scalar(value);
  if (type !== undefined) scalar.type = type;
  return stringify(scalar, { lineWidth: 0 }).trimEnd();
}

function pairOf(map: YAMLMap, key: string): Found | undefined {
  return map.items.find((item) => isScalar(item.key) && String(item.key.value) === key) as Found | undefined;
}

const lineStart = (text: string, offset: number) => text.lastIndexOf('\n', offset - 1) + 1;

/** Puts a setting behind the last of a mapping, or behind one of them. */
function insert(text: string, map: YAMLMap, entry: string, after?: Found): Splice {
  const last = after ?? (map.items.at(-1) as Found | undefined);
  if (last === undefined) return { from: startOf(map), to: endOf(map), text: `{ ${entry} }` }; // {}
  const end = endOf(last.value ?? last.key);
  if (map.flow) return { from: end, to: end, text: `, ${entry}` };
  const indent = startOf(last.key) - lineStart(text, startOf(last.key));
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  // A block ends where the next line begins, and a scalar in its own line, which a comment may end.
  const lineEnd = text[end - 1] === '\n' ? end : text.indexOf('\n', end);
  const lead = text.slice(startOf(last.key) - indent, startOf(last.key)).replace(/[^\s]/g, ' ');
  if (lineEnd < 0) return { from: text.length, to: text.length, text: `${newline}${lead}${entry}${newline}` };
  const at = text[end - 1] === '\n' ? end : lineEnd + 1;
  return { from: at, to: at, text: `${lead}${entry}${newline}` };
}

/** Takes a setting out of a mapping, with its line, or with the comma that stands beside it. */
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

/** What becomes of the mapping of an image. */
function splicesOf(text: string, map: YAMLMap, { tag, digest }: ImageVersion, own: (node: Node) => void): Splice[] {
  const [oldTag, oldDigest] = [pairOf(map, 'tag'), pairOf(map, 'digest')];
  const replace = (pair: Found, value: string): Splice[] => {
    const node = pair.value as ParsedNode;
    own(node);
    return [{ from: startOf(node), to: endOf(node), text: written(value, isScalar(node) ? node : undefined) }];
  };
  const entries = [
    ...(oldTag === undefined ? [`tag: ${written(tag)}`] : []),
    ...(oldDigest === undefined && digest !== undefined ? [`digest: ${written(digest)}`] : []),
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

/** A value with another version of an image in it. */
function withVersion(value: unknown, [key, ...rest]: readonly string[], { tag, digest }: ImageVersion): unknown {
  const map = (value ?? {}) as Record<string, unknown>;
  if (key !== undefined) return { ...map, [key]: withVersion(map[key], rest, { tag, digest }) };
  const { tag: _, digest: __, ...others } = map;
  return { ...others, tag, ...(digest !== undefined && { digest }) };
}

/** A value with the keys of its mappings in one order. */
function ordered(value: unknown): string {
  return JSON.stringify(value, (_, one) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

/** An image's setting in an environment file, as its text says it. */
export interface ImageSetting {
  /** What stands there; a default that is not said is not there. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  readonly position: Position;
}

/** What an environment file says of an image, or undefined where it cannot be read. */
export function imageSettingIn(file: string, bytes: Buffer, path: readonly string[]): ImageSetting | undefined {
  const yaml = readYaml(file, bytes);
  if (Array.isArray(yaml)) return undefined;
  const { tag, digest } = (valueAt(yaml.value, path) ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { tag: text(tag), digest: text(digest), position: yaml.locate([...path, 'tag']) };
}

/**
 * The text of an environment file with another version of an image: one line is another one, and everything else, comments too, as it
 * was. A digest that is not given goes, since it would pin the image before.
 *
 * @param path the setting of the image, as in `['services', 'api']`
 * @throws InputError where the file says it in a way that one line cannot change: by an anchor or an alias
 */
export function withImage(file: string, text: string, path: readonly string[], version: ImageVersion): string {
  const told = (message: string) =>
    new InputError([{ file, path: path.join('.'), message: `${message}; edit it by hand, and run npm run synth` }]);
  const document = parseDocument<ParsedNode>(text, { prettyErrors: false });
  const aliases = new Set<string>();
  visit(document, { Alias: (_, { source }) => void aliases.add(source) });
  const own = (node: Node) => {
    const { anchor } = node as Scalar;
    if (anchor !== undefined && aliases.has(anchor)) throw told(`is said for others too, by the anchor &${anchor}`);
  };
  let map = document.contents as unknown;
  let rest = [...path];
  while (isMap(map) && rest.length > 0) {
    const pair = pairOf(map, rest[0] as string);
    if (pair === undefined) break;
    rest = rest.slice(1);
    map = pair.value;
  }
  if (isAlias(map)) throw told(`is an alias (*${map.source}) of what stands elsewhere`);
  if (!isMap(map)) throw told('is no mapping');
  own(map);
  const { tag, digest } = version;
  const flow = `{ tag: ${written(tag)}${digest === undefined ? '' : `, digest: ${written(digest)}`} }`;
  const nested = rest.slice(1).reduceRight((inner, key) => `{ ${key}: ${inner} }`, flow);
  const splices = rest.length > 0 ? [insert(text, map, `${rest[0]}: ${nested}`)] : splicesOf(text, map, version, own);
  // What is put in twice at one place stands in the order in which it was said.
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
    ordered(now.value) === ordered(withVersion(old.value, path, version));
  if (!isRight) throw told('cannot be changed by one line here');
  return changed;
}
