import { registry } from '../../charts';
import { groupBy } from '../../lib/base/group';
import { formatViolation } from '../../lib/checks/cluster/violation';
import { environment } from '../../lib/config/environment';
import { valueAt } from '../../lib/config/parse';
import { differenceOf, lossesOf, type MarkedChange } from '../../lib/diff/difference';
import type { Risk } from '../../lib/diff/mark';
import { changesOf, objectOf } from '../../lib/manifests/change';
import { objectName } from '../../lib/manifests/object';
import type { Built } from '../../lib/pipeline/build';
import type { SystemDefinition } from '../../lib/pipeline/definition';
import { judgeAs } from '../../lib/pipeline/judge';
import { settingsOf } from '../../lib/pipeline/settings';
import { bases, otherValues } from '../bases';
import { type Base, builtOf, checked, leavesOf, withValue } from '../leaves';
import { SETTINGS } from '../setting-kinds';
import type { Any } from '../support';

/** Kinds of settings that are changed together. */
const HARMLESS = ['calm', 'fixed', 'rolls', 'runs'];

type Kind = keyof typeof SETTINGS;
type Leaf = ReturnType<typeof leavesOf>[number];

const KINDS = new Map(
  Object.entries(SETTINGS).flatMap(([kind, paths]) => (paths.match(/\S+/g) ?? []).map((path) => [path, kind as Kind])),
);
const BASES = bases().map((base) => ({
  base,
  was: builtOf(base),
  values: (checked(base) as { readonly values: Any }).values,
}));
type Place = (typeof BASES)[number];

/** Another value of a setting, in the settings of a place. */
interface Changed {
  readonly place: Place;
  readonly path: string;
  readonly value: unknown;
}

const keysOf = (path: string) => path.split('.').map((key) => (key === '*' ? 'eu' : key));

/** How much of a path the settings of a place have. */
function depthOf({ base }: Place, path: string): number {
  const keys = keysOf(path);
  return keys.filter((_, index) => valueAt(base.raw, keys.slice(0, index + 1)) !== undefined).length;
}

/** Another value that a place accepts. */
function changeIn(place: Place, { path, schemas }: Leaf): Changed[] {
  const present = valueAt(place.base.raw, keysOf(path)) ?? valueAt(place.values, keysOf(path));
  const all = otherValues(path, schemas, present).map((value) => ({ place, path, value }));
  const found = all.find((one) => 'values' in checked(applied([one])));
  return found === undefined ? [] : [found];
}

/** All settings of all systems, each with its places, those that say most of it first. */
const LEAVES = [...groupBy(BASES, ({ base }) => base.system)].flatMap(([system, all]) =>
  leavesOf((registry.systems[system] as SystemDefinition).settings(environment('prod'))).map((leaf) => {
    const places = [...all].sort((one, other) => depthOf(other, leaf.path) - depthOf(one, leaf.path));
    const [first] = places.flatMap((place, index) => (index === 0 ? changeIn(place, leaf) : []));
    return { ...leaf, system, places, first };
  }),
);

/** What a setting changes, in the first place where it changes something. */
function effectOf(leaf: Leaf & { readonly places: readonly Place[] }): { now: Built; place: Place } | undefined {
  for (const place of leaf.places) {
    for (const one of changeIn(place, leaf)) {
      const now = builtOf(applied([one]));
      if (changesOf(place.was.objects, now.objects).length > 0) return { now, place };
    }
  }
  return undefined;
}

/** The settings of one place with all of some changes. */
function applied(changes: readonly [Changed, ...Changed[]]): Base {
  const { base } = changes[0].place;
  return { ...base, raw: changes.reduce((raw, { path, value }) => withValue(raw, path, value), base.raw) };
}

/** The settings of one place with changes, in as few variants as are accepted. */
function variants(changes: readonly Changed[]): Base[] {
  const [first, ...others] = changes;
  if (first === undefined) return [];
  const all = applied([first, ...others]);
  const result = checked(all);
  if ('values' in result) return [all];
  if (others.length === 0) return [];
  const isRefused = ({ path }: Changed) => result.refused.some((one) => path.replace('*', 'eu').startsWith(one));
  const refused = changes.filter(isRefused);
  const split = refused.length > 0 && refused.length < changes.length ? refused : changes.slice(changes.length / 2);
  return [...variants(changes.filter((one) => !split.includes(one))), ...variants(split)];
}

function changesTo(now: Built, { was }: Place): MarkedChange[] {
  return differenceOf(was.objects, now.objects, now.prerequisites, registry.marks);
}

