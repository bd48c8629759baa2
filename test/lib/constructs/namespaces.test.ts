import { Namespaces } from '../../../lib/constructs/namespaces';
import { synthesize } from '../../construct';

const [open, data] = synthesize((chart) => {
  const namespaces = ['shop', 'shop-data'];
  new Namespaces(chart, 'namespaces', { name: 'shop', environment: 'testing', namespaces });
});

test('a namespace enforces PodSecurity "restricted" of one version, and warns of the newest', () => {
  expect(open?.metadata.labels).toEqual({
    app: 'shop',
    env: 'testing',
    'app.kubernetes.io/part-of': 'shop',
    'app.kubernetes.io/managed-by': 'berth',
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/enforce-version': 'v1.28',
    'pod-security.kubernetes.io/audit': 'restricted',
    'pod-security.kubernetes.io/audit-version': 'latest',
    'pod-security.kubernetes.io/warn': 'restricted',
    'pod-security.kubernetes.io/warn-version': 'latest',
  });
});

test('none is ever pruned, since everything in it would be deleted', () => {
  for (const object of [open, data]) {
    expect(object?.metadata.annotations).toEqual({
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'argocd.argoproj.io/sync-wave': '-5',
    });
  }
});
