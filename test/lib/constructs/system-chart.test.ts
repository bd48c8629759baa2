import { check } from '../../../lib/checks/check';
import { givenOf, intentOf } from '../../../lib/pipeline/intent';
import { EVERYTHING } from '../../everything';
import { objectsOf } from '../../systems';

test('whatever a component can say, every rule holds', () => {
  expect(check(objectsOf(EVERYTHING), givenOf(EVERYTHING), intentOf(EVERYTHING))).toEqual([]);
});
