import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import { operatorPods } from '../../../../lib/checks/cluster/operators';
import { asStatefulSet } from '../../../../lib/checks/cluster/rabbitmq';
import { storage } from '../../../../lib/checks/rules/storage';
import type { ManifestObject } from '../../../../lib/manifests/object';

const bare: ManifestObject = {
  apiVersion: 'rabbitmq.com/v1beta1',
  kind: 'RabbitmqCluster',
  metadata: { namespace: 'shop', name: 'mq' },
  spec: { replicas: 3, image: 'rabbitmq:4.3' },
};
const labelled = (labels: object): ManifestObject => ({
  ...bare,
  spec: { ...bare.spec, override: { statefulSet: { spec: { template: { metadata: { labels } } } } } },
});

test("its pods have the operator's labels, and those of the override", () => {
  const labelsOf = (object: ManifestObject) => operatorPods(new ClusterIndex([object])).map(({ labels }) => labels);
  const own = {
    'app.kubernetes.io/name': 'mq',
    'app.kubernetes.io/component': 'rabbitmq',
    'app.kubernetes.io/part-of': 'rabbitmq',
  };
  expect(labelsOf(bare)).toEqual([own]);
  expect(labelsOf(labelled({ app: 'shop' }))).toEqual([{ ...own, app: 'shop' }]);
});

test('the operator makes a StatefulSet of it, with a volume for each node', () => {
  expect(asStatefulSet(bare)).toMatchObject({
    kind: 'StatefulSet',
    metadata: { namespace: 'shop', name: 'mq-server' },
    spec: {
      replicas: 3,
      template: { spec: { containers: [{ name: 'rabbitmq', image: 'rabbitmq:4.3' }] } },
      volumeClaimTemplates: [
        { metadata: { name: 'persistence' }, spec: { resources: { requests: { storage: '10Gi' } } } },
      ],
    },
  });
  const other = { ...bare, kind: 'Service' };
  expect(asStatefulSet(other)).toBe(other);
});

test('it is not to be pruned', () => {
  const [first] = storage.judge(new ClusterIndex([bare]));
  expect(first?.path).toContain('sync-options');
});
