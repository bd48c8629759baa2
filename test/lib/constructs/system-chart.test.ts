import { check } from '../../../lib/checks/check';
import { intentOf, prerequisitesOf } from '../../../lib/pipeline/intent';
import { EVERYTHING } from '../../everything';
import { objectsOf } from '../../systems';

test('whatever a component can say, every rule holds', () => {
  expect(check(objectsOf(EVERYTHING), prerequisitesOf(EVERYTHING), intentOf(EVERYTHING))).toEqual([]);
});
