import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
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

/** The key of a mapping that a path begins with. Messages write some keys with dots in them, such as labels, without quotes. */
function keyAt(keys: readonly string[], path: string): string | undefined {
  const text = path.replace(/^\./, '');
  return keys
    .filter((key) => text === key || (text.startsWith(key) && /^[.[]/.test(text.slice(key.length))))
    .sort((a, b) => b.length - a.length)[0];
}

const startOf = (node: unknown): number | undefined => (node as { range?: [number] } | null)?.range?.[0];

/** The offset of a field of a tree, or of the nearest field above that exists. */
export function offsetOf(root: Node, path: string, anchored: (name: string) => Node | undefined): number {
  let offset = startOf(root) ?? 0;
  let here: unknown = root;
  let rest = path;
  while (rest !== '') {
    if (isAlias(here)) here = anchored(here.source);
    if (isMap(here)) {
      const quoted = /^\[("(?:[^"\\]|\\.)*")\]/.exec(rest);
      const keys = here.items.flatMap(({ key }) => (isScalar(key) ? String(key.value) : []));
      const key = quoted ? String(JSON.parse(quoted[1] as string)) : keyAt(keys, rest);
      const pair = here.items.find((one) => isScalar(one.key) && String(one.key.value) === key);
      if (key === undefined || pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      here = pair.value;
      rest = rest.slice(quoted ? quoted[0].length : key.length + (rest.startsWith('.') ? 1 : 0));
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
