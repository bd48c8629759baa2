import { scopeOf } from '../../../lib/pipeline/synth';

test('without options the scope is everything', () => {
  expect(scopeOf({}, ['dev', 'prod'])).toBe('all');
});

test('an environment is its folder, a system of it the folder in that', () => {
  expect(scopeOf({ environments: ['prod'] }, ['prod'])).toEqual(['prod']);
  expect(scopeOf({ environments: ['prod'], systems: ['salient'] }, ['prod'])).toEqual(['prod/salient']);
  expect(scopeOf({ systems: ['salient'] }, ['dev', 'prod'])).toEqual(['dev/salient', 'prod/salient']);
});
