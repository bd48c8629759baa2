import { NamespaceBounds } from '../../../lib/constructs/namespace-bounds';
import { synthesize } from '../../construct';

const objects = synthesize((chart) => {
  new NamespaceBounds(chart, 'bounds', {
    name: 'shop',
    namespaces: ['shop', 'shop-data'],
    bounds: {
      shop: { quota: { 'requests.cpu': '20', pods: '60', secrets: undefined }, limits: { max: { cpu: '4' } } },
      'shop-data': {},
      mail: { quota: { pods: '1' } },
    },
  });
});

test('a ResourceQuota and a LimitRange in the namespaces that have bounds, and in no namespace of another system', () => {
  const metadata = { name: 'berth', namespace: 'shop' };
  expect(objects).toMatchObject([
    { kind: 'LimitRange', metadata, spec: { limits: [{ type: 'Container', max: { cpu: '4' } }] } },
    { kind: 'ResourceQuota', metadata, spec: { hard: { 'requests.cpu': '20', pods: '60' } } },
  ]);
  expect(objects[1]?.spec.hard).toEqual({ 'requests.cpu': '20', pods: '60' });
});

test('they are applied before all pods', () => {
  for (const { metadata } of objects) expect(metadata.annotations).toEqual({ 'argocd.argoproj.io/sync-wave': '-5' });
});
