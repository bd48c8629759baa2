import { ConfigMap } from '../../lib/constructs/config-map';
import { Job } from '../../lib/constructs/job';
import { Secrets } from '../../lib/constructs/secrets/secrets';
import { Workload } from '../../lib/constructs/workload';
import type { ManifestObject } from '../../lib/manifests/object';
import { Config } from '../../lib/model/config';
import { to } from '../../lib/model/connection';
import type { Server } from '../../lib/model/database';
import type { Placement } from '../../lib/model/kubernetes';
import { Secret } from '../../lib/model/secret';
import { POSTGRES_SCRIPTS, postgres } from '../../lib/parts/postgres/postgres';
import { serverTable } from '../../lib/parts/postgres/server-files';
import { provisioning, provisioningScripts } from '../../lib/parts/provisioning/provisioning';
import { sample, server, synthesize } from '../construct';
import type { Any } from '../support';
import { type Lab, openLab, type Result, until } from './lab';
import type { Pod, StartOptions } from './lab/pod';

const system = 'shop';
const namespace = 'shop-data';
const source = { kind: 'development', revision: 1 } as const;
const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };
const image = { image: 'docker.io/library/postgres', tag: '16-alpine' };
const { resources } = sample().containers[0];
const roles = {
  owner: 'shop_owner',
  reader: 'shop_reader',
  writer: 'shop_writer',
  backup: 'shop_backup',
  restore: 'shop_restore',
};
const LOCK = "pg_advisory_lock(hashtextextended('berth.dev/provisioning', 0))";

/** Every printable character with a special meaning in a shell, in SQL, in a URL or in PgBouncer. */
const HOSTILE = `'"@/:%\\ $(id)\`id\`;--?#&=+é {}[]~`;

function secret(name: string, values: Readonly<Record<string, string>>, revisionKey = false): Secret {
  const given = Object.entries(values).map(([key, development]) => [key, { remote: `${name}/${key}`, development }]);
  return new Secret({ namespace, name, externalName: name, source, values: Object.fromEntries(given), revisionKey });
}

const postgresScripts = new Config(namespace, 'postgres-scripts', POSTGRES_SCRIPTS);
const scripts = provisioningScripts(namespace);
const administrator = secret('credentials', {
  POSTGRES_SUPERUSER_PASSWORD: 'superuser',
  POSTGRES_ADMIN_USER: 'provisioner',
  POSTGRES_ADMIN_PASSWORD: `administrator ${HOSTILE}`,
});
const rolePasswords = Object.fromEntries(Object.values(roles).map((role) => [role, `${role} ${HOSTILE}`]));

function serverComponent(name: string) {
  const key = administrator.pick('POSTGRES_SUPERUSER_PASSWORD', 'POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD');
  return postgres({
    system,
    namespace,
    name,
    image,
    superuserPassword: key.POSTGRES_SUPERUSER_PASSWORD,
    administrator: { user: key.POSTGRES_ADMIN_USER, password: key.POSTGRES_ADMIN_PASSWORD },
    scripts: postgresScripts,
    maxConnections: 50,
    resources: { ...resources, memory: { request: '256Mi', limit: '512Mi' } },
    size: '5Gi',
  });
}

const components = [serverComponent('postgres'), serverComponent('postgres-eu')] as const;

function serverOf(name: string, host: string): Server {
  return server(name, { host, port: '5432', tls: 'disable', connection: to(components[0]) });
}

const MAIN = serverOf('main', `postgres.${namespace}.svc.cluster.local`);
const EU = serverOf('eu', `postgres-eu.${namespace}.svc.cluster.local`);

interface Tenant {
  readonly slug: string;
  readonly state?: string;
  readonly server?: string;
  readonly limit?: number;
  readonly name?: string;
  /** Undefined: no password was set. */
  readonly password?: string | undefined;
}

/** The variations of tests. */
interface Prerequisite {
  readonly tenants: readonly Tenant[];
  /** More lines of tenants.tsv. */
  readonly lines?: readonly string[];
  readonly servers?: readonly Server[];
  readonly byOperator?: boolean;
  readonly adminDatabase?: string;
  /** The table of the databases of an application that has no tenants. */
  readonly databases?: string;
  /** Whether the Secret of the tenants' passwords has its revision. */
  readonly revisionKey?: boolean;
}

function tenant(slug: string, more: Partial<Tenant> = {}): Tenant {
  return { slug, password: `${slug} ${HOSTILE}`, ...more };
}

function line({ slug, state = 'active', server = 'main', limit = -1, name = slug }: Tenant): string {
  return [slug, state, server, limit, 1, name].join('\t');
}

