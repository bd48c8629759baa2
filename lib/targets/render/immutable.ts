import type { Blueprint, Refusal } from './blueprint';

type Named = Readonly<Record<string, unknown>> & { readonly name: string };

/** Source: render.com/docs, Blueprint YAML Reference: what cannot be changed after creation. */
const OF_SERVICES = ['type', 'runtime'];
const OF_DATABASES = ['databaseName', 'user', 'region', 'postgresMajorVersion'];

function changesOf(before: readonly Named[], after: readonly Named[], fields: readonly string[]): Refusal[] {
  return before.flatMap((old) => {
    const now = after.find(({ name }) => name === old.name);
    if (now === undefined) return [];
    return fields
      .filter((field) => now[field] !== old[field])
      .map(
        (field) =>
          `${old.name}: ${field}: given ${now[field]}, and Render has ${old[field]}, which never changes; expected ${old[field]}, or a new name for a new one`,
      );
  });
}

/**
 * What a new version of a Blueprint changes although Render cannot. A database with another name would be a new, empty one.
 *
 * @param before the version in `dist/`
 */
export function immutableChanges(before: Blueprint, after: Blueprint): Refusal[] {
  const databases = (one: Blueprint) => (one.databases ?? []) as readonly Named[];
  const gone = databases(before).filter(({ name }) => !databases(after).some((one) => one.name === name));
  return [
    ...changesOf((before.services ?? []) as readonly Named[], (after.services ?? []) as readonly Named[], OF_SERVICES),
    ...changesOf(databases(before), databases(after), OF_DATABASES),
    ...(databases(after).length > 0 ? gone : []).map(
      ({ name }) =>
        `${name}: the database has another name now, and Render would make a new, empty one; expected ${name}`,
    ),
  ];
}
