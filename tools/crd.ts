import { InputError } from '../lib/base/problem';

interface Schema {
  properties?: Record<string, Schema>;
  /** The schema of a list's items. */
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

/** A schema without descriptions. A property may have the name `description`, and is kept. */
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
 * A custom resource definition reduced to one version, without descriptions and status. At the paths in `keep`, only the
 * properties named there are kept. A path that begins with a kind, as in `Widget.spec`, applies to that resource only.
 *
 * @throws InputError when the definition has another group, does not serve the version, or lacks a property of `keep`
 */
export function slimDefinition(
  definition: Definition,
  selected: {
    readonly group: string;
    readonly version: string;
    readonly keep?: Readonly<Record<string, readonly string[]>>;
  },
  file: string,
): unknown {
  const version = definition.spec?.versions?.find(({ name, served }) => name === selected.version && served);
  if (definition.spec?.group !== selected.group || !version) {
    throw new InputError([{ file, message: `does not serve ${selected.group}/${selected.version}` }]);
  }
  const schema = withoutDescriptions(version.schema.openAPIV3Schema) as Schema;
  delete schema.properties?.status;
  for (const [path, names] of Object.entries(selected.keep ?? {})) {
    const [, kind, keys = ''] = /^([A-Z]\w*)?\.?(.*)$/.exec(path) ?? [];
    if (kind !== undefined && kind !== definition.spec.names?.kind) continue;
    const parent = keys.split('.').reduce(propertyOf, schema as Schema | undefined);
    if (!parent?.properties) continue; // the path belongs to another resource of the group
    const missing = names.filter((name) => !parent.properties?.[name]);
    if (missing.length > 0) throw new InputError([{ file, message: `has no ${missing.join(', ')} at ${path}` }]);
    parent.properties = Object.fromEntries(names.map((name) => [name, parent.properties?.[name] as Schema]));
  }
  return {
    ...definition,
    spec: { ...definition.spec, versions: [{ ...version, schema: { openAPIV3Schema: schema } }] },
  };
}
