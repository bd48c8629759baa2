import { Job } from '../../../../lib/constructs/job';
import { Config } from '../../../../lib/model/config';
import { addresses, to } from '../../../../lib/model/connection';
import type { Placement } from '../../../../lib/model/kubernetes';
import { Secret } from '../../../../lib/model/secret';
import { Duration } from '../../../../lib/model/units';
import { type MigrationsProps, migrationScripts, migrations } from '../../../../lib/parts/migrations/migrations';
import { sample, server, synthesize } from '../../../construct';
import { type Any, find } from '../../../support';

const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };
const { image, resources } = sample().containers[0];
const namespace = 'shop-data';
const source = { kind: 'manual', revision: 1 } as const;

function passwords(name: string, keys: readonly string[]): Secret {
  const values = Object.fromEntries(keys.map((key) => [key, { remote: name, property: key, development: key }]));
  return new Secret({ namespace, name, externalName: name, source, values });
}

const main = server('main', {
  host: 'db.example.com',
  port: '5432',
  tls: 'verify-full',
  ca: new Config(namespace, 'main-ca', { 'ca.crt': '' }),
  connection: addresses('the database server', ['10.1.0.0/16'], 5432),
});
const other = server('eu', { ...main, connection: addresses('the other one', ['10.2.0.0/16'], 5432) });
const tables = (tenants: string) => new Config(namespace, 'tenants', { 'servers.tsv': '', 'tenants.tsv': tenants });

const props: MigrationsProps = {
  system: 'shop',
  namespace,
  backend: image,
  client: { image: 'docker.io/library/postgres', tag: '16-alpine' },
  servers: [main, other],
  tables: tables('acme\tactive\tmain\t-1\t1\tAcme\n'),
  adminDatabase: 'shop_admin',
  owner: 'shop_migrations',
  rolePasswords: passwords('roles', ['shop_migrations', 'shop_reader', 'console']),
  tenants: { prefix: 'tenant_', tenantPasswords: passwords('tenants', ['acme']) },
  scheme: 'postgresql+asyncpg',
  command: 'alembic upgrade head',
  later: 'is ahead',
  resources,
};
/** The same with a pooler. */
const pooler = () => {
  const component = sample({ namespace, name: 'pooler', podsService: 'pooler-pods', ports: { postgres: 5432 } });
  const connection = { ...to(component), limit: { name: 'the pooler', maxConnections: 100, reserved: 0 } };
  return { component, connection, user: 'console' };
};
const migrated = (changed: Partial<MigrationsProps> = {}) => migrations({ ...props, ...changed });
const jobOf = (changed: Partial<MigrationsProps> = {}): Any =>
  find(
    synthesize((chart) => {
      new Job(chart, 'migrations', { task: migrated(changed), placement });
    }),
    'Job',
  );
const containersOf = (changed: Partial<MigrationsProps> = {}): Any[] => jobOf(changed).spec.template.spec.containers;
const envOf = (container: Any) =>
  Object.fromEntries(container.env.map(({ name, value }: { name: string; value: string }) => [name, value]));
const pathsOf = ({ volumeMounts }: Any) => volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);

test('the backend container gets passwords only by the URLs that the other container writes to memory', () => {
  const [lock, migrate] = containersOf();
  expect(pathsOf(lock)).toEqual([
    '/work',
    '/etc/berth/scripts',
    '/etc/berth/data',
    '/etc/berth/roles',
    '/etc/berth/tenants',
    '/etc/berth/ca/main',
    '/etc/berth/ca/eu',
  ]);
  expect(pathsOf(migrate)).toEqual(['/work', '/tmp', '/etc/berth/scripts', '/etc/berth/ca/main', '/etc/berth/ca/eu']);
  const { volumes } = jobOf().spec.template.spec;
  expect(volumes).toContainEqual({ name: 'work', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } });
  expect(volumes).toContainEqual({
    name: 'etc-berth-roles',
    secret: { secretName: 'roles', defaultMode: 0o440, items: [{ key: 'shop_migrations', path: 'shop_migrations' }] },
  });
});

test('each container runs its script in its image, as the same user, so that they can share files', () => {
  const [lock, migrate] = containersOf();
  expect([lock.image, ...lock.command]).toEqual([
    'docker.io/library/postgres:16-alpine',
    '/bin/bash',
    '/etc/berth/scripts/lock.sh',
  ]);
  expect([migrate.image, ...migrate.command]).toEqual([
    'example.com/api:v1.0.0',
    '/bin/sh',
    '/etc/berth/scripts/migrate.sh',
  ]);
  expect(jobOf().spec.template.spec.securityContext).toMatchObject({ runAsUser: 10001, fsGroup: 10001 });
  expect(jobOf({ user: 999 }).spec.template.spec.securityContext.runAsUser).toBe(999);
});

