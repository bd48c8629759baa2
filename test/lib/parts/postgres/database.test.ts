import { environment } from '../../../../lib/config/environment';
import { replaceAddresses, type Text } from '../../../../lib/model/address';
import { Config } from '../../../../lib/model/config';
import { Secret } from '../../../../lib/model/secret';
import type { SecretSource } from '../../../../lib/model/secret-source';
import type { BackupsConfig } from '../../../../lib/parts/backup/settings';
import { type DatabaseProps, database } from '../../../../lib/parts/postgres/database';
import type { StatefulsetServer } from '../../../../lib/parts/postgres/server-settings';
import { database as settings } from '../../../../lib/parts/postgres/settings';
import { sample } from '../../../construct';
import { backupsConfig, urlOf } from '../stores';

const namespace = 'my-shop-data';
const source: SecretSource = { kind: 'development', revision: 1 };
const { resources } = sample().containers[0];
const inCluster = { kind: 'statefulset', image: 'docker.io/library/postgres', tag: '16-alpine' };
const clusterDefaults = settings(false, 'shop').parse(inCluster);
const ca = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n';
const managed = { kind: 'external', host: 'db.example.com', addresses: ['10.1.0.0/24'] };
const unproven = { ...managed, unverified: 'a test' };
const proven = { ...managed, ca };
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
  migrations: { backend: { image: 'example.com/api', tag: 'v1.0.0' }, command: 'migrate', resources, user: 1001 },
  backups: backupsConfig,
};

const names = ({ tasks }: ReturnType<typeof database>) => tasks.map(({ name }) => name);
const printed = (text: Text) => replaceAddresses(text, ({ part }) => `<${part}>`);
const tablesOf = (made: ReturnType<typeof database>): Record<string, unknown> => {
  const tables = main(made, 'provisioning')?.containers[0]?.mounts.find(({ path }) => path === '/etc/berth/data')?.from;
  return tables instanceof Config ? tables.data : {};
};
const tablesIn = (made: ReturnType<typeof database>) => Object.keys(tablesOf(made));
const main = (made: ReturnType<typeof database>, task: string) => made.tasks.find(({ name }) => name === task);
test('the minimum is a server and the provisioning Job', () => {
  const made = database(least);
  expect(made.components.map(({ name }) => name)).toEqual(['postgres']);
  expect(names(made)).toEqual(['provisioning']);
  expect(main(made, 'provisioning')?.containers[0]?.mounts.map(({ path }) => path)).not.toContain('/etc/berth/init');
  expect(urlOf(made)).toBe('postgresql://shop:development-shop@<host>:<port>/shop');
  expect(made.ca).toBeUndefined();
  expect(tablesIn(made)).toEqual(['servers.tsv']);
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
  const at = { host: 'drill.example.com', port: 5432, addresses: ['10.2.0.0/24'] };
  const made = withDrill({ ...at, kind: 'external', ca, maxConnections: 50, reserved: 5 });
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
  const made = database({ ...all, config: settings(false, 'shop').parse(proven) });
  expect(made.components).toEqual([]);
  expect(names(made)).toContain('backup');
  expect(urlOf(made)).toBe('postgresql://shop:development-shop@db.example.com:5432/shop?sslmode=verify-full');
  expect(made.ca?.data).toEqual({ 'ca.crt': ca });
  const encrypted = database({ ...all, config: settings(false, 'shop').parse(unproven) });
  expect(urlOf(encrypted)).toMatch(/\?sslmode=require$/);
  expect(encrypted.ca).toBeUndefined();
});

