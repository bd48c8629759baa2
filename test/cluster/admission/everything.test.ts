import { print } from '../../../lib/manifests/print';
import { EVERYTHING } from '../../everything';
import { folderWith } from '../../support';
import { objectsOf } from '../../systems';
import { apply } from '../applied';

test('the API server accepts every property of a component without a warning', () =>
  apply(folderWith({ 'all.yaml': objectsOf(EVERYTHING).map(print).join('') })));
