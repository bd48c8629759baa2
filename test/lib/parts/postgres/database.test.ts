import { environment } from '../../../../lib/config/environment';
import type { Config } from '../../../../lib/model/config';
import type { SecretSource } from '../../../../lib/model/secret-source';
import type { BackupsConfig } from '../../../../lib/parts/backup/settings';
import { type DatabaseProps, database } from '../../../../lib/parts/postgres/database';
import { type StatefulsetServer, database as settings } from '../../../../lib/parts/postgres/settings';
import { sample } from '../../../construct';
import { backupsConfig, urlOf } from '../stores';

const namespace = 'my-shop-data';
const source: SecretSource = { kind: 'development', revision: 1 };
const { resources } = sample().containers[0];
const clusterDefaults = settings(false, 'shop').parse({
  kind: 'statefulset',
  image: 'docker.io/library/postgres',
  tag: '16-alpine',
});
const ca = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n';
const unproven = { kind: 'external', host: 'db.example.com', addresses: ['10.1.0.0/24'] };
const least: DatabaseProps = {
  system: 'my-shop',
  environment: environment('staging'),
  namespace,
  source,
  config: clusterDefaults,
  client: { image: 'docker.io/library/postgres', tag: '16-alpine' },
};
const all: DatabaseProps = {
  ...least,
  init: 'select 1;',
  migrations: { backend: { image: 'example.com/api', tag: 'v1' }, command: 'migrate', resources, user: 1001 },
  backups: backupsConfig,
};

const names = ({ tasks }: ReturnType<typeof database>) => tasks.map(({ name }) => name);
const main = (made: ReturnType<typeof database>, task: string) => made.tasks.find(({ name }) => name === task);
test('the minimum is a server and the provisioning Job', () => {
  const made = database(least);
  expect(made.components.map(({ name }) => name)).toEqual(['postgres']);
  expect(names(made)).toEqual(['provisioning']);
  expect(main(made, 'provisioning')?.containers[0]?.mounts.map(({ path }) => path)).not.toContain('/etc/berth/init');
  expect(urlOf(made)).toBe('postgresql://shop:development-shop@<host>:<port>/shop');
  expect(made.ca).toBeUndefined();
});

test('init SQL, migrations and backups are optional', () => {
  const made = database(all);
  expect(names(made)).toEqual(['provisioning', 'migrations', 'backup', 'restore-drill', 'restore']);
  const init = main(made, 'provisioning')?.containers[0]?.mounts.find(({ path }) => path === '/etc/berth/init')?.from;
  expect((init as Config).data).toEqual({ 'init.sql': 'select 1;' });
  expect(main(made, 'migrations')).toMatchObject({ user: 1001 });
  expect(main(made, 'migrations')?.containers[1]?.env).toMatchObject({ MIGRATE_COMMAND: 'migrate' });
});

test('a server for drills is prepared like the other one, and only drills connect to it', () => {
  const withDrill = (server: BackupsConfig['drill']['server']) =>
    database({ ...all, backups: { ...backupsConfig, drill: { ...backupsConfig.drill, server } } });
  const managed = { host: 'drill.example.com', port: 5432, addresses: ['10.2.0.0/24'] };
  const made = withDrill({ ...managed, kind: 'external', ca, maxConnections: 50, reserved: 5 });
  const mounts = (task: string) => main(made, task)?.containers[0]?.mounts ?? [];
  const own = (task: string) => mounts(task).flatMap(({ path }) => (path.endsWith('/drill') ? [path] : []));
  for (const task of ['provisioning', 'restore-drill']) {
    expect(own(task)).toEqual(['/etc/berth/administrators/drill', '/etc/berth/ca/drill']);
    expect(main(made, task)?.connectsTo.map(({ limit }) => limit?.name)).toContain('drill.example.com');
  }
  for (const task of ['backup', 'restore', 'migrations']) {
    expect(own(task)).toEqual([]);
    expect(main(made, task)?.connectsTo.map(({ limit }) => limit?.name)).not.toContain('drill.example.com');
  }
  expect(withDrill(clusterDefaults as StatefulsetServer).components.map(({ name, from }) => [name, from])).toEqual([
    ['postgres', 'database'],
    ['postgres-drill', 'backups.drill.server'],
  ]);
});

test('a drill knows its limit, and the volumes of the servers in the cluster', () => {
  expect(main(database(all), 'restore-drill')?.containers[0]?.env).toMatchObject({
    LARGEST_BYTES: String(10 * 2 ** 30),
    VOLUME_BYTES: `main=${5 * 2 ** 30}`,
  });
});

test('its Jobs connect as separate roles, with names that are valid in SQL', () => {
  const env = main(database(all), 'backup')?.containers[0]?.env;
  expect(env).toMatchObject({
    ADMIN_DATABASE: 'shop',
    BACKUP_ROLE: 'my_shop_backup',
    RESTORE_ROLE: 'my_shop_restore',
    SNAPSHOT_HOST: 'my-shop-staging',
  });
});

test('each Job counts its connections, and the application states its own', () => {
  const { tasks, server } = database(all);
  const held = tasks.map(({ name, connectsTo }) => [name, connectsTo[0]?.pool?.perPod]);
  expect(Object.fromEntries(held)).toEqual({
    provisioning: 2,
    migrations: 2,
    backup: 5,
    'restore-drill': 2,
    restore: 5,
  });
  expect(server.connection.pool).toBeUndefined();
  expect(server.connection.limit).toMatchObject({ name: `${namespace}/postgres`, maxConnections: 100, reserved: 10 });
});

test("a server of somebody else's is no pod of ours, and is proven by its authority", () => {
  const made = database({ ...all, config: settings(false, 'shop').parse({ ...unproven, ca }) });
  expect(made.components).toEqual([]);
  expect(names(made)).toContain('backup');
  expect(urlOf(made)).toBe('postgresql://shop:development-shop@db.example.com:5432/shop?sslmode=verify-full');
  expect(made.ca?.data).toEqual({ 'ca.crt': ca });
  const encrypted = database({ ...all, config: settings(false, 'shop').parse(unproven) });
  expect(urlOf(encrypted)).toMatch(/\?sslmode=require$/);
  expect(encrypted.ca).toBeUndefined();
});
