import { nearest } from '../../base/nearest';
import type { ManifestObject } from '../../manifests/object';
import { brokenRules } from '../cluster/definition-rules';
import { sizeFindings } from '../cluster/object-size';
import { isObject, unmetAlternatives } from '../cluster/schema-alternatives';
import { objectFindings, podFindings } from '../cluster/schema-meaning';
import { type Schema, type SchemaTable, tableOf } from '../cluster/schema-table';
import { boundProblem, scalarProblem, wrongType } from '../cluster/schema-values';
import type { FieldFinding, Level, Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'schema';

/** The deepest nesting that is checked, in levels. Only the schema of custom resource definitions is recursive. */
const MAX_DEPTH = 400;

type Key = string | number;

/** `spec.rules[0].host`, `metadata.labels["example.com/tier"]`. */
function showPath(path: readonly Key[]): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}

/** Describes a value of a Secret only by its type, since messages are logged. */
const describeType = (value: unknown): string =>
  typeof value === 'object' ? describeValue(value) : typeof value === 'string' ? 'text' : `a ${typeof value}`;

/** What Go decodes from null. */
const EMPTY_VALUES: Readonly<Record<string, unknown>> = {
  string: '',
  object: {},
  array: [],
  integer: 0,
  boolean: false,
};

/** Checks all values of an object by its schema, in one walk. */
class Walk {
  readonly violations: Violation[] = [];
  private readonly path: Key[] = [];
  private readonly show: typeof describeValue;
  private readonly schemas: readonly Schema[];
  private readonly isOfKubernetes: boolean;

  constructor(
    private readonly object: ManifestObject,
    { schemas, kubernetes }: SchemaTable,
  ) {
    this.schemas = schemas;
    this.isOfKubernetes = kubernetes !== undefined;
    this.show = object.kind === 'Secret' ? describeType : describeValue;
  }

  value(number: number, value: unknown): void {
    const schema = this.schemas[number] as Schema;
    if (schema.type === undefined) return;
    const before = this.violations.length;
    if (schema.type === 'object') this.objectOf(schema, value);
    else if (schema.type === 'array') this.listOf(schema, value);
    else this.report(scalarProblem(schema, value, this.show));
    if (this.violations.length > before) return; // the alternatives expect values of the right types
    const unmet = unmetAlternatives(this.schemas, number, value);
    if (unmet !== undefined) this.report(`given ${this.show(value)}, expected ${unmet}`);
  }

  private listOf(schema: Schema, value: unknown): void {
    if (!Array.isArray(value)) {
      this.report(wrongType(schema, value, this.show));
      return;
    }
    for (let index = 0; index < value.length; index++) {
      this.path.push(index);
      if (value[index] === null && this.isOfKubernetes) this.nothing(schema.items as number);
      else this.value(schema.items as number, value[index]);
      this.path.pop();
    }
    this.report(boundProblem(schema, value.length, ' items'));
    if (schema.unique !== undefined) this.distinct(schema.unique, value);
  }

  /** Of the items of a list that differ by keys, each after the first of equal ones. */
  private distinct(keys: readonly string[], items: readonly unknown[]): void {
    const first = new Map<string, number>();
    const key = keys.length === 1 ? keys : [];
    items.forEach((item, index) => {
      const values = keys.length === 0 ? item : keys.map((name) => (isObject(item) ? item[name] : undefined));
      const text = JSON.stringify(values);
      const other = first.get(text);
      if (other === undefined) first.set(text, index);
      if (other === undefined || item === null) return;
      const refused = this.isOfKubernetes ? '; kubectl apply --server-side refuses it' : '';
      const given = keys.length === 0 ? this.show(item) : `${keys.join(' and ')} of [${other}]`;
      this.path.push(index, ...key);
      this.report(`given ${given} again, expected each once${refused}`, this.isOfKubernetes ? 'risk' : undefined);
      this.path.pop();
      if (key.length > 0) this.path.pop();
    });
  }

