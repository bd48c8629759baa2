import { groupBy } from '../../base/group';
import type { ManifestObject } from '../../manifests/object';
import { type FieldPath, parseFieldPath } from '../cluster/field-paths';
import type { Fields } from '../cluster/pods';
import type { FieldFinding, Level } from '../cluster/violation';

/** Whether the API server refuses a value, beside the other fields of the object or item that holds it. */
type Test = (value: Fields, holder: Fields, object: ManifestObject) => boolean;

/** A condition of the API server that no schema has. */
export interface Condition {
  /** The path of what holds the field. */
  readonly holder: FieldPath;
  /** The field, or empty for the holder itself. */
  readonly field: string;
  /** Whether the field is a list whose items are tested. */
  readonly isList: boolean;
  readonly refuses: Test;
  readonly expected: string;
  /** Whether the test is for a missing field. */
  readonly isForMissing: boolean;
  readonly level: Level;
}

function condition(path: string, refuses: Test, expected: string, isForMissing: boolean, level: Level): Condition {
  const parts = path.split('.');
  const last = parts.pop() as string;
  const isList = last.endsWith('[]');
  const field = isList ? last.slice(0, -2) : last;
  return { holder: parseFieldPath(parts.join('.')), field, isList, refuses, expected, isForMissing, level };
}

/** A condition on a field where it is set. `a[].b` is the field b of each item, `a[]` each item. */
export const refuse = (path: string, refuses: Test, expected: string): Condition =>
  condition(path, refuses, expected, false, 'broken');

/** A field that the API server only warns about. */
export const warn = (path: string, refuses: Test, expected: string): Condition =>
  condition(path, refuses, expected, false, 'risk');

/** A field that is missing. */
export const need = (path: string, refuses: Test, expected: string): Condition =>
  condition(path, refuses, expected, true, 'broken');

const isMissing = (value: Fields): boolean => value === undefined || value === null;

/** A value as messages show it. Of an object its fields are named. */
function show(value: Fields, { kind }: ManifestObject): string {
  if (isMissing(value)) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') {
    const keys = Object.keys(value);
    return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 8).join(', ')}`;
  }
  if (kind === 'Secret') return 'a value';
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 80) : value);
}

/** Conditions on the fields of one holder. */
interface Group {
  readonly holder: FieldPath;
  readonly conditions: readonly Condition[];
}

/** Conditions by the first field of their paths, so that those of absent fields cost nothing. */
interface Table {
  readonly byField: ReadonlyMap<string, readonly Group[]>;
  readonly ofMissing: readonly Condition[];
}

const tables = new WeakMap<readonly Condition[], Table>();

const groupsOf = (conditions: readonly Condition[]): Group[] =>
  [...groupBy(conditions, ({ holder }) => JSON.stringify(holder)).values()].map((group) => ({
    holder: group[0]?.holder ?? [],
    conditions: group,
  }));

function tableOf(conditions: readonly Condition[]): Table {
  const known = tables.get(conditions);
  if (known) return known;
  const isOfMissing = (one: Condition) => one.holder.length === 0 && one.isForMissing;
  const others = conditions.filter((one) => !isOfMissing(one));
  const byFirst = groupBy(others, ({ holder: [first], field }) => first?.field ?? field);
  const table = {
    byField: new Map([...byFirst].map(([field, some]) => [field, groupsOf(some)] as const)),
    ofMissing: conditions.filter(isOfMissing),
  };
  tables.set(conditions, table);
  return table;
}

/** Tests the conditions of groups on one value. Paths are only put together for findings. */
class Testing {
  readonly findings: FieldFinding[] = [];
  private readonly path: string[];

  constructor(
    from: string,
    private readonly object: ManifestObject,
  ) {
    this.path = from === '' ? [] : [from];
  }

  /** Tests the holders below a value, from a step of their path on. */
  group(value: Fields, { holder, conditions }: Group, step = 0): void {
    if (typeof value !== 'object' || value === null) return;
    const next = holder[step];
    if (next === undefined) {
      for (const condition of conditions) this.condition(value, condition);
      return;
    }
    const found = value[next.field];
    if (isMissing(found) || (next.list && !Array.isArray(found))) return;
    const items: readonly Fields[] = next.list ? found : [found];
    for (let index = 0; index < items.length; index++) {
      this.path.push(next.list ? `${next.field}[${index}]` : next.field);
      // Of a list the API server decodes null as an empty item.
      this.group(next.list ? (items[index] ?? {}) : items[index], { holder, conditions }, step + 1);
      this.path.pop();
    }
  }

  condition(held: Fields, { field, isList, refuses, expected, isForMissing, level }: Condition): void {
    const given = held[field];
    if (isMissing(given) !== isForMissing) return;
    const items: readonly Fields[] = isList ? (Array.isArray(given) ? given : []) : [given];
    items.forEach((item, index) => {
      if ((isList && isMissing(item)) || !refuses(item, held, this.object)) return;
      const path = [...this.path, isList ? `${field}[${index}]` : field].join('.');
      this.findings.push({ path, message: `given ${show(item, this.object)}, expected ${expected}`, level });
    });
  }
}

/**
 * What the API server refuses by some conditions.
 *
 * @param value what the paths of the conditions are relative to
 * @param from the path of the value in the object
 */
export function refusals(
  conditions: readonly Condition[],
  value: Fields,
  from: string,
  object: ManifestObject,
): FieldFinding[] {
  if (typeof value !== 'object' || value === null) return [];
  const { byField, ofMissing } = tableOf(conditions);
  const testing = new Testing(from, object);
  for (const condition of ofMissing) testing.condition(value, condition);
  for (const key of Object.keys(value)) for (const group of byField.get(key) ?? []) testing.group(value, group);
  return testing.findings;
}
