import type { CelInput } from '@bufbuild/cel';
import { memoize, memoizeOf } from '../../base/memoize';
import { evaluate, parsed } from './cel';
import { partRead, type Reads, readsOf } from './cel-reads';
import type { DefinitionRule, Schema, SchemaTable } from './schema-table';

/** A value that breaks a rule of its definition. */
export interface BrokenRule {
  readonly path: readonly (string | number)[];
  /** The field below the path, as `.serverName`, or an empty text. */
  readonly field: string;
  readonly value: unknown;
  /** The message of the rule, or the rule itself. */
  readonly expected: string;
}

/** Whether a schema, or one inside it, has rules, by number. Only schemas of custom resources have, and theirs follow those they contain. */
const ruledIn = memoize<readonly boolean[], readonly Schema[]>((schemas) => {
  const ruled: boolean[] = [];
  for (const { rules, items, values, fields } of schemas) {
    const inside = [items, values, ...Object.values(fields ?? {})];
    ruled.push(rules !== undefined || inside.some((number) => number !== undefined && ruled[number]));
  }
  return ruled;
});

const KEYWORDS =
  'true false null in as break const continue else for function if import let loop package namespace return var void while';
const RESERVED = new Set(KEYWORDS.split(' '));
const SIGNS: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** The name of a field in rules. Source: kubernetes.io, CustomResourceDefinition validation, escaping. */
const nameInRules = memoize((name): string =>
  RESERVED.has(name) ? `__${name}__` : name.replace(/__|[./-]/g, (sign) => SIGNS[sign] as string),
);

/** A value without a schema. Whole numbers are integers, as in the API server. */
function untyped(value: unknown): CelInput {
  if (Array.isArray(value)) return value.map(untyped);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) {
    return new Map(Object.entries(value).map(([key, child]) => [key, untyped(child)]));
  }
  return Number.isInteger(value) ? BigInt(value as number) : (value as CelInput);
}

function scalar({ type, format }: Schema, value: unknown): CelInput {
  if (type === 'number') return Number(value);
  if (format === 'byte') return new Uint8Array(Buffer.from(value as string, 'base64'));
  if (format !== 'date-time') return untyped(value);
  const time = evaluate('timestamp(self)', untyped(value));
  return 'value' in time ? (time.value as CelInput) : untyped(value);
}

/** The value that rules see. */
function typed(schemas: readonly Schema[], number: number, value: unknown): CelInput {
  const schema = schemas[number] as Schema;
  if (schema.type === undefined) return untyped(value);
  if (schema.type === 'array') {
    return (value as readonly unknown[]).map((item) => typed(schemas, schema.items as number, item));
  }
  if (schema.type !== 'object') return scalar(schema, value);
  const self = new Map<string, CelInput>();
  for (const { key, name = key, number: child, value: given } of childrenOf(schemas, schema, value)) {
    self.set(name as string, typed(schemas, child, given));
  }
  return self as CelInput;
}

/** A field, a value of a map or an item, with its schema. */
interface Child {
  readonly key: string | number;
  /** The name of a field in rules. */
  readonly name?: string;
  readonly number: number;
  readonly value: unknown;
}

/** What is in a value. Fields that are not given have their defaults, as the API server sets them before it judges. */
function childrenOf(schemas: readonly Schema[], schema: Schema, value: unknown): Child[] {
  const { type, items, values, fields = {} } = schema;
  if (type === 'array') {
    return (value as readonly unknown[]).map((item, key) => ({ key, number: items as number, value: item }));
  }
  if (type !== 'object') return [];
  const given = value as Readonly<Record<string, unknown>>;
  const children: Child[] = [];
  if (values !== undefined) {
    // The API server leaves out values that are null.
    for (const key in given) if (given[key] !== null) children.push({ key, number: values, value: given[key] });
  }
  for (const key in fields) {
    const number = fields[key] as number;
    const child = (Object.hasOwn(given, key) ? given[key] : undefined) ?? schemas[number]?.default;
    if (child !== undefined) children.push({ key, name: nameInRules(key), number, value: child });
  }
  return children;
}

/** The values that keep all rules of a schema, by what the rules read of them: most objects have the same. */
interface Kept {
  readonly reads: Reads;
  readonly parts: Set<string>;
}

/** The most values of a schema that are remembered, and the longest of them in letters. */
const MAX_KEPT = 10_000;
const MAX_PART = 2000;

const keptBy: (schema: Schema) => Kept = memoizeOf(({ rules = [] }) => ({
  reads: readsOf(rules.map(({ rule }) => parsed(rule).expr)),
  parts: new Set(),
}));

/** Judges a value that is valid by its schema. */
class RuleWalk {
  readonly broken: BrokenRule[] = [];
  private readonly path: (string | number)[] = [];
  private readonly ruled: readonly boolean[];

  constructor(private readonly schemas: readonly Schema[]) {
    this.ruled = ruledIn(schemas);
  }

  /** Judges what is in the value, and then the value. */
  value(number: number, value: unknown): void {
    if (!this.ruled[number]) return;
    const schema = this.schemas[number] as Schema;
    for (const { key, number: child, value: given } of childrenOf(this.schemas, schema, value)) {
      if (!this.ruled[child]) continue;
      this.path.push(key);
      this.value(child, given);
      this.path.pop();
    }
    if (schema.rules !== undefined) this.rules(schema, number, value);
  }

  private rules(schema: Schema, number: number, value: unknown): void {
    const { reads, parts } = keptBy(schema);
    const part = JSON.stringify(partRead(reads, value));
    if (parts.has(part)) return;
    const before = this.broken.length;
    const self = typed(this.schemas, number, value);
    for (const rule of schema.rules ?? []) this.judge(rule, self, value);
    if (this.broken.length === before && part.length <= MAX_PART && parts.size < MAX_KEPT) parts.add(part);
  }

  private judge({ rule, message, messageExpression, fieldPath = '' }: DefinitionRule, self: CelInput, value: unknown) {
    const outcome = evaluate(rule, self);
    if ('value' in outcome && outcome.value === true) return;
    const written = messageExpression === undefined ? undefined : evaluate(messageExpression, self);
    const text = written && 'value' in written && typeof written.value === 'string' ? written.value : message;
    // The API server refuses a value for which a rule has no result.
    const expected = `${text ?? rule}${'error' in outcome ? ` (${outcome.error})` : ''}`;
    this.broken.push({ path: [...this.path], field: fieldPath, value, expected });
  }
}

/**
 * The rules of its definition (`x-kubernetes-validations`) that an object breaks, which is valid by its schema. Rules that compare it with
 * its former state are not in the table.
 */
export function brokenRules(object: object, number: number, { schemas }: SchemaTable): readonly BrokenRule[] {
  if (!ruledIn(schemas)[number]) return [];
  const walk = new RuleWalk(schemas);
  walk.value(number, object);
  return walk.broken;
}
