import { registry } from '../../../charts';
import { buildEnvironments } from '../../../lib/pipeline/build';
import { judge } from '../../../lib/pipeline/judge';
import { settingsOf } from '../../../lib/pipeline/settings';
import { type Any, edit, find, PROJECT, project } from '../../support';

/** The settings that the violations of an edited environment name, without their files. */
function namedAfter(file: string, from: string | RegExp, to: string): string[] {
  const root = project();
  const [environment = ''] = file.split('/');
  edit(root, `environments/${file}`, from, to);
  const violations = judge(buildEnvironments(registry, root, [environment]));
  expect(violations.length).toBeGreaterThan(0);
  return violations.flatMap((line) => line.match(/(?<=; set by ).*$/)?.[0].split(', ') ?? []);
}

test.each([
  ['prod/salient.yaml', 'max: 20', 'max: 60', 'environments/prod/salient.yaml:7: chatApi.scale.max'],
  ['prod/salient.yaml', 'active: 5', 'active: 50', 'environments/prod/salient.yaml:19: pgbouncer.maxClients'],
  [
    'prod/salient.yaml',
    'maxConnections: 400',
    'maxConnections: 40',
    'environments/prod/salient.yaml:18: database.maxConnections',
  ],
  [
    'prod/salient.yaml',
    'replicas: 2, poolSize: 5',
    'replicas: 8, poolSize: 5',
    'environments/prod/salient.yaml:19: pgbouncer.replicas',
  ],
  ['prod/pliers.yaml', 'poolSize: 10', 'poolSize: 100', 'environments/prod/pliers.yaml:8: database.maxConnections'],
  [
    'prod/pliers.yaml',
    'max: 10, cpu: 70',
    'max: 100, cpu: 70',
    'environments/prod/pliers.yaml:5: services.api.scale.max',
  ],
])('%s: %s → %s', (file, from, to, expected) => {
  expect(namedAfter(file, from, to)).toContain(expected);
});

describe('the setting of a field', () => {
  const built = buildEnvironments(registry, PROJECT, ['prod', 'staging']);
  const settings = (environment: string, kind: string, name: string, path: string) => {
    const own = built.filter((one) => one.environment === environment);
    const object = find(own.flatMap(({ objects }) => objects) as Any[], kind, name);
    return settingsOf({ rule: 'x', object, path, message: '' }, own);
  };

  test.each([
    [
      'prod',
      'Deployment',
      'chat-api',
      'spec.template.spec.containers[0].resources.limits.memory',
      'environments/prod/salient.yaml:9: chatApi.memory',
    ],
    [
      'prod',
      'Deployment',
      'admin-ui',
      'spec.template.spec.containers[0].image',
      'environments/prod/salient.yaml:14: adminUi.tag',
    ],
    ['prod', 'Deployment', 'admin-ui', 'spec.replicas', 'environments/prod/salient.yaml:14: adminUi.scale.replicas'],
    [
      'prod',
      'HorizontalPodAutoscaler',
      'chat-api-hpa',
      'spec.minReplicas',
      'environments/prod/salient.yaml:7: chatApi.scale.min',
    ],
    ['prod', 'NetworkPolicy', 'ai-service-policy', 'spec', 'environments/prod/pliers.yaml:6: services.ai'],
    ['prod', 'Ingress', 'salient-admin-ingress', 'spec', 'environments/prod/salient.yaml:4: hosts.admin'],
    ['prod', 'ExternalSecret', 'tenant-db-external-secret', 'spec', 'environments/prod/salient.yaml:29: secrets'],
    ['staging', 'DatabaseRole', 'postgres-tenant-acme', 'spec', 'environments/staging/salient.yaml:20: database'],
    ['prod', 'ConfigMap', 'pgbouncer-config', 'data', 'environments/prod/salient.yaml:19: pgbouncer'],
    ['prod', 'PrometheusRule', 'salient', 'spec', 'environments/prod/salient.yaml:22: monitoring'],
    ['prod', 'Middleware', 'pliers-ingress-rate', 'spec', 'environments/prod/pliers.yaml:3: hosts.app'],
    ['prod', 'Namespace', 'salient-prod', 'metadata', 'environments/prod/salient.yaml'],
    ['staging', 'Cluster', 'postgres', 'spec.instances', 'environments/staging/salient.yaml:20: database'],
  ])('of %s %s %s %s', (environment, kind, name, path, expected) => {
    expect(settings(environment, kind, name, path)).toEqual([expected]);
  });

  test('is that of the object’s own host, also where another host is a part of its name', () => {
    const root = project();
    edit(
      root,
      'environments/staging/salient.yaml',
      /^hosts: .*$/m,
      'hosts: { api: a.example.com, admin: b.a.example.com }',
    );
    const own = buildEnvironments(registry, root, ['staging']);
    const settingsAt = (kind: string, name: string) => {
      const object = find(own.flatMap(({ objects }) => objects) as Any[], kind, name);
      return settingsOf({ rule: 'x', object, path: 'spec', message: '' }, own);
    };
    for (const name of ['salient-admin-ingress', 'salient-admin-ingress-redirect']) {
      expect(settingsAt('HTTPRoute', name)).toEqual(['environments/staging/salient.yaml:4: hosts.admin']);
    }
  });

  test('is none for objects that no environment describes', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } };
    expect(settingsOf({ rule: 'x', object, path: 'data', message: '' }, built)).toEqual([]);
  });
});
