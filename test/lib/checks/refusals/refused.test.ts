import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { check } from '../../../../lib/checks/check';
import { apiServer } from '../../../../lib/checks/rules/api-server';
import { identity } from '../../../../lib/checks/rules/identity';
import { schema } from '../../../../lib/checks/rules/schema';
import type { ManifestObject } from '../../../../lib/manifests/object';
import type { Any } from '../../../support';

/** A field, and its new value. Without one the field is gone. */
type Change = readonly [path: string, value?: unknown];

/** An object that the API server accepts, and what it refuses and accepts of its changes. */
interface Right {
  readonly object: ManifestObject;
  readonly refused: readonly Change[];
  readonly accepted?: readonly Change[];
}

const text = readFileSync(join(__dirname, '../../../fixtures/refused.yaml'), 'utf8');
const RIGHT = parseAllDocuments(text).map((document) => document.toJS() as Right);

function changed(object: ManifestObject, change: Change): ManifestObject {
  const copy: Any = structuredClone(object);
  const keys = change[0].split('.');
  const last = keys.pop() as string;
  const holder = keys.reduce((here, key) => here[key], copy);
  if (change.length === 2) holder[last] = change[1];
  else delete holder[last];
  return copy;
}

/** What is broken in an object. */
const broken = (object: ManifestObject, rules = [apiServer]): string[] =>
  check([object], [], undefined, rules).flatMap(({ level, path, message }) =>
    level === 'broken' ? [`${path}: ${message}`] : [],
  );

const of = (field: 'refused' | 'accepted') =>
  RIGHT.flatMap((right) =>
    (right[field] ?? []).map((change) => {
      const value = change.length === 2 ? JSON.stringify(change[1]) : 'gone';
      return [`${right.object.kind} ${change[0]}: ${value}`, right.object, change] as const;
    }),
  );

test.each(of('refused'))('%s is refused', (_, object, change) => {
  expect(broken(object, [apiServer, schema, identity])).toEqual([]);
  expect(broken(changed(object, change))).not.toEqual([]);
});

test.each(of('accepted'))('%s is accepted', (_, object, change) => {
  expect(broken(changed(object, change), [apiServer, schema, identity])).toEqual([]);
});
