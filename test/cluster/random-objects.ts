import type { Schema, SchemaTable } from '../../lib/checks/cluster/schema-table';
import type { ManifestObject } from '../../lib/manifests/object';

/** Texts that rules of definitions ask for or refuse, beside a field's own choices. */
const TEXTS = [
  ...['a', 'b', 'shop', 'postgres', 'pg_reader', 'a.example.com', '*.example.com', '10.1.2.3', '::1', '10.0.0.0/8', ''],
  ...[
    '/a',
    '/a//b',
    '/a/../b',
    '/a#b',
    '/a%2fb',
    'a/b',
    'example.com/a',
    'GET',
    'POST',
    'Host',
    ':path',
    'authorization',
  ],
  ...[
    '1s',
    '10s',
    '0s',
    '500m',
    '1Gi',
    '80',
    '1.2',
    '--log-level=debug',
    '$(A)',
    'https://a.example.com',
    'aGVsbG8=',
    '5%',
  ],
  ...[
    'gateway.networking.k8s.io',
    'Gateway',
    'HTTPRoute',
    'Service',
    'Secret',
    'ConfigMap',
    'builtin',
    'icu',
    'ImageCatalog',
  ],
  'postgresql.cnpg.io',
];

/** Objects with random fields that are valid by their schema, the same ones in each run. */
export class RandomObjects {
  constructor(
    private readonly table: SchemaTable,
    private seed: number,
  ) {}

  /** An object of a kind. The fields of a path are given; others by chance. Undefined where no valid value is found. */
  object(kind: string, path: readonly (string | number)[], name: string): ManifestObject | undefined {
    const [version = '', ...rest] = kind.split('/').reverse();
    const apiVersion = rest.reverse().join('/');
    const root = this.table.schemas[this.table.kinds[kind] as number] as Schema;
    const spec = this.value(root.fields?.spec as number, path.slice(1), 0);
    if (spec === undefined) return undefined;
    return { apiVersion, kind: version, metadata: { name }, spec } as ManifestObject;
  }

  /** A number from 0 to below 1. */
  private chance(): number {
    // Mulberry32, since a failure has to occur again.
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  private oneOf<T>(choices: readonly T[]): T | undefined {
    return choices[Math.floor(this.chance() * choices.length)];
  }

  private value(number: number, path: readonly (string | number)[], depth: number): unknown {
    const schema = this.table.schemas[number] as Schema;
    switch (schema.type) {
      case 'object':
        return this.fields(schema, path, depth);
      case 'array':
        return this.items(schema, path, depth);
      case 'string':
        return this.text(schema);
      case 'boolean':
        return this.chance() < 0.5;
      case 'integer':
      case 'number':
        return Math.min(Math.max(Math.floor(this.chance() * 4), schema.least ?? 0), schema.most ?? 9);
      case 'int-or-string':
        return this.chance() < 0.5 && schema.pattern === undefined ? 1 : this.text(schema);
      default:
        return undefined;
    }
  }

  private text({ enum: choices, pattern, format, least = 0, most = 1000 }: Schema): unknown {
    if (choices) return this.oneOf(choices);
    if (format === 'date-time') return '2030-01-31T12:00:00Z';
    const matches = new RegExp(pattern ?? '', 'u');
    return this.oneOf(TEXTS.filter((text) => text.length >= least && text.length <= most && matches.test(text)));
  }

  private items({ items, least = 0, most = 9 }: Schema, path: readonly (string | number)[], depth: number): unknown {
    const count = Math.min(Math.max(least, path.length > 0 ? 1 : 0, Math.floor(this.chance() * 3)), most);
    const list = Array.from({ length: count }, (_, index) =>
      this.value(items as number, index === 0 ? path.slice(1) : [], depth + 1),
    );
    return list.includes(undefined) ? undefined : list;
  }

  private fields(schema: Schema, path: readonly (string | number)[], depth: number): unknown {
    const given: Record<string, unknown> = {};
    const { values, fields = {}, required = [] } = schema;
    if (values !== undefined) {
      const key = this.oneOf(['a', 'example.com/a', 'a b', 'esoNamespace', '*']) as string;
      const value = this.value(values, path.slice(1), depth + 1);
      return value === undefined ? {} : { [key]: value };
    }
    const count = Object.keys(fields).length;
    // Few fields beside the path near the root, and about two of an object with many.
    const share = depth < 2 && path.length > 0 ? 0.06 : 0.35 / (1 + Math.max(0, count - 6) / 6);
    for (const [key, number] of Object.entries(fields)) {
      const isNeeded = required.includes(key) || key === path[0];
      if (!isNeeded && this.chance() > share) continue;
      const value = this.value(number, key === path[0] ? path.slice(1) : [], depth + 1);
      if (value !== undefined) given[key] = value;
      else if (isNeeded) return undefined;
    }
    return given;
  }
}
