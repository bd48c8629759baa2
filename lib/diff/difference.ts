import { ClusterIndex } from '../checks/cluster/cluster-index';
import type { Prerequisite } from '../checks/cluster/prerequisite';
import { type Change, changesOf, objectKey, objectOf } from '../manifests/change';
import type { FieldChange } from '../manifests/fields';
import { type ManifestObject, objectName } from '../manifests/object';
import { accessWidenedMarks } from './access';
import { alertRemovedMarks } from './alerts';
import { meaningOf } from './causes';
import { dataMarks } from './data';
import { edgeLimitMarks } from './edge-limits';
import { immutableFieldMarks } from './immutable';
import { issuerMarks } from './issuers';
import { gravity, type Mark, type ObjectMark } from './mark';
import { secretNeededMarks } from './needed-secrets';
import { privilegeMarks } from './privileges';
import { jobRunMarks, rolloutMarks } from './rolls';
import { budgetMarks, replicasMarks, takeoverMarks } from './scale';
import { tlsMarks } from './tls';

/** A field that differs, with an explanation where its values do not explain themselves. */
export interface ExplainedField extends FieldChange {
  readonly means?: string | undefined;
}

/** A changed object, with the marks of its risks. */
export interface MarkedChange extends Omit<Change, 'fields'> {
  readonly fields: readonly ExplainedField[];
  readonly marks: readonly Mark[];
}

/**
 * Finds the marks of one change.
 *
 * @param after all objects after the change
 */
export type MarksOf = (change: Pick<Change, 'before' | 'after'>, after: readonly ManifestObject[]) => readonly Mark[];

/** The order of changes: by the gravest risk, then by object. */
function byRisk(a: MarkedChange, b: MarkedChange): number {
  const [one, other] = [objectOf(a), objectOf(b)].map((object) => objectName(object)) as [string, string];
  return gravity(a.marks) - gravity(b.marks) || (one < other ? -1 : 1);
}

/**
 * Compares the present objects with the new ones: which objects differ, in which fields, and with which risks.
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
  more: readonly ObjectMark[] = [],
): MarkedChange[] {
  const changes = changesOf(before, after);
  const now = new ClusterIndex(after, prerequisites);
  // A Job and its successor are one change: a mark may be of either.
  const changed = changes.flatMap(({ before: was, after: is }) => [...(is ? [is] : []), ...(was ? [was] : [])]);
  const found = [
    ...more,
    ...secretNeededMarks(before, after),
    ...accessWidenedMarks(before, after, prerequisites, changed),
    ...edgeLimitMarks(before, after),
  ];
  return changes
    .map((change): MarkedChange => {
      const keys = [change.before, change.after].flatMap((object) => (object ? [objectKey(object)] : []));
      const own: Mark[] = [
        ...dataMarks(change),
        ...systemMarks(change, after),
        ...immutableFieldMarks(change),
        // Where there was nothing before, no right is widened.
        ...(before.length > 0 ? privilegeMarks(change) : []),
        ...replicasMarks(change, now),
        ...takeoverMarks(change, changes),
        ...issuerMarks(change),
        ...tlsMarks(change),
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
 * their own objects.
 *
 * @param before the changed objects as they were
 * @param after the changed objects as they are
 * @param all all objects after the change
 */
export function lossesOf(
  before: readonly ManifestObject[],
  after: readonly ManifestObject[],
  systemMarks: MarksOf,
  all: readonly ManifestObject[],
): ObjectMark[] {
  return changesOf(before, after).flatMap((change) =>
    [...dataMarks(change), ...systemMarks(change, all)].map((mark) => ({ ...mark, object: objectOf(change) })),
  );
}
