import { join } from 'node:path';
import { ConfigMap } from '../../lib/constructs/config-map';
import { Job } from '../../lib/constructs/job';
import { Secrets } from '../../lib/constructs/secrets/secrets';
import type { ManifestObject } from '../../lib/manifests/object';
import { Config } from '../../lib/model/config';
import { addresses } from '../../lib/model/connection';
import type { Server } from '../../lib/model/database';
import { Secret } from '../../lib/model/secret';
import { type MigrationsProps, migrationScripts, migrations } from '../../lib/parts/migrations/migrations';
import { serverTable } from '../../lib/parts/postgres/server-files';
import { sample, server, synthesize } from '../construct';
import { imageOf } from '../dockerfile';
import { ROOT } from '../support';
import { salientSettings } from '../systems';
import { type Lab, openLab, type Pod, type Result, until } from './lab';

const NAMESPACE = 'shop-data';
const ADMIN = 'shop_admin';
const HOSTILE = `'"@/:%\\$\` &?#+ü`;
const { resources } = sample().containers[0];
/** Salient's default. */
const COMMAND = salientSettings('prod').migrations.command;

/** A tenant, and whether it is provisioned in the test. */
interface Tenant {
  readonly slug: string;
  readonly server: string;
  readonly state?: string;
  readonly password?: string;
}

const TENANTS: readonly Tenant[] = Array.from({ length: 20 }, (_, index) => ({
  slug: `t-${index + 1}`,
  server: index % 4 === 3 ? 'eu' : 'main',
}));
const databaseOf = (slug: string) => `tenant_${slug.replaceAll('-', '_')}`;
const passwordOf = ({ slug, password = `${slug}${HOSTILE}` }: Tenant) => password;

function passwords(name: string, values: readonly (readonly [string, string])[]): Secret {
  return new Secret({
    namespace: NAMESPACE,
    name,
    externalName: name,
    source: { kind: 'development', revision: 1 },
    values: Object.fromEntries(values.map(([key, development]) => [key, { remote: key, development }])),
  });
}

let lab: Lab;
const servers = new Map<string, Pod>();
let authority: Config;

function serverOf(name: string): Server {
  const connection = addresses(name, ['10.0.0.0/8'], 5432);
  const at = { host: `${name}.example.test`, port: '5432', connection };
  return server(name, name === 'main' ? { ...at, tls: 'verify-full', ca: authority } : { ...at, tls: 'disable' });
}

/** The objects for these tenants. */
function objectsOf(tenants: readonly Tenant[], changed: Partial<MigrationsProps> = {}): ManifestObject[] {
  const tables = new Config(NAMESPACE, 'tenants', {
    'servers.tsv': serverTable([serverOf('main'), serverOf('eu')]),
    'tenants.tsv': tenants
      .map(({ slug, server, state = 'active' }) => `${slug}\t${state}\t${server}\t-1\t1\tTenant ${slug}\n`)
      .join(''),
  });
  const scripts = migrationScripts(NAMESPACE);
  const roles = passwords('roles', [['shop_migrations', HOSTILE]]);
  const secret = passwords(
    'tenant-passwords',
    tenants.flatMap((tenant) => (passwordOf(tenant) === '' ? [] : [[tenant.slug, passwordOf(tenant)]])),
  );
  const task = migrations({
    system: 'shop',
    namespace: NAMESPACE,
    backend: { image: 'example.test/backend', tag: 'v1.0.0' },
    client: { image: 'docker.io/library/postgres', tag: '16-alpine' },
    servers: [serverOf('main'), serverOf('eu')],
    tables,
    adminDatabase: ADMIN,
    owner: 'shop_migrations',
    rolePasswords: roles,
    tenants: { prefix: 'tenant_', tenantPasswords: secret },
    scheme: 'postgresql+asyncpg',
    command: COMMAND,
    later: "Can't locate revision identified by",
    resources,
    ...changed,
  });
  return synthesize((chart) => {
    for (const config of [tables, scripts, authority]) new ConfigMap(chart, config.name, { system: 'shop', config });
    new Secrets(chart, 'secrets', { system: 'shop', secrets: [roles, secret] });
    const placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] } as const;
    new Job(chart, 'migrations', { task, placement });
  });
}

