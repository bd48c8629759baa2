import { objectOf } from '../../manifests/change';
import type { ManifestObject } from '../../manifests/object';
import { changeKindOf, countsOf, type Report } from '../report';

function named({ apiVersion, kind, metadata: { namespace, name } }: ManifestObject) {
  return { apiVersion, kind, ...(namespace !== undefined && { namespace }), name };
}

/**
 * Formats a report as JSON:
 *
 * - `scope`, `against`: what was compared
 * - `summary`: `changed`, `new`, `gone`, `leftOver` count objects, `risks` counts marks by their risk
 * - `changes`: of each object `object` (apiVersion, kind, namespace, name), `was` (its former name, if it differs),
 *   `change` (`changed`, `new` or `gone`), `marks` (`risk`, `message`) and `fields` (`path`, `before`, `after`, `means`);
 *   missing values are omitted
 * - `leftOver`: `object`, with `command` or `why`
 * - `notes`: sentences
 *
 * Keys may be added, but not removed.
 */
export function formatJson(report: Report): string {
  const { scope, against, changes, notes } = report;
  const { kinds, risks } = countsOf(report);
  const plain = {
    scope,
    against,
    summary: { ...kinds, leftOver: report.leftOver.length, risks: Object.fromEntries(risks) },
    changes: changes.map((change) => {
      const object = named(objectOf(change));
      const was = change.before?.metadata.name;
      return {
        object,
        ...(was !== undefined && was !== object.name && { was }),
        change: changeKindOf(change),
        marks: change.marks,
        fields: change.fields,
      };
    }),
    leftOver: report.leftOver.map(({ object, ...rest }) => ({ object: named(object), ...rest })),
    notes,
  };
  return JSON.stringify(plain, null, 2);
}
