import { formatLocation } from '../base/problem';
import { formatPath, valueAt } from './parse';
import type { Place, YamlFile } from './yaml-file';

/** Settings from one source. Of several layers the later one wins. */
export interface Layer {
  /** Its name in listings of settings: `environments/shop.yaml`, `preset api`. */
  readonly name: string;
  readonly value: unknown;
  /** The places of its values. @default - it is built in */
  readonly yaml?: Pick<YamlFile, 'locate' | 'locateKey'>;
}

/** How layers are merged, where it is not key by key. */
export interface MergeRules {
  /** Whether a mapping replaces the one of an earlier layer as a whole, since half of one is no other. */
  readonly whole: (path: readonly string[]) => boolean;
  /** Whether the keys of the mapping at a path are names that users chose, such as those of variables: `kind` is one of them. */
  readonly named: (path: readonly string[]) => boolean;
  /** The keys of an earlier mapping that go when a later one says others: `port` where it says `ports`. */
  readonly displaced: (path: readonly string[], later: Readonly<Record<string, unknown>>) => readonly string[];
}

/** Merged layers. */
export interface Merged extends YamlFile {
  /** The layer that a value comes from. */
  layerOf(path: readonly PropertyKey[]): Layer | undefined;
  /** What a later list left out of an earlier one, as sentences. */
  readonly notices: readonly string[];
}

type Mapping = Readonly<Record<string, unknown>>;

/** Whether a value is a mapping. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Mappings that differ in one of these are of different kinds, and have other keys. */
const KINDS = ['kind', 'implementation', 'provider'];

/** A mapping with this key says that there is nothing: `{ none: why }`. */
const NONE = 'none';

const keyOf = (path: readonly PropertyKey[]) => path.map(String).join('\0');

/** Merges layer by layer, and remembers which layer each value comes from. */
class Merge {
  private readonly owners = new Map<string, Layer>();
  readonly notices: string[] = [];

  constructor(private readonly rules: MergeRules) {}

  add(lower: unknown, layer: Layer): unknown {
    return this.merge(lower, layer.value, [], layer);
  }

  ownerOf(path: readonly PropertyKey[]): Layer | undefined {
    for (let length = path.length; length >= 0; length--) {
      const owner = this.owners.get(keyOf(path.slice(0, length)));
      if (owner !== undefined) return owner;
    }
    return undefined;
  }

  private merge(lower: unknown, upper: unknown, path: readonly string[], layer: Layer): unknown {
    if (!isMapping(lower) || !isMapping(upper) || this.replaces(lower, upper, path)) {
      this.noteDropped(lower, upper, path, layer);
      this.claim(path, layer);
      return upper;
    }
    const displaced = this.rules.displaced(path, upper);
    const merged: Record<string, unknown> = Object.fromEntries(
      Object.entries(lower).filter(([key]) => !displaced.includes(key)),
    );
    for (const [key, value] of Object.entries(upper))
      merged[key] = this.merge(lower[key], value, [...path, key], layer);
    return merged;
  }

  private replaces(lower: Mapping, upper: Mapping, path: readonly string[]): boolean {
    if (this.rules.whole(path)) return true;
    if (this.rules.named(path)) return false;
    const other = (key: string) => lower[key] !== undefined && upper[key] !== undefined && lower[key] !== upper[key];
    return KINDS.some(other) || Object.hasOwn(lower, NONE) !== Object.hasOwn(upper, NONE);
  }

  private claim(path: readonly string[], layer: Layer) {
    const own = keyOf(path);
    for (const key of this.owners.keys()) if (key.startsWith(`${own}\0`)) this.owners.delete(key);
    this.owners.set(own, layer);
  }

  private noteDropped(lower: unknown, upper: unknown, path: readonly string[], layer: Layer) {
    if (!Array.isArray(lower) || !Array.isArray(upper)) return;
    const earlier = this.ownerOf(path);
    if (layer.yaml === undefined || earlier?.yaml === undefined) return;
    const kept = new Set(upper.map((one) => JSON.stringify(one)));
    const dropped = lower.map((one) => JSON.stringify(one)).filter((one) => !kept.has(one));
    if (dropped.length === 0) return;
    const { file, position } = earlier.yaml.locate(path);
    this.notices.push(
      `${layer.name} drops ${dropped.join(', ')} from ${formatPath(path)} of ${file}:${position?.line}: a list replaces the earlier one`,
    );
  }
}

/** How many keys of a path a value has. */
function depthIn(value: unknown, path: readonly PropertyKey[]): number {
  const missing = path.findIndex((_, index) => valueAt(value, path.slice(0, index + 1)) === undefined);
  return missing < 0 ? path.length : missing;
}

/**
 * Merges layers: mappings key by key, lists and single values replace. The place of a value is where its text stands; that of a missing
 * or a built-in one is its nearest parent, in the last layer that has it.
 *
 * @param file the name of the whole, for problems without a place
 */
export function mergeLayers(file: string, layers: readonly Layer[], rules: MergeRules): Merged {
  const merge = new Merge(rules);
  const value = layers.reduce<unknown>((lower, layer) => merge.add(lower, layer), undefined);
  const written = layers.filter((layer) => layer.yaml !== undefined).reverse();
  const placed = (path: readonly PropertyKey[]): Layer | undefined => {
    const owner = valueAt(value, path) === undefined ? undefined : merge.ownerOf(path);
    if (owner?.yaml !== undefined) return owner;
    const depths = written.map((layer) => depthIn(layer.value, path));
    return written[depths.indexOf(Math.max(...depths))];
  };
  const nowhere: Place = { file };
  return {
    file,
    value,
    notices: merge.notices,
    layerOf: (path) => merge.ownerOf(path),
    locate: (path) => placed(path)?.yaml?.locate(path) ?? nowhere,
    locateKey: (path, key) => placed([...path, key])?.yaml?.locateKey(path, key) ?? nowhere,
  };
}

/** `environments/shop.yaml:9`, or the name of a built-in layer: where a value comes from. */
export function originOf(merged: Merged, path: readonly PropertyKey[]): string {
  const layer = merged.layerOf(path);
  if (layer?.yaml === undefined) return layer?.name ?? '';
  const { file, position } = layer.yaml.locate(path);
  return formatLocation({ file, ...(position && { position }) }).replace(/:\d+$/, '');
}
