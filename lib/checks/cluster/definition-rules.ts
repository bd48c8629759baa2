import type { CelInput } from '@bufbuild/cel';
import { memoize } from '../../base/memoize';
import { evaluate } from './cel';
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

/** Judges a value that is valid by its schema. Defaults are set first, as the API server does. */
class RuleWalk {
  readonly broken: BrokenRule[] = [];
  private readonly path: (string | number)[] = [];

  constructor(private readonly schemas: readonly Schema[]) {}

  /** The value for the rules of those that contain it. */
  value(number: number, value: unknown): CelInput {
    const schema = this.schemas[number] as Schema;
    const self = this.typed(schema, value);
    for (const rule of schema.rules ?? []) this.judge(rule, self, value);
    return self;
  }

  private typed(schema: Schema, value: unknown): CelInput {
    if (schema.type === undefined) return untyped(value);
    if (schema.type === 'array') {
      return (value as readonly unknown[]).map((item, index) => this.at(index, schema.items as number, item));
    }
    if (schema.type !== 'object') return scalar(schema, value);
    const given = value as Readonly<Record<string, unknown>>;
    const { values, fields = {} } = schema;
    const self = new Map<string, CelInput>();
    if (values !== undefined) {
      for (const key in given) self.set(key, this.at(key, values, given[key]));
    }
    for (const key in fields) {
      const number = fields[key] as number;
      const child = (Object.hasOwn(given, key) ? given[key] : undefined) ?? this.schemas[number]?.default;
      if (child !== undefined) self.set(nameInRules(key), this.at(key, number, child));
    }
    return self as CelInput;
  }

  private at(key: string | number, number: number, value: unknown): CelInput {
    this.path.push(key);
    const self = this.value(number, value);
    this.path.pop();
    return self;
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
