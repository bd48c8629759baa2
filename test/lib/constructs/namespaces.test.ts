import { Namespaces } from '../../../lib/constructs/namespaces';
import { task } from '../../../lib/model/task';
import { Duration } from '../../../lib/model/units';
import { synthesize } from '../../construct';

const [open, data] = synthesize((chart) => {
  const namespaces = ['shop', 'shop-data'];
  new Namespaces(chart, 'namespaces', { name: 'shop', environment: 'testing', namespaces, components: [], tasks: [] });
});

test('a namespace with pods that run as root enforces "baseline", and says why', () => {
  const root = 'the image starts as root';
  const [namespace] = synthesize((chart) => {
    const tasks = [
      task({ system: 'shop', namespace: 'shop', name: 'x', root, containers: [], deadline: Duration.hours(1) }),
    ];
    new Namespaces(chart, 'namespaces', {
      name: 'shop',
      environment: 'testing',
      namespaces: ['shop'],
      components: [],
      tasks,
    });
  });
  expect(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('baseline');
  expect(namespace?.metadata.annotations?.['exempt.berth.dev/pod-security']).toBe(root);
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