function objectsOf(given: Prerequisite): ManifestObject[] {
  const { tenants, lines = [], servers = [MAIN], byOperator = false, adminDatabase = 'shop_admin', databases } = given;
  const data = new Config<string>(namespace, 'tenants', {
    'servers.tsv': serverTable(servers),
    ...(databases === undefined
      ? { 'tenants.tsv': [...tenants.map(line), ...lines].map((one) => `${one}\n`).join('') }
      : { 'databases.tsv': databases }),
  });
  const passwords = tenants.flatMap(({ slug, password }) => (password === undefined ? [] : [[slug, password]]));
  const secrets = {
    administrator,
    roles: secret('roles', rolePasswords),
    tenants: secret('tenants', Object.fromEntries(passwords), given.revisionKey),
  };
  const task = provisioning({
    system,
    namespace,
    image,
    tables: data,
    servers,
    administrators: byOperator ? {} : Object.fromEntries(servers.map(({ name }) => [name, administrator])),
    adminDatabase,
    roles: databases === undefined ? roles : { ...roles, others: [roles.writer] },
    rolePasswords: secrets.roles,
    ...(databases === undefined && {
      tenants: {
        prefix: 'tenant_',
        tenantPasswords: secrets.tenants,
        reader: roles.reader,
        writer: roles.writer,
        scheme: 'postgresql+asyncpg',
        pooler: sample({ namespace: 'shop', service: 'pooler', ports: { postgres: 6432 } }),
        parallel: 4,
      },
    }),
    resources,
  });
  return synthesize((chart) => {
    for (const config of [data, scripts, postgresScripts]) new ConfigMap(chart, config.name, { system, config });
    new Secrets(chart, 'secrets', { system, secrets: Object.values(secrets) });
    for (const component of components) new Workload(chart, component.name, { component, placement });
    new Job(chart, 'provisioning', { task, placement });
  }).map(forTests);
}

/** A server that logs every statement, to check that no secret is logged, and that does not fsync. */
function forTests(object: ManifestObject): ManifestObject {
  if (object.kind !== 'StatefulSet') return object;
  const changed: Any = structuredClone(object);
  changed.spec.template.spec.containers[0].args.push('-c', 'log_statement=all', '-c', 'fsync=off');
  return changed;
}

let lab: Lab;
let main: Pod;
let eu: Pod;

async function start(given: Prerequisite, options: StartOptions = {}): Promise<Pod> {
  await lab.update(objectsOf(given));
  return lab.start(namespace, 'provisioning', options);
}

async function run(given: Prerequisite, options: StartOptions = {}): Promise<Result> {
  return (await start(given, options)).finished;
}

/** The rows of a query as the superuser, a line each. */
async function sql(server: Pod, database: string, ...statements: string[]): Promise<string[]> {
  const argv = ['psql', '-XAtq', '-U', 'postgres', '-d', database, '-v', 'ON_ERROR_STOP=1'];
  const { code, stdout, stderr } = await server.exec([...argv, ...statements.flatMap((one) => ['-c', one])]);
  if (code !== 0) throw new Error(stderr);
  return stdout.split('\n').slice(0, -1);
}

/** The result of a statement as a role: the rows, or the first line of the error. */
async function as(role: string, password: string, database: string, statement: string, server = main): Promise<string> {
  const argv = ['psql', '-XAtq', '-h', '127.0.0.1', '-U', role, '-d', database, '-c', statement];
  const { code, stdout, stderr } = await server.exec(argv, { env: { PGPASSWORD: password } });
  return code === 0 ? stdout.trimEnd() : (stderr.split('\n')[0] as string);
}

/** Everything that a run may write, with the IDs of the transactions that wrote it. */
async function state(): Promise<string[]> {
  return [
    ...(await sql(
      main,
      'postgres',
      'select xmin, * from pg_authid order by oid',
      'select xmin, * from pg_auth_members order by roleid, member, grantor',
      'select xmin, datname, datdba, datacl from pg_database order by oid',
    )),
    ...(await sql(
      main,
      'shop_admin',
      'select xmin, * from tenant_registry order by slug',
      "select xmin, relname, relacl from pg_class where relnamespace = 'public'::regnamespace order by oid",
      'select xmin, * from pg_default_acl order by oid',
      'select xmin, nspname, nspacl from pg_namespace order by oid',
    )),
  ];
}

const row = async (slug: string): Promise<Any> =>
  JSON.parse(
    (await sql(main, 'shop_admin', `select to_json(r) from tenant_registry r where slug = '${slug}'`))[0] ?? 'null',
  );
const linesOf = ({ log }: Result) => log.trimEnd().split('\n');
const last = (result: Result) => linesOf(result).at(-1);

