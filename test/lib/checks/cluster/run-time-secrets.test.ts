import type { Any } from '../../../support';
import { container, deployment, job, object, podSpec, told } from '../right';

const RBAC = 'rbac.authorization.k8s.io/v1';
const account = object('v1', 'ServiceAccount', 'maker');
const role = (kind: 'Role' | 'ClusterRole', rule: object = {}): Any => ({
  ...object(RBAC, kind, 'maker'),
  metadata: { name: 'maker', ...(kind === 'Role' && { namespace: 'default' }) },
  rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['create', 'get'], resourceNames: undefined, ...rule }],
});
const binding = (kind: 'Role' | 'ClusterRole', subject: object = {}): Any => ({
  ...object(RBAC, 'RoleBinding', 'maker'),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'maker' },
  subjects: [{ kind: 'ServiceAccount', name: 'maker', namespace: 'default', ...subject }],
});
const user = deployment(
  'api',
  podSpec({}, container({ env: [{ name: 'LOGIN', valueFrom: { secretKeyRef: { name: 'login', key: 'a' } } }] })),
);
const generator = deployment('generator', podSpec({ serviceAccountName: 'maker' }));
const level = (...objects: Any[]) =>
  told([user, ...objects], [], 'policy').flatMap((line) => (line.includes('given "login"') ? line.split(':')[0] : []));

test('a Secret that is nowhere is missing', () => {
  expect(level()).toEqual(['broken']);
});

test.each(['Role', 'ClusterRole'] as const)('a workload that may create Secrets by a %s may have made it', (kind) => {
  expect(level(account, role(kind), binding(kind), generator)).toEqual(['policy']);
  expect(told([user, account, role(kind), binding(kind), generator], [], 'policy')).toContainEqual(
    expect.stringContaining(
      'if Deployment default/generator makes it when it runs, say so: --given Secret/default/login',
    ),
  );
});

test('one that may not has not', () => {
  expect(level(account, role('Role', { verbs: ['get', 'list'] }), binding('Role'), generator)).toEqual(['broken']);
  expect(level(account, role('Role', { resources: ['configmaps'] }), binding('Role'), generator)).toEqual(['broken']);
  expect(level(account, role('Role'), binding('Role', { namespace: 'other' }), generator)).toEqual(['broken']);
  expect(level(account, role('Role'), binding('Role'))).toEqual(['broken']);
});

test('a Job or an init container that names it makes it', () => {
  const words = (fields: object) => {
    const once = job('once');
    Object.assign(once.spec.template.spec.containers[0], fields);
    return once;
  };
  expect(level(words({ args: ['create', '--secret-name=login'] }))).toEqual(['policy']);
  expect(level(words({ command: ['sh', '-c', 'kubectl create secret generic login --from-literal=a=b'] }))).toEqual([
    'policy',
  ]);
  expect(level(words({ args: ['--secret-name=login-other'] }))).toEqual(['broken']);
  const { ports, startupProbe, livenessProbe, readinessProbe, ...plain } = container({
    name: 'make',
    command: ['make', 'login'],
  });
  const initialised = structuredClone(user);
  initialised.metadata.name = 'web';
  initialised.spec.template.spec.initContainers = [plain];
  expect(level(initialised)).toEqual(['policy', 'policy']);
  expect(level(deployment('other', podSpec({}, container({ args: ['login'] }))))).toEqual(['broken']);
});
