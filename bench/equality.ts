import { type ManifestObject, objectName } from '../lib/manifests/object';

/** The text of a value that does not depend on the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The texts of objects by their names. */
export type Objects = ReadonlyMap<string, string>;

/** @throws Error if two objects have the same name */
export function byName(objects: readonly ManifestObject[]): Objects {
  const found = new Map<string, string>();
  for (const object of objects) {
    const name = `${object.apiVersion} ${objectName(object)}`;
    if (found.has(name)) throw new Error(`two objects are ${name}`);
    found.set(name, canonical(object));
  }
  return found;
}

/** What differs between the objects of two tools, one line for each object; none if they are equal. */
export function differences(expected: Objects, actual: Objects): string[] {
  const missing = [...expected.keys()].filter((name) => !actual.has(name)).map((name) => `${name} is missing`);
  const more = [...actual.keys()].filter((name) => !expected.has(name)).map((name) => `${name} is not expected`);
  const other = [...expected]
    .filter(([name, text]) => actual.has(name) && actual.get(name) !== text)
    .map(([name, text]) => `${name}: ${firstDifference(text, actual.get(name) as string)}`);
  return [...missing, ...more, ...other];
}

function firstDifference(expected: string, actual: string): string {
  let at = 0;
  while (expected[at] === actual[at]) at++;
  const part = (text: string) => text.slice(Math.max(0, at - 40), at + 40);
  return `given ${part(actual)}, expected ${part(expected)}`;
}
