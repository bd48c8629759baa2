import { InputError } from '../lib/base/problem';

interface Schema {
  properties?: Record<string, Schema>;
  /** Of a list. */
  items?: Schema;
  [key: string]: unknown;
}

interface Definition {
  readonly spec?: {
    readonly group?: string;
    readonly names?: { readonly kind?: string };
    readonly versions?: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** A schema without descriptions. `description` is also a name that a property may have. */
function withoutDescriptions(value: unknown, names = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutDescriptions(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => names || key !== 'description')
      .map(([key, child]) => [key, withoutDescriptions(child, !names && key === 'properties')]),
  );
}

/** A property of a mapping, or of the items of a list. */
function propertyOf(schema: Schema | undefined, key: string): Schema | undefined {
  const property = schema?.properties?.[key];
  return property?.items ?? property;
}

/**
 * A custom resource definition with one version, no descriptions, no status, and of the properties at the paths in `keep`
 * only those named there. A path that begins with a kind, as in `Widget.spec`, is of that resource alone.
 *
 * @throws when the definition is of another group, does not serve the version, or lacks a property that is to be kept
 */
export function slimDefinition(
  definition: Definition,
  wanted: {
    readonly group: string;
    readonly version: string;
    readonly keep?: Readonly<Record<string, readonly string[]>>;
  },
  file: string,
): unknown {
  const version = definition.spec?.versions?.find(({ name, served }) => name === wanted.version && served);
  if (definition.spec?.group !== wanted.group || !version) {
    throw new InputError([{ file, message: `does not serve ${wanted.group}/${wanted.version}` }]);
  }
  const schema = withoutDescriptions(version.schema.openAPIV3Schema) as Schema;
  delete schema.properties?.status;
  for (const [path, names] of Object.entries(wanted.keep ?? {})) {
    const [, kind, keys = ''] = /^([A-Z]\w*)?\.?(.*)$/.exec(path) ?? [];
    if (kind !== undefined && kind !== definition.spec.names?.kind) continue;
    const parent = keys.split('.').reduce(propertyOf, schema as Schema | undefined);
    if (!parent?.properties) continue; // another resource of the group
    const missing = names.filter((name) => !parent.properties?.[name]);
    if (missing.length > 0) throw new InputError([{ file, message: `has no ${missing.join(', ')} at ${path}` }]);
    parent.properties = Object.fromEntries(names.map((name) => [name, parent.properties?.[name] as Schema]));
  }
  return {
    ...definition,
    spec: { ...definition.spec, versions: [{ ...version, schema: { openAPIV3Schema: schema } }] },
  };
}
