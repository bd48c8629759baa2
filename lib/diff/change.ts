import { groupBy } from '../base/group';
import { at, type Fields } from '../checks/cluster/pods';
import type { ManifestObject } from '../manifests/object';
import { compareValues, type FieldChange } from './fields';

/** An object that is not what it was. */
export interface Change {
  /** Undefined for one that is new. */
  readonly before: ManifestObject | undefined;
  /** Undefined for one that is no longer there. */
  readonly after: ManifestObject | undefined;
  /** What differs in it; nothing for one that is new or gone. */
  readonly fields: readonly FieldChange[];
}

/** What a value of a Secret is shown as: values of Secrets are for nobody who reads a diff. */
const HIDDEN = '(not shown)';

/** What the API server keeps for itself, and what kubectl remembers. */
const SERVER_FIELDS = ['creationTimestamp', 'generation', 'managedFields', 'resourceVersion', 'selfLink', 'uid'];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** An object without what it has only in a cluster. */
function withoutServerFields({ status: _, ...object }: ManifestObject): ManifestObject {
  const metadata = Object.entries<Fields>(object.metadata).filter(([key]) => !SERVER_FIELDS.includes(key));
  const { [LAST_APPLIED]: __, ...annotations } = object.metadata.annotations ?? {};
  const rest = Object.fromEntries(metadata);
  return {
    ...object,
    metadata: { ...rest, ...(Object.keys(annotations).length > 0 ? { annotations } : { annotations: undefined }) },
  } as ManifestObject;
}

/** `ConfigMap/salient-prod/tenants`: what an object is found by, whichever version of its API it is written in. */
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

/** A Job of another content is another Job: the old one and the new one belong together, where there is one of each. */
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

/** Which objects differ, and in what. */
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

/** The object of a change: what it is now, or was. */
export function objectOf({ before, after }: Change): ManifestObject {
  return (after ?? before) as ManifestObject;
}

/** What a change does to the value at a path of keys. */
export function valuesAt({ before, after }: Change, path: string): { readonly before: Fields; readonly after: Fields } {
  return { before: at(before, path), after: at(after, path) };
}