beforeAll(async () => {
  lab = await openLab(objectsOf({ tenants: [] }));
  [main, eu] = await Promise.all([lab.start(namespace, 'postgres'), lab.start(namespace, 'postgres-eu')]);
});

const fifty = Array.from({ length: 50 }, (_, index) => tenant(`t-${index}`));

test('fifty tenants: each has a role and a database; a second run writes nothing', async () => {
  const first = await run({ tenants: fifty });
  expect(last(first)).toBe('50 tenants: 50 ready, 0 failed; 0 inactive');
  expect(first.code).toBe(0);
  const before = await state();
  const second = await run({ tenants: fifty });
  expect(last(second)).toBe('50 tenants: 50 ready, 0 failed; 0 inactive');
  expect(await state()).toEqual(before);
  expect(second.seconds).toBeLessThan(first.seconds);
});

test('a row of the registry points to the pooler, with a password that is escaped for a URL', async () => {
  const { tenant_id, created_at, updated_at, connection_string, ...rest } = await row('t-7');
  expect(rest).toEqual({
    slug: 't-7',
    display_name: 't-7',
    server: 'main',
    database_name: 'tenant_t_7',
    is_active: true,
  });
  expect([tenant_id, created_at, updated_at].every(Boolean)).toBe(true);
  const [, password, place] = /^postgresql\+asyncpg:\/\/tenant_t_7:([\w.~%-]+)@(.*)$/.exec(connection_string) ?? [];
  expect(decodeURIComponent(password ?? '')).toBe(`t-7 ${HOSTILE}`);
  expect(place).toBe('pooler.shop.svc.cluster.local:6432/tenant_t_7');
});

describe('privileges', () => {
  const tenantAs = (database: string, statement: string) => as('tenant_t_1', `t-1 ${HOSTILE}`, database, statement);

  test('a tenant owns its database, and has no privileges elsewhere', async () => {
    expect(
      await tenantAs('tenant_t_1', 'create table note (text text); insert into note values (1) returning text'),
    ).toBe('1');
    expect(await tenantAs('tenant_t_2', 'select 1')).toContain('permission denied for database "tenant_t_2"');
    expect(await tenantAs('shop_admin', 'select 1')).toContain('permission denied for database "shop_admin"');
    expect(await tenantAs('tenant_t_1', 'create role more')).toContain('permission denied');
    expect(await tenantAs('tenant_t_1', 'create database more')).toContain('permission denied');
    expect(await tenantAs('tenant_t_1', 'set role tenant_t_2')).toContain('permission denied');
    expect(await tenantAs('tenant_t_1', `set role ${roles.backup}`)).toContain('permission denied');
  });

  test('the reader can only read the registry', async () => {
    const reader = (database: string, statement: string) =>
      as(roles.reader, rolePasswords[roles.reader] as string, database, statement);
    await as(
      roles.owner,
      rolePasswords[roles.owner] as string,
      'shop_admin',
      'create table later (id serial primary key, text text)',
    );
    expect(await reader('shop_admin', 'select count(*) from tenant_registry')).toBe('50');
    expect(await reader('shop_admin', 'update tenant_registry set is_active = false')).toContain(
      'permission denied for table',
    );
    expect(await reader('shop_admin', 'select * from later')).toContain('permission denied for table');
    expect(await reader('shop_admin', 'create table mine (id int)')).toContain('permission denied for schema');
    expect(await reader('shop_admin', 'create temporary table mine (id int)')).toContain('permission denied');
    expect(await reader('tenant_t_1', 'select 1')).toContain('permission denied for database');
  });

  test('the writer can write all tables, later ones too, and alter none', async () => {
    const writer = (database: string, statement: string) =>
      as(roles.writer, rolePasswords[roles.writer] as string, database, statement);
    expect(await writer('shop_admin', "insert into later (text) values ('x') returning id")).toBe('1');
    expect(
      await writer(
        'shop_admin',
        "update tenant_registry set display_name = display_name where slug = 't-3' returning slug",
      ),
    ).toBe('t-3');
    expect(await writer('shop_admin', 'alter table later add column more int')).toContain('must be owner');
    expect(await writer('shop_admin', 'drop table later')).toContain('must be owner');
    expect(await writer('tenant_t_1', 'select 1')).toContain('permission denied for database');
  });

  test('the backup role can act as every tenant, and create databases for restores', async () => {
    const backup = (database: string, statement: string) =>
      as(roles.backup, rolePasswords[roles.backup] as string, database, statement);
    expect(await backup('tenant_t_1', 'table note')).toBe('1');
    expect(await backup('shop_admin', 'select count(*) from tenant_registry')).toBe('50');
    expect(await backup('postgres', 'create database scratch owner tenant_t_1')).toBe('');
    expect(await backup('postgres', 'drop database scratch')).toBe('');
    expect(await backup('postgres', 'create role more')).toContain('permission denied');
  });
});

