import type { DefinitionRule, Schema, SchemaTable } from '../lib/checks/cluster/schema-table';

/** The parts of an OpenAPI schema that are used here. */
export interface OpenApi {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly required?: readonly string[];
  readonly items?: OpenApi;
  readonly additionalProperties?: OpenApi | boolean;
  readonly enum?: readonly unknown[];
  readonly allOf?: readonly OpenApi[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly (DefinitionRule & { readonly optionalOldSelf?: boolean })[];
}

/** OpenAPI schemas by name. */
export type Definitions = Readonly<Record<string, OpenApi>>;

/** Definitions that are scalar values, although their schema does not say so. */
const VALUES: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'quantity' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'int-or-string' },
};

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const FORMATS = ['byte', 'date-time', 'int32', 'int64'];

const defined = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const sorted = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));

/** The values that a schema and all schemas of its `allOf` allow. */
function choicesOf({ enum: own, allOf = [] }: OpenApi): readonly unknown[] | undefined {
  const lists = [own, ...allOf.map((one) => one.enum)].filter((list) => list !== undefined);
  return lists[0]?.filter((choice) => lists.every((list) => list.includes(choice)));
}

/** The constraints of a scalar, a list or an object. Its minimum and maximum apply to the value, the length or the count. */
function limitsOf(schema: OpenApi): Schema {
  return defined({
    format: FORMATS.includes(schema.format ?? '') ? schema.format : undefined,
    enum: choicesOf(schema),
    pattern: schema.pattern ?? schema.allOf?.at(-1)?.pattern,
    least: schema.minimum ?? schema.minLength ?? schema.minItems ?? schema.minProperties,
    most: schema.maximum ?? schema.maxLength ?? schema.maxItems ?? schema.maxProperties,
  }) as Schema;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/**
 * The rules of a schema that can be judged without the object's former state.
 *
 * @throws Error for a rule with `optionalOldSelf`, which is judged when an object is created: optional values are not supported
 */
function rulesOf({ 'x-kubernetes-validations': given = [] }: OpenApi): Pick<Schema, 'rules'> {
  const optional = given.find(({ optionalOldSelf }) => optionalOldSelf);
  if (optional) throw new Error(`optionalOldSelf is not supported: ${optional.rule}`);
  const rules = given
    .filter(({ rule }) => !/\boldSelf\b/.test(rule))
    .map(
      ({ rule, message, messageExpression, fieldPath }) =>
        defined({
          rule: rule.trim(),
          message: message && oneLine(message),
          messageExpression,
          fieldPath,
        }) as DefinitionRule,
    );
  return rules.length > 0 ? { rules } : {};
}

/** Collects schemas by number, without duplicates: a definition that is used a hundred times is one entry. */
export class SchemaWriter {
  private readonly schemas: Schema[] = [];
  private readonly kinds: Record<string, number> = {};
  private readonly forms = new Map<string, number>();
  private readonly named = new Map<string, number>();

  /** @param definitions the targets of `$ref` */
  constructor(private readonly definitions: Definitions) {}

  /** The schemas that were added. */
  get table(): SchemaTable {
    return { kinds: Object.fromEntries(sorted(this.kinds)), schemas: this.schemas };
  }

  /** Adds a kind of Kubernetes, by the name of its definition. */
  addKind(kind: string, name: string): void {
    const { properties = {}, required } = this.definitions[name] as OpenApi;
    this.kinds[kind] = this.intern(
      this.object({ ...properties, ...('status' in properties && { status: {} }) }, required),
    );
  }

  /** Adds a kind of a custom resource definition. The schema of its `metadata` is that of Kubernetes. */
  addCustomKind(kind: string, schema: OpenApi): void {
    const { properties, required } = schema;
    const metadata = { $ref: `#/definitions/${OBJECT_META}` };
    const fields = { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...properties, metadata, status: {} };
    this.kinds[kind] = this.intern({ ...this.object(fields, required, true), ...rulesOf(schema) });
  }

  private intern(schema: Schema): number {
    const form = JSON.stringify(schema);
    const known = this.forms.get(form);
    if (known !== undefined) return known;
    this.forms.set(form, this.schemas.length);
    return this.schemas.push(schema) - 1;
  }

  /** The number is reserved before the definition is read, since a definition may refer to itself. */
  private define(name: string): number {
    const known = this.named.get(name);
    if (known !== undefined) return known;
    const definition = this.definitions[name];
    if (!definition) throw new Error(`there is no definition ${name}`);
    const value = VALUES[name];
    if (value) return this.intern(value);
    if (!definition.properties) return this.add(definition);
    const number = this.schemas.push({}) - 1;
    this.named.set(name, number);
    this.schemas[number] = this.object(definition.properties, definition.required);
    return number;
  }

  private object(
    properties: Readonly<Record<string, OpenApi>>,
    required: readonly string[] = [],
    custom = false,
  ): Schema {
    // A field with a default is not required: the API server sets the default before it validates.
    const needed = required.filter((name) => !custom || properties[name]?.default === undefined).sort();
    return {
      type: 'object',
      fields: Object.fromEntries(sorted(properties).map(([name, schema]) => [name, this.add(schema, custom)])),
      ...(needed.length > 0 && { required: needed }),
    };
  }

  private add(schema: OpenApi, custom = false): number {
    if (schema.$ref !== undefined) return this.define(schema.$ref.replace('#/definitions/', ''));
    const judged = custom ? { ...defined({ default: schema.default }), ...rulesOf(schema) } : {};
    return this.intern({ ...this.typed(schema, custom), ...judged });
  }

  private typed(schema: OpenApi, custom: boolean): Schema {
    if (schema['x-kubernetes-int-or-string']) {
      return { type: 'int-or-string', ...limitsOf({ pattern: schema.pattern, allOf: schema.allOf } as OpenApi) };
    }
    switch (schema.type) {
      case 'object':
        return this.objectOrMap(schema, custom);
      case 'array':
        return { type: 'array', items: this.add(schema.items ?? {}, custom), ...limitsOf(schema) };
      case 'string':
      case 'boolean':
      case 'integer':
      case 'number':
        return { type: schema.type, ...limitsOf(schema) };
      default:
        return {};
    }
  }

  private objectOrMap(schema: OpenApi, custom: boolean): Schema {
    const { properties, required, additionalProperties: values } = schema;
    const limits = limitsOf(schema);
    if (typeof values === 'object') return { type: 'object', values: this.add(values, custom), ...limits };
    const open =
      values === true || schema['x-kubernetes-preserve-unknown-fields'] || schema['x-kubernetes-embedded-resource'];
    if (!properties && (open || !custom)) return { type: 'object', open: true, ...limits };
    return { ...this.object(properties ?? {}, required, custom), ...(open && { open: true as const }), ...limits };
  }
}

/**
 * The allowed values of fields, by definition (`core_v1_Container`) and field. The published OpenAPI does not have them, but the
 * Go code that it is generated from does.
 */
export function enumsOf(goCode: string): Map<string, Map<string, string[]>> {
  const enums = new Map<string, Map<string, string[]>>();
  let definition = '';
  let field = '';
  for (const line of goCode.split('\n')) {
    definition = /^func schema_\w*?([^_]+_v[^_]+_[^_]+)\(/.exec(line)?.[1] ?? definition;
    field = /^\t{5}"([^"]+)": \{$/.exec(line)?.[1] ?? field;
    const values = /^\t+Enum:\s+\[\]interface\{\}\{(.*)\},$/.exec(line)?.[1];
    if (values === undefined) continue;
    const fields = enums.get(definition) ?? new Map<string, string[]>();
    enums.set(definition, fields.set(field, JSON.parse(`[${values}]`)));
  }
  return enums;
}

/** A schema with its allowed values. An optional field may be empty, since Go does not tell an empty string from a missing one. */
function withValues(schema: OpenApi, values: readonly string[], required: boolean): OpenApi {
  if (schema.items) return { ...schema, items: withValues(schema.items, values, true) };
  return { ...schema, enum: required || values.includes('') ? values : [...values, ''] };
}

/** Definitions with the allowed values of their fields, or of the items of a list. */
export function withEnums(definitions: Definitions, enums: ReturnType<typeof enumsOf>): Definitions {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => {
      const fields = enums.get(name.split('.').slice(-3).join('_'));
      if (!fields) return [name, definition];
      const properties = Object.entries(definition.properties ?? {}).map(([field, schema]) => {
        const values = fields.get(field);
        return [field, values ? withValues(schema, values, definition.required?.includes(field) ?? false) : schema];
      });
      return [name, { ...definition, properties: Object.fromEntries(properties) }];
    }),
  );
}
