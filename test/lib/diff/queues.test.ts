import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differenceOf } from '../../../lib/diff/difference';
import type { ManifestObject } from '../../../lib/manifests/object';
import { objectsOf } from '../../charts/application/application';
import { type Any, find, ROOT } from '../../support';

const TEXT = readFileSync(join(ROOT, 'test/fixtures/applications/parcels.yaml'), 'utf8');
const objectsWith = (queue: string) =>
  objectsOf({
    'prod/parcels.yaml': TEXT.replace(/^queue: .*$/m, `queue: { ${queue}, vhost: parcels, queues: [labels] }`),
  });
const CLUSTER = objectsWith('kind: operator');
const POD = objectsWith('kind: statefulset');

/** The marks of RabbitMQ's objects that tell of data. */
const dataMarks = (before: readonly ManifestObject[], after: readonly ManifestObject[]) =>
  differenceOf(before, after, []).flatMap((change) =>
    change.marks
      .filter(({ risk }) => risk === 'data')
      .map(({ message }) => `${((change.before ?? change.after) as ManifestObject).kind}: ${message}`),
  );
const changed = (change: (cluster: Any) => void) => {
  const objects = structuredClone(CLUSTER) as ManifestObject[];
  change(find(objects, 'RabbitmqCluster', 'rabbitmq'));
  return objects;
};

test('another kind of queue leaves the messages of the old one behind', () => {
  expect(dataMarks(POD, CLUSTER)).toEqual([
    'PersistentVolumeClaim: with it goes its volume',
    'StatefulSet: nothing serves its volumes any more',
  ]);
  expect(dataMarks(CLUSTER, POD)).toEqual([
    'RabbitmqCluster: with it go its queues, and with operators before 2.23 its volumes',
  ]);
});

test.each<readonly [string, (cluster: Any) => void, string]>([
  [
    'a smaller volume',
    ({ spec }) => (spec.persistence.storage = '5Gi'),
    'RabbitmqCluster: storage shrinks from 10Gi to 5Gi',
  ],
  [
    'an older version',
    ({ spec }) => (spec.image = 'docker.io/library/rabbitmq:3.13'),
    'RabbitmqCluster: rabbitmq goes from major version 4 to 3: an older version reads no data of a newer one; read its notes, and have a backup',
  ],
  [
    'a cluster that Argo CD may prune',
    ({ metadata }) => delete metadata.annotations['argocd.argoproj.io/sync-options'],
    'RabbitmqCluster: Argo CD may prune it, and what it holds with it',
  ],
])('%s is a risk for data', (_, change, message) => {
  expect(dataMarks(CLUSTER, changed(change))).toEqual([message]);
});

test('a new image restarts its nodes', () => {
  const [{ marks } = { marks: [] }] = differenceOf(
    CLUSTER,
    changed(({ spec }) => (spec.image = 'docker.io/library/rabbitmq:4.4')),
    [],
  );
  expect(marks).toEqual([{ risk: 'rolls', message: '3 pods of rabbitmq-server' }]);
});
