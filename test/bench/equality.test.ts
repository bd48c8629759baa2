import { byName, differences } from '../../bench/equality';
import type { ManifestObject } from '../../lib/manifests/object';

function config(name: string, data: Record<string, unknown>): ManifestObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
}

const differing = (expected: ManifestObject[], actual: ManifestObject[]) =>
  differences(byName(expected), byName(actual));

test('objects are equal in any order, with their keys in any order', () => {
  const [one, two] = [config('one', { a: '1', b: { c: 2, d: [1, 2] } }), config('two', {})];
  const { data, metadata, kind, apiVersion } = config('one', { b: { d: [1, 2], c: 2 }, a: '1' });
  expect(differing([one, two], [two, { data, metadata, kind, apiVersion }])).toEqual([]);
});

test('an object that is missing, one that is not expected, and one that differs are named', () => {
  expect(
    differing([config('one', { a: '1' }), config('two', {})], [config('one', { a: 1 }), config('six', {})]),
  ).toEqual([
    'v1 ConfigMap shop/two is missing',
    'v1 ConfigMap shop/six is not expected',
    expect.stringMatching(/^v1 ConfigMap shop\/one: given .*"a":1.*, expected .*"a":"1"/),
  ]);
});

test('a different order of a list is a difference', () => {
  expect(differing([config('one', { a: [1, 2] })], [config('one', { a: [2, 1] })])).toHaveLength(1);
});

test('a value that ends earlier is a difference', () => {
  expect(differing([config('one', { a: 'long' })], [config('one', { a: 'lo' })])).toHaveLength(1);
});

test('two objects of the same name are refused, since one would hide the other', () => {
  expect(() => byName([config('one', {}), config('one', {})])).toThrow('two objects are v1 ConfigMap shop/one');
});
