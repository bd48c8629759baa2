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
  readonly pattern?: string;
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

/** Texts of common forms, for those whose description has no example: a name, a path, a line of text, a number, a digest, a repository of backups. */
const SAMPLES = [
  'example',
  '/example',
  'an example of it',
  '1',
  `sha256:${'0123456789abcdef'.repeat(4)}`,
  's3:https://s3.example.com/backups',
];

/** An example of a text: the one of its description, or the first sample that its pattern accepts. */
function exampleOfText({ patternErrorMessage = '', pattern, format }: JsonSchema): string | undefined {
  if (format === 'email') return 'ops@example.com';
  if (format === 'uuid') return '11111111-2222-3333-4444-555555555555';
  const [, said = '', ...others] = /such as (("[^"]+"|\S+?)(?=[,;)]*(?:\s|$)).*)/.exec(patternErrorMessage) ?? [];
  const accepts = (one: string) => pattern === undefined || new RegExp(pattern, 'u').test(one);
  return [...others, said, ...SAMPLES].map((one) => one.replaceAll('"', '')).find((one) => one !== '' && accepts(one));
}

/** An example of a value, as YAML has it in one line; undefined for a mapping, whose keys have their own. */
export function exampleOf(schema: JsonSchema): string | undefined {
  const [form = schema] = formsOf(schema);
  const { type, minimum, items, enum: values, const: one } = form;
  if (one !== undefined || values !== undefined) return String(one ?? values?.[0]);
  if (type === 'boolean') return 'true';
  if (type === 'integer' || type === 'number') return String(minimum === undefined || minimum < -1e9 ? 1 : minimum);
  if (type === 'array') {
    const item = items === undefined ? undefined : exampleOf(items);
    return item === undefined ? undefined : `[${item}]`;
  }
  const entries = entriesOf(form);
  if (entries !== undefined) {
    const entry = exampleOf(entries);
    return entry === undefined ? undefined : `{ example: ${entry} }`;
  }
  return type === 'object' ? undefined : exampleOfText(form);
}
