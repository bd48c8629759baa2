import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { registry } from '../../../charts';
import { check, RULES } from '../../../lib/checks/check';
import { PLATFORM } from '../../../lib/config/platform';
import type { ManifestObject } from '../../../lib/manifests/object';
import { type Built, buildEnvironments } from '../../../lib/pipeline/build';
import { intentOfAll } from '../../../lib/pipeline/judge';
import { type Any, PROJECT, ROOT } from '../../support';

/** One edit of what a system makes. */
interface Edit {
  /** The folder of the system. */
  readonly in: string;
  /** `Kind name` or `Kind namespace/name`. @default - `is` is a new object */
  readonly object?: string;
  /** The field: items of lists by name or index, `[+]` for a new one. "" is the object itself. */
  readonly at: string;
  /** The new value; null for none. */
  readonly is?: unknown;
  /** In place of a new value, a text in the old one and what replaces it. */
  readonly from?: string;
  readonly to?: string;
  /** The rule that says what it leads to, or `as-described` where none does. */
  readonly rule: string;
}

const GROUPS: Readonly<Record<string, readonly Edit[]>> = parse(
  readFileSync(join(ROOT, 'test/fixtures/dangerous-edits.yaml'), 'utf8'),
);
const EDITS = Object.values(GROUPS).flat();
const AS_DESCRIBED = 'as-described';
const BUILT = buildEnvironments(registry, PROJECT, ['prod', 'staging']);

/** The steps of a path: keys, and items in brackets. */
const stepsOf = (path: string): string[] =>
  [...path.matchAll(/\["([^"]+)"\]|\[([^\]]+)\]|([^.[\]]+)/g)].map(
    ([, quoted, item, key]) => (quoted ?? item ?? key) as string,
  );

/** The key of a step: of a list the index of the item with that name, or that index. */
function keyIn(here: Any, step: string): string | number {
  if (!Array.isArray(here)) return step;
  if (step === '+') return here.length;
  const named = here.findIndex((one) => one?.name === step);
  return named >= 0 ? named : Number(step);
}

function objectOf(objects: readonly ManifestObject[], text: string): ManifestObject {
  const [kind, name = ''] = text.split(' ');
  const found = objects.filter(
    (one) => one.kind === kind && [one.metadata.name, `${one.metadata.namespace}/${one.metadata.name}`].includes(name),
  );
  if (found.length !== 1) throw new Error(`${found.length} objects are ${text}`);
  return found[0] as ManifestObject;
}

/** A copy of an object with an edit. */
function edited(object: ManifestObject, { at, is, from, to }: Edit): ManifestObject {
  const copy: Any = structuredClone(object);
  const steps = stepsOf(at);
  const parent = steps.slice(0, -1).reduce((here, step) => (here[keyIn(here, step)] ??= {}), copy);
  const key = keyIn(parent, steps.at(-1) as string);
  const old = parent[key];
  const value = from === undefined ? is : String(old).replace(from, () => to as string);
  if (JSON.stringify(value) === JSON.stringify(old ?? null))
    throw new Error(`${at} is so already: ${JSON.stringify(old)}`);
  if (value !== null) parent[key] = value;
  else if (Array.isArray(parent)) parent.splice(key as number, 1);
  else delete parent[key];
  return copy;
}

function objectsWith(objects: readonly ManifestObject[], edit: Edit): ManifestObject[] {
  if (edit.object === undefined) return [...objects, edit.is as ManifestObject];
  const old = objectOf(objects, edit.object);
  return objects.flatMap((one) => (one !== old ? one : edit.at === '' ? [] : edited(one, edit)));
}

/** What an edited system is judged by: the system, and the platform beside it. */
const CASES = new Map(
  [...new Set(EDITS.map((edit) => edit.in))].map((folder) => {
    const [environment, system] = folder.split('/');
    const beside = (one: Built) => one.environment === environment && [system, PLATFORM].includes(one.system);
    const built = BUILT.filter(beside);
    return [
      folder,
      {
        objects: built.flatMap(({ objects }) => objects),
        prerequisites: built.flatMap(({ prerequisites }) => prerequisites),
        intent: intentOfAll(built),
      },
    ] as const;
  }),
);

/** The rules that find something in the edited objects, of the one that the edit names and as-described. */
function findersOf(edit: Edit): string[] {
  const { objects, prerequisites, intent } = CASES.get(edit.in) as Exclude<ReturnType<typeof CASES.get>, undefined>;
  const rules = RULES.filter(({ name }) => name === edit.rule || name === AS_DESCRIBED);
  const found = check(objectsWith(objects, edit), prerequisites, intent, rules);
  return [...new Set(found.map(({ rule }) => rule))].sort();
}

test.each([...CASES])('%s as it is raises no alarm', (_, { objects, prerequisites, intent }) => {
  expect(check(objects, prerequisites, intent)).toEqual([]);
});

test.each(Object.keys(GROUPS))(
  '%s: as-described tells of each edit, and a rule says what most of them lead to',
  (group) => {
    for (const edit of GROUPS[group] ?? []) {
      const expected = [...new Set([AS_DESCRIBED, edit.rule])].sort();
      expect({ ...edit, found: findersOf(edit) }).toEqual({ ...edit, found: expected });
    }
  },
);

test('there are more than 150 edits, and a rule says of four in five what they lead to', () => {
  const explained = EDITS.filter(({ rule }) => rule !== AS_DESCRIBED).length;
  expect(EDITS.length).toBeGreaterThan(150);
  expect(explained / EDITS.length).toBeGreaterThanOrEqual(0.8);
  process.stdout.write(`dangerous edits: ${EDITS.length} caught, ${explained} with their consequence\n`);
});