test('the databases that every server has are closed to tenants and to the application', async () => {
  const closed = async (server: Pod) => {
    for (const database of ['postgres', 'template1']) {
      const may = `select rolname from pg_roles where not rolsuper and rolname !~ '^(pg_|provisioner$)' and has_database_privilege(oid, '${database}'::name, 'connect') order by 1`;
      const lawful = database === 'postgres' ? [roles.backup, roles.restore] : [];
      expect(await sql(server, 'postgres', may)).toEqual(lawful);
    }
  };
  await closed(main);
  // A managed server, where the administrator's role owns them.
  const opened = [
    'alter database postgres owner to provisioner',
    'alter database template1 owner to provisioner',
    'grant connect, temporary on database postgres, template1 to public',
    `revoke connect on database postgres from ${roles.backup}, ${roles.restore}`,
  ];
  await sql(main, 'postgres', ...opened);
  await run({ tenants: fifty });
  await closed(main);
  // One whose databases are a superuser's: it is told how to close them.
  await sql(
    main,
    'postgres',
    'alter database postgres owner to postgres',
    'alter database template1 owner to postgres',
    'grant connect on database postgres to public',
  );
  const { log } = await run({ tenants: fifty });
  const note =
    /^server main: note: tenants may enter postgres, and hold locks there, until a superuser runs there: (.*)$/m;
  await sql(main, 'postgres', note.exec(log)?.[1] as string);
  expect((await run({ tenants: fifty })).log).not.toContain('note: tenants may enter');
  await closed(main);
});

test('no role is a superuser, and neither is the administrator', async () => {
  const may = "select rolname from pg_roles where (rolsuper or rolbypassrls or rolreplication) and rolname !~ '^pg_'";
  expect(await sql(main, 'postgres', may)).toEqual(['postgres']);
  const mayMake = 'select rolname from pg_roles where (rolcreaterole or rolcreatedb) and not rolsuper order by 1';
  expect(await sql(main, 'postgres', mayMake)).toEqual(['provisioner', roles.backup]);
});

test('a failed tenant does not stop others, and its message says what to do', async () => {
  const result = await run({
    tenants: [
      ...fifty,
      tenant('no-password', { password: undefined }),
      tenant('empty-password', { password: '' }),
      tenant('broken-password', { password: 'a\nb' }),
      tenant('good'),
    ],
  });
  expect(result.code).toBe(1);
  expect(linesOf(result)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^tenant no-password: FAILED: there is no password: give the key no-password /),
      expect.stringMatching(/^tenant empty-password: FAILED: there is no password: give the key empty-password /),
      expect.stringMatching(/^tenant broken-password: FAILED: .* holds a line break/),
      'tenant good: ready',
    ]),
  );
  expect(last(result)).toBe('54 tenants: 51 ready, 3 failed; 0 inactive');
  expect(await row('no-password')).toBeNull();
});

test('names and numbers are never interpreted, and invalid lines fail alone', async () => {
  const name = `Robert'); DROP TABLE tenant_registry;-- \\ "x" $(id) é`;
  const tenants = [...fifty, tenant('good', { name, limit: 3 }), tenant('postgres'), tenant('template0')];
  const wrong = [
    "evil'; drop\tactive\tmain\t-1\t1\tx",
    `${'x'.repeat(64)}\tactive\tmain\t-1\t1\tx`,
    'a--b\tactive\tmain\t-1\t1\tx',
    'no-limit\tactive\tmain\t1;\t1\tx',
    'no-server\tactive\tmars\t-1\t1\tx',
    'no-state\tgone\tmain\t-1\t1\tx',
    'good\tactive\tmain\t-1\t1\tagain',
    'short\tactive',
    '',
  ];
  const result = await run({ tenants, lines: wrong });
  expect(result.code).toBe(1);
  expect(linesOf(result).filter((one) => one.startsWith('line '))).toEqual([
    expect.stringMatching(/^line 54 .*no slug$/),
    expect.stringMatching(/^line 55 .*no slug$/),
    expect.stringMatching(/^line 56 .*no slug$/),
    expect.stringMatching(/^line 57 .*no connection limit$/),
    expect.stringMatching(/^line 58 .*no server of servers.tsv$/),
    expect.stringMatching(/^line 59 .*no state$/),
    expect.stringMatching(/^line 60 .*the slug of line 51$/),
    expect.stringMatching(/^line 61 .*no server of servers.tsv$/),
    expect.stringMatching(/^line 62 .*no slug$/),
  ]);
  expect(last(result)).toBe('62 tenants: 53 ready, 9 failed; 0 inactive');
  expect((await row('good')).display_name).toBe(name);
  expect(await sql(main, 'postgres', "select rolconnlimit from pg_roles where rolname = 'tenant_good'")).toEqual(['3']);
  expect(await sql(main, 'postgres', "select count(*) from pg_roles where rolname ~ 'evil|xxx|a__b|mars|no_'")).toEqual(
    ['0'],
  );
});

