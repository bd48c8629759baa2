/** A field that differs. */
export interface FieldChange {
  /** As in `spec.template.spec.containers[chat-api].image`: list items by name. */
  readonly path: string;
  /** Undefined if it is new. */
  readonly before: unknown;
  /** Undefined if it is removed. */
  readonly after: unknown;
}

/** Sets of fields that name list items. The first set is used that all items have with distinct values. */
const NAMING_FIELDS = [
  ['name'],
  ['mountPath'],
  ['secretKey'],
  ['key'],
  ['containerPort', 'protocol'],
  ['port', 'protocol'],
  ['host'],
  ['path'],
  ['topologyKey'],
  ['match'],
];

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Whether two values are equal, independent of the order of keys. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a).filter((key) => a[key] !== undefined);
    const others = Object.keys(b).filter((key) => b[key] !== undefined);
    return keys.length === others.length && keys.every((key) => isSame(a[key], b[key]));
  }
  return a === b;
}

/** The names of a list's items by a set of fields, or undefined if a name is missing or not unique. */
function namesBy(items: readonly unknown[], [first = '', ...more]: readonly string[]): string[] | undefined {
  const names = items.map((item) => {
    if (!isMap(item) || !['string', 'number'].includes(typeof item[first])) return undefined;
    return [item[first], ...more.flatMap((field) => item[field] ?? [])].join('/');
  });
  const all = names.filter((name) => name !== undefined);
  return all.length === items.length && new Set(all).size === all.length ? all : undefined;
}

function matchByName(before: readonly unknown[], after: readonly unknown[]) {
  for (const fields of NAMING_FIELDS) {
    const [old, now] = [namesBy(before, fields), namesBy(after, fields)];
    if (old !== undefined && now !== undefined) return { old, now };
  }
  return undefined;
}

function childPath(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** All values in an item with their paths. The similarity of two items is the number of values that they share. */
function leaves(value: unknown, path = ''): string[] {
  if (value === null || typeof value !== 'object') return [`${path}=${String(value)}`];
  return Object.entries(value).flatMap(([key, one]) => leaves(one, Array.isArray(value) ? path : `${path}.${key}`));
}

/** Compares items without names: equal items are matched first, then each remaining item with the most similar one. */
function compareUnnamed(path: string, before: readonly unknown[], after: readonly unknown[]): FieldChange[] {
  const rest = before.map((value, index) => ({ value, index }));
  const added: { readonly value: unknown; readonly index: number }[] = [];
  for (const [index, value] of after.entries()) {
    const same = rest.findIndex((one) => isSame(one.value, value));
    if (same >= 0) rest.splice(same, 1);
    else added.push({ value, index });
  }
  const changes = added.flatMap(({ value, index }): FieldChange[] => {
    const own = new Set(leaves(value));
    const shared = rest.map((one) => leaves(one.value).filter((leaf) => own.has(leaf)).length);
    const most = Math.max(0, ...shared);
    const [old] = most > 0 ? rest.splice(shared.indexOf(most), 1) : [];
    return compareValues(old?.value, value, `${path}[${index}]`);
  });
  const gone = rest.map(({ value, index }) => ({ path: `${path}[${index}]`, before: value, after: undefined }));
  if (changes.length + gone.length === 0) return [{ path, before, after }]; // only the order differs
  return [...changes, ...gone];
}

function compareLists(path: string, before: readonly unknown[], after: readonly unknown[]): FieldChange[] {
  if (![...before, ...after].every(isMap)) return [{ path, before, after }];
  const names = matchByName(before, after);
  if (names === undefined) return compareUnnamed(path, before, after);
  const { old, now } = names;
  const all = [...new Set([...old, ...now])];
  const item = (list: readonly unknown[], own: readonly string[], name: string) =>
    own.includes(name) ? list[own.indexOf(name)] : undefined;
  const changes = all.flatMap((name) =>
    compareValues(item(before, old, name), item(after, now, name), `${path}[${name}]`),
  );
  return changes.length > 0 ? changes : [{ path, before: old, after: now }]; // only the order differs
}

/**
 * The fields in which two values differ. List items are matched by naming fields such as `name` or `mountPath`, or else by similarity.
 * Lists of plain values are one field.
 */
export function compareValues(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (isSame(before, after)) return [];
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => compareValues(before[key], after[key], childPath(path, key)));
  }
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(path, before, after);
  return [{ path, before, after }];
}