const risksOf = (changes: readonly Pick<MarkedChange, 'marks'>[]) =>
  new Set<Kind>(changes.flatMap(({ marks }) => marks.map(({ risk }) => risk)));

const HOLDERS = ['StatefulSet', 'PersistentVolumeClaim', 'Cluster', 'Namespace'];

/** What a changed object leads to, whichever setting changed it. */
function derivedRisk({ before, after }: MarkedChange): Risk | undefined {
  if (before === undefined) return after?.kind === 'Job' ? 'runs' : undefined;
  if (after === undefined) return HOLDERS.includes(before.kind) ? 'data' : undefined;
  const isOther = JSON.stringify(before.spec?.template) !== JSON.stringify(after.spec?.template);
  return isOther && ['Deployment', 'StatefulSet'].includes(before.kind) ? 'rolls' : undefined;
}

/** The changed objects without the mark of what they lead to. */
function unmarked(changes: readonly MarkedChange[]): string[] {
  const silent = changes.filter((change) => {
    const risk = derivedRisk(change);
    return risk !== undefined && !change.marks.some((mark) => mark.risk === risk);
  });
  return silent.map((change) => objectName(objectOf(change)));
}

/** Violations that name no setting with its file and line. */
function unnamed(now: Built): string[] {
  return judgeAs([now], now.objects)
    .filter(
      (violation) => !settingsOf(violation, [now]).some((one) => /^environments\/\w+\/\w+\.yaml:\d+: \w/.test(one)),
    )
    .map(formatViolation);
}

test('what a change of a setting leads to is known for each setting', () => {
  const paths = new Set(LEAVES.map(({ path }) => path));
  expect([...paths].filter((path) => !KINDS.has(path))).toEqual([]);
  expect([...KINDS.keys()].filter((path) => !paths.has(path))).toEqual([]);
});

test('each setting by which data may be lost has that mark, in each system', () => {
  const silent = LEAVES.filter((leaf) => {
    const effect = KINDS.get(leaf.path) === 'data' ? effectOf(leaf) : undefined;
    return effect && lossesOf(effect.place.was.objects, effect.now.objects, registry.marks, []).length === 0;
  });
  expect(silent.map(({ system, path }) => `${system} ${path}`)).toEqual([]);
});

test('each setting that widens access, ends it, or needs a secret has that mark', () => {
  const risky = LEAVES.filter(({ path }) => !['data', ...HARMLESS].includes(KINDS.get(path) as Kind));
  const silent = [...groupBy(risky, ({ path }) => path)].filter(([path, same]) => {
    const tells = same.some((leaf) => {
      const effect = effectOf(leaf);
      return effect && risksOf(changesTo(effect.now, effect.place)).has(KINDS.get(path) as Kind);
    });
    return !tells;
  });
  expect(silent.map(([path]) => path)).toEqual([]);
});

describe.each(BASES)('$base.system of the tier $base.tier, all settings of one kind changed', (place) => {
  const own = LEAVES.flatMap(({ first }) => (first?.place === place ? first : []));
  const of = (...some: readonly Kind[]) => variants(own.filter(({ path }) => some.includes(KINDS.get(path) as Kind)));

  test.each([
    ['calm ones have no mark', of('calm'), []],
    ['others restart pods and run Jobs', of('rolls', 'runs'), ['rolls', 'runs']],
  ])('%s', (_, changed, expected) => {
    for (const now of changed.map((one) => builtOf(one))) {
      const changes = changesTo(now, place);
      const graver = changes.flatMap(({ marks }) => marks).filter(({ risk }) => !expected.includes(risk));
      expect(graver.map(({ risk, message }) => `${risk}: ${message}`)).toEqual([]);
      expect(unmarked(changes)).toEqual([]);
      expect(unnamed(now)).toEqual([]);
    }
  });

  test('each violation by the others names a setting', () => {
    const risky = own.filter(({ path }) => !HARMLESS.includes(KINDS.get(path) as Kind));
    expect(variants(risky).flatMap((one) => unnamed(builtOf(one)))).toEqual([]);
  });
});

test.each(['minimum', 'maximum'])('each violation by the %s of all numbers names a setting', (bound) => {
  const numbers = LEAVES.flatMap(({ schemas, first }) => {
    const found = schemas.find((schema) => Math.abs(schema[bound]) < 2 ** 50);
    return first === undefined || found === undefined ? [] : [{ ...first, value: found[bound] }];
  });
  const all = [...groupBy(numbers, ({ place }) => String(BASES.indexOf(place)))].flatMap(([, own]) => variants(own));
  expect(all.flatMap((one) => unnamed(builtOf(one)))).toEqual([]);
});
