import { ClusterIndex } from '../checks/cluster/cluster-index';
import type { Prerequisite } from '../checks/cluster/prerequisite';
import { type ManifestObject, objectName } from '../manifests/object';
import { accessWidenedMarks } from './access';
import { alertRemovedMarks } from './alerts';
import { meaningOf } from './causes';
import { type Change, changesOf, objectKey, objectOf } from './change';
import { data } from './data';
import { edgeLimitMarks } from './edge-limits';
import type { FieldChange } from './fields';
import { immutableFieldMarks } from './immutable';
import { gravity, type Mark, type Marked } from './mark';
import { secretNeededMarks } from './needed-secrets';
import { privilegeMarks } from './privileges';
import { jobRunMarks, rolloutMarks } from './rolls';
import { budgetMarks, replicasMarks } from './scale';

/** A field that differs, and what that means where the values do not tell. */
export interface ToldField extends FieldChange {
  readonly means?: string | undefined;
}

/** An object that is not what it was, and what has to be thought of. */
export interface Judged extends Omit<Change, 'fields'> {
  readonly fields: readonly ToldField[];
  readonly marks: readonly Mark[];
}

/** Finds the marks of one change. */
export type MarksOf = (change: Pick<Change, 'before' | 'after'>) => readonly Mark[];

/** The order of changes: by the gravest risk, then by object. */
function byRisk(a: Judged, b: Judged): number {
  const [one, other] = [objectOf(a), objectOf(b)].map((object) => objectName(object)) as [string, string];
  return gravity(a.marks) - gravity(b.marks) || (one < other ? -1 : 1);
}

/**
 * Compares what is with what is to be: which objects differ, in which fields, and what may come of it.
 *
 * @param prerequisites what the cluster has already
 * @param systemMarks the marks that only the changed system can find
 * @param more marks that were found otherwise
 */
export function differenceOf(
  before: readonly ManifestObject[],
  after: readonly ManifestObject[],
  prerequisites: readonly Prerequisite[],
  systemMarks: MarksOf = () => [],
  more: readonly Marked[] = [],
): Judged[] {
  const changes = changesOf(before, after);
  const now = new ClusterIndex(after, prerequisites);
  // Jobs that are paired are one change, whichever of the two a mark is of.
  const changed = changes.flatMap(({ before: was, after: is }) => [...(is ? [is] : []), ...(was ? [was] : [])]);
  const found = [
    ...more,
    ...secretNeededMarks(before, after),
    ...accessWidenedMarks(before, after, prerequisites, changed),
    ...edgeLimitMarks(before, after),
  ];
  return changes
    .map((change): Judged => {
      const keys = [change.before, change.after].flatMap((object) => (object ? [objectKey(object)] : []));
      const own: Mark[] = [
        ...data(change),
        ...systemMarks(change),
        ...immutableFieldMarks(change),
        // What comes to where nothing was is no change of what may be done there.
        ...(before.length > 0 ? privilegeMarks(change) : []),
        ...replicasMarks(change, now),
        ...alertRemovedMarks(change),
        ...budgetMarks(change, now),
        ...rolloutMarks(change, now),
        ...jobRunMarks(change),
      ];
      const others = found.filter(({ object }) => keys.includes(objectKey(object)));
      const marks = [...own, ...others.map(({ risk, message }) => ({ risk, message }))];
      return {
        ...change,
        fields: change.fields.map((field) => ({ ...field, means: meaningOf(field, change, changes) })),
        marks: marks.sort((a, b) => gravity([a]) - gravity([b])),
      };
    })
    .sort(byRisk);
}

/**
 * The marks of what cannot be undone by applying the former state again, or shuts users out: data at risk, and what the systems say of
 * their own objects. They are found from the changed objects alone.
 */
export function lossesOf(
  before: readonly ManifestObject[],
  after: readonly ManifestObject[],
  systemMarks: MarksOf,
): Marked[] {
  return changesOf(before, after).flatMap((change) =>
    [...data(change), ...systemMarks(change)].map((mark) => ({ ...mark, object: objectOf(change) })),
  );
}
