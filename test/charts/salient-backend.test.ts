import { registry } from '../../charts';
import { salientSchema } from '../../charts/salient/settings';
import { check } from '../../lib/checks/check';
import { environment } from '../../lib/config/environment';
import { describeEnvironments } from '../../lib/pipeline/environments';
import { intentOf, prerequisitesOf } from '../../lib/pipeline/intent';
import { buildRender } from '../../lib/pipeline/render';
import { commandFor } from '../../lib/pipeline/secret-commands';
import { composeOf } from '../../lib/targets/compose/compose';
import { type Any, edit, find, project } from '../support';
import { objectsOf, salientSettings, salientSystem } from '../systems';

const environmentOf = (objects: Any, name: string): Record<string, Any> =>
  Object.fromEntries(
    find(objects, 'Deployment', name).spec.template.spec.containers[0].env.map(
      ({ name: key, value, valueFrom }: Any) => [
        key,
        value ?? valueFrom.secretKeyRef?.key ?? valueFrom.configMapKeyRef.key,
      ],
    ),
  );
const routesOf = (objects: Any) =>
  ['salient-ingress', 'salient-admin-ingress'].flatMap((name) =>
    find(objects, 'Ingress', name).spec.rules.flatMap(({ host, http }: Any) =>
      http.paths.map(({ path, backend }: Any) => `${host}${path} ${backend.service.name}`),
    ),
  );
/** What is wrong with the setting of a file in an environment. */
function problemsOf(name: string, path: string, value: unknown): string[] {
  const { error } = salientSchema(environment(name)).safeParse({ [path]: value });
  return (error?.issues ?? []).filter((issue) => issue.path.join('.') === path).map(({ message }) => message);
}

describe('all routers in one workload', () => {
  const system = salientSystem('dev', { routers: 'all' });
  const objects = objectsOf(system);

  test('replace both APIs: one pod has the variables of both', () => {
    const names = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
    expect(names.sort()).toEqual(['admin-ui', 'all-api', 'pgbouncer']);
    expect(find(objects, 'Deployment', 'all-api').spec.replicas).toBe(1);
    const each = objectsOf(salientSystem('dev'));
    const [chat, admin] = ['chat-api', 'admin-api'].map((name) => environmentOf(each, name));
    // Both routers use the registry of tenants by the one variable: by the role that may write.
    expect(environmentOf(objects, 'all-api')).toEqual({
      ...chat,
      ...admin,
      EXPOSED_ROUTERS: 'all',
      POSTGRES_ADMIN_PASSWORD: 'POSTGRES_WRITER_PASSWORD',
    });
  });

  test('are behind both hosts, and connect to what both APIs connect to', () => {
    expect(routesOf(objects)).toEqual([
      'api.salient.localhost/ all-api-svc',
      'admin.salient.localhost/api all-api-svc',
      'admin.salient.localhost/ admin-ui-svc',
    ]);
    const [all] = system.components.filter(({ name }) => name === 'all-api');
    expect(all?.connectsTo.map(({ to }) => (typeof to === 'string' ? to : to.name))).toEqual([
      'pgbouncer',
      'the Internet',
    ]);
    expect(check(objects, prerequisitesOf(system), intentOf(system))).toEqual([]);
  });

  test('count as the pods of one workload in the budget', () => {
    const { tenantPool } = salientSettings('dev');
    const crowded = salientSystem('dev', { routers: 'all', tenantPool: { ...tenantPool, active: 5000 } });
    const [violation] = check(objectsOf(crowded), prerequisitesOf(crowded), intentOf(crowded));
    expect(violation?.message).toMatch(/salient-dev\/all-api/);
    expect(violation?.message).not.toMatch(/chat-api|admin-api/);
  });

  test.each(['staging', 'prod'])('are refused in %s', (name) => {
    expect(problemsOf(name, 'routers', 'all')).toEqual([
      'each: with all, hosts.api would serve the admin API to everyone',
    ]);
    expect(problemsOf(name, 'routers', 'each')).toEqual([]);
  });
});

test('the edge passes paths on unchanged', () => {
  expect(routesOf(objectsOf(salientSystem('prod')))).toContain('admin.salient.ai/api admin-api-svc');
  for (const name of ['salient-ingress', 'salient-admin-ingress']) {
    const { annotations } = find(objectsOf(salientSystem('prod')), 'Ingress', name).metadata;
    expect(Object.keys(annotations).filter((key) => /rewrite|strip/.test(key))).toEqual([]);
  }
});

test('Logfire is on by default, but in development', () => {
  const defaults = ['dev', 'staging', 'prod'].map((name) =>
    salientSchema(environment(name)).in.shape.logfire.parse(undefined),
  );
  expect(defaults).toEqual([false, true, true]);
});

describe("the key of tenants' tokens", () => {
  const root = project();
  edit(root, 'environments/prod/salient.yaml', 'tenantPool:', 'auth: { tenantTokens: true }\ntenantPool:');
  const described = describeEnvironments(registry, root, ['prod']);
  const { model } = described.find(({ system }) => system === 'salient') as Any;
  const objects = objectsOf(model);

  test('is there for both APIs, and chat-api has not the key of admin tokens', () => {
    expect(environmentOf(objects, 'chat-api')).toMatchObject({
      TENANT_JWT_SECRET: 'TENANT_JWT_SECRET',
      JWT_ALGORITHM: 'JWT_ALGORITHM',
    });
    expect(environmentOf(objects, 'chat-api')).not.toHaveProperty('JWT_SECRET');
    expect(environmentOf(objects, 'admin-api')).toHaveProperty('TENANT_JWT_SECRET');
    const system = salientSystem('prod', { auth: { ...salientSettings('prod').auth, tenantTokens: true } });
    expect(check(objectsOf(system), prerequisitesOf(system), intentOf(system))).toEqual([]);
  });

  test('is there only where the setting says so', () => {
    expect(JSON.stringify(objectsOf(salientSystem('prod')))).not.toContain('TENANT_JWT_SECRET');
  });

  test('is fetched from the store, or given to a command, to compose and to Render', () => {
    expect(find(objects, 'ExternalSecret', 'tenant-db-external-secret').spec.data).toContainEqual({
      secretKey: 'TENANT_JWT_SECRET',
      remoteRef: { key: 'salient/tenant-jwt/secret' },
    });
    const secret = model.secrets.find(({ name }: Any) => name === 'tenant-db-credentials');
    expect(commandFor(secret)).toContain('--from-file=TENANT_JWT_SECRET=<(printf %s "$TENANT_JWT_SECRET")');
    const compose = composeOf(model, { ports: {}, env: {}, build: {} });
    expect(compose.get('.env.example')).toMatch(/^# signs and verifies the tokens of tenants.*\nTENANT_JWT_SECRET=/m);
    const render = buildRender(registry, root, described, { environments: ['prod'] });
    expect([...(render?.files.values() ?? [])].join('\n')).toMatch(/key: TENANT_JWT_SECRET\n +generateValue: true/);
  });
});
