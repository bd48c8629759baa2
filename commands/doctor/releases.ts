import { isPostgres } from '../../lib/base/image';
import { VERSIONS, type Version } from '../../lib/base/versions';
import { imagesOf } from '../../lib/checks/rules/images';
import { type Live, PODS, type View } from '../shared/view';
import type { Requirements } from './requirements';
import { ok, old, type Row, rowsFromList, unknown } from './row';

/** A version of something, as it was found. */
interface Found {
  /** The numbers of its version: `[16, 10]`. */
  readonly numbers: readonly number[];
  /** As it is shown: the image, or the version. */
  readonly text: string;
}

const numbersIn = (text: string): number[] =>
  (/\d+(?:\.\d+)+/.exec(text)?.[0] ?? '').split('.').filter(Boolean).map(Number);

/** The numbers of the line that an entry is about: 16 of PostgreSQL 16. None where there is one line. */
function lineOf({ what }: Version): number[] {
  return (/ (\d[\d.]*)$/.exec(what)?.[1] ?? '').split('.').filter(Boolean).map(Number);
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const index = other.findIndex((number, at) => number !== one[at]);
  return index >= 0 && (one[index] ?? Number.POSITIVE_INFINITY) < (other[index] as number);
}

/** The repository of an image without its registry, since a mirror has another one. */
function nameOf(reference: string): string {
  const [path = ''] = reference.split('@');
  const repository = path.replace(/:[^/:]*$/, '');
  return repository.replace(/^[^/]*[.:][^/]*\//, '').replace(/^library\//, '');
}

const tagOf = (reference: string): string => /:([^/:@]*)(?:@|$)/.exec(reference)?.[1] ?? '';

/** Whether an image is that of an entry. */
function isOf(reference: string, { image }: Version): boolean {
  if (image === undefined) return false;
  const name = nameOf(reference);
  return name === nameOf(image) || (isPostgres(name) && isPostgres(image));
}

/** How a version compares with the entries of what it is one of. */
function rowOf(entries: readonly Version[], { numbers, text }: Found, day: string): Row[] {
  const [first] = entries;
  if (first === undefined) return [];
  const what = lineOf(first).length === 0 ? first.what : first.what.replace(/ \S+$/, '');
  const entry = entries.find((one) => lineOf(one).every((number, index) => number === numbers[index]));
  const row = { what: `release of ${what}`, needed: entry?.version ?? 'a line of versions.yaml', found: text };
  if (numbers.length === 0) return [unknown(row, 'its tag names no version')];
  if (entry === undefined)
    return [unknown(row, `versions.yaml has ${entries.map(({ version }) => version).join(', ')}`)];
  const { endOfLife, version } = entry;
  if (endOfLife !== undefined && endOfLife < day)
    return [old({ ...row, found: `${text}, without fixes since ${endOfLife}` }, 'upgrade it to a line that has fixes')];
  const until = endOfLife === undefined ? text : `${text}, with fixes until ${endOfLife}`;
  if (isBefore(numbers, numbersIn(version)))
    return [old({ ...row, found: until }, `upgrade it to ${version} or later`)];
  return [ok({ ...row, found: until })];
}

/** The rows of images, each once. */
function imageRows(references: readonly string[], entries: readonly Version[], day: string): Row[] {
  return [...new Set(references)].flatMap((reference) => {
    const own = entries.filter((one) => isOf(reference, one));
    return rowOf(own, { numbers: numbersIn(tagOf(reference)), text: reference.replace(/@.*$/, '') }, day);
  });
}

/**
 * Compares `versions.yaml` with Kubernetes, with the operators whose custom resources the environment has, and with the servers and tools that it
 * runs: what is past its end of life, or older than what Berth names.
 *
 * @param day today, as 2026-11-30
 */
export async function releaseRows(
  { objects }: Requirements,
  view: View,
  day = new Date().toISOString().slice(0, 10),
): Promise<Row[]> {
  const kubernetes = await view.version();
  const groups = new Set(objects.map(({ apiVersion }) => apiVersion.split('/')[0]));
  const operators = VERSIONS.filter(
    ({ group, image }) => group !== undefined && image !== undefined && groups.has(group),
  );
  const tools = VERSIONS.filter(({ group }) => group === undefined);
  const isKubernetes = VERSIONS.filter(({ what }) => what.startsWith('Kubernetes '));
  const row = { what: 'releases of operators', needed: 'the images of their pods' };
  return [
    ...rowOf(isKubernetes, { numbers: numbersIn(kubernetes), text: kubernetes }, day),
    ...(operators.length === 0
      ? []
      : await rowsFromList(view, PODS, row, (pods) => {
          const images = pods.flatMap(({ spec }) => spec.containers.map(({ image }: Live) => String(image)));
          return imageRows(images.sort(), operators, day);
        })),
    ...imageRows(imagesOf(objects).sort(), tools, day),
  ];
}
