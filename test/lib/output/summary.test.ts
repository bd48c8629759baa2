import { Dist } from '../../../lib/output/dist';
import { formatSummary } from '../../../lib/output/summary';
import { folderWith } from '../../support';

test('numbers are right-aligned, and files of no row are counted', () => {
  const root = folderWith({
    'dist/prod/salient/1.yaml': 'x',
    'dist/gone/salient/1.yaml': 'x',
    'dist/gone/salient/2.yaml': 'x',
  });
  const plan = new Dist(root).compare(
    new Map([
      ['prod/salient/1.yaml', 'y'],
      ['prod/salient/2.yaml', 'z'],
    ]),
    'all',
  );
  const row = {
    environment: 'prod',
    system: 'salient',
    objects: 2,
    change: plan.changeIn('prod/salient'),
    milliseconds: 12.6,
  };
  expect(formatSummary([row], plan)).toBe(
    `ENVIRONMENT  SYSTEM   OBJECTS  WRITTEN  CHANGED  REMOVED   TIME
prod         salient        2        1        1        0  13 ms
and 2 files removed, which no environment file generates any more`,
  );
});
