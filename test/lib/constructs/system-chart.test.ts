import { check } from '../../../lib/checks/check';
import { intentOf, prerequisitesOf } from '../../../lib/pipeline/intent';
import { EVERYTHING } from '../../everything';
import { objectsOf } from '../../systems';

test('a system that uses every field of a component passes all rules', () => {
  expect(check(objectsOf(EVERYTHING), prerequisitesOf(EVERYTHING), intentOf(EVERYTHING))).toEqual([]);
});