test('outside development a managed server is verified, or there is a reason why it is not', () => {
  const problems = (given: object, development = false) =>
    settings(development, 'shop')
      .safeParse(given)
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message.split(' ').slice(0, 5).join(' ')}`);
  expect(problems(managed)).toEqual(['ca: the CA certificate by which']);
  expect(problems({ ...unproven, ca })).toEqual(['unverified: no unverified beside ca: with']);
  expect(problems({ ...managed, unverified: ' ' })).toEqual(['unverified: the reason, in a few']);
  for (const given of [unproven, proven]) expect(problems(given)).toBeUndefined();
  expect(problems(managed, true)).toBeUndefined();
});

describe('several databases', () => {
  const migration = { backend: { image: 'example.com/api', tag: 'v1.0.0' }, command: 'migrate', resources };
  const several: DatabaseProps = {
    ...all,
    extensions: ['citext'],
    databases: [
      { name: 'order_history', user: 'history', extensions: ['pg_trgm', 'uuid-ossp'] },
      { name: 'reports', user: 'shop' },
    ],
    migrations: [migration, { ...migration, database: 'order_history', scheme: 'postgresql+asyncpg' }],
  };
  const made = database(several);

  test('scripts read them from a table, which extensions alone make, too', () => {
    expect(tablesOf(made)['databases.tsv']).toBe(
      'shop\tshop\tcitext\norder_history\thistory\tpg_trgm uuid-ossp\nreports\tshop\t\n',
    );
    expect(tablesIn(database({ ...least, extensions: ['citext'] }))).toEqual(['servers.tsv', 'databases.tsv']);
  });

  test('provisioning reads the passwords of all owners, once each', () => {
    const roles = main(made, 'provisioning')?.containers[0]?.mounts.find(({ path }) => path === '/etc/berth/roles');
    const names = ['shop', 'history', 'my_shop_backup', 'my_shop_restore'];
    expect(roles?.keys).toEqual([...names, '.revision']);
    expect(Object.keys(roles?.from instanceof Secret ? roles.from.values : {}).sort()).toEqual(
      [...names, '.revision'].sort(),
    );
  });

  test('each is migrated by a Job of its own, as its owner', () => {
    expect(names(made).filter((name) => name.startsWith('migrations'))).toEqual([
      'migrations',
      'migrations-order-history',
    ]);
    const lock = (task: string) => main(made, task)?.containers[0];
    expect(lock('migrations')?.env).toMatchObject({ ADMIN_DATABASE: 'shop', OWNER_ROLE: 'shop' });
    expect(lock('migrations-order-history')?.env).toMatchObject({
      ADMIN_DATABASE: 'order_history',
      OWNER_ROLE: 'history',
      CONNECTION_SCHEME: 'postgresql+asyncpg',
    });
    expect(lock('migrations-order-history')?.mounts.find(({ path }) => path === '/etc/berth/roles')?.keys).toEqual([
      'history',
    ]);
    const first = { ...several, migrations: [{ ...migration, database: 'reports' }, migration] };
    expect(names(database(first))).toEqual(expect.arrayContaining(['migrations-reports', 'migrations']));
  });

  test('each has its password and its URLs', () => {
    expect(urlOf(made.of('order_history'))).toBe(
      'postgresql://history:development-history@<host>:<port>/order_history',
    );
    expect(urlOf(made.of('reports'))).toBe('postgresql://shop:development-shop@<host>:<port>/reports');
    expect(urlOf(made.of('shop'))).toBe(urlOf(made));
    expect(made.of('reports')).toMatchObject({ name: 'reports', user: 'shop', password: made.password });
    expect([made.server.host, made.server.port, made.server.tls].map((text) => printed(text))).toEqual([
      '<host>',
      '<port>',
      'disable',
    ]);
  });

  test.each<[string, Partial<DatabaseProps>, string]>([
    ['two of one name', { databases: [{ name: 'shop', user: 'other' }] }, 'database shop, expected each database once'],
    [
      'a reserved name',
      { databases: [{ name: 'template1', user: 'other' }] },
      'database template1, expected a name such',
    ],
    ['a word of a restore', { databases: [{ name: 'admin', user: 'other' }] }, 'a restore takes admin for a command'],
    ['a reserved owner', { databases: [{ name: 'other', user: 'pg_read_all_data' }] }, 'not pg_read_all_data'],
    ['the owner that dumps', { databases: [{ name: 'other', user: 'my_shop_backup' }] }, 'who dumps or restores'],
    ['SQL for an extension', { extensions: ['citext"; drop'] }, 'such as pg_trgm, not citext"; drop'],
    ['migrations of none', { migrations: { ...migration, database: 'report' } }, 'did you mean reports?'],
    ['two migrations of one', { migrations: [migration, { ...migration, database: 'shop' }] }, 'two migrations of the'],
  ])('%s is refused', (_, wrong, message) => {
    expect(() => database({ ...several, ...wrong })).toThrow(message);
  });

  test('there is none of another name', () => {
    expect(() => made.of('raports')).toThrow(
      'given the database raports, expected one of shop, order_history, reports; did you mean reports?',
    );
  });
});

describe('a cluster that an operator runs', () => {
  const cluster = {
    ...{ kind: 'cloudnative-pg', image: 'ghcr.io/cloudnative-pg/postgresql', tag: '16.10-system-trixie' },
    apiServer: { addresses: ['10.40.0.1/32'] },
    archive: { destination: 's3://archive/shop', addresses: ['10.20.8.0/24'] },
  };
  const props: DatabaseProps = {
    ...all,
    config: settings(false, 'shop').parse(cluster),
    databases: [
      { name: 'order_history', user: 'history' },
      { name: 'reports', user: 'shop' },
    ],
  };
  const made = database(props);

  test('has the databases with their owners, and the drill of its archive', () => {
    const [one, ...others] = made.clusters;
    expect([others, made.components]).toEqual([[], []]);
    expect(one).toMatchObject({
      instances: 3,
      database: { name: 'shop', owner: 'shop' },
      databases: [
        { name: 'order_history', owner: 'history' },
        { name: 'reports', owner: 'shop' },
      ],
    });
    expect(one?.roles.map(({ name, databases }) => [name, databases])).toEqual([
      ['shop', ['shop', 'reports']],
      ['history', ['order_history']],
      ['my_shop_backup', 'all'],
      ['my_shop_restore', 'all'],
    ]);
    expect(names(made)).toEqual([
      'provisioning',
      'migrations',
      'backup',
      'restore-drill',
      'restore',
      'postgres-archive-restore-drill',
    ]);
  });

  test('Jobs verify it, and clients of other namespaces encrypt alone, since they do not have its authority', () => {
    expect(printed(tablesOf(made)['servers.tsv'] as Text)).toBe('main\t<host>\t<port>\tverify-full\n');
    expect(urlOf(made)).toBe('postgresql://shop:development-shop@<host>:<port>/shop?sslmode=require');
    expect([made.server.ca, made.ca]).toEqual([undefined, undefined]);
  });

  test('its instances are scraped when monitoring is enabled', () => {
    const prometheus = { namespace: 'monitoring', labels: { app: 'prometheus' } };
    const scraped = (enabled: boolean) => database({ ...props, monitoring: { enabled, prometheus } }).clusters[0];
    expect([scraped(true)?.prometheus, scraped(false)?.prometheus]).toEqual([prometheus, undefined]);
  });
});

describe('a pooler before the server', () => {
  const config = { ...inCluster, pgbouncer: { poolSize: 7, maxClients: 500 } };
  const migration = { backend: { image: 'example.com/api', tag: 'v1.0.0' }, command: 'migrate', resources };
  const props: DatabaseProps = {
    ...all,
    config: settings(false, 'shop').parse(config),
    databases: [{ name: 'reports', user: 'reporting' }],
    migrations: [migration, { ...migration, database: 'reports' }],
  };
  const made = database(props);
  const pooler = made.components.find(({ name }) => name === 'pgbouncer');
  const keys = (
    { mounts }: { readonly mounts: readonly { path: string; keys?: readonly string[] }[] } = { mounts: [] },
  ) => mounts.find(({ path }) => path === '/etc/berth/roles')?.keys;

  test('is what clients connect to, without encryption inside the cluster', () => {
    expect(made.components.map(({ name, from }) => [name, from])).toEqual([
      ['postgres', 'database'],
      ['pgbouncer', 'database.pgbouncer'],
    ]);
    expect(made.server).toMatchObject({
      tls: 'disable',
      connection: { to: { name: 'pgbouncer' }, limit: { maxConnections: 500, from: 'database.pgbouncer.maxClients' } },
    });
    expect(made.server.ca).toBeUndefined();
    expect(urlOf(made)).toBe('postgresql://shop:development-shop@<host>:<port>/shop');
  });

  test('counts a pool for each database at the server', () => {
    expect(pooler?.connectsTo.map(({ pool }) => pool)).toEqual([
      { perPod: 14, why: '2 databases × 7', from: 'database.pgbouncer.poolSize' },
    ]);
  });

  test('has the passwords of owners and of its own users', () => {
    expect(keys(pooler?.containers[0])).toEqual(['shop', 'reporting', 'pgbouncer_console']);
    const prometheus = { namespace: 'monitoring', labels: {} };
    const monitored = database({ ...props, monitoring: { enabled: true, prometheus } }).components.at(-1);
    expect(keys(monitored?.containers[0])).toEqual(['shop', 'reporting', 'pgbouncer_console', 'pgbouncer_stats']);
    expect(monitored?.containers.map(({ name }) => name)).toContain('exporter');
  });

  test('is told by the Job of each database, which goes to the server itself', () => {
    for (const [task, owner] of [
      ['migrations', 'shop'],
      ['migrations-reports', 'reporting'],
    ] as const) {
      expect(keys(main(made, task)?.containers[0])).toEqual([owner, 'pgbouncer_console']);
      expect(
        main(made, task)?.connectsTo.map(({ to, pool }) => [(to as { name: string }).name, pool?.console]),
      ).toEqual([
        ['postgres', undefined],
        ['pgbouncer', true],
      ]);
    }
    expect(printed(tablesOf(made)['servers.tsv'] as Text)).toBe('main\t<host>\t<port>\tdisable\n');
  });

  test('without one, the limit of the server says how one is added', () => {
    const limit = ({ config }: { config: object }) =>
      main(database({ ...props, config: settings(false, 'shop').parse(config) }), 'backup')?.connectsTo[0]?.limit
        ?.pooler;
    expect([limit({ config: inCluster }), limit({ config })]).toEqual(['database.pgbouncer', undefined]);
  });
});

describe('what clients connect by', () => {
  const hidden = `a"b';c=%`;
  const texts = (config: object) => {
    const made = database({ ...least, config: settings(false, 'shop').parse(config) });
    const values = {
      PASSWORD: { remote: 'a', development: hidden },
      ASYNCPG: made.url('PASSWORD', 'postgresql+asyncpg'),
      NPGSQL: made.url('PASSWORD', 'npgsql'),
    };
    const secret = new Secret({ namespace, name: 'api', externalName: 'api', source, values });
    return [
      secret.developmentValue('ASYNCPG', printed),
      secret.developmentValue('NPGSQL', printed),
      printed(made.jdbcUrl),
    ];
  };

  test.each([
    ['disable', 'Disable', '<host>', '<port>', inCluster],
    ['require', 'Require', 'db.example.com', '5432', unproven],
    ['verify-full', 'VerifyFull', 'db.example.com', '5432', proven],
  ])(
    'has the TLS mode %s in the words of each client, and the password as each reads it',
    (tls, word, host, port, config) => {
      expect(texts(config)).toEqual([
        `postgresql+asyncpg://shop:a%22b%27%3Bc%3D%25@${host}:${port}/shop?ssl=${tls}`,
        `Host=${host};Port=${port};Database=shop;Username=shop;Password="a""b';c=%";SSL Mode=${word}`,
        `jdbc:postgresql://${host}:${port}/shop?sslmode=${tls}`,
      ]);
    },
  );
});
