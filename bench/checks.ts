// What the rules cost: `npm run bench`. All of them, on as many copies of prod as are asked for, against printing the same as YAML.
import { check, type Given, type Intent, type ManifestObject } from '../checks';
import { buildEnvironments } from '../commands/build';
import { givenOf, intentOf, together } from '../commands/intent';
import { toFiles } from '../output';

const SIZES = [500, 5_000, 20_000];
const RUNS = 3;

/** A copy of an environment that shares no name, namespace or host with the others. */
function copy<T>(value: T, index: number): T {
  const text = JSON.stringify(value)
    .replaceAll('salient-prod', `salient-${index}`)
    .replaceAll('salient-admin"', `salient-${index}-admin"`)
    .replaceAll('.salient.ai', `-${index}.salient.ai`);
  return JSON.parse(text) as T;
}

/** The median time of some runs, in milliseconds. */
function time(work: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number;
}

const built = buildEnvironments(process.cwd(), ['prod']);
const objects = built.flatMap((one) => one.objects);
const given: Given[] = built.flatMap(({ facts }) => givenOf(facts));
const intent: Intent = together(built.map(({ facts }) => intentOf(facts)));

console.log('OBJECTS  CHECK ms  PRINT ms  RATIO  µs/OBJECT');
for (const size of SIZES) {
  const copies = Array.from({ length: Math.ceil(size / objects.length) }, (_, index) => index);
  const many: ManifestObject[] = copies.flatMap((index) => copy(objects, index)).slice(0, size);
  const namespaces = new Set(many.map(({ metadata }) => metadata.namespace));
  const all = copies.flatMap((index) => copy(given, index));
  const meant = together(copies.map((index) => copy(intent, index)));
  const violations = check(many, all, meant).filter(({ object }) => namespaces.has(object.metadata.namespace));
  // The last copy is cut off where the number is reached, so it alone may lack something.
  const last = copies.at(-1);
  const others = violations.filter(({ object }) => !JSON.stringify(object).includes(`salient-${last}`));
  if (others.length > 0) throw new Error(`${others.length} violations, so this would measure something else`);
  const checking = time(() => check(many, all, meant));
  const printing = time(() => toFiles('bench', many));
  const cells = [
    size,
    checking.toFixed(0),
    printing.toFixed(0),
    (checking / printing).toFixed(2),
    ((checking * 1000) / size).toFixed(1),
  ];
  console.log(cells.map((cell, column) => String(cell).padStart([7, 8, 8, 5, 9][column] ?? 0)).join('  '));
}
