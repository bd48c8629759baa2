import type { Fields } from './pods';

interface Step {
  readonly field: string;
  readonly list: boolean;
}

/** A path of fields, taken apart once. */
export type FieldPath = readonly Step[];

/** A value, and where it stands in its object. */
export interface FieldAt {
  readonly value: Fields;
  readonly path: string;
}

/** `spec.tls[].secretName` taken apart: each item of `tls` is looked into. */
export function parseFieldPath(path: string): FieldPath {
  if (path === '') return [];
  return path.split('.').map((part) => {
    const list = part.endsWith('[]');
    return { field: list ? part.slice(0, -2) : part, list };
  });
}

/** An annotation, whose key has dots of its own. */
export function annotationPath(key: string): FieldPath {
  return [{ field: key, list: false }];
}

function join(path: string, field: string): string {
  if (/[./]/.test(field)) return `${path}["${field}"]`;
  return path === '' ? field : `${path}.${field}`;
}

/** Each value that a path leads to, with its own place; none where the path ends early or leads through another shape. */
export function fieldsAt(value: Fields, path: FieldPath, from = ''): FieldAt[] {
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

/** The group of `group/version`, which is empty for what Kubernetes has had from the first. */
export function apiGroupOf(apiVersion: unknown): string {
  const [group = '', version] = typeof apiVersion === 'string' ? apiVersion.split('/') : [];
  return version === undefined ? '' : group;
}
