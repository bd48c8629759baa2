import { formatTable } from '../../lib/base/table';

/** The result of one test. */
export interface Row {
  readonly cluster: string;
  readonly environment: string;
  readonly system: string;
  readonly check: string;
  readonly result: 'ok' | 'FAILED' | 'skipped';
  readonly seconds: number;
  readonly message?: string;
}

/** The table at the end of a run. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ cluster, environment, system, check, result, seconds }) => [
    cluster,
    environment,
    system,
    check,
    result,
    seconds.toFixed(1),
  ]);
  return formatTable([['CLUSTER', 'ENVIRONMENT', 'SYSTEM', 'CHECK', 'RESULT', 'SECONDS'], ...cells], [5]);
}

/** A text for XML, which allows no control characters. */
function xml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: characters that XML 1.0 forbids
      .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
      .replace(/[&<>"]/g, (sign) => entities[sign] as string)
  );
}

function testcase({ environment, system, check, result, seconds, message = '' }: Row): string {
  const place = [environment, system].filter(Boolean).join('.') || 'cluster';
  const head = `    <testcase classname="${xml(place)}" name="${xml(check)}" time="${seconds.toFixed(3)}"`;
  if (result === 'ok') return `${head}/>`;
  const [first = ''] = message.split('\n');
  const body = result === 'skipped' ? '<skipped/>' : `<failure message="${xml(first)}">${xml(message)}</failure>`;
  return `${head}>${body}</testcase>`;
}

function counts(rows: readonly Row[]): string {
  const of = (result: Row['result']) => rows.filter((row) => row.result === result).length;
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  return `tests="${rows.length}" failures="${of('FAILED')}" skipped="${of('skipped')}" time="${seconds.toFixed(3)}"`;
}

/** The same as JUnit XML: a suite for each cluster. */
export function junit(rows: readonly Row[]): string {
  const suites = [...new Set(rows.map(({ cluster }) => cluster))].map((cluster) => {
    const own = rows.filter((row) => row.cluster === cluster);
    return [`  <testsuite name="${xml(cluster)}" ${counts(own)}>`, ...own.map(testcase), '  </testsuite>'].join('\n');
  });
  const all = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="cluster" ${counts(rows)}>`];
  return [...all, ...suites, '</testsuites>', ''].join('\n');
}
