import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { Position } from '../base/problem';

/** The index of an item, as in `[0].name`, or its name, as in `[chat-api].image`. */
const STEP = /^\[([^\]"]+)\]/;

/** The item of a list by its index, or by the beginning of its name: `80` and `TCP` of `80/TCP`. */
function itemAt(items: readonly unknown[], step: string): unknown {
  const byIndex = /^\d+$/.test(step) ? items[Number(step)] : undefined;
  const isNamed = (keys: RegExp) => (item: unknown) =>
    isMap(item) &&
    item.items.some(
      ({ key, value }) => keys.test(String(key)) && isScalar(value) && `${step}/`.startsWith(`${value.value}/`),
    );
  // A value of another field may be the same text.
  return byIndex ?? items.find(isNamed(/^name$/)) ?? items.find(isNamed(/./));
}

/** The longest key of a mapping that a path begins with. Messages write some keys with dots in them, such as labels, without quotes. */
function pairAt(pairs: readonly Pair[], path: string): Pair | undefined {
  const start = path.startsWith('.') ? 1 : 0;
  let longest = -1;
  let found: Pair | undefined;
  for (const pair of pairs) {
    if (!isScalar(pair.key)) continue;
    const key = String(pair.key.value);
    const next = path[start + key.length];
    const isWhole = next === undefined || next === '.' || next === '[';
    if (key.length <= longest || !isWhole || !path.startsWith(key, start)) continue;
    longest = key.length;
    found = pair;
  }
  return found;
}

const keyOf = ({ key }: Pair): string | undefined => (isScalar(key) ? String(key.value) : undefined);

const startOf = (node: unknown): number | undefined => (node as { range?: [number] } | null)?.range?.[0];

/** The offset of a field of a tree, or of the nearest field above that exists. */
export function offsetOf(root: Node, path: string, anchored: (name: string) => Node | undefined): number {
  let offset = startOf(root) ?? 0;
  let here: unknown = root;
  let rest = path;
  while (rest !== '') {
    if (isAlias(here)) here = anchored(here.source);
    if (isMap(here)) {
      const quoted = rest[0] !== '[' ? null : /^\[("(?:[^"\\]|\\.)*")\]/.exec(rest);
      const named = quoted && String(JSON.parse(quoted[1] as string));
      const pair = named === null ? pairAt(here.items, rest) : here.items.find((one) => keyOf(one) === named);
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      here = pair.value;
      rest = rest.slice(quoted ? quoted[0].length : (keyOf(pair)?.length ?? 0) + (rest.startsWith('.') ? 1 : 0));
    } else if (isSeq(here)) {
      const [step = '', item] = STEP.exec(rest) ?? [];
      here = item === undefined ? undefined : itemAt(here.items, item);
      if (here === undefined) return offset;
      offset = startOf(here) ?? offset;
      rest = rest.slice(step.length);
    } else return offset;
  }
  return offset;
}

/** Finds the position of a field. */
export type PositionOf = (path: string) => Position;
