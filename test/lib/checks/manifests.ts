import { parseAllDocuments } from 'yaml';
import { ClusterIndex } from '../../../lib/checks/cluster/cluster-index';
import type { Intent } from '../../../lib/checks/intent';
import type { Rule } from '../../../lib/checks/rule';
import { type ManifestObject, objectName } from '../../../lib/manifests/object';
import { type Any, fixtureObjects } from '../../support';

/** The objects of a text of YAML. */
export function parse(text: string): ManifestObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as ManifestObject);
}

export const DEVELOPMENT: Intent = {
  development: true,
  workloads: [],
  connections: [],
  routes: [],
  redirects: [],
  sameImage: [],
  budgets: [],
};
export const PRODUCTION: Intent = { ...DEVELOPMENT, development: false };

/** What a rule finds, as `Deployment shop/api: spec.replicas: given …`. */
export function findings(rule: Rule, objects: readonly ManifestObject[], intent?: Intent): string[] {
  return rule.judge(new ClusterIndex(objects), intent).map((violation) => {
    expect(violation.rule).toBe(rule.name);
    return `${objectName(violation.object)}: ${violation.path}: ${violation.message}`;
  });
}

/** The objects of Salient in an environment of the fixtures. */
export function fixture(environment: string): ManifestObject[] {
  return fixtureObjects(`${environment}/salient`);
}

/** What every rule has to hold to: it explains itself, is content with what the fixtures make, and never throws. */
export function describeRule(rule: Rule, samples: readonly string[] = []): void {
  test('its own examples show it', () => {
    expect(rule.rationale.length).toBeGreaterThan(80);
    expect(findings(rule, parse(rule.wrong))).not.toEqual([]);
    expect(findings(rule, parse(rule.right))).toEqual([]);
  });

  test.each([
    ['dev', DEVELOPMENT],
    ['staging', PRODUCTION],
    ['prod', PRODUCTION],
  ])('the fixtures for %s have no violations', (environment, intent) => {
    expect(findings(rule, fixture(environment), intent)).toEqual([]);
  });

  test('no field of an odd shape makes it throw', () => {
    // odd-shapes.test.ts does the same to what the fixtures make, with all rules at once.
    for (const objects of [rule.wrong, rule.right, ...samples].map(parse)) {
      for (const odd of ODD) {
        for (const changed of mutants(objects, odd)) rule.judge(new ClusterIndex(changed));
      }
    }
  });
}

const ODD: readonly unknown[] = [
  null,
  undefined,
  'text',
  '',
  7,
  -1,
  true,
  [],
  {},
  [null],
  ['text'],
  [[]],
  [{}],
  { a: 1 },
];

/** Each set of objects that differs in one field; what makes an object one is left as it is. */
function* mutants(objects: readonly ManifestObject[], odd: unknown): Generator<ManifestObject[]> {
  for (const [index, object] of objects.entries()) {
    for (const path of pathsOf(object)) {
      if (/^(apiVersion|kind|metadata|metadata\.(name|namespace))$/.test(path.join('.'))) continue;
      const changed: Any = structuredClone(object);
      const parent = path.slice(0, -1).reduce((here, key) => here[key], changed);
      parent[path.at(-1) as string] = odd;
      yield objects.map((one, at) => (at === index ? changed : one));
    }
  }
}

function pathsOf(value: Any): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [[key], ...pathsOf(value[key]).map((path) => [key, ...path])]);
}

/** Every place in a value, by its path. */
export function placesIn(value: Any, path: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [path];
  return [path, ...Object.keys(value).flatMap((key) => placesIn(value[key], [...path, key]))];
}

/** A copy of an object with another value at one place. */
export function withChanged(
  object: ManifestObject,
  path: readonly (string | number)[],
  value: unknown,
): ManifestObject {
  const copy: Any = structuredClone(object);
  const last = path.at(-1) as string;
  const parent = path.slice(0, -1).reduce<Any>((here, key) => here[key], copy);
  parent[last] = value;
  return copy;
}
