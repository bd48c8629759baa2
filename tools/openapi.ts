import { unknownFunctions } from '../lib/checks/cluster/cel';
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
  readonly anyOf?: readonly OpenApi[];
  readonly oneOf?: readonly OpenApi[];
  readonly not?: OpenApi;
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
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
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
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'int-or-string', format: 'int32' },
};

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const FORMATS = ['byte', 'date-time', 'int32', 'int64', 'ipv4', 'ipv6'];

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
 * @throws Error for a rule with `optionalOldSelf`, which is judged when an object is created (optional values are not supported), and for one
 * with a syntax error or a function that is not known
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
  for (const { rule, messageExpression } of rules) {
    const unknown = [rule, messageExpression ?? '""'].flatMap(unknownFunctions);
    if (unknown.length > 0) throw new Error(`lib/checks/cluster/cel.ts has no ${unknown.join(', ')}: ${rule}`);
  }
  return rules.length > 0 ? { rules } : {};
}

/** The keys by which the items of a list differ. A list of the type `atomic` may repeat items. */
function uniqueOf(schema: OpenApi): Pick<Schema, 'unique'> {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set') return { unique: [] };
  return type === 'map' ? { unique: schema['x-kubernetes-list-map-keys'] ?? [] } : {};
}

/** A schema whose field at a path is a number of replicas: from 0, of 32 bits. Source: kubernetes.io, scale subresource. */
function withReplicas(schema: OpenApi, [key, ...rest]: readonly string[]): OpenApi {
  if (key === undefined) return { ...schema, minimum: Math.max(schema.minimum ?? 0, 0), format: 'int32' };
  const field = schema.properties?.[key];
  return field ? { ...schema, properties: { ...schema.properties, [key]: withReplicas(field, rest) } } : schema;
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

  /**
   * Adds a kind of a custom resource definition. The schema of its `metadata` is that of Kubernetes.
   *
   * @param replicasPath the field of its scale subresource, such as `.spec.replicas`. @default - it has none
   */
  addCustomKind(kind: string, schema: OpenApi, replicasPath?: string): void {
    const { properties, required } = replicasPath ? withReplicas(schema, replicasPath.slice(1).split('.')) : schema;
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
    const judged = custom
      ? { ...defined({ default: schema.default }), ...rulesOf(schema), ...this.alternatives(schema) }
      : {};
    return this.intern({ ...this.typed(schema, custom), ...judged });
  }

  /** The alternatives of a schema. Those of whole numbers or text are in its type, and lists of choices in its `enum`. */
  private alternatives(schema: OpenApi): Pick<Schema, 'oneOf' | 'anyOf' | 'allOf' | 'not'> {
    const { oneOf, anyOf, not } = schema;
    if (schema['x-kubernetes-int-or-string']) return {};
    const allOf = schema.allOf?.filter((one) => Object.keys(one).join() !== 'enum');
    const parts = (some: readonly OpenApi[] | undefined) =>
      some && some.length > 0 ? some.map((one) => this.part(one)) : undefined;
    const all = { oneOf: parts(oneOf), anyOf: parts(anyOf), allOf: parts(allOf), not: not && this.part(not) };
    return defined(all) as Pick<Schema, 'oneOf' | 'anyOf' | 'allOf' | 'not'>;
  }

  /** A part of a schema, which says nothing of types. */
  private part(schema: OpenApi): number {
    const { properties, required, items } = schema;
    const fields = properties && sorted(properties).map(([name, field]) => [name, this.part(field)] as const);
    const part = { fields: fields && Object.fromEntries(fields), required, items: items && this.part(items) };
    return this.intern({ ...(defined(part) as Schema), ...limitsOf(schema), ...this.alternatives(schema) });
  }

  private typed(schema: OpenApi, custom: boolean): Schema {
    if (schema['x-kubernetes-int-or-string']) {
      return { type: 'int-or-string', ...limitsOf({ pattern: schema.pattern, allOf: schema.allOf } as OpenApi) };
    }
    switch (schema.type) {
      case 'object':
        return this.objectOrMap(schema, custom);
      case 'array':
        return { type: 'array', items: this.add(schema.items ?? {}, custom), ...limitsOf(schema), ...uniqueOf(schema) };
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
