import { print } from '../../../lib/manifests/print';
import { EVERYTHING } from '../../everything';
import { folderWith } from '../../support';
import { objectsOf } from '../../systems';
import { apply } from '../applied';

test('whatever a component can say, the API server accepts it without a warning', () =>
  apply(folderWith({ 'all.yaml': objectsOf(EVERYTHING).map(print).join('') })));
