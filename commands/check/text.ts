import { counted } from '../../lib/base/counted';
import { groupBy } from '../../lib/base/group';
import { LEVELS, type Level } from '../../lib/checks/cluster/violation';
import { objectName } from '../../lib/manifests/object';
import { type Finding, isAtLeast, type Result, subjectOf } from './result';

/** Findings that say the same about several objects. The items of lists may differ. */
const sameOf = ({ level, rule, path, message }: Finding): string =>
  [level, rule, path.replace(/\[\d+\]/g, '[]'), message].join('\n');

/** One line for findings that say the same: the place of the first, and the number of the other objects. */
function lineOf(same: readonly Finding[]): string {
  const [first] = same as readonly [Finding];
  const { file, line, level, rule, path, message } = first;
  const others = new Set(same.map(subjectOf)).size - 1;
  const subject = [subjectOf(first), ...(others > 0 ? [counted(others, 'more object')] : [])].join(' and ');
  return [`${file}:${line}`, level, rule, subject, path, message].filter((part) => part !== '').join(': ');
}

const NOUN: Readonly<Record<Level, (number: number) => string>> = {
  broken: (number) => `${number} broken`,
  risk: (number) => counted(number, 'risk'),
  policy: (number) => `${number} of house policy`,
};

const INTRODUCTION: Readonly<Record<Level, string>> = {
  broken: '',
  risk: '',
  policy: 'House policy, which fails no check by itself (--level policy makes it):',
};

/** The lines of one level. Those that do not fail are shown if they are of house policy, and else only counted. */
function linesOf(level: Level, { findings, failing }: Result): string[] {
  const own = findings.filter((one) => one.level === level);
  const isShown = isAtLeast(level, failing) || (level === 'policy' && failing === 'risk');
  if (own.length === 0 || !isShown) return [];
  const lines = [...groupBy(own, sameOf).values()].map(lineOf);
  const introduction = isAtLeast(level, failing) ? '' : INTRODUCTION[level];
  return introduction === '' ? lines : [introduction, ...lines.map((line) => `  ${line}`)];
}

function summaryOf({ findings, objects, failing }: Result): string {
  const failed = findings.filter(({ level }) => isAtLeast(level, failing)).length;
  const counts = LEVELS.map((level) => ({ level, number: findings.filter((one) => one.level === level).length }));
  const shown = counts.filter(({ number }) => number > 0).map(({ level, number }) => NOUN[level](number));
  const details = shown.length > 0 ? `: ${shown.join(', ')}` : '';
  return `${counted(failed, 'violation')} in ${counted(objects, 'object')}${details}`;
}

function definitionsOf({ withoutSchema, definitions }: Result): string[] {
  if (withoutSchema.length === 0) return [];
  const all = withoutSchema.reduce((sum, one) => sum + one.count, 0);
  const kinds = withoutSchema.map((one) => `${one.kind} (${one.count})`).join(', ');
  return [
    `The fields of ${counted(all, 'object')} were not checked, since their kinds have no schema here: ${kinds}`,
    `Judged by the definitions of ${definitions.join(', ')}`,
  ];
}

/** The result for people. */
export function textOf(result: Result): string {
  const exempt = result.exemptions.map(
    ({ object, rule, reason }) => `exempt from ${rule}: ${objectName(object)}: ${reason}`,
  );
  return [
    ...LEVELS.flatMap((level) => linesOf(level, result)),
    ...exempt,
    ...result.leftOut.map(({ file, why }) => `left out: ${file} ${why}`),
    ...definitionsOf(result),
    summaryOf(result),
  ].join('\n');
}