test('a list that cannot be read disables no tenant', async () => {
  const result = await run({ tenants: [tenant('good')], lines: ['t 1\tactive\tmain\t-1\t1\tx'] });
  expect(result.log).toContain('tenants that are not listed are left as they are');
  expect(last(result)).toBe('2 tenants: 1 ready, 1 failed; 0 inactive');
  expect((await row('t-1')).is_active).toBe(true);
});

test('the next run sets a changed password, and changes nothing else of the tenant', async () => {
  const before = await row('good');
  const password = `another ${HOSTILE}`;
  expect((await run({ tenants: [...fifty, tenant('good', { password })] })).code).toBe(0);
  expect(await as('tenant_good', password, 'tenant_good', 'select 1')).toBe('1');
  expect(await as('tenant_good', `good ${HOSTILE}`, 'tenant_good', 'select 1')).toContain(
    'password authentication failed',
  );
  const after = await row('good');
  expect(after.connection_string).toContain(encodeURIComponent('another '));
  expect(after.tenant_id).toBe(before.tenant_id);
  expect(after.created_at).toBe(before.created_at);
});

test('it waits for new passwords, since old ones would set nothing', async () => {
  const tenants = [...fifty, tenant('good', { password: 'next' }), tenant('late')];
  const before = objectsOf({ tenants: [...fifty, tenant('good')], revisionKey: true });
  const after = objectsOf({ tenants, revisionKey: true });
  const isTheirs = ({ kind, metadata }: ManifestObject) => kind === 'Secret' && metadata.name === 'tenants';
  const secretOfBefore = before.find(isTheirs) as ManifestObject;
  await lab.update(after.map((object) => (isTheirs(object) ? secretOfBefore : object)));
  const inVain = await (await lab.start(namespace, 'provisioning', { env: { SECRET_SECONDS: '2' } })).finished;
  expect([inVain.code, inVain.log]).toEqual([
    1,
    expect.stringMatching(
      /^the passwords of the tenants: FAILED: their Secret has not come as revision 1-\w{8} for 2 s/,
    ),
  ]);

  const waiting = await lab.start(namespace, 'provisioning');
  await lab.update(after);
  expect(await waiting.finished).toMatchObject({ code: 0 });
  expect(await as('tenant_good', 'next', 'tenant_good', 'select 1')).toBe('1');
  expect(await as('tenant_late', `late ${HOSTILE}`, 'tenant_late', 'select 1')).toBe('1');
  expect((await run({ tenants: [...fifty, tenant('good')] })).code).toBe(0);
});

test('tenants that are suspended, removed or no longer listed cannot connect, and their data stay', async () => {
  const sleeping = as('tenant_t_1', `t-1 ${HOSTILE}`, 'tenant_t_1', 'select pg_sleep(120)');
  await until('the tenant works', 10, async () =>
    (await sql(main, 'postgres', "select count(*) from pg_stat_activity where usename = 'tenant_t_1'")).includes('1'),
  );
  const [, , , ...rest] = fifty;
  const result = await run({
    tenants: [
      tenant('t-1', { state: 'suspended', password: undefined }),
      tenant('t-2', { state: 'removed', password: undefined }),
      tenant('new', { state: 'suspended' }),
      tenant('never', { state: 'removed' }),
      ...rest,
      tenant('good'),
    ],
  });
  expect(result.code).toBe(0);
  expect(linesOf(result)).toEqual(
    expect.arrayContaining([
      'tenant t-1: inactive: suspended',
      'tenant t-2: inactive: removed',
      'tenant t-0: inactive: unlisted',
    ]),
  );
  expect(last(result)).toMatch(/^48 tenants: 48 ready, 0 failed; \d+ inactive$/);
  expect(await sleeping).toContain('terminating connection');
  expect(await as('tenant_t_1', `t-1 ${HOSTILE}`, 'tenant_t_1', 'select 1')).toContain('not permitted to log in');
  expect(await as('tenant_t_0', `t-0 ${HOSTILE}`, 'tenant_t_0', 'select 1')).toContain('not permitted to log in');
  expect([(await row('t-0')).is_active, (await row('t-1')).is_active, (await row('t-2')).is_active]).toEqual([
    false,
    false,
    false,
  ]);
  expect(await sql(main, 'tenant_t_1', 'table note')).toEqual(['1']);
  // A suspended tenant keeps a database to restore into; a removed one is not created again.
  const made = "select datname from pg_database where datname in ('tenant_new', 'tenant_never')";
  expect(await sql(main, 'postgres', made)).toEqual(['tenant_new']);
});

