// What the rules cost: `npm run bench`. All of them, on as many copies of prod as are asked for, against printing the same as YAML.
import { registry } from '../charts';

import { check } from '../lib/checks/check';
import type { Given } from '../lib/checks/cluster/given';
import type { Intent } from '../lib/checks/intent';
import type { ManifestObject } from '../lib/manifests/object';
import { toFiles } from '../lib/output/files';
import { buildEnvironments, isSystem } from '../lib/pipeline/build';
import { intentOf, together as union } from '../lib/pipeline/intent';

const SIZES = [500, 5_000, 20_000];
const RUNS = 3;

type Copy = <T>(value: T, index: number) => T;

/** A copy of an environment that shares no namespace and no host with the others. */
const apart: Copy = (value, index) =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll('salient-prod', `salient-${index}`)
      .replaceAll('salient-admin"', `salient-${index}-admin"`)
      .replaceAll('.salient.ai', `-${index}.salient.ai`),
  );

/** A copy that shares the namespaces with the others, and no name in them. */
const together: Copy = (value, index) =>
  JSON.parse(
    JSON.stringify(value)
      .replace(
        /"(chat-api|admin-api|admin-ui|salient-sa|salient-config|tenant-db|salient(-admin)?-(ingress|tls-cert))/g,
        `"x${index}-$1`,
      )
      .replaceAll('.salient.ai', `-${index}.salient.ai`),
  );

/** The median time of some runs, in milliseconds. */
function time(work: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number;
}

const built = buildEnvironments(registry, process.cwd(), ['prod']);
const objects = built.flatMap((one) => one.objects);
const given: Given[] = built.flatMap((one) => one.given);
const intent: Intent = union(built.filter(isSystem).map(({ facts }) => intentOf(facts)));

/** As many objects as are asked for: whole copies, and each object once. */
function many(copy: Copy, size: number) {
  const copies = Array.from({ length: Math.ceil(size / objects.length) }, (_, index) => index);
  const all: ManifestObject[] = copies.flatMap((index) => copy(objects, index));
  const once = new Map(all.map((one) => [`${one.kind}/${one.metadata.namespace}/${one.metadata.name}`, one]));
  const meant = union(copies.map((index) => copy(intent, index)));
  return { objects: [...once.values()], given: copies.flatMap((index) => copy(given, index)), meant };
}

for (const [title, copy] of [
  ['each environment in namespaces of its own', apart],
  ['all in the same two namespaces', together],
] as const) {
  console.log(`${title}\nOBJECTS  CHECK ms  PRINT ms  RATIO  µs/OBJECT`);
  for (const size of SIZES) {
    const set = many(copy, size);
    const violations = check(set.objects, set.given, set.meant);
    if (violations.length > 0) throw new Error(`${violations.length} violations, so this would measure something else`);
    const checking = time(() => check(set.objects, set.given, set.meant));
    const printing = time(() => toFiles('bench', set.objects));
    const perObject = ((checking * 1000) / set.objects.length).toFixed(1);
    const cells = [
      set.objects.length,
      checking.toFixed(0),
      printing.toFixed(0),
      (checking / printing).toFixed(2),
      perObject,
    ];
    console.log(cells.map((cell, column) => String(cell).padStart([7, 8, 8, 5, 9][column] ?? 0)).join('  '));
  }
}
