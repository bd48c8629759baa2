import { check } from '../../../lib/checks/check';
import { exempt } from '../../../lib/checks/exemptions';
import type { ManifestObject } from '../../../lib/manifests/object';

const object = (annotations: Record<string, string>): ManifestObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', annotations },
});
const found = (on: ManifestObject) => [{ rule: 'storage', object: on, path: 'spec', message: 'wrong' }];
const judge = (annotations: Record<string, string>, violates = true, judged = ['storage', 'images']) => {
  const on = object(annotations);
  return exempt([on], violates ? found(on) : [], judged, ['storage', 'images', 'reachability']).map(
    ({ rule, path, message }) => `${rule}: ${path}: ${message}`,
  );
};

test('an object with a reason is left out of the rule', () => {
  expect(judge({ 'exempt.berth.dev/storage': 'a cache, which may be lost' })).toEqual([]);
});

test.each([' ', 'x', 'true', '\u200b', '- - -'])('%p is no reason and so no exemption', (reason) => {
  expect(judge({ 'exempt.berth.dev/storage': reason })).toEqual([
    'storage: spec: wrong',
    'exemptions: metadata.annotations["exempt.berth.dev/storage"]: given no reason, expected a few words on why the rule does not apply to this object',
  ]);
});

test('an exemption that no longer applies is reported', () => {
  expect(judge({ 'exempt.berth.dev/storage': 'a cache again' }, false)).toEqual([
    expect.stringMatching(/given an exemption from a rule that the object does not violate/),
  ]);
});

test('of a rule that was not applied nothing is known', () => {
  expect(judge({ 'exempt.berth.dev/reachability': 'under test' }, false)).toEqual([]);
});

test('an unknown rule is reported', () => {
  expect(judge({ 'exempt.berth.dev/storrage': 'a cache' })).toContainEqual(
    expect.stringMatching(/given an unknown rule, expected one of storage, images, reachability/),
  );
});

test('a rule without exemptions is told all the same', () => {
  const on = object({ 'exempt.berth.dev/as-described': 'edited on purpose' });
  const violations = [{ rule: 'as-described', object: on, path: 'spec', message: 'wrong' }];
  expect(exempt([on], violations, ['as-described'], ['storage']).map(({ rule }) => rule)).toEqual([
    'as-described',
    'exemptions',
  ]);
});

test('an exemption of one object is none of another', () => {
  const twins = [object({ 'exempt.berth.dev/identity': 'is replaced on purpose' }), object({})];
  expect(check(twins).map(({ rule, object: on }) => `${rule} ${twins.indexOf(on)}`)).toEqual([
    'identity 1',
    'exemptions 0',
  ]);
});
