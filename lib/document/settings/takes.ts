import { code, enumerate } from '../markdown';

/** A JSON Schema, as far as settings use it. Source: json-schema.org, draft 7. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly patternErrorMessage?: string;
  readonly format?: string;
  readonly not?: object;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** The forms that a value may have: those of a union, and of unions in it, or the schema itself. */
export function formsOf(schema: JsonSchema): readonly JsonSchema[] {
  const forms = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return forms.length === 0 ? [schema] : forms.flatMap(formsOf);
}

/** The schema of the entries of a mapping with any keys. */
export function entriesOf({ additionalProperties }: JsonSchema): JsonSchema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** A value as YAML has it in one line. */
export function written(value: unknown): string {
  return code(typeof value === 'string' && value !== '' ? value : JSON.stringify(value));
}

/** The bounds that a schema states; those of any whole number are none. */
function bounds({ minimum, maximum }: JsonSchema): string {
  const [least, most] = [minimum, maximum].map((one) =>
    one === undefined || Math.abs(one) >= Number.MAX_SAFE_INTEGER ? undefined : one,
  );
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  return least !== undefined ? `, at least ${least}` : most !== undefined ? `, at most ${most}` : '';
}

function takesOne(schema: JsonSchema): string {
  const { type, items, enum: values, patternErrorMessage, format } = schema;
  if (schema.const !== undefined) return written(schema.const);
  if (values !== undefined) return values.map(written).join(', ');
  if (patternErrorMessage !== undefined) return patternErrorMessage;
  const entries = entriesOf(schema);
  switch (type) {
    case 'boolean':
      return '`true` or `false`';
    case 'integer':
      return `a whole number${bounds(schema)}`;
    case 'number':
      return `a number${bounds(schema)}`;
    case 'array':
      return items === undefined ? 'a list' : `a list of: ${takes(items)}`;
    case 'object':
      return entries === undefined ? 'a mapping' : `by name: ${takes(entries)}`;
    case 'string':
      return format === undefined ? 'text' : `text of the form ${format}`;
    default:
      return 'any value';
  }
}

/** What a setting takes, in words: its type, its range, and for text an example. */
export function takes(schema: JsonSchema): string {
  const all = [...new Set(formsOf(schema).map(takesOne))];
  return all.every((one) => /^`[^`]*`$/.test(one))
    ? enumerate(all).replace(/ and ([^ ]+)$/, ' or $1')
    : all.join('; or ');
}
