/** What a value must be, as lib/checks/data/ says it. The numbers are places in the table's `schemas`. */
export interface Schema {
  /** None: anything. */
  readonly type?: 'string' | 'boolean' | 'integer' | 'number' | 'array' | 'object' | 'quantity' | 'int-or-string';
  readonly format?: 'byte' | 'date-time' | 'int32' | 'int64';
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  /** Of the number itself, the length of a text or list, or the fields of an object. */
  readonly least?: number;
  readonly most?: number;
  /** Of a list. */
  readonly items?: number;
  /** Of an object with fields of any name. */
  readonly values?: number;
  readonly fields?: Readonly<Record<string, number>>;
  readonly required?: readonly string[];
  /** Other fields may be there. */
  readonly open?: true;
}

/** A file of lib/checks/data/. It is written by `npm run kubernetes`. */
export interface SchemaTable {
  /** Where the schema of each kind stands, by `apps/v1/Deployment`. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly schemas: readonly Schema[];
}

let tables: readonly SchemaTable[] | undefined;

function loadTables(): readonly SchemaTable[] {
  // Required, not imported, so that who judges nothing does not wait for them.
  tables ??= [require('../data/kubernetes.json'), require('../data/custom-resources.json')];
  return tables;
}

/** The table that has the schema of a kind; none for a custom resource that is not known. */
export function tableOf(kind: string): SchemaTable | undefined {
  return loadTables().find(({ kinds }) => Object.hasOwn(kinds, kind));
}
