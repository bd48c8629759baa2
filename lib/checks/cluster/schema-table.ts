/** The schema of a value, as in lib/checks/data/. Numbers are indices of the table's `schemas`. */
export interface Schema {
  /** @default - any type */
  readonly type?: 'string' | 'boolean' | 'integer' | 'number' | 'array' | 'object' | 'quantity' | 'int-or-string';
  readonly format?: 'byte' | 'date-time' | 'int32' | 'int64' | 'ipv4' | 'ipv6';
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  /** The bounds of a number, of the length of a text or list, or of the number of fields. */
  readonly least?: number;
  readonly most?: number;
  /** The schema of the items of a list. */
  readonly items?: number;
  /** The keys by which the items of a list differ. None: the items themselves. */
  readonly unique?: readonly string[];
  /** The schema of all values of a map. */
  readonly values?: number;
  readonly fields?: Readonly<Record<string, number>>;
  readonly required?: readonly string[];
  /** Whether unknown fields are allowed. @default false */
  readonly open?: true;
  /** Parts of schemas without a type, of which a value fits exactly one, some, all or none. */
  readonly oneOf?: readonly number[];
  readonly anyOf?: readonly number[];
  readonly allOf?: readonly number[];
  readonly not?: number;
  /** The value of a field that is not given. Only in schemas of custom resources, as the rules. */
  readonly default?: unknown;
  readonly rules?: readonly DefinitionRule[];
}

/** A rule of a custom resource definition, of `x-kubernetes-validations`. Source: kubernetes.io, CustomResourceDefinition validation. */
export interface DefinitionRule {
  /** The condition, in CEL. The value is `self`. */
  readonly rule: string;
  readonly message?: string;
  /** The message, in CEL. */
  readonly messageExpression?: string;
  /** The field of the finding, below the value, as `.serverName`. */
  readonly fieldPath?: string;
}

/** A file of lib/checks/data/. It is written by `npm run kubernetes`. */
export interface SchemaTable {
  /** The index of the schema of each kind, by `apps/v1/Deployment`. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly schemas: readonly Schema[];
  /** The version of Kubernetes. @default - the schemas are those of custom resources */
  readonly kubernetes?: string;
}

let tables: readonly SchemaTable[] | undefined;

function loadTables(): readonly SchemaTable[] {
  // Loaded lazily, so that commands without checks start faster.
  tables ??= [require('../data/kubernetes.json'), require('../data/custom-resources.json')];
  return tables;
}

/** The table with the schema of a kind, or undefined for an unknown custom resource. */
export function tableOf(kind: string): SchemaTable | undefined {
  return loadTables().find(({ kinds }) => Object.hasOwn(kinds, kind));
}

/** The versions of the definitions by which objects are checked: of Kubernetes, and of each group of custom resources. */
export function definitionVersions(): ReadonlyMap<string, string> {
  const [{ kubernetes = '' } = {}, { releases = {} } = {}] = loadTables() as readonly DefinitionVersions[];
  return new Map([['Kubernetes', kubernetes], ...Object.entries(releases)]);
}

interface DefinitionVersions {
  readonly kubernetes?: string;
  readonly releases?: Readonly<Record<string, string>>;
}
