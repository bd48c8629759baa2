import { objectOf } from '../manifests/change';
import { type ManifestObject, objectName } from '../manifests/object';
import type { MarkedChange } from './difference';
import { RISKS, type Risk } from './mark';

/** An object in the cluster that was applied from this project and is no longer generated. */
export interface LeftOver {
  readonly object: ManifestObject;
  /** The command that deletes it. @default - none, for the reason in `why` */
  readonly command?: string;
  /** Why there is no command: it is deleted automatically, or contains data. @default - there is a command */
  readonly why?: string;
}

/** A comparison of two states of a scope. */
export interface Report {
  /** The compared environment or system: `prod`, `prod/salient`. */
  readonly scope: string;
  /** The revision or cluster that it is compared with. */
  readonly against: string;
  readonly changes: readonly MarkedChange[];
  readonly leftOver: readonly LeftOver[];
  /** Further information, as sentences. */
  readonly notes: readonly string[];
  /** Whether synth would refuse to write it; the notes say why. */
  readonly refused: boolean;
}

/** How an object changes. */
export type ChangeKind = 'changed' | 'new' | 'gone';

/** The kind of a change. */
export function changeKindOf({ before, after }: MarkedChange): ChangeKind {
  if (before === undefined) return 'new';
  return after === undefined ? 'gone' : 'changed';
}

/** `Deployment salient-prod/chat-api`. For a replaced Job, both names. */
export function titleOf(change: MarkedChange): string {
  const { before, after } = change;
  const title = objectName(objectOf(change));
  const renamed = before && after && before.metadata.name !== after.metadata.name;
  return renamed ? `${objectName(before)} → ${after.metadata.name}` : title;
}

/** The number of objects by kind of change, and the number of marks by risk, the most severe first. */
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
    ...(['changed', 'new', 'gone'] as const).flatMap((kind) => (kinds[kind] > 0 ? [`${kinds[kind]} ${kind}`] : [])),
    ...leftOver,
  ];
  const marks = risks.map(([risk, count]) => `${RISKS[risk]}: ${count}`);
  return [parts.join(', '), ...(marks.length > 0 ? [marks.join(', ')] : [])].join('; ');
}