  /** A null item or value of a map. The API server decodes it as an empty value, but drops it when an object is applied. */
  private nothing(number: number): void {
    const { type } = this.schemas[number] as Schema;
    if (type === undefined) return;
    const before = this.violations.length;
    if (this.isOfKubernetes && type in EMPTY_VALUES) this.value(number, EMPTY_VALUES[type]);
    if (this.violations.length > before) return;
    this.report(`${wrongType({ type }, null, this.show)}; an empty value is taken, or none`, 'risk');
  }

  private objectOf(schema: Schema, value: unknown): void {
    if (!isObject(value)) this.report(wrongType(schema, value, this.show));
    else if (this.path.length > MAX_DEPTH) this.report(`given more than ${MAX_DEPTH} levels, expected fewer`);
    else this.fieldsOf(schema, value);
  }

  /** A null field counts as missing. */
  private fieldsOf(schema: Schema, value: Readonly<Record<string, unknown>>): void {
    const { fields, values, required } = schema;
    let count = 0;
    for (const key in value) {
      const given = value[key];
      const number = values ?? fields?.[key];
      if (given !== null && given !== undefined) count++;
      if (typeof number !== 'number') {
        if (!schema.open) this.unknown(key, fields);
      } else if (values !== undefined || (given !== null && given !== undefined)) {
        this.path.push(key);
        if (given === null) this.nothing(number);
        else this.value(number, given);
        this.path.pop();
      }
    }
    for (const key of required ?? []) {
      const given = value[key];
      if (given === undefined || given === null)
        this.reportField(key, 'given nothing, expected a value, which is required');
    }
    this.report(boundProblem(schema, count, ' fields'));
  }

  private unknown(key: string, fields: Schema['fields'] = {}): void {
    const meant = nearest(key, Object.keys(fields)) ?? 'none of that name; remove it or move it to the right object';
    this.reportField(key, `given an unknown field, expected ${meant}`);
  }

  private reportField(key: string, message: string): void {
    this.path.push(key);
    this.report(message);
    this.path.pop();
  }

  private report(message: string | undefined, level?: Level): void {
    if (message === undefined) return;
    this.violations.push({ rule: NAME, object: this.object, path: showPath(this.path), message, level });
  }
}

function objectViolations(object: ManifestObject, kind: string, table: SchemaTable): Violation[] {
  const number = table.kinds[kind] as number;
  const walk = new Walk(object, table);
  walk.value(number, object);
  if (walk.violations.some(({ level }) => level === undefined)) return walk.violations; // the rules expect values of the right types
  const broken = brokenRules(object, number, table).map(({ path, field, value, expected }) => ({
    rule: NAME,
    object,
    path: `${showPath(path)}${field}`,
    message: `given ${describeValue(value)}, which a rule of its definition refuses: ${expected}`,
  }));
  return [...walk.violations, ...broken];
}

const toViolations = (object: ManifestObject, findings: readonly FieldFinding[]): Violation[] =>
  findings.map((finding) => ({ rule: NAME, object, ...finding }));

/** Objects have only known fields, with values of the right types that keep the rules of their definition, and are not too large. */
export const schema: Rule = {
  name: NAME,
  level: 'broken',
  rationale: `The API server drops unknown fields, so that a misspelled limit silently has no effect. It refuses an object with a value
of the wrong type, when other objects have already been applied. A common cause is a number or "yes" without quotes in a ConfigMap, a
label or an environment variable.`,
  wrong: `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { PORT: 5432 }
`,
  right: `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { PORT: "5432" }
`,
  judge: (cluster) => [
    ...cluster.objects.flatMap((object) => {
      if (typeof object.apiVersion !== 'string' || typeof object.kind !== 'string') return [];
      const kind = `${object.apiVersion}/${object.kind}`;
      const table = tableOf(kind);
      return [
        ...(table ? objectViolations(object, kind, table) : []),
        ...toViolations(object, objectFindings(object)),
        ...toViolations(object, sizeFindings(object)),
      ];
    }),
    ...cluster.pods.flatMap((pod) => toViolations(pod.owner, podFindings(pod))),
  ],
};
