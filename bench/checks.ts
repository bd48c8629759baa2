// Measures the time of all rules on many copies of prod, compared with the time to print the same objects as YAML: `npm run bench`.
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

/** A copy of an environment with its own namespaces and hosts; cluster-wide objects are the same in all copies. */
function copyOf<T>(value: T, index: number): T {
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll('salient-prod', `salient-${index}`)
      .replaceAll('salient-admin"', `salient-${index}-admin"`)
      .replaceAll('.salient.ai', `-${index}.salient.ai`),
  );
}

/** The median time of several runs, in milliseconds. */
function time(work: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number;
}

/** The environment that is copied. */
interface Sample {
  readonly objects: readonly ManifestObject[];
  readonly prerequisites: readonly Prerequisite[];
  readonly intent: Intent;
}

/** At least `size` objects: whole copies of the sample, without duplicates. */
function many({ objects, prerequisites, intent }: Sample, size: number) {
  const copies = Array.from({ length: Math.ceil(size / objects.length) }, (_, index) => index);
  const all: ManifestObject[] = copies.flatMap((index) => copyOf(objects, index));
  const once = new Map(all.map((one) => [`${one.kind}/${one.metadata.namespace}/${one.metadata.name}`, one]));
  return {
    objects: [...once.values()],
    prerequisites: copies.flatMap((index) => copyOf(prerequisites, index)),
    intent: union(copies.map((index) => copyOf(intent, index))),
  };
}

export default new Program({
  name: 'bench',
  help: 'Measures the time of all rules on many copies of prod, compared with the time to print the same objects as YAML.',
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
      const violations = check(set.objects, set.prerequisites, set.intent);
      if (violations.length > 0)
        throw new Failure(`${violations.length} violations, which would distort the measurement`);
      const checking = time(() => check(set.objects, set.prerequisites, set.intent));
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