test('a tenant that is active again has its old data and identity', async () => {
  const before = await row('t-1');
  expect((await run({ tenants: [...fifty, tenant('good'), tenant('new')] })).code).toBe(0);
  expect(await as('tenant_t_1', `t-1 ${HOSTILE}`, 'tenant_t_1', 'table note')).toBe('1');
  expect(await row('t-1')).toMatchObject({
    tenant_id: before.tenant_id,
    created_at: before.created_at,
    is_active: true,
  });
});

test('changes made by hand are corrected', async () => {
  await sql(
    main,
    'postgres',
    "alter role tenant_t_3 password 'by hand'",
    'alter role tenant_t_4 createdb connection limit 2',
    'alter database tenant_t_5 owner to tenant_t_6',
    'grant connect on database tenant_t_7 to public',
    `revoke tenant_t_8 from ${roles.backup} granted by provisioner`,
    'drop database tenant_t_9',
    `revoke connect on database shop_admin from ${roles.reader}`,
  );
  expect((await run({ tenants: fifty })).code).toBe(0);
  expect(await as('tenant_t_3', `t-3 ${HOSTILE}`, 'tenant_t_3', 'select 1')).toBe('1');
  const after = await state();
  expect((await run({ tenants: fifty })).code).toBe(0);
  expect(await state()).toEqual(after);
});

test('of two concurrent runs one waits for the other', async () => {
  const given = { tenants: [...fifty, ...Array.from({ length: 12 }, (_, index) => tenant(`at-once-${index}`))] };
  const both = await Promise.all((await Promise.all([start(given), start(given)])).map(({ finished }) => finished));
  expect(both.map(last)).toEqual(Array(2).fill(expect.stringMatching(/^62 tenants: 62 ready, 0 failed; /)));
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.filter(({ log }) => log.includes('another run is at work'))).toHaveLength(1);
});

test('an older run that waited does not revert the changes of a newer one', async () => {
  const held = sql(main, 'postgres', `select ${LOCK}`, 'select pg_sleep(3)');
  const old = await start({ tenants: fifty });
  await until('the run waits', 10, () => old.log().includes('another run is at work'));
  await sql(
    main,
    'shop_admin',
    "update tenant_registry set is_active = false, updated_at = now() where slug = 't-10'",
    "update tenant_registry set is_active = true, updated_at = now() where slug = 'good'",
  );
  await held;
  const result = await old.finished;
  expect(result.code).toBe(1);
  expect(linesOf(result)).toEqual(
    expect.arrayContaining([
      'tenant t-10: FAILED: its row in the registry has changed since this run began: run this again',
      'tenant good: FAILED: its row in the registry has changed since this run began: run this again',
    ]),
  );
  expect([(await row('t-10')).is_active, (await row('good')).is_active]).toEqual([false, true]);
  expect((await run({ tenants: fifty })).code).toBe(0);
});

test('a lock that is never released fails the run', async () => {
  const held = sql(main, 'postgres', `select ${LOCK}`, 'select pg_sleep(4)');
  const result = await run({ tenants: fifty }, { env: { LOCK_SECONDS: '1' } });
  expect(result).toMatchObject({ code: 1, log: expect.stringContaining('still at work after 1 s') });
  await held;
});

test.each(['is ended', 'does not answer any more'])(
  'a run whose lock is lost, since its session %s, stops',
  async (how) => {
    const held = sql(main, 'shop_admin', 'begin', 'lock table tenant_registry', 'select pg_sleep(60)').catch(() => {});
    const sleeper = "from pg_stat_activity where query = 'select pg_sleep(60)'";
    const waits = "select pid from pg_locks where relation = 'tenant_registry'::regclass and not granted";
    const finds = async (query: string) => (await sql(main, 'shop_admin', query)).length > 0;
    await until('the table is locked', 10, () => finds(`select pid ${sleeper}`));
    const cut = await start({ tenants: fifty });
    await until('the run waits for it', 10, () => finds(waits));
    const holder = "select pid from pg_locks where locktype = 'advisory' and granted";
    const [pid = ''] = await sql(main, 'postgres', holder);
    const began = Date.now();
    const signal = how === 'is ended' ? 'TERM' : 'STOP';
    await main.exec(['kill', `-${signal}`, pid]);
    const result = await cut.finished;
    await main.exec(['kill', '-CONT', pid]);
    expect(result.code).toBe(1);
    expect(last(result)).toMatch(/^FAILED: the connection that held the lock is lost, as after a failover/);
    expect(Date.now() - began).toBeLessThan(45_000);
    await sql(main, 'postgres', `select pg_terminate_backend(pid) ${sleeper}`);
    await held;
    expect(await run({ tenants: fifty })).toMatchObject({ code: 0 });
  },
);

