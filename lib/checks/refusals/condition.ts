import { groupBy } from '../../base/group';
import type { ManifestObject } from '../../manifests/object';
import { type FieldPath, fieldsAt, parseFieldPath } from '../cluster/field-paths';
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

/** Conditions by the first field of their paths, so that those of absent fields cost nothing. */
interface Table {
  readonly byField: ReadonlyMap<string, readonly Condition[]>;
  readonly ofMissing: readonly Condition[];
}

const tables = new WeakMap<readonly Condition[], Table>();

function tableOf(conditions: readonly Condition[]): Table {
  const isOfMissing = (one: Condition) => one.holder.length === 0 && one.isForMissing;
  const table = tables.get(conditions) ?? {
    byField: groupBy(
      conditions.filter((one) => !isOfMissing(one)),
      ({ holder: [first], field }) => first?.field ?? field,
    ),
    ofMissing: conditions.filter(isOfMissing),
  };
  tables.set(conditions, table);
  return table;
}

/** The findings of one condition about one holder of its field. */
function findingsAbout(condition: Condition, held: Fields, path: string, object: ManifestObject): FieldFinding[] {
  const { field, isList, refuses, expected, isForMissing, level } = condition;
  if (typeof held !== 'object' || held === null) return [];
  const given = held[field];
  if (isMissing(given) !== isForMissing) return [];
  const where = path === '' ? field : `${path}.${field}`;
  const all: readonly Fields[] = isList ? (Array.isArray(given) ? given : []) : [given];
  return all.flatMap((item, index) => {
    if ((isList && isMissing(item)) || !refuses(item, held, object)) return [];
    const place = isList ? `${where}[${index}]` : where;
    return [{ path: place, message: `given ${show(item, object)}, expected ${expected}`, level }];
  });
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
  const findings = ofMissing.flatMap((condition) => findingsAbout(condition, value, from, object));
  for (const key of Object.keys(value)) {
    for (const condition of byField.get(key) ?? []) {
      const { holder } = condition;
      const holders = holder.length === 0 ? [{ value, path: from }] : fieldsAt(value, holder, from);
      for (const { value: held, path } of holders) findings.push(...findingsAbout(condition, held, path, object));
    }
  }
  return findings;
}
