import { groupBy } from '../base/group';
import { compareValues, type FieldChange } from './fields';
import type { ManifestObject } from './object';

/** A changed, new or removed object. */
export interface Change {
  /** Undefined for a new object. */
  readonly before: ManifestObject | undefined;
  /** Undefined for a removed object. */
  readonly after: ManifestObject | undefined;
  /** The fields that differ. Empty for new and removed objects. */
  readonly fields: readonly FieldChange[];
}

/** Shown instead of values of Secrets. */
const HIDDEN = '(not shown)';

/** Metadata that the API server sets. */
const SERVER_FIELDS = ['creationTimestamp', 'generation', 'managedFields', 'resourceVersion', 'selfLink', 'uid'];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** An object without the fields that the API server and kubectl add. */
function withoutServerFields({ status: _, ...object }: ManifestObject): ManifestObject {
  const metadata = Object.entries(object.metadata).filter(([key]) => !SERVER_FIELDS.includes(key));
  const { [LAST_APPLIED]: __, ...annotations } = object.metadata.annotations ?? {};
  const rest = Object.fromEntries(metadata);
  return {
    ...object,
    metadata: { ...rest, ...(Object.keys(annotations).length > 0 ? { annotations } : { annotations: undefined }) },
  } as ManifestObject;
}

/** The identity of an object, independent of its API version: `ConfigMap./salient-prod/tenants`. */
export function objectKey({ apiVersion, kind, metadata }: ManifestObject): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return `${kind}.${group}/${metadata.namespace ?? ''}/${metadata.name}`;
}

function hideValues({ path, before, after }: FieldChange): FieldChange {
  const hidden = (value: unknown) => (value === undefined ? undefined : HIDDEN);
  return { path, before: hidden(before), after: hidden(after) };
}

function fieldsOf(before: ManifestObject, after: ManifestObject): FieldChange[] {
  const fields = compareValues(withoutServerFields(before), withoutServerFields(after));
  if (after.kind !== 'Secret') return fields;
  return fields.map((field) => (/^(data|stringData)\b/.test(field.path) ? hideValues(field) : field));
}

/** The name of a Job without the hash of its content. */
const nameWithoutHash = ({ metadata: { namespace = '', name } }: ManifestObject) =>
  `${namespace}/${name.replace(/-[0-9a-f]{8,}$/, '')}`;

/** Pairs each new Job with the removed Job that differs only in the hash in its name, if there is exactly one of each. */
function pairJobs(
  removed: readonly ManifestObject[],
  added: readonly ManifestObject[],
): Map<ManifestObject, ManifestObject> {
  const jobs = (objects: readonly ManifestObject[]) =>
    groupBy(
      objects.filter(({ kind }) => kind === 'Job'),
      nameWithoutHash,
    );
  const old = jobs(removed);
  const pairs = [...jobs(added)].flatMap(([name, now]) => {
    const [before, ...others] = old.get(name) ?? [];
    const [after] = now;
    return before && after && others.length === 0 && now.length === 1 ? [[after, before] as const] : [];
  });
  return new Map(pairs);
}

/** The objects that differ, with their fields. */
export function changesOf(before: readonly ManifestObject[], after: readonly ManifestObject[]): Change[] {
  const old = new Map(before.map((object) => [objectKey(object), object]));
  const now = new Map(after.map((object) => [objectKey(object), object]));
  const removed = before.filter((object) => !now.has(objectKey(object)));
  const added = after.filter((object) => !old.has(objectKey(object)));
  const pairs = pairJobs(removed, added);
  const paired = new Set(pairs.values());
  const stayed = after.flatMap((object): Change[] => {
    const was = old.get(objectKey(object)) ?? pairs.get(object);
    if (was === undefined) return [{ before: undefined, after: object, fields: [] }];
    const fields = fieldsOf(was, object);
    return fields.length > 0 ? [{ before: was, after: object, fields }] : [];
  });
  const gone = removed.filter((object) => !paired.has(object));
  return [...stayed, ...gone.map((object): Change => ({ before: object, after: undefined, fields: [] }))];
}

/** The object after a change, or before it if it is removed. */
export function objectOf({ before, after }: Change): ManifestObject {
  return (after ?? before) as ManifestObject;
}