async function sql(server: string, database: string, statements: string): Promise<string> {
  const argv = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', database, '-f', '-'];
  const { code, stdout, stderr } = await (servers.get(server) as Pod).exec(argv, { stdin: statements });
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** A role and its database, as provisioning creates them. */
const made = (role: string, database: string, password: string) => `
  CREATE ROLE ${role} LOGIN PASSWORD '${password.replaceAll("'", "''")}';
  CREATE DATABASE ${database} OWNER ${role};
  REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC;`;

/** Starts with empty databases of these tenants. */
async function provision(tenants: readonly Tenant[]): Promise<void> {
  const all = String.raw`
    SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname ~ '^(tenant|shop)_' \gexec
    SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname ~ '^(tenant|shop)_' \gexec
  `;
  for (const name of servers.keys()) {
    const roles = tenants
      .filter(({ server }) => server === name)
      .map((tenant) => made(databaseOf(tenant.slug), databaseOf(tenant.slug), `${tenant.slug}${HOSTILE}`));
    await sql(name, 'postgres', [all, ...roles].join('\n'));
  }
  await sql('main', 'postgres', made('shop_migrations', ADMIN, HOSTILE));
}

/** Slows down the migration of some tenants. */
async function slow(tenants: readonly Tenant[], seconds: number): Promise<void> {
  for (const { slug, server } of tenants) {
    await sql(server, 'postgres', `ALTER DATABASE ${databaseOf(slug)} SET test.seconds = '${seconds}'`);
  }
}

const run = (env: Readonly<Record<string, string>> = {}) => lab.run(NAMESPACE, 'migrations', { env });

/** The lines of the log for each database, and the summary. */
const outcomes = (log = '') => log.split('\n').filter((line) => /^[^:]+: \S|^\d+ databases/.test(line));
const sumOf = (log = '') => outcomes(log).at(-1);
const times = (log = '', word = '') =>
  [...log.matchAll(new RegExp(`${word} ([\\d.]+)`, 'g'))].map(([, at]) => Number(at));
const upgrades = (log = '') => log.match(/Running upgrade/g)?.length ?? 0;
const locks = () => sql('main', ADMIN, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
const revisionOf = ({ slug, server }: Tenant) =>
  sql(server, databaseOf(slug), "SELECT to_regclass('alembic_version') IS NOT NULL");

/** Starts a run with four slow tenants, and waits until they are in the middle of it. */
async function midway(env: Readonly<Record<string, string>> = {}): Promise<{ pod: Pod; result: Promise<Result> }> {
  const tenants = TENANTS.slice(0, 6);
  await provision(tenants);
  await slow(tenants, 30);
  await lab.update(objectsOf(tenants));
  const pod = await lab.start(NAMESPACE, 'migrations', { env });
  await until('four at work', 60, () => times(pod.log('migrate'), 'began').length === 5);
  return { pod, result: pod.finished };
}

/** Expects that the next run gets the lock and migrates everything. */
async function next(): Promise<void> {
  await until('the lock is free', 10, async () => (await locks()) === '0');
  await slow(TENANTS.slice(0, 6), 0);
  expect(await run()).toMatchObject({
    code: 0,
    logs: { migrate: expect.stringMatching(/7 databases: 7 migrated\n$/) },
  });
}

// Laid out as by Salient's reference image, with the virtual environment at another place.
const { folder, copies } = imageOf(join(ROOT, 'charts/salient/images/backend.Dockerfile'));
const backend = {
  env: { PATH: '/opt/venv/bin:/usr/bin:/bin' },
  files: Object.fromEntries(
    copies.filter(({ stage }) => stage === undefined).map(({ paths, to }) => [to, join(__dirname, ...paths)]),
  ),
  workdir: folder,
};

beforeAll(async () => {
  authority = new Config(NAMESPACE, 'main-ca', { 'ca.crt': '' });
  lab = await openLab([], { backend });
  const tls = lab.folder('tls', 70);
  const certificate = await lab.daemon('certificate', {
    image: 'python',
    command: ['sleep', 'infinity'],
    user: 70,
    folders: { '/tls': tls },
  });
  const { stdout } = await certificate.exec([
    'sh',
    '-c',
    `cd /tls && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out crt -days 2 -subj /CN=main \
      -addext subjectAltName=DNS:main.example.test 2>/dev/null && chmod 600 key && cat crt`,
  ]);
  authority = new Config(NAMESPACE, 'main-ca', { 'ca.crt': stdout });
  for (const [name, more] of [
    ['main', ['-c', 'ssl=on', '-c', 'ssl_cert_file=/tls/crt', '-c', 'ssl_key_file=/tls/key']],
    ['eu', []],
  ] as const) {
    const pod = await lab.daemon(name, {
      image: 'postgres',
      args: ['postgres', '-c', 'fsync=off', ...more],
      env: { POSTGRES_PASSWORD: 'postgres' },
      user: 70,
      folders: { '/tls': tls, '/var/run/postgresql': lab.folder(`socket-${name}`, 70) },
      port: 5432,
      hosts: [`${name}.example.test`],
    });
    servers.set(name, pod);
  }
  await Promise.all(
    [...servers.values()].map((pod) =>
      until('the server', 60, async () => (await pod.exec(['pg_isready', '-q', '-h', '127.0.0.1'])).code === 0),
    ),
  );
});

test('twenty tenants on two servers: the admin database first, then four at a time; and nothing to do the second time', async () => {
  await provision(TENANTS);
  await slow(TENANTS, 0.5);
  const tenants = TENANTS.map((tenant, index) => ({ ...tenant, state: ['suspended', 'removed'][index] ?? 'active' }));
  await lab.update(objectsOf(tenants));
  const { code, log, logs } = await run();
  expect({ code, sum: sumOf(logs.migrate) }).toEqual({ code: 0, sum: '19 databases: 19 migrated' });
  expect(outcomes(logs.migrate)[0]).toMatch(/^admin database: migrated in \d+ s$/);
  expect(logs.lock).toBe('the lock is held\nthe lock is released\n');
  expect(log).not.toContain(HOSTILE);
  expect(log).not.toContain(encodeURIComponent(HOSTILE));

  const [began = [], ended = []] = ['began', 'ended'].map((word) => times(logs.migrate, word).sort((a, b) => a - b));
  expect(ended[0]).toBeLessThan(began[1] as number);
  const atWork = began.map((at) => began.filter((one) => one <= at).length - ended.filter((one) => one < at).length);
  expect(Math.max(...atWork)).toBe(4);

  expect(await sql('main', ADMIN, 'SELECT * FROM origin')).toBe('admin|');
  expect(await sql('eu', 'tenant_t_4', 'SELECT * FROM origin')).toBe('tenant|t-4');
  expect(await Promise.all(TENANTS.slice(0, 3).map(revisionOf))).toEqual(['f', 'f', 't']);

  const again = await run();
  expect([again.code, upgrades(again.logs.migrate), sumOf(again.logs.migrate)]).toEqual([0, 0, sumOf(logs.migrate)]);
});

test('in the working directory of the image alone, alembic finds no configuration', async () => {
  const tenants = TENANTS.slice(0, 1);
  await provision(tenants);
  await lab.update(objectsOf(tenants));
  const plain = 'alembic upgrade head';
  const { code, logs } = await run({ MIGRATE_COMMAND: plain, MIGRATE_ADMIN_COMMAND: plain });
  expect([code, sumOf(logs.migrate)]).toEqual([1, '2 databases: 0 migrated, 2 FAILED']);
  expect(logs.migrate).toMatch(/No 'script_location' key found/);
  const second = await run();
  expect([second.code, sumOf(second.logs.migrate)]).toEqual([0, '2 databases: 2 migrated']);
});

test('a failed tenant is reported, and does not stop others', async () => {
  const tenants = TENANTS.slice(0, 6).map((tenant, index) => ({
    ...tenant,
    ...(index === 1 && { password: '' }),
    ...(index === 2 && { password: 'wrong' }),
    ...(index === 4 && { server: 'nowhere' }),
  }));
  await provision(TENANTS.slice(0, 4));
  await sql('main', 'tenant_t_1', 'CREATE TABLE notes ()');
  await lab.update(objectsOf([...tenants, { slug: '../../x', server: 'main' }]));
  const { code, logs } = await run({ WAIT_SECONDS: '1' });
  expect(code).toBe(1);
  expect(logs.migrate).toMatch(/^tenant t-1: {3}.*relation "notes" already exists/m);
  expect(outcomes(logs.migrate).sort()).toEqual([
    '8 databases: 2 migrated, 6 FAILED',
    expect.stringMatching(/^admin database: migrated in \d+ s$/),
    'tenant t-1: FAILED: exit 1',
    'tenant t-2: FAILED: there is no password: give the key t-2 of the secret a value at its source, then run this again',
    expect.stringMatching(/^tenant t-3: FAILED: .*password authentication failed for user "tenant_t_3"$/),
    expect.stringMatching(/^tenant t-4: migrated in \d+ s$/),
    expect.stringMatching(/^tenant t-6: FAILED: .*password authentication failed for user "tenant_t_6"$/),
    expect.stringMatching(/^tenant unknown: FAILED: line 5 of tenants.tsv has /),
    expect.stringMatching(/^tenant unknown: FAILED: line 7 of tenants.tsv has /),
  ]);
});

test('an unreachable server fails its tenants; roles that are created late are waited for', async () => {
  const tenants = TENANTS.slice(0, 4);
  await provision(tenants.slice(0, 2));
  await lab.update(objectsOf(tenants));
  const pod = await lab.start(NAMESPACE, 'migrations', { env: { WAIT_SECONDS: '20' } });
  await until('it waits', 20, () => /waiting for 2 of the tenants' databases/.test(pod.log('lock')));
  await sql('main', 'postgres', made('tenant_t_3', 'tenant_t_3', `t-3${HOSTILE}`));
  await sql('eu', 'postgres', made('tenant_t_4', 'tenant_t_4', `t-4${HOSTILE}`));
  expect(sumOf((await pod.finished).logs.migrate)).toBe('5 databases: 5 migrated');

  lab.host('eu.example.test', '203.0.113.1');
  const { code, logs } = await run({ WAIT_SECONDS: '1' });
  lab.host('eu.example.test', (servers.get('eu') as Pod).address);
  expect([code, sumOf(logs.migrate)]).toEqual([1, '5 databases: 4 migrated, 1 FAILED']);
  expect(logs.migrate).toContain('tenant t-4: FAILED: server eu at eu.example.test:5432 takes no connections\n');
});

test('two concurrent runs take turns', async () => {
  const tenants = TENANTS.slice(0, 6);
  await provision(tenants);
  await slow(tenants, 1);
  await lab.update(objectsOf(tenants));
  const runs = await Promise.all([run(), run()]);
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  const [first, second] = runs
    .map(({ logs: { lock, migrate } }) => ({ lock, migrate, from: Math.min(...times(migrate, 'began')) }))
    .sort((a, b) => a.from - b.from);
  expect(Math.max(...times(first?.migrate, 'ended'))).toBeLessThan(second?.from as number);
  expect([upgrades(first?.migrate), upgrades(second?.migrate)]).toEqual([14, 0]);
  expect(second?.lock).toMatch(
    /^waiting for the lock, which another run has: migrations migrations-\d+, connected since /,
  );
});

test('waiting for another run has a timeout', async () => {
  const { pod, result } = await midway();
  const { code, logs } = await run({ LOCK_SECONDS: '2' });
  expect([code, logs.lock]).toEqual([1, expect.stringMatching(/FAILED: another run has had the lock for 2 s\n$/)]);
  expect(logs.migrate).toBe('the container that holds the lock has ended: nothing more is begun\n');
  expect(pod.log('lock')).toBe('the lock is held\n');
  await pod.kill();
  await result;
});

test('on SIGTERM it stops the commands, waits for them, and then releases the lock', async () => {
  for (const command of [COMMAND, `cd /app && ${COMMAND}; exit $?`]) {
    const { pod, result } = await midway({ MIGRATE_COMMAND: command });
    const { codes, seconds } = await pod.stop();
    expect(codes).toEqual({ lock: 0, migrate: 1 });
    expect(seconds).toBeLessThan(5);
    const { logs } = await result;
    expect(logs.migrate).toMatch(/^told to end: nothing more is begun$/m);
    expect(logs.migrate?.match(/: FAILED: exit 143$/gm)).toHaveLength(4);
    expect(sumOf(logs.migrate)).toBe('7 databases: 1 migrated, 4 FAILED, 2 not begun');
    const atWork = () => sql('main', 'postgres', "SELECT count(*) FROM pg_stat_activity WHERE usename ~ '^tenant_'");
    await until('the server has ended what they asked for', 10, async () => (await atWork()) === '0');
  }
  await next();
});

test('a killed run leaves no lock', async () => {
  const all = await midway();
  await all.pod.kill();
  await next();

  const migrate = await midway();
  await migrate.pod.signal('SIGKILL', 'migrate');
  expect(await migrate.result).toMatchObject({ code: 137, logs: { lock: 'the lock is held\nthe lock is released\n' } });
  await next();

  const lock = await midway();
  await lock.pod.signal('SIGKILL', 'lock');
  const { logs, seconds } = await lock.result;
  expect(logs.migrate).toMatch(/^the container that holds the lock has ended: nothing more is begun$/m);
  expect(sumOf(logs.migrate)).toBe('7 databases: 1 migrated, 4 FAILED, 2 not begun');
  expect(seconds).toBeLessThan(30);
  await next();
});

test('when its session ends, the lock is lost and running commands are stopped', async () => {
  const { result } = await midway();
  await sql('main', ADMIN, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
  const { code, logs, seconds } = await result;
  expect(logs.lock).toMatch(/^FAILED: the session is lost, and the lock with it$/m);
  expect([code, sumOf(logs.migrate)]).toEqual([1, '7 databases: 1 migrated, 4 FAILED, 2 not begun']);
  expect(seconds).toBeLessThan(30);
  await next();
});

test('a database has a timeout, and a command that ignores SIGTERM is killed', async () => {
  const slowly = await midway({ LIMIT_SECONDS: '5' });
  expect(outcomes((await slowly.result).logs.migrate)).toContain('tenant t-1: FAILED: not done in 5 s');
  // The admin database's command has to end within it, on a busy machine too.
  const deaf = await run({ LIMIT_SECONDS: '5', MIGRATE_COMMAND: "trap '' TERM; sleep 100 & wait" });
  expect(deaf.seconds).toBeLessThan(60);
  expect(sumOf(deaf.logs.migrate)).toBe('7 databases: 1 migrated, 6 FAILED');
});

test('after a rollback, a database that a later release has migrated stays as it is', async () => {
  const tenants = TENANTS.slice(0, 3);
  await provision(tenants);
  await lab.update(objectsOf(tenants));
  await run();
  await sql('main', 'tenant_t_2', "UPDATE alembic_version SET version_num = '0003'");
  const { code, logs } = await run();
  expect([code, sumOf(logs.migrate)]).toEqual([0, '4 databases: 3 migrated, 1 left as they are']);
  expect(logs.migrate).toContain('tenant t-2: left as it is, a later release has migrated it\n');

  await lab.update(objectsOf(tenants, { later: 'other words' }));
  const strict = await run();
  expect([strict.code, sumOf(strict.logs.migrate)]).toEqual([1, '4 databases: 3 migrated, 1 FAILED']);
});

test('libpq and asyncpg accept the URL too; the admin database has its own command, or none', async () => {
  const tenants = TENANTS.slice(0, 4);
  await provision(tenants);
  const python = [
    'import asyncio, asyncpg, os, psycopg',
    'url, query = os.environ["URL"], "SELECT current_user || (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())"',
    'print(psycopg.connect(url).execute(query).fetchone()[0])',
    'async def main(): print(await (await asyncpg.connect(url)).fetchval(query))',
    'asyncio.run(main())',
  ];
  const changed = { scheme: 'postgresql', variable: 'URL', command: `python3 -c '${python.join('\n')}'` };
  await lab.update(objectsOf(tenants, { ...changed, adminCommand: 'echo "$MIGRATE_DATABASE, not $MIGRATE_TENANT."' }));
  const { code, logs } = await run();
  expect(code).toBe(0);
  const said = logs.migrate?.split('\n').filter((line) => /: {3}/.test(line)) ?? [];
  expect(said[0]).toBe('admin database:   admin, not .');
  expect(said.slice(1).sort()).toEqual(
    ['1: true', '1: true', '2: true', '2: true', '3: true', '3: true', '4: false', '4: false'].map((one) =>
      one.replace(/(\d): (.*)/, 'tenant t-$1:   tenant_t_$1$2'),
    ),
  );

  await lab.update(objectsOf(tenants, { command: 'true', adminCommand: '' }));
  expect(outcomes((await run()).logs.migrate).at(-1)).toBe('4 databases: 4 migrated');
});

test('without tenants only the admin database is migrated; in an Alpine image with the shell of busybox', async () => {
  await provision([]);
  await lab.update(objectsOf([]));
  expect(sumOf((await run()).logs.migrate)).toBe('1 databases: 1 migrated');

  const tenants = TENANTS.slice(0, 4);
  await provision(tenants);
  const image = { image: 'docker.io/library/postgres', tag: '16-alpine' };
  const command = 'psql -c "SELECT 1" "$DATABASE_URL" && sleep 100; exit $?';
  await lab.update(objectsOf(tenants, { backend: image, scheme: 'postgresql', command, adminCommand: 'false' }));
  const pod = await lab.start(NAMESPACE, 'migrations');
  await until('four at work', 60, () => (pod.log('migrate').match(/\(1 row\)/g) ?? []).length === 4);
  expect(await pod.stop()).toMatchObject({ codes: { lock: 0, migrate: 1 } });
  expect(sumOf((await pod.finished).logs.migrate)).toBe('5 databases: 0 migrated, 5 FAILED');
});
