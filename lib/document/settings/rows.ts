import { groupBy } from '../../base/group';
import { code } from '../markdown';
import { entriesOf, exampleOf, formsOf, type JsonSchema, takes, written } from './takes';

/** A setting, as a row of the table of all settings. */
export interface SettingRow {
  /** Its path: `database.host`, `services.<name>.port`, `tenants[].slug`. */
  readonly path: string;
  readonly takes: string;
  /** "needed", its default, or empty. */
  readonly usual: string;
  /** A value that it takes; empty for a mapping. */
  readonly example: string;
  readonly meaning: string;
  /** The kinds that have it, such as `external`, of a mapping with several. @default - all */
  readonly kinds?: readonly string[];
}

/** A key whose value tells the forms of a mapping apart, such as `kind`. */
function discriminatorOf(forms: readonly JsonSchema[]): string | undefined {
  return Object.keys(forms[0]?.properties ?? {}).find((key) => {
    const values = forms.map((form) => kindsOf(form, key).join());
    return !values.includes('') && new Set(values).size > 1;
  });
}

/** The values of such a key in one form. */
function kindsOf(form: JsonSchema, key: string): string[] {
  const { const: one, enum: several = one === undefined ? [] : [one] } = form.properties?.[key] ?? {};
  return several.map(String);
}

/** One row for the key that tells forms apart, with what each of its values means. */
function discriminatorRow(path: string, key: string, forms: readonly JsonSchema[], usual: string): SettingRow {
  const kinds = [...groupBy(forms, (form) => kindsOf(form, key).join(', '))];
  const meanings = kinds.map(([kind, same]) => {
    const texts = [...new Set(same.flatMap(({ description }) => description ?? []))];
    return `${kind.split(', ').map(code).join(', ')}: ${texts.join('; ') || '–'}`;
  });
  const values = kinds.flatMap(([kind]) => kind.split(', ').map(code));
  return {
    path: `${path}.${key}`,
    takes: values.join(', '),
    usual,
    example: values[0] ?? '',
    meaning: meanings.join('. '),
  };
}

/** Rows of several kinds; those that are the same of all kinds are one, without the kinds. */
function merged(rows: readonly SettingRow[], all: readonly string[]): SettingRow[] {
  const same = groupBy(rows, ({ path, takes: what, usual, meaning }) => JSON.stringify([path, what, usual, meaning]));
  return [...same.values()].map((equal) => {
    const kinds = [...new Set(equal.flatMap((one) => one.kinds ?? []))];
    const [{ kinds: _, ...row }] = equal as [SettingRow];
    return kinds.length === 0 || all.every((kind) => kinds.includes(kind)) ? row : { ...row, kinds };
  });
}

/** Walks through a schema. Mappings that it met before are not walked again. */
class Walk {
  private readonly met = new Map<string, string>();

  /** The rows of the keys of a mapping. */
  keys(schema: JsonSchema, path: string): SettingRow[] {
    return Object.entries(schema.properties ?? {}).flatMap(([key, one]) =>
      one.not !== undefined
        ? []
        : this.setting(one, path === '' ? key : `${path}.${key}`, schema.required?.includes(key)),
    );
  }

  /** The row of a setting, and those of what it contains. */
  private setting(schema: JsonSchema, path: string, isNeeded = false): SettingRow[] {
    const { default: given } = schema;
    const nothing = given === undefined || (typeof given === 'object' && Object.keys(given ?? {}).length === 0);
    const usual = isNeeded && given === undefined ? 'needed' : nothing ? '' : written(given);
    const sample = nothing ? exampleOf(schema) : undefined;
    const example = nothing ? (sample === undefined ? '' : code(sample)) : usual;
    const row = { path, takes: takes(schema), usual, example, meaning: schema.description ?? '' };
    const known = this.met.get(JSON.stringify(schema.properties ?? entriesOf(schema)?.properties));
    if (known !== undefined) return [{ ...row, meaning: `${row.meaning}. The keys of ${code(known)}` }];
    return [row, ...this.inside(schema, path)];
  }

  /** The rows of what a value contains, of all its forms. */
  private inside(schema: JsonSchema, path: string): SettingRow[] {
    const forms = formsOf(schema);
    const mappings = forms.filter(({ properties }) => properties !== undefined);
    const others = forms.flatMap((form) => {
      const entries = entriesOf(form);
      if (entries !== undefined) return this.inside(entries, `${path}.<name>`);
      return form.items === undefined ? [] : this.inside(form.items, `${path}[]`);
    });
    return [...this.mappings(mappings, path), ...others];
  }

  private mappings(forms: readonly JsonSchema[], path: string): SettingRow[] {
    for (const { properties } of forms) {
      if (Object.keys(properties ?? {}).length > 2 && !this.met.has(JSON.stringify(properties)))
        this.met.set(JSON.stringify(properties), path);
    }
    const key = discriminatorOf(forms);
    if (key === undefined)
      return merged(
        forms.flatMap((form) => this.keys(form, path)),
        [],
      );
    const kinds = groupBy(forms, (form) => kindsOf(form, key).join(', '));
    const rows = [...kinds].flatMap(([kind, same]) =>
      (same.length > 1 ? this.mappings(same, path) : this.keys(same[0] as JsonSchema, path)).flatMap((row) =>
        row.path === `${path}.${key}` ? [] : [{ ...row, kinds: row.kinds ?? kind.split(', ') }],
      ),
    );
    const [{ default: usual } = {} as JsonSchema] = forms.map(({ properties }) => properties?.[key] ?? {});
    return [
      discriminatorRow(path, key, forms, usual === undefined ? 'needed' : written(usual)),
      ...merged(
        rows,
        [...kinds.keys()].flatMap((kind) => kind.split(', ')),
      ),
    ];
  }
}

/** The rows of all settings of a file, in the order of its schema. */
export function rowsOf(schema: JsonSchema): SettingRow[] {
  const walk = new Walk();
  const [form] = formsOf(schema);
  const entries = form === undefined ? undefined : entriesOf(form);
  if (entries !== undefined) return rowsOf(entries).map((row) => ({ ...row, path: `<name>.${row.path}` }));
  return form?.items === undefined ? walk.keys(schema, '') : walk.keys(form.items, '');
}
