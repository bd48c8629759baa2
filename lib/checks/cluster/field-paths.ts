import type { Fields } from './pods';

interface Step {
  readonly field: string;
  readonly list: boolean;
}

/** A parsed path of fields. */
export type FieldPath = readonly Step[];

/** A value and its path in the object. */
export interface FieldAt {
  readonly value: Fields;
  readonly path: string;
}

/** Parses a path such as `spec.tls[].secretName`, where `[]` means each item. */
export function parseFieldPath(path: string): FieldPath {
  if (path === '') return [];
  return path.split('.').map((part) => {
    const list = part.endsWith('[]');
    return { field: list ? part.slice(0, -2) : part, list };
  });
}

/** The path of an annotation below `metadata.annotations`. Its key may contain dots. */
export function annotationPath(key: string): FieldPath {
  return [{ field: key, list: false }];
}

function join(path: string, field: string): string {
  if (/[./]/.test(field)) return `${path}["${field}"]`;
  return path === '' ? field : `${path}.${field}`;
}

/**
 * All values at a path. Missing values and values of another shape are skipped.
 *
 * @param from the path of the value itself. @default - empty
 */
export function fieldsAt(value: Fields, path: FieldPath, from = ''): FieldAt[] {
  const [first] = path;
  if (first !== undefined && value?.[first.field] == null) return []; // most of what is looked for is not there
  let here: FieldAt[] = [{ value, path: from }];
  for (const { field, list } of path) {
    const next: FieldAt[] = [];
    for (const place of here) {
      const found = place.value?.[field];
      if (found === undefined || found === null) continue;
      const where = join(place.path, field);
      if (!list) next.push({ value: found, path: where });
      else if (Array.isArray(found)) {
        found.forEach((item, index) => {
          if (item !== undefined && item !== null) next.push({ value: item, path: `${where}[${index}]` });
        });
      }
    }
    here = next;
  }
  return here;
}

/** The API group of an apiVersion, empty for the core group. */
export function apiGroupOf(apiVersion: unknown): string {
  if (typeof apiVersion !== 'string') return '';
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