test('the next run completes an interrupted one', async () => {
  const given = { tenants: [...fifty, ...Array.from({ length: 20 }, (_, index) => tenant(`cut-${index}`))] };
  const cut = await start(given);
  await until('the run has begun', 30, () => cut.log().includes('tenant cut-'));
  await cut.kill();
  expect((await cut.finished).log).not.toContain('70 tenants');
  const result = await run(given);
  expect(last(result)).toMatch(/^70 tenants: 70 ready, 0 failed; /);

  const ended = await start({
    tenants: [...given.tenants, ...Array.from({ length: 20 }, (_, index) => tenant(`end-${index}`))],
  });
  await until('the run has begun', 30, () => ended.log().includes('tenant '));
  expect((await ended.stop()).seconds).toBeLessThan(5);
});

describe('two servers', () => {
  const two = [MAIN, EU];
  const euro = tenant('euro', { server: 'eu', limit: 7 });

  test('a tenant is created on its own server; the registry is on the first', async () => {
    expect((await run({ tenants: [...fifty, euro], servers: two })).code).toBe(0);
    expect(await row('euro')).toMatchObject({ server: 'eu', database_name: 'tenant_euro', is_active: true });
    expect(await as('tenant_euro', `euro ${HOSTILE}`, 'tenant_euro', 'select 1', eu)).toBe('1');
    expect(
      await sql(eu, 'postgres', "select rolname from pg_roles where rolname ~ '^(shop|tenant)_' order by 1"),
    ).toEqual([roles.backup, roles.restore, 'tenant_euro']);
  });

  test('an unreachable server fails only its own tenants', async () => {
    const mars = serverOf('mars', `mars.${namespace}.svc.cluster.local`);
    const tenants = [tenant('t-1'), tenant('red', { server: 'mars' }), euro];
    const result = await run({ tenants, servers: [...two, mars] }, { env: { WAIT_SECONDS: '2' } });
    expect(result.code).toBe(1);
    expect(linesOf(result)).toEqual(
      expect.arrayContaining([
        'server main: ready',
        'server eu: ready',
        expect.stringMatching(/^tenant red: FAILED: server mars: .* has taken no connections for 2 s$/),
        'tenant t-1: ready',
        'tenant euro: ready',
      ]),
    );
  });

  test('a tenant whose data are on another server is not created again', async () => {
    const moved = { tenants: [tenant('t-1', { server: 'eu' }), euro], servers: two };
    const result = await run(moved);
    expect(result.code).toBe(1);
    expect(result.log).toMatch(/tenant t-1: FAILED: its data are on server main, and it is listed on eu: move /);
    expect(await sql(eu, 'postgres', "select count(*) from pg_database where datname = 'tenant_t_1'")).toEqual(['0']);
    expect(await row('t-1')).toMatchObject({ server: 'main', is_active: true });
    // Without the old database, there is nothing to move.
    await sql(main, 'postgres', 'drop database tenant_t_1 with (force)', 'drop role tenant_t_1');
    expect((await run(moved)).code).toBe(0);
    expect(await row('t-1')).toMatchObject({ server: 'eu', is_active: true });
  });

  test('without the first server nothing is done', async () => {
    const result = await run(
      { tenants: [euro], servers: [serverOf('main', 'nowhere'), EU] },
      { env: { WAIT_SECONDS: '2' } },
    );
    expect(linesOf(result).slice(-2)).toEqual([
      'server main: FAILED: nowhere:5432 has taken no connections for 2 s',
      'no tenant was touched',
    ]);
    expect(result.code).toBe(1);
  });
});

test('in a registry that migrations have extended, only the own columns are written', async () => {
  const owner = (statement: string) => as(roles.owner, rolePasswords[roles.owner] as string, 'shop_admin', statement);
  await owner(
    "alter table tenant_registry drop column server, drop column created_at, add column plan text not null default 'free'",
  );
  await owner("update tenant_registry set plan = 'gold' where slug = 't-2'");
  expect((await run({ tenants: fifty.slice(2) })).code).toBe(0);
  expect(await row('t-2')).toMatchObject({ plan: 'gold', server: 'main', is_active: true });
});

