import { type ZodType, z } from 'zod';
import { isMapping } from './layers';

/** The parts of a JSON Schema that tell defaults. */
interface JsonSchema {
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Whether a mapping can be of a schema: it has its keys, and the values that name its kind. */
function fits({ properties = {} }: JsonSchema, mapping: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(mapping).every(([key, value]) => {
    const own = properties[key];
    if (own === undefined) return false;
    const allowed = own.enum ?? (own.const === undefined ? undefined : [own.const]);
    return allowed === undefined || typeof value !== 'string' || allowed.includes(value);
  });
}

/** The form of a schema that a mapping is of: of several kinds of database, the one that is given. */
function formOf(schema: JsonSchema | undefined, mapping: Readonly<Record<string, unknown>>): JsonSchema {
  const forms = schema?.anyOf ?? schema?.oneOf;
  if (schema === undefined || forms === undefined) return schema ?? {};
  const inner = forms.flatMap((form) => form.anyOf ?? form.oneOf ?? form);
  const own = inner.filter(({ properties }) => properties !== undefined);
  return own.find((form) => fits(form, mapping)) ?? own[0] ?? inner.find((form) => form.additionalProperties) ?? {};
}

/** The schema of a key of a mapping. */
function schemaOf({ properties, additionalProperties }: JsonSchema, key: string): JsonSchema | undefined {
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  return properties?.[key] ?? others;
}

function complete(written: unknown, checked: unknown, schema: JsonSchema | undefined): unknown {
  if (checked === undefined || (written !== undefined && !isMapping(written))) return written;
  if (!isMapping(checked)) return written ?? schema?.default ?? checked;
  if (written === undefined && schema?.default !== undefined && !isMapping(schema.default)) return schema.default;
  const mapping = isMapping(written) ? written : {};
  const form = formOf(schema, { ...checked, ...mapping });
  // What checks add for other code is no setting.
  const isSetting = (key: string) => form.properties === undefined || schemaOf(form, key) !== undefined;
  const added = Object.keys(mapping).filter((key) => !Object.hasOwn(checked, key));
  const keys = [...Object.keys(checked).filter((key) => Object.hasOwn(mapping, key) || isSetting(key)), ...added];
  const entries = keys.map((key) => [key, complete(mapping[key], checked[key], schemaOf(form, key))]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/**
 * Settings with the defaults of their schema, all in the words of environment files: `10m`, where the checked value is 600.
 *
 * @param written what the files say
 * @param checked what the schema made of it
 */
export function withDefaults(schema: ZodType, written: unknown, checked: unknown): unknown {
  return complete(written, checked, z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);
}