test('the admin database is migrated by the same command, by another command, or not at all', () => {
  const commands = (changed: Partial<MigrationsProps>) => {
    const { MIGRATE_COMMAND, MIGRATE_ADMIN_COMMAND } = envOf(containersOf(changed)[1]);
    return [MIGRATE_COMMAND, MIGRATE_ADMIN_COMMAND];
  };
  expect(commands({})).toEqual(['alembic upgrade head', 'alembic upgrade head']);
  expect(commands({ adminCommand: 'alembic -n admin upgrade head' })[1]).toBe('alembic -n admin upgrade head');
  expect(commands({ adminCommand: '' })).toEqual(['alembic upgrade head', '']);
});

test('without tenants and without a message for later releases, their variables are absent', () => {
  const { tenants: _, later: __, ...without } = props;
  const task = migrations({ ...without, servers: [main] });
  const [lock, migrate] = task.containers;
  expect(lock?.env).not.toHaveProperty('TENANT_PREFIX');
  expect(lock?.mounts.map(({ path }) => path)).not.toContain('/etc/berth/tenants');
  expect(migrate?.env).toMatchObject({ PARALLEL: '1' });
  expect(migrate?.env).not.toHaveProperty('LATER');
  // One database, and the lock.
  expect(task.connectsTo.map(({ pool }) => pool?.perPod)).toEqual([2]);
});

test('additional variables do not override those of the task', () => {
  const env = envOf(containersOf({ env: { LOG_LEVEL: 'info', PARALLEL: '100', HOME: '/app' } })[1]);
  expect(env).toMatchObject({ LOG_LEVEL: 'info', PARALLEL: '4', HOME: '/app', PYTHONDONTWRITEBYTECODE: '1' });
});

test('a run has one hour, half of which it may wait for the lock', () => {
  expect(jobOf().spec.activeDeadlineSeconds).toBe(3600);
  const [lock, migrate] = containersOf({ deadline: Duration.hours(2), limit: Duration.minutes(30), parallel: 8 });
  expect(envOf(lock)).toMatchObject({ LOCK_SECONDS: '3600', WAIT_SECONDS: '300', PARALLEL: '8' });
  expect(envOf(migrate)).toMatchObject({ LIMIT_SECONDS: '1800', PARALLEL: '8' });
});

test('it connects to the servers directly, before the workloads start', () => {
  const { connectsTo } = migrated();
  expect(connectsTo).toMatchObject([main.connection, other.connection]);
  // One per database that is migrated at the same time; on the first server one more for the lock.
  expect(connectsTo.map(({ pool }) => pool?.perPod)).toEqual([5, 4]);
  expect(jobOf().metadata.annotations['argocd.argoproj.io/sync-wave']).toBe('-2');
});

test('with a pooler, the container with the lock has the address of its replicas and the password of its console', () => {
  const [lock, migrate] = containersOf({ pooler: pooler() });
  expect(envOf(lock)).toMatchObject({
    POOLER_HOST: 'pooler-pods.shop-data.svc.cluster.local',
    POOLER_PORT: '5432',
    POOLER_USER: 'console',
  });
  expect(Object.keys(envOf(migrate)).filter((name) => name.startsWith('POOLER'))).toEqual([]);
  const { volumes } = jobOf({ pooler: pooler() }).spec.template.spec;
  const { secret } = volumes.find(({ name }: Any) => name === 'etc-berth-roles');
  expect(secret.items.map(({ key }: Any) => key)).toEqual(['shop_migrations', 'console']);
  const { connectsTo } = migrated({ pooler: pooler() });
  expect(connectsTo.at(-1)).toEqual({
    ...pooler().connection,
    pool: { perPod: 1, why: '1 to its console', console: true },
  });
});

test('a new tenant, password or image starts another run', () => {
  const { name } = jobOf().metadata;
  expect(jobOf().metadata.name).toBe(name);
  expect(jobOf({ tables: tables('') }).metadata.name).not.toBe(name);
  expect(jobOf({ backend: { ...image, tag: 'v2.0.0' } }).metadata.name).not.toBe(name);
  const rotated = new Secret({ ...passwords('tenants', ['acme']), revision: 1 });
  expect(jobOf({ tenants: { prefix: 'tenant_', tenantPasswords: rotated } }).metadata.name).not.toBe(name);
});

test('every variable that the scripts read is set', () => {
  const [lock, migrate] = migrated({ pooler: pooler() }).containers;
  const { 'migrate.sh': migrating, ...locking } = migrationScripts(namespace).data;
  const found = (pattern: RegExp, script: string) => [...script.matchAll(pattern)].map(([name]) => name);
  for (const [container, script] of [
    [lock, Object.values(locking).join('\n')],
    [migrate, String(migrating)],
  ] as const) {
    const known = [
      ...Object.keys(container?.env ?? {}),
      ...found(/\b[A-Z][A-Z_]+(?==)/g, script),
      ...['HOSTNAME', 'SECONDS', 'SESSION'], // bash's own
    ];
    expect(found(/(?<=\$\{?)[A-Z][A-Z_]+\b/g, script).filter((name) => !known.includes(name))).toEqual([]);
  }
});