test('where an operator manages roles and databases, their owners do the rest', async () => {
  const given: Prerequisite = {
    tenants: [tenant('ours'), tenant('theirs'), tenant('asleep', { state: 'suspended' })],
    servers: [{ ...EU, name: 'main' }],
    byOperator: true,
    adminDatabase: 'operated',
  };
  const role = (name: string, password: string) =>
    sql(
      eu,
      'postgres',
      'set log_statement = none',
      `create role ${name} login password '${password.replaceAll("'", "''")}'`,
    );
  const operator = async (slug: string) => {
    const name = `tenant_${slug}`;
    await role(name, `${slug} ${HOSTILE}`);
    await sql(eu, 'postgres', `grant ${name} to ${roles.backup}`, `create database ${name} owner ${name}`);
  };
  const pod = await start(given, { env: { WAIT_SECONDS: '12' } });
  await operator('asleep');
  await sql(eu, 'postgres', 'alter role tenant_asleep nologin');
  for (const name of [roles.owner, roles.reader, roles.writer]) await role(name, rolePasswords[name] as string);
  await sql(eu, 'postgres', `create database operated owner ${roles.owner}`);
  await operator('ours');
  const first = await pod.finished;
  expect(first.code).toBe(1);
  expect(linesOf(first)).toEqual(
    expect.arrayContaining([
      'tenant ours: ready',
      expect.stringMatching(/^tenant theirs: FAILED: .*password authentication failed for user "tenant_theirs"$/),
      'tenant asleep: inactive: suspended',
    ]),
  );
  await operator('theirs');
  expect(last(await run(given))).toBe('2 tenants: 2 ready, 0 failed; 1 inactive');
  expect(await sql(eu, 'operated', 'select slug from tenant_registry where is_active order by 1')).toEqual([
    'ours',
    'theirs',
  ]);
  for (const database of ['tenant_theirs', 'tenant_asleep', 'operated']) {
    expect(await as('tenant_ours', `ours ${HOSTILE}`, database, 'select 1', eu)).toContain(
      'permission denied for database',
    );
  }
});

test('where an operator manages several databases, their owners close them and make their extensions', async () => {
  const given: Prerequisite = {
    tenants: [],
    servers: [{ ...EU, name: 'main' }],
    byOperator: true,
    adminDatabase: 'orders',
    databases: `orders\t${roles.owner}\tpg_trgm\nreports\t${roles.writer}\tcitext uuid-ossp\nlate\t${roles.owner}\t\n`,
  };
  const operator = (database: string, role: string) => sql(eu, 'postgres', `create database ${database} owner ${role}`);
  await operator('orders', roles.owner);
  const pod = await start(given, { env: { WAIT_SECONDS: '10' } });
  await until('it waits for the second one', 20, () => pod.log().includes('database orders: ready'));
  await operator('reports', roles.writer);
  const first = await pod.finished;
  expect([first.code, linesOf(first).slice(-4)]).toEqual([
    1,
    [
      'server main: ready',
      'database orders: ready',
      'database reports: ready',
      expect.stringMatching(/^database late: FAILED: .*database "late" does not exist$/),
    ],
  ]);
  await operator('late', roles.owner);
  const second = await run(given);
  expect([second.code, last(second)]).toEqual([0, 'database late: ready']);
  const extensions = "select string_agg(extname || ' ' || extowner::regrole, ', ' order by extname) from pg_extension";
  expect(await sql(eu, 'orders', extensions)).toEqual([`pg_trgm ${roles.owner}, plpgsql postgres`]);
  expect(await sql(eu, 'reports', extensions)).toEqual([
    `citext ${roles.writer}, plpgsql postgres, uuid-ossp ${roles.writer}`,
  ]);
  const entered = (role: keyof typeof roles, database: string) =>
    as(roles[role], rolePasswords[roles[role]] as string, database, 'select current_database()', eu);
  expect(await entered('owner', 'reports')).toContain('permission denied for database');
  expect(await entered('writer', 'late')).toContain('permission denied for database');
  expect(await entered('backup', 'reports')).toBe('reports');
});

test('no password is in the logs of the Jobs or the servers', async () => {
  const written = main.log() + eu.log();
  expect(written).toContain("PASSWORD 'SCRAM-SHA-256$");
  expect(written).not.toMatch(/connection_string.*postgresql\+asyncpg:/);
  for (const password of ['t-7', 'good', 'euro', 'another', ...Object.values(roles)]) {
    expect(written).not.toContain(`${password} ${HOSTILE}`);
    expect(written).not.toContain(`${password} ${HOSTILE.replaceAll("'", "''")}`);
    expect(written).not.toContain(encodeURIComponent(`${password} '`));
  }
});
