import { objectName } from '../../manifests/object';
import type { MarkedChange } from '../difference';
import { RISKS } from '../mark';
import { changeKindOf, type Report, summaryOf, titleOf } from '../report';
import { linesOf } from './field';

const SIGNS = { changed: '~', new: '+', gone: '-' } as const;

function formatChange(change: MarkedChange): string {
  const marks = change.marks.map(({ risk, message }) => `  ! ${RISKS[risk]}: ${message}`);
  const fields = change.fields.filter(({ path }) => path !== 'metadata.name');
  return [
    `${SIGNS[changeKindOf(change)]} ${titleOf(change)}`,
    ...marks,
    ...fields.flatMap((field) => linesOf(field).map(({ text }) => `  ${text}`)),
  ].join('\n');
}

function formatLeftOver({ leftOver: all }: Report): string[] {
  if (all.length === 0) return [];
  const lines = all.map(({ object, command, why }) => `  ${objectName(object)}: ${command ?? why}`);
  return [['Left over in the cluster (apply deletes nothing):', ...lines].join('\n')];
}

/** Formats a report for a terminal. */
export function formatText(report: Report): string {
  const { scope, against, changes, notes } = report;
  const head = `${scope}, against ${against}: ${summaryOf(report)}`;
  return [
    head,
    ...changes.map(formatChange),
    ...formatLeftOver(report),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ].join('\n\n');
}
