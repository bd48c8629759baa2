import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { isMergeKey } from './documents';

/** The deepest nesting that is read, in levels. Kubernetes allows 10,000; manifests stay far below 100. */
const MAX_DEPTH = 100;

/** Nothing that is read nests so deeply. */
export const TOO_DEEP = `nests deeper than ${MAX_DEPTH} levels`;

/** A mapping or value that cannot be read. */
export class UnreadableValue extends Error {}

/** The value of a document, and the offsets of keys that occur twice in a mapping. */
export interface DocumentValue {
  readonly value: unknown;
  readonly duplicates: readonly number[];
}

interface Anchored {
  readonly value: unknown;
  readonly size: number;
}

/** The part of all values that may come from aliases. Source: sigs.k8s.io/yaml, goyaml.v2, decode.go. */
function allowedAliasRatio(values: number): number {
  const [few, many] = [400_000, 4_000_000];
  if (values <= few) return 0.99;
  return values >= many ? 0.1 : 0.99 - 0.89 * ((values - few) / (many - few));
}

/** Turns a YAML tree into a value as kubectl does: keys become text, merges are done in their order, and of equal keys the last counts. */
class Conversion {
  readonly duplicates: number[] = [];
  private readonly anchors = new Map<string, Anchored | 'open'>();
  private values = 0;
  private aliased = 0;

  convert(node: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) throw new UnreadableValue(TOO_DEEP);
    if (isAlias(node)) return this.alias(node.source);
    this.values++;
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor === undefined) return this.content(node, depth);
    this.anchors.set(anchor, 'open');
    const before = this.values;
    const value = this.content(node, depth);
    this.anchors.set(anchor, { value, size: this.values - before + 1 });
    return value;
  }

  private content(node: unknown, depth: number): unknown {
    if (isScalar(node)) return typeof node.value === 'symbol' ? '<<' : node.value;
    if (isMap(node)) return this.mapping(node, depth);
    if (isSeq(node)) return node.items.map((item) => this.convert(item, depth + 1));
    return null;
  }

  private alias(name: string): unknown {
    const anchored = this.anchors.get(name);
    if (anchored === undefined) throw new UnreadableValue(`cannot be read: unknown alias *${name}`);
    if (anchored === 'open') throw new UnreadableValue(`${TOO_DEEP}, or contains itself by an alias`);
    this.values += anchored.size;
    this.aliased += anchored.size;
    const isExcessive = this.aliased > 100 && this.values > 1000;
    if (isExcessive && this.aliased / this.values > allowedAliasRatio(this.values))
      throw new UnreadableValue('cannot be read: Excessive alias count');
    return anchored.value;
  }

  private mapping(map: YAMLMap, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const keys = new Set<string>();
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) {
        this.merge(value, result, depth);
        continue;
      }
      const name = this.keyOf(key, depth);
      if (keys.has(name)) this.duplicates.push((key as { range?: [number] }).range?.[0] ?? 0);
      keys.add(name);
      define(result, name, this.convert(value, depth + 1));
    }
    return result;
  }

  private keyOf(key: unknown, depth: number): string {
    const value = this.convert(key, depth + 1);
    if (value === null || typeof value === 'object')
      throw new UnreadableValue('given a key that is no text, expected text');
    return String(value);
  }

  /** Merges one mapping or several; of several the first counts. */
  private merge(node: unknown, into: Record<string, unknown>, depth: number): void {
    const given = this.convert(node, depth + 1);
    for (const one of Array.isArray(given) ? [...given].reverse() : [given]) {
      if (typeof one !== 'object' || one === null || Array.isArray(one))
        throw new UnreadableValue('given a merge (<<) of what is no mapping, expected an alias of a mapping');
      for (const [key, value] of Object.entries(one)) define(into, key, value);
    }
  }
}

/** Sets a field, also one named `__proto__`. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else object[key] = value;
}

/**
 * The value of a document.
 *
 * @throws UnreadableValue
 */
export function documentValue(contents: Node): DocumentValue {
  const conversion = new Conversion();
  const value = conversion.convert(contents, 0);
  return { value, duplicates: conversion.duplicates };
}
