import { type ManifestObject, objectName } from '../manifests/object';
import { objectOf } from './change';
import type { Judged } from './difference';
import { RISKS, type Risk } from './mark';

/** An object in a cluster that is ours and that nothing describes any more. */
export interface LeftOver {
  readonly object: ManifestObject;
  /** What deletes it. @default - none, since it goes by itself or holds data; then `why` says it */
  readonly command?: string;
  readonly why?: string;
}

/** All that there is to say of a change. */
export interface Report {
  /** What changes: `prod`, `prod/salient`. */
  readonly scope: string;
  /** What it is compared with: a revision, or a cluster. */
  readonly against: string;
  readonly changes: readonly Judged[];
  readonly leftOver: readonly LeftOver[];
  /** What else people should hear. */
  readonly notes: readonly string[];
}

export type ChangeKind = 'changed' | 'new' | 'gone';

export function changeKindOf({ before, after }: Judged): ChangeKind {
  if (before === undefined) return 'new';
  return after === undefined ? 'gone' : 'changed';
}

/** `Deployment salient-prod/chat-api`; of a Job that is another one, both names. */
export function titleOf(change: Judged): string {
  const { before, after } = change;
  const title = objectName(objectOf(change));
  const renamed = before && after && before.metadata.name !== after.metadata.name;
  return renamed ? `${objectName(before)} → ${after.metadata.name}` : title;
}

/** How many objects change in each way, and how many marks of each risk there are, the gravest first. */
export function countsOf({ changes }: Report) {
  const kinds = { changed: 0, new: 0, gone: 0 };
  for (const change of changes) kinds[changeKindOf(change)] += 1;
  const all = changes.flatMap(({ marks }) => marks);
  const risks = (Object.keys(RISKS) as Risk[])
    .map((risk) => [risk, all.filter((mark) => mark.risk === risk).length] as const)
    .filter(([, count]) => count > 0);
  return { kinds, risks };
}

/** `3 objects changed, 1 new; data at risk: 1, rolls pods: 2` */
export function summaryOf(report: Report): string {
  const { kinds, risks } = countsOf(report);
  const total = report.changes.length;
  const leftOver = report.leftOver.length > 0 ? [`${report.leftOver.length} left over`] : [];
  if (total + leftOver.length === 0) return 'nothing changes';
  const parts = [
    ...(['changed', 'new', 'gone'] as const).flatMap((sort) => (kinds[sort] > 0 ? [`${kinds[sort]} ${sort}`] : [])),
    ...leftOver,
  ];
  const marks = risks.map(([risk, count]) => `${RISKS[risk]}: ${count}`);
  return [parts.join(', '), ...(marks.length > 0 ? [marks.join(', ')] : [])].join('; ');
}
