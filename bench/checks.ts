// What the rules cost: `npm run bench`. All of them, on as many copies of prod as are asked for, against printing the same as YAML.
import { registry } from '../charts';
import { Failure } from '../lib/base/errors';
import { check } from '../lib/checks/check';
import type { Prerequisite } from '../lib/checks/cluster/prerequisite';
import type { Intent } from '../lib/checks/intent';
import type { ManifestObject } from '../lib/manifests/object';
import { toFiles } from '../lib/output/files';
import { buildEnvironments, isSystem } from '../lib/pipeline/build';
import { intentOf, mergeIntents as union } from '../lib/pipeline/intent';
import { Program } from '../lib/pipeline/program';

const SIZES = [500, 5_000, 20_000];
const RUNS = 3;

/** A copy of an environment that shares no namespace and no host with the others; an object of two environments is one. */
function copyOf<T>(value: T, index: number): T {
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll('salient-prod', `salient-${index}`)
      .replaceAll('salient-admin"', `salient-${index}-admin"`)
      .replaceAll('.salient.ai', `-${index}.salient.ai`),
  );
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

/** One environment, which is copied. */
interface Sample {
  readonly objects: readonly ManifestObject[];
  readonly prerequisites: readonly Prerequisite[];
  readonly intent: Intent;
}

/** As many objects as are asked for: whole copies, and each object once. */
function many({ objects, prerequisites, intent }: Sample, size: number) {
  const copies = Array.from({ length: Math.ceil(size / objects.length) }, (_, index) => index);
  const all: ManifestObject[] = copies.flatMap((index) => copyOf(objects, index));
  const once = new Map(all.map((one) => [`${one.kind}/${one.metadata.namespace}/${one.metadata.name}`, one]));
  const meant = union(copies.map((index) => copyOf(intent, index)));
  return { objects: [...once.values()], prerequisites: copies.flatMap((index) => copyOf(prerequisites, index)), meant };
}

export default new Program({
  name: 'bench',
  help: 'Measures what the rules cost beside printing YAML, on many copies of prod.',
  options: {},
  run: (_, io) => {
    const built = buildEnvironments(registry, io.root, ['prod']);
    const sample: Sample = {
      objects: built.flatMap((one) => one.objects),
      prerequisites: built.flatMap((one) => one.prerequisites),
      intent: union(built.filter(isSystem).map(({ model }) => intentOf(model))),
    };
    io.say('OBJECTS  CHECK ms  PRINT ms  RATIO  µs/OBJECT');
    for (const size of SIZES) {
      const set = many(sample, size);
      const violations = check(set.objects, set.prerequisites, set.meant);
      if (violations.length > 0)
        throw new Failure(`${violations.length} violations, so this would measure something else`);
      const checking = time(() => check(set.objects, set.prerequisites, set.meant));
      const printing = time(() => toFiles('bench', set.objects));
      const cells = [
        set.objects.length,
        checking.toFixed(0),
        printing.toFixed(0),
        (checking / printing).toFixed(2),
        ((checking * 1000) / set.objects.length).toFixed(1),
      ];
      io.say(cells.map((cell, column) => String(cell).padStart([7, 8, 8, 5, 9][column] ?? 0)).join('  '));
    }
    return 0;
  },
});
