import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { registry } from '../../../charts';
import { InputError } from '../../../lib/base/problem';
import { buildEnvironments } from '../../../lib/pipeline/build';
import { type Any, ROOT } from '../../support';
import { projectOf } from './application';

type Path = readonly (string | number)[];

/** What the file of an application says. */
const settingsIn = (name: string): Any =>
  parse(readFileSync(join(ROOT, `test/fixtures/applications/${name}.yaml`), 'utf8'));

/** What users write by mistake, and names that every object of JavaScript has. */
const WRONG: readonly unknown[] = [
  null,
  'constructor',
  [],
  {},
  '',
  -1,
  'x'.repeat(300),
  ['a'],
  true,
  { constructor: 1 },
  'a b',
  [null],
];

function* placesIn(value: Any, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, one] of Object.entries(value))
    yield* placesIn(one, [...path, Array.isArray(value) ? Number(key) : key]);
}

function replaced(value: Any, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

/** What billing.yaml has and the others have not. */
const isOfParts = ([key, ...rest]: Path) =>
  ['queue', 'objectStorage', 'workflow'].includes(key as string) || rest.includes('scale');

const root = projectOf({ 'prod/everything.yaml': 'pattern: microservices\n' });
const file = join(root, 'environments/prod/everything.yaml');

/** What a file becomes: nothing to tell, or what is wrong with the outcome. */
function outcomeOf(value: unknown): string | undefined {
  writeFileSync(file, stringify(value, { lineWidth: 0 }));
  try {
    buildEnvironments(registry, root, ['prod']);
    return undefined;
  } catch (error) {
    if (!(error instanceof InputError)) return `${(error as Error).stack}`;
    return error.problems.find(({ position, message }) => position === undefined || /Invalid|undefined/.test(message))
      ?.message;
  }
}

// Every other place, with one of the values, so that the test takes seconds.
test.each([
  ['invoices', () => true],
  ['clinic', () => true],
  ['portal', ([first]: Path) => first === 'requirements'],
  ['billing', isOfParts],
])('a wrong value at any place of %s is built, or is a problem with its place', (name, isIncluded) => {
  const all = settingsIn(name);
  const own = [...placesIn(all)].filter(isIncluded);
  const places = own.filter((_, index) => index % 2 === 0);
  const found = places.flatMap((path, index) => {
    const value = WRONG[index % WRONG.length];
    const outcome = outcomeOf(replaced(all, path, value));
    return outcome === undefined ? [] : [`${path.join('.')} = ${JSON.stringify(value)}: ${outcome}`];
  });
  expect(found).toEqual([]);
});

test.each(['services.dunning.schedule', 'services.invoices.preset', 'database.kind', 'services.invoices.env'])(
  'a word that every object of JavaScript has, at %s',
  (path) => {
    expect(outcomeOf(replaced(settingsIn('invoices'), path.split('.'), 'constructor'))).toBeUndefined();
  },
);
