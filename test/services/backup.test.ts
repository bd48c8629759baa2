import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigMap } from '../../lib/constructs/config-map';
import { Job } from '../../lib/constructs/job';
import { Secrets } from '../../lib/constructs/secrets/secrets';
import { Workload } from '../../lib/constructs/workload';
import type { ManifestObject } from '../../lib/manifests/object';
import { hostOf, portOf } from '../../lib/model/address';
import { Config } from '../../lib/model/config';
import { addresses } from '../../lib/model/connection';
import type { Server } from '../../lib/model/database';
import type { Placement } from '../../lib/model/kubernetes';
import { Secret } from '../../lib/model/secret';
import { type BackupProps, backup, removal, restore, restoreDrill } from '../../lib/parts/backup/backup';
import { backupScripts } from '../../lib/parts/backup/scripts';
import { POSTGRES_SCRIPTS, postgres } from '../../lib/parts/postgres/postgres';
import { serverTable } from '../../lib/parts/postgres/server-files';
import { provisioning, provisioningScripts } from '../../lib/parts/provisioning/provisioning';
import { sample, server, synthesize } from '../construct';
import { type Lab, type Output, openLab, type Pod, type Result, type StartOptions, serveS3, until } from './lab';
import { IMAGES } from './lab/images';

const system = 'shop';
const namespace = 'shop-data';
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

/** Every printable character with a special meaning in a shell, in SQL, in a URL or in JSON. */
const HOSTILE = `'"@/:%\\ $(id)\`id\`;--?#&=+é {}[]~`;
const STORE = { RESTIC_PASSWORD: `restic ${HOSTILE}`, AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'store secret' };
const DAY = 86_400;

function secret(name: string, values: Readonly<Record<string, string>>): Secret {
  const given = Object.entries(values).map(([key, development]) => [key, { remote: `${name}/${key}`, development }]);
  const source = { kind: 'development', revision: 1 } as const;
  return new Secret({ namespace, name, externalName: name, source, values: Object.fromEntries(given) });
}

const postgresScripts = new Config(namespace, 'postgres-scripts', POSTGRES_SCRIPTS);
const makingScripts = provisioningScripts(namespace);
const scripts = backupScripts(namespace);
const store = secret('backup-credentials', STORE);
const administrator = secret('credentials', {
  POSTGRES_SUPERUSER_PASSWORD: 'superuser',
  POSTGRES_ADMIN_USER: 'provisioner',
  POSTGRES_ADMIN_PASSWORD: `administrator ${HOSTILE}`,
});
const passwords = secret('roles', Object.fromEntries(Object.values(roles).map((role) => [role, `${role} ${HOSTILE}`])));
const key = administrator.pick('POSTGRES_SUPERUSER_PASSWORD', 'POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD');
const components = (['postgres', 'postgres-eu'] as const).map((name) =>
  postgres({
    system,
    namespace,
    name,
    image,
    superuserPassword: key.POSTGRES_SUPERUSER_PASSWORD,
    administrator: { user: key.POSTGRES_ADMIN_USER, password: key.POSTGRES_ADMIN_PASSWORD },
    scripts: postgresScripts,
    maxConnections: 60,
    resources: { ...resources, memory: { request: '256Mi', limit: '512Mi' } },
    size: '5Gi',
  }),
);
const servers = ['main', 'eu'].map((name, index): Server => {
  const of = components[index] as (typeof components)[0];
  const connection = addresses(name, ['10.0.0.0/8'], 5432);
  return server(name, { host: hostOf(of), port: portOf(of), tls: 'disable', connection });
});

interface Tenant {
  readonly slug: string;
  readonly state?: string;
  readonly server?: string;
}

/** The longest slug, whose names have the maximum length. */
const LONG = `long-${'x'.repeat(45)}`;
const TENANTS: readonly Tenant[] = [
  { slug: 'acme-corp' },
  { slug: 'beta' },
  { slug: LONG },
  { slug: 'delta', server: 'eu' },
];
const databaseOf = (slug: string) => `tenant_${slug.replaceAll('-', '_')}`;
const passwordOf = (slug: string) => `${slug} ${HOSTILE}`;
const repository = (name: string) => `s3:https://s3.example.test:9000/bucket/${name}`;

function objectsOf(tenants: readonly Tenant[], administered = true): ManifestObject[] {
  const tables = new Config(namespace, 'tenants', {
    'servers.tsv': serverTable(servers),
    'tenants.tsv': tenants
      .map(({ slug, state = 'active', server = 'main' }) => `${slug}\t${state}\t${server}\t-1\t1\t${slug} ${HOSTILE}\n`)
      .join(''),
  });
  const tenantPasswords = secret('tenants', Object.fromEntries(tenants.map(({ slug }) => [slug, passwordOf(slug)])));
  const administrators = { main: administrator, eu: administrator };
  const common: BackupProps = {
    system,
    namespace,
    image,
    restic: { image: 'docker.io/restic/restic', tag: '0.18.0' },
    servers,
    tables,
    role: roles.backup,
    restoreRole: roles.restore,
    rolePasswords: passwords,
    adminDatabase: 'shop_admin',
    tenants: { prefix: 'tenant_' },
    repository: {
      url: repository('shop'),
      env: store.pick('RESTIC_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'),
      mounts: [],
      connectsTo: [addresses('the store', ['10.0.0.0/8'], 9000)],
      volumes: [],
    },
    host: 'shop-test',
    resources,
  };
  const tasks = [
    provisioning({
      system,
      namespace,
      image,
      tables,
      servers,
      administrators,
      adminDatabase: 'shop_admin',
      roles,
      rolePasswords: passwords,
      tenants: {
        prefix: 'tenant_',
        tenantPasswords,
        reader: roles.reader,
        writer: roles.writer,
        scheme: 'postgresql',
        pooler: sample({ namespace: 'shop', service: 'pooler', ports: { postgres: 6432 } }),
        parallel: 4,
      },
      resources,
    }),
    backup({ ...common, hour: 2, keep: { daily: 7, weekly: 4, monthly: 12 } }),
    restoreDrill({ ...common, hour: 2, drill: { tenants: 2, rpo: DAY, rto: 3600, largest: '10Gi' } }),
    restore(common),
    removal({ ...common, administrators: administered ? administrators : {} }),
  ];
  return synthesize((chart) => {
    for (const config of [tables, scripts, postgresScripts, makingScripts]) {
      new ConfigMap(chart, config.name, { system, config });
    }
    new Secrets(chart, 'secrets', { system, secrets: [administrator, passwords, tenantPasswords, store] });
    for (const component of components) new Workload(chart, component.name, { component, placement });
    for (const task of tasks) new Job(chart, task.name, { task, placement });
  });
}

/** A table of each kind that a dump could miss, with names that could be misread. */
const ODD = String.raw`
  create extension pgcrypto;
  create type mood as enum ('sad', 'it''s "ok"');
  create table "Odd ""Table'; drop" (
    id int generated always as identity primary key, "two
lines" bytea, mood mood, data jsonb, at timestamptz, words text[]);
  insert into "Odd ""Table'; drop" ("two
lines", mood, data, at, words)
    select decode(md5(i::text), 'hex'), 'sad', jsonb_build_object('k', E'line\n\\. ' || i), '2026-01-01'::timestamptz + i * '1 h'::interval, array['a', null, '"\']
    from generate_series(1, 500) i;
  create table child (id bigserial primary key, odd int not null references "Odd ""Table'; drop" on delete cascade,
    amount numeric check (amount > 0), twice numeric generated always as (amount * 2) stored);
  insert into child (odd, amount) select i, i / 7.0 from generate_series(1, 500) i;
  create index on child (amount) where amount > 3;
  create table "new
line" (one int);
  insert into "new
line" values (1);
  create schema "Ünïcode";
  create table "Ünïcode".parted (a int, b text) partition by range (a);
  create table "Ünïcode".first partition of "Ünïcode".parted for values from (0) to (10);
  insert into "Ünïcode".parted select i, repeat('é', i) from generate_series(0, 9) i;
  create view sums as select sum(amount) from child;
  create materialized view totals as select sum(twice) from child;
  create function stamp() returns trigger language plpgsql as $$ begin new.amount := new.amount + 1; return new; end $$;
  create trigger stamp before insert on child for each row execute function stamp();
  alter table child enable row level security;
  create policy own on child using (amount < 5);
  select setval('child_id_seq', 4711);
  select lo_from_bytea(0, 'a large object');
  create table alembic_version (version_num varchar(32) primary key);
  insert into alembic_version values ('deadbeef'), ('0002');
`;

let lab: Lab;
const pods: Record<string, Pod> = {};
let person: Pod;
const folder = mkdtempSync(join(tmpdir(), 'berth-backup-'));
const bucket = () => join(lab.folder('s3'), 'bucket');

async function checked(output: Promise<Output>): Promise<string> {
  const { code, stdout, stderr } = await output;
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** The result of a query as the superuser. */
async function sql(server: string, database: string, statements: string): Promise<string> {
  const argv = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', database, '-f', '-'];
  return (await checked((pods[server] as Pod).exec(argv, { stdin: statements }))).trimEnd();
}

/** The result of a query as a tenant. */
async function as(slug: string, statements: string, server = 'main'): Promise<string> {
  const database = databaseOf(slug);
  const argv = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-U', database, '-d', database, '-f', '-'];
  const env = { PGPASSWORD: passwordOf(slug) };
  return (await checked((pods[server] as Pod).exec(argv, { stdin: statements, env }))).trimEnd();
}

/** A complete dump of a database by its superuser: structure, owners, privileges, settings and every row. */
async function everything(server: string, database: string): Promise<string> {
  const argv = ['pg_dump', '-U', 'postgres', '--create', database];
  const text = await checked((pods[server] as Pod).exec(argv));
  return text.replace(/^\\(un)?restrict .*$/gm, '');
}

const databasesOf = async (server: string) =>
  (await sql(server, 'postgres', 'select datname from pg_database where not datistemplate order by 1')).split('\n');

/** restic, as used by hand. */
async function restic(name: string, ...args: string[]): Promise<string> {
  return checked(
    person.exec(['restic', '--no-cache', '--quiet', ...args], { env: { RESTIC_REPOSITORY: repository(name) } }),
  );
}

async function paths(name: string, ...args: string[]): Promise<string[]> {
  return JSON.parse(await restic(name, 'snapshots', '--json', ...args))
    .map(({ paths: [path] }: { paths: string[] }) => path)
    .sort();
}

const run = (task: string, env: StartOptions['env'] = {}) => lab.run(namespace, task, { env });
const at = (name: string, more: StartOptions['env'] = {}) => ({ RESTIC_REPOSITORY: repository(name), ...more });
const linesOf = ({ log }: Result) => log.trimEnd().split('\n');
const last = (result: Result) => linesOf(result).at(-1);

/** A separate repository for a test, with the dumps of the first run. */
function copy(name: string): void {
  cpSync(join(bucket(), 'shop'), join(bucket(), name), { recursive: true });
}

/** The first significant line in the log of a run. */
function ok(result: Result): Result {
  if (result.code !== 0) throw new Error(result.log);
  return result;
}

async function fill(slug: string, server = 'main'): Promise<void> {
  await as(slug, ODD, server);
}

beforeAll(async () => {
  const certificate = join(folder, 'crt');
  writeFileSync(certificate, '');
  const trusting = {
    ...IMAGES.restic,
    files: { ...IMAGES.restic?.files, '/etc/ssl/certs/ca-certificates.crt': certificate },
  };
  lab = await openLab(objectsOf(TENANTS), { restic: trusting });
  const tls = lab.folder('tls', 70);
  const maker = await lab.daemon('certificate', {
    image: 'python',
    command: ['sleep', 'infinity'],
    user: 70,
    folders: { '/tls': tls },
  });
  const make = `cd /tls && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out crt -days 2 -subj /CN=s3 \
    -addext subjectAltName=DNS:s3.example.test 2>/dev/null`;
  await checked(maker.exec(['sh', '-c', make]));
  writeFileSync(certificate, readFileSync(join(tls, 'crt')));
  mkdirSync(bucket());
  await storeUp();
  person = await lab.daemon('person', {
    image: 'restic',
    command: ['sleep', 'infinity'],
    env: { ...STORE, SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt' },
  });
  for (const [name, object] of [
    ['main', 'postgres'],
    ['eu', 'postgres-eu'],
  ] as const) {
    pods[name] = await lab.start(namespace, object);
    await checked((pods[name] as Pod).exec(['/bin/bash', '/etc/berth/scripts/administrator.sh']));
  }
  ok(await run('provisioning'));
  for (const { slug, server } of TENANTS) await fill(slug, server);
  await sql(
    'main',
    'shop_admin',
    `set role ${roles.owner}; create table alembic_version (version_num text); insert into alembic_version values ('a1')`,
  );
  await sql('main', 'postgres', "alter database tenant_acme_corp set timezone = 'Asia/Tokyo'");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let s3: Pod;
async function storeUp(): Promise<void> {
  const keys = `${STORE.AWS_ACCESS_KEY_ID},${STORE.AWS_SECRET_ACCESS_KEY}`;
  // A short cache time, because tests write files to its folder directly; but not 0, at which rclone only expires its cache.
  const args = '--cert /tls/crt --key /tls/key --dir-cache-time 50ms'.split(' ');
  s3 = await serveS3(lab, { keys, args, folders: { '/tls': lab.folder('tls', 70) } });
}

const ALL = [
  '/eu.sql',
  '/eu.tenant_delta.sql',
  '/main.shop_admin.sql',
  '/main.sql',
  '/main.tenant_acme_corp.sql',
  '/main.tenant_beta.sql',
  `/main.${databaseOf(LONG)}.sql`,
].sort();

test('the first run creates the repository; roles and databases of all servers are a snapshot each', async () => {
  const result = await run('backup');
  expect(result.log).toMatch(/^the repository was empty, and is new$/m);
  expect(result.log).toMatch(/^main\/tenant_acme_corp: dumped, \d{5,} bytes in \d+ s$/m);
  expect(last(result)).toBe('7 dumps of 2 servers; kept: 7 daily, 4 weekly, 12 monthly of each');
  expect(result.code).toBe(0);
  expect(await paths('shop')).toEqual(ALL);
  for (const secretText of [HOSTILE, STORE.AWS_SECRET_ACCESS_KEY]) expect(result.log).not.toContain(secretText);
});

test('a dump is SQL with a description of its content', async () => {
  const dump = await restic('shop', 'dump', '--path', '/main.tenant_beta.sql', 'latest', '/main.tenant_beta.sql');
  const [manifest = '', ...rest] = dump.split('-- end of manifest\n');
  expect(manifest.replace(/^-- (time|postgres|end of rights) .*\n/gm, '')).toBe(String.raw`-- berth dump 2
-- server main
-- database "tenant_beta"
-- owner "tenant_beta"
-- rows of "public"."Odd \"Table'; drop"	500
-- rows of "public"."alembic_version"	2
-- rows of "public"."child"	500
-- rows of "public"."new\nline"	1
-- rows of "Ünïcode"."first"	10
-- migrations in "public"	["0002","deadbeef"]
-- large objects	1
`);
  expect(rest.join('')).toMatch(/select 'end of dump';\n$/);
  const globals = await restic('shop', 'dump', '--path', '/main.sql', 'latest', '/main.sql');
  expect(globals).toContain('CREATE ROLE tenant_beta;');
  expect(globals).not.toMatch(/SCRAM|PASSWORD '/);
});

test('the drill restores the admin database and some tenants, other tenants the next day, and leaves nothing behind', async () => {
  const before = await databasesOf('main');
  const result = ok(await run('restore-drill'));
  expect(linesOf(result)[0]).toMatch(/^main\/shop_admin: restored as it was dumped, \d+ bytes in \d+ s$/);
  expect(last(result)).toMatch(/^no dump is older than 24 h 00 min; 3 of 5 databases came back, \d+ bytes in \d+ s$/);
  expect(await databasesOf('main')).toEqual(before);
  expect(linesOf(ok(await run('restore-drill', { SAMPLE: '9' })))).toHaveLength(6);
});

test('after a total loss, provisioning and a restore of all databases recover every byte', async () => {
  const before = await Promise.all([
    everything('main', 'tenant_acme_corp'),
    everything('main', databaseOf(LONG)),
    everything('eu', 'tenant_delta'),
  ]);
  const rights = (database: string) => sql('main', database, '\\dp tenant_registry \n \\ddp');
  const adminRights = await rights('shop_admin');
  for (const [name, object] of [
    ['main', 'postgres'],
    ['eu', 'postgres-eu'],
  ] as const) {
    await (pods[name] as Pod).kill();
    rmSync(lab.claim(namespace, `${object}-data`), { recursive: true });
    pods[name] = await lab.start(namespace, object);
    await checked((pods[name] as Pod).exec(['/bin/bash', '/etc/berth/scripts/administrator.sh']));
  }
  const early = await run('restore', { TENANT: 'acme-corp' });
  expect([early.code, last(early)]).toEqual([1, 'FAILED: server main, server eu']);

  ok(await run('provisioning'));
  // Migrations may have run before.
  await as(
    'beta',
    'create table alembic_version (version_num text); insert into alembic_version values (1); create table child ()',
  );
  const result = ok(await run('restore', { TENANT: 'all' }));
  expect(result.log).toMatch(/^main\/tenant_beta: restored from snapshot \w{8} in \d+ s; it was empty before$/m);
  expect(result.log).toMatch(
    /^main\/shop_admin: .*; what was there is kept: DROP DATABASE "shop_admin_before_\d{14}" /m,
  );
  expect(last(result)).toMatch(/^5 databases restored; run provisioning and migrations now/);

  await sql('main', 'postgres', "alter database tenant_acme_corp set timezone = 'Asia/Tokyo'");
  const after = await Promise.all([
    everything('main', 'tenant_acme_corp'),
    everything('main', databaseOf(LONG)),
    everything('eu', 'tenant_delta'),
  ]);
  expect(after).toEqual(before);
  expect(await rights('shop_admin')).toBe(adminRights);
  ok(await run('provisioning'));
  expect(await as('acme-corp', "insert into child (odd, amount) values (1, 1) returning id || ' ' || amount")).toBe(
    '4712 2',
  );
});

test('one tenant is restored to a snapshot while clients are connected, without an effect on the others', async () => {
  const snapshot = JSON.parse(await restic('shop', 'snapshots', '--json', '--path', '/main.tenant_acme_corp.sql'))[0]
    .id;
  await as('acme-corp', 'delete from child; create table later ()');
  const before = await everything('main', 'tenant_beta');
  const client = (pods.main as Pod).exec(
    [
      'psql',
      '-XAtq',
      '-h',
      '127.0.0.1',
      '-U',
      'tenant_beta',
      '-d',
      'tenant_beta',
      '-c',
      'select pg_sleep(8)',
      '-c',
      'select 1',
    ],
    { env: { PGPASSWORD: passwordOf('beta') } },
  );
  const held = (pods.main as Pod).exec(
    [
      'psql',
      '-XAtq',
      '-h',
      '127.0.0.1',
      '-U',
      'tenant_acme_corp',
      '-d',
      'tenant_acme_corp',
      '-c',
      'select pg_sleep(60)',
    ],
    { env: { PGPASSWORD: passwordOf('acme-corp') } },
  );
  const refused: string[] = [];
  let over = false;
  const others = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!over) await as('acme-corp', 'select 1').catch(({ message }) => refused.push(message));
    }),
  );
  const result = await run('restore', { TENANT: 'acme-corp', SNAPSHOT: snapshot.slice(0, 10) });
  over = true;
  await others;
  expect(last(ok(result))).toMatch(/^1 databases restored; /);
  expect((await held).stderr).toContain('terminating connection due to administrator command');
  // Clients that were connected, or connect at that moment, get an error that makes them retry.
  const once = /terminating connection due to administrator command|It seems to have just been dropped or renamed/;
  for (const message of refused) expect(message).toMatch(once);
  expect(await as('acme-corp', "select count(*), to_regclass('later') from child")).toBe('500|');
  expect(await as('acme-corp', 'show timezone')).toBe('Asia/Tokyo');
  expect(await everything('main', 'tenant_beta')).toBe(before);
  expect((await client).stdout).toContain('1');

  const [kept = ''] = (await databasesOf('main')).filter((name) => name.startsWith('tenant_acme_corp_before_'));
  const closed = await sql('main', kept, 'select 1').catch(({ message }) => message);
  expect(closed).toContain('is not currently accepting connections');
  const next = ok(await run('backup', at('kept')));
  expect(next.log).toContain(`main/${kept}: left out: it accepts no connections`);
  await sql('main', 'postgres', `drop database ${kept}`);
});

test('a restore checks its parameters, and changes nothing when it fails', async () => {
  const before = await databasesOf('main');
  const said = async (env: StartOptions['env']) => {
    const { code, log } = await run('restore', env);
    expect(code).toBe(1);
    return log.trimEnd();
  };
  expect(await said({})).toBe('FAILED: TENANT is empty: expected the slug of a tenant, admin, or all');
  expect(await said({ TENANT: 'x; drop' })).toContain('TENANT is x; drop: expected');
  expect(await said({ TENANT: 'all', SNAPSHOT: '12345678' })).toContain('SNAPSHOT belongs to one database');
  expect(await said({ TENANT: 'nobody' })).toMatch(
    /^nobody: FAILED: there is no such database; list it in tenants.yaml/,
  );
  const other = JSON.parse(await restic('shop', 'snapshots', '--json', '--path', '/main.tenant_beta.sql'))[0].id;
  expect(await said({ TENANT: 'acme-corp', SNAPSHOT: other })).toMatch(
    /is a dump of \/main.tenant_beta.sql, expected one of tenant_acme_corp/,
  );

  copy('broken');
  const dump = await restic('shop', 'dump', '--path', '/main.tenant_beta.sql', 'latest', '/main.tenant_beta.sql');
  await keep('broken', 'main.tenant_beta.sql', dump.replace(/\nCREATE VIEW/, '\nCREATE NONSENSE'));
  expect(await said({ ...at('broken'), TENANT: 'beta' })).toMatch(/ERROR: +syntax error/);
  await keep(
    'broken',
    'main.tenant_beta.sql',
    dump.replace('-- end of manifest', '-- role "somebody"\n-- end of manifest'),
  );
  expect(await said({ ...at('broken'), TENANT: 'beta' })).toContain(
    'server main lacks roles that the dump gives rights to: somebody',
  );
  expect(await databasesOf('main')).toEqual(before);
});

/** Stores a file in a repository like a dump. */
async function keep(name: string, file: string, text: string): Promise<void> {
  const argv = [
    'restic',
    '--no-cache',
    '-q',
    'backup',
    '--force',
    '--host',
    'shop-test',
    '--stdin',
    '--stdin-filename',
    file,
  ];
  await checked(person.exec(argv, { stdin: text, env: { RESTIC_REPOSITORY: repository(name) } }));
}

test('malicious code in a dump runs without privileges', async () => {
  await as(
    'beta',
    `create function attempt() returns boolean language plpgsql volatile as $$
     declare statement text; begin
       if session_user = 'tenant_beta' then return true; end if;
       foreach statement in array array['reset role', 'set role tenant_acme_corp', 'set role shop_backup', 'set role shop_owner',
           'set session authorization shop_backup', 'alter role tenant_acme_corp password ''known''',
           'grant connect on database tenant_acme_corp to tenant_beta', 'grant tenant_acme_corp to tenant_beta',
           'alter database shop_admin owner to tenant_beta', 'create role intruder', 'create database intruded'] loop
         begin
           execute statement;
           if statement <> 'reset role' then raise exception using message = 'INTRUDED by ' || statement, errcode = 'XX999'; end if;
         exception when insufficient_privilege or active_sql_transaction or invalid_parameter_value or undefined_object then null;
         end;
       end loop;
       return true;
     end $$;
     create table trap (one int check (public.attempt()));`,
  );
  await as('beta', 'insert into trap values (1)');
  ok(await run('backup', at('trap')));
  ok(await run('restore-drill', at('trap', { SAMPLE: '9' })));
  ok(await run('restore', at('trap', { TENANT: 'beta' })));
  expect(await as('beta', 'select one from trap')).toBe('1');
  const entered = (pods.main as Pod).exec(
    ['psql', '-XAtq', '-h', '127.0.0.1', '-U', 'tenant_beta', '-d', 'tenant_acme_corp', '-c', 'select 1'],
    { env: { PGPASSWORD: passwordOf('beta') } },
  );
  expect((await entered).stderr).toContain('permission denied for database');
  expect(await as('acme-corp', 'select 1')).toBe('1');
  for (const name of await databasesOf('main')) {
    if (name.startsWith('tenant_beta_before_')) await sql('main', 'postgres', `drop database ${name}`);
  }
  await as('beta', 'drop table trap; drop function attempt');
});

describe('a dump that fails', () => {
  const failing = async (name: string) => {
    copy(name);
    const before = await paths(name);
    const result = await run('backup', at(name));
    expect(result.code).toBe(1);
    expect(last(result)).toBe('FAILED: main/tenant_beta');
    const now = await paths(name);
    expect(now.filter((path) => path === '/main.tenant_beta.sql')).toHaveLength(1);
    expect(now).toHaveLength(before.length + ALL.length - 1);
    return result.log;
  };

  test('midway creates no snapshot, does not stop others, and is reported', async () => {
    await as('beta', 'create table big as select i, repeat(md5(i::text), 200) from generate_series(1, 60000) i');
    const killing = until('a dump runs', 60, async () => {
      const kill = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'COPY public.big %'";
      return (await sql('main', 'postgres', kill)) !== '';
    });
    const log = await failing('midway').finally(() => as('beta', 'drop table big'));
    await killing;
    expect(log).toMatch(
      /^main\/tenant_beta: FAILED: pg_dump: error: .*(terminating connection due to administrator|server closed the connection)/m,
    );
  });

  test('for a table that only its owner can read is reported as well', async () => {
    await sql('main', 'tenant_beta', 'create table hidden ()');
    const log = await failing('hidden').finally(() => sql('main', 'tenant_beta', 'drop table hidden'));
    expect(log).toMatch(/^main\/tenant_beta: FAILED: .*permission denied for table hidden/m);
  });

  test('for a row security policy that would hide rows is reported as well', async () => {
    await as('beta', 'alter table child force row level security');
    const log = await failing('policy');
    // It alone: of the others the dump between the oldest and the newest of this day is forgotten.
    const before = await paths('policy');
    expect((await run('backup', at('policy'))).code).toBe(1);
    expect(await paths('policy')).toEqual(before);
    await as('beta', 'alter table child no force row level security');
    expect(log).toMatch(/^main\/tenant_beta: FAILED: .*query would be affected by row-level security policy/m);
  });
});

test('what a tenant sets for the sessions in its database does not change as whom it is dumped and restored', async () => {
  await sql('main', 'tenant_beta', `create table hidden (one int); grant select on hidden to ${roles.backup}`);
  await as(
    'beta',
    'alter database tenant_beta set role = tenant_beta; alter database tenant_beta set default_transaction_read_only = on',
  );
  try {
    ok(await run('backup', at('role')));
    ok(await run('restore-drill', at('role', { SAMPLE: '9' })));
    const result = ok(await run('restore', at('role', { TENANT: 'beta' })));
    const [, before] = result.log.match(/DROP DATABASE "(tenant_beta_before_\d+)"/) ?? [];
    await sql('main', 'postgres', `drop database ${before}`);
    ok(await run('provisioning'));
  } finally {
    await sql('main', 'postgres', 'alter database tenant_beta reset all');
    await sql('main', 'tenant_beta', 'drop table hidden');
  }
});

test('timeouts set on a role or database do not end a dump', async () => {
  await sql(
    'main',
    'postgres',
    'alter database tenant_beta set statement_timeout = 1; alter database tenant_beta set transaction_timeout = 500',
  );
  await sql(
    'main',
    'postgres',
    `alter database tenant_beta set idle_in_transaction_session_timeout = 1;
     alter database tenant_beta set search_path = nowhere, "a, ""b';", '';
     alter database tenant_beta set app.words = 'so';
     alter database tenant_beta set default_text_search_config = 'english'; alter database tenant_beta set "TimeZone" = '<+02>-02'`,
  );
  ok(await run('backup', at('limits')));
  const result = ok(await run('restore', at('limits', { TENANT: 'beta' })));
  // The one that only a superuser may set.
  expect(result.log.match(/not taken over: .*/)?.[0]).toMatch(
    /^not taken over: [^;]*permission denied [^;]*"app.words"$/,
  );
  const [, before] = result.log.match(/DROP DATABASE "(tenant_beta_before_\d+)"/) ?? [];
  await sql('main', 'postgres', `drop database ${before}`);
  const settings =
    "select unnest(setconfig) from pg_db_role_setting join pg_database d on d.oid = setdatabase where datname = 'tenant_beta' order by 1";
  expect(await sql('main', 'postgres', settings)).toBe(
    [
      'TimeZone=<+02>-02',
      'default_text_search_config=english',
      'idle_in_transaction_session_timeout=1',
      `search_path=nowhere, "a, ""b';", ""`,
      'statement_timeout=1',
      'transaction_timeout=500',
    ].join('\n'),
  );
  await sql('main', 'postgres', 'alter database tenant_beta reset all');
});

test('an unreachable server fails alone; two concurrent runs do not disturb each other', async () => {
  await (pods.eu as Pod).stop();
  const away = await run('backup', at('away'));
  pods.eu = await lab.start(namespace, 'postgres-eu');
  expect(away.code).toBe(1);
  expect(away.log).toMatch(/^server eu: FAILED: .*(refused|timeout)/m);
  expect(last(away)).toBe('FAILED: server eu');
  expect(await paths('away')).toEqual(ALL.filter((path) => path.startsWith('/main')));

  const both = await Promise.all([run('backup', at('both')), run('backup', at('both'))]);
  expect(both.map(last)).toEqual(Array(2).fill('7 dumps of 2 servers; kept: 7 daily, 4 weekly, 12 monthly of each'));
});

test('an unreachable store, a wrong key and a wrong password are reported', async () => {
  const soon = { OPEN_SECONDS: '5' };
  const key = await run('backup', { ...soon, AWS_SECRET_ACCESS_KEY: 'wrong' });
  expect([key.code, key.log]).toEqual([
    1,
    expect.stringMatching(/^FAILED: the repository cannot be opened: .*signature/),
  ]);
  const password = await run('restore-drill', { RESTIC_PASSWORD: 'wrong' });
  expect([password.code, password.log]).toEqual([
    1,
    'FAILED: the repository cannot be opened: Fatal: wrong password or no key found\n',
  ]);
  await s3.kill();
  const away = await run('backup', soon);
  await storeUp();
  expect([away.code, away.log]).toEqual([
    1,
    expect.stringMatching(/^FAILED: the repository cannot be opened: .*dial tcp/),
  ]);
  const none = await run('restore-drill', at('none'));
  expect([none.code, none.log]).toEqual([1, 'FAILED: there is no repository: nothing was ever dumped\n']);
});

describe('the drill fails', () => {
  const failing = async (env: StartOptions['env']) => {
    const before = await databasesOf('main');
    const result = await run('restore-drill', env);
    expect(result.code).toBe(1);
    expect(last(result)).toMatch(/^FAILED: /);
    expect(await databasesOf('main')).toEqual(before);
    return result.log;
  };
  let dump = '';

  beforeAll(async () => {
    dump = await restic('shop', 'dump', '--path', '/main.tenant_beta.sql', 'latest', '/main.tenant_beta.sql');
  });

  test('when a dump is too old, and names it', async () => {
    const log = await failing({ RPO_SECONDS: '1' });
    expect(log).toMatch(
      /^main\/tenant_beta: FAILED: its newest dump is 0 h \d+ min old, more than the RPO of 0 h 00 min$/m,
    );
    expect(log).toMatch(/^eu: roles: FAILED: its newest dump is/m);
  });

  test('when a database was never dumped, unless it is new', async () => {
    await sql('main', 'postgres', 'create database tenant_new owner tenant_beta');
    expect(await failing({})).toMatch(/^main\/tenant_new: FAILED: it was never dumped$/m);
    await sql('main', 'postgres', 'drop database tenant_new');
    await lab.update(objectsOf([...TENANTS, { slug: 'new' }]));
    ok(await run('provisioning'));
    ok(await run('restore-drill'));
    await sql('main', 'postgres', 'drop database tenant_new');
    await lab.update(objectsOf(TENANTS));
    ok(await run('provisioning'));
  });

  test('when a restore takes too long', async () => {
    expect(await failing({ RTO_SECONDS: '-1' })).toMatch(
      /^restore: FAILED: it took \d+ s, more than the -1 s of the RTO$/m,
    );
  });

  test('when rows or migrations differ from the dump', async () => {
    copy('counts');
    await keep(
      'counts',
      'main.tenant_beta.sql',
      dump.replace('"child"\t500', '"child"\t501').replace('"deadbeef"', '"cafe"'),
    );
    const log = await failing(at('counts', { SAMPLE: '9' }));
    expect(log).toContain('is not what was dumped: ');
    expect(log).toContain('rows of "public"."child": 501 dumped, 500 found');
    expect(log).toContain('migrations in "public": ["0002","cafe"] dumped, ["0002","deadbeef"] found');
    expect(last({ log } as Result)).toBe('FAILED: main/tenant_beta');
  });

  test('when a dump is truncated in its rows or after them; the log has no rows', async () => {
    copy('short');
    await keep('short', 'main.tenant_beta.sql', dump.slice(0, dump.indexOf('\\\\. 300')));
    const log = await failing(at('short', { SAMPLE: '9' }));
    expect(log).toMatch(/^main\/tenant_beta: FAILED: .*the dump has no end$/m);
    expect(log).not.toContain('2026-01-');
    await keep('short', 'main.tenant_beta.sql', dump.replace("select 'end of dump';\n", ''));
    expect(await failing(at('short', { SAMPLE: '9' }))).toMatch(/^main\/tenant_beta: FAILED: the dump has no end$/m);
  });

  test('when the repository is damaged', async () => {
    copy('damaged');
    const data = join(bucket(), 'damaged/data');
    for (const file of readdirSync(data, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())) {
      const path = join(file.parentPath, file.name);
      const bytes = readFileSync(path);
      bytes.writeUInt8(bytes.readUInt8(100) ^ 255, 100);
      writeFileSync(path, bytes);
    }
    const log = await failing(at('damaged', { SAMPLE: '9' }));
    expect(log).toMatch(/^main\/tenant_beta: FAILED: .*ciphertext verification failed/m);
    copy('lacking');
    rmSync(join(bucket(), 'lacking/data'), { recursive: true });
    expect(await failing(at('lacking'))).toMatch(/^repository: FAILED: /m);
  });
});

test('a run leaves nothing behind after SIGTERM; the next run cleans up after a killed one', async () => {
  await as('beta', 'create table big as select i, repeat(md5(i::text), 200) from generate_series(1, 200000) i');
  ok(await run('backup', at('long')));
  const before = await databasesOf('main');
  const midway = async () => {
    const pod = await lab.start(namespace, 'restore-drill', { env: at('long', { SAMPLE: '9' }) });
    const copies = "select 1 from pg_stat_activity where datname ~ '^drill_' and query like 'COPY public.big %'";
    await until('it restores', 60, async () => (await sql('main', 'postgres', copies)) !== '');
    return pod;
  };
  const stopped = await midway();
  const { codes, seconds } = await stopped.stop();
  expect(codes['restore-drill']).toBe(143);
  expect(seconds).toBeLessThan(10);
  expect((await stopped.finished).log).toMatch(/^stopped before the end, since it was told to$/m);
  expect(await databasesOf('main')).toEqual(before);
  expect(await restic('long', 'list', 'locks')).toBe('');

  await (await midway()).kill();
  const left = await databasesOf('main');
  expect(left.filter((name) => /^drill_\d{10}_[0-9a-f]{8}$/.test(name))).toHaveLength(1);
  const [scratch = ''] = left.filter((name) => !before.includes(name));
  const old = `drill_1700000000_${scratch.slice(-8)}`;
  await until('it has no connections', 30, async () =>
    sql('main', 'postgres', `alter database ${scratch} rename to ${old}; create database drill_holes`).then(
      () => true,
      () => false,
    ),
  );
  await as('beta', 'drop table big');
  const after = await run('restore-drill', at('long'));
  expect(last(after)).toBe('FAILED: main/drill_holes');
  await sql('main', 'postgres', 'drop database drill_holes');
  expect(await databasesOf('main')).toEqual(before);
});

test('the retention keeps 7 days, 4 weeks and 12 months, and the last dump of each removed tenant', async () => {
  ok(await run('backup', at('year')));
  const [{ id }] = JSON.parse(await restic('year', 'snapshots', '--json', '--path', '/main.tenant_beta.sql'));
  await restic('year', 'forget', id);
  const now = Math.floor(Date.now() / 1000);
  // A dump each night of the last month, and every fifth night before.
  const ages = Array.from({ length: 400 }, (_, index) => 400 - index).filter((age) => age <= 31 || age % 5 === 0);
  const days = ages.map((age) => now - age * DAY);
  const time = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  // The dump of 300 days ago is the last one of a removed tenant.
  const script = days
    .map((day, index) => `${ages[index] === 300 ? '--tag final ' : ''}--time "${time(day)}"`)
    .map(
      (args) =>
        `echo dump | restic --no-cache -q backup --force --host shop-test --stdin --stdin-filename main.tenant_beta.sql ${args}`,
    );
  const env = { RESTIC_REPOSITORY: repository('year') };
  const half = Math.ceil(script.length / 2);
  const parts = [script.slice(0, half), script.slice(half)];
  await Promise.all(parts.map((part) => checked(person.exec(['sh', '-ec', part.join('\n')], { env, timeout: 900 }))));

  ok(await run('backup', at('year')));
  const kept: string[] = JSON.parse(await restic('year', 'snapshots', '--json', '--path', '/main.tenant_beta.sql')).map(
    ({ time: when }: { time: string }) => when.slice(0, 10),
  );

  const all = [...days, now].map((day) => new Date(day * 1000)).reverse();
  const expected = new Set<string>([new Date((now - 300 * DAY) * 1000).toISOString().slice(0, 10)]);
  const dayOf = (date: Date) => date.toISOString().slice(0, 10);
  const weekOf = (date: Date) => String(Math.floor((date.getTime() / 1000 / DAY + 3) / 7)); // weeks begin on Mondays
  for (const [number, periodOf] of [
    [7, dayOf],
    [4, weekOf],
    [12, (date: Date) => dayOf(date).slice(0, 7)],
  ] as const) {
    const seen = new Set<string>();
    for (const date of all) {
      if (seen.has(periodOf(date)) || seen.size === number) continue;
      seen.add(periodOf(date));
      expected.add(dayOf(date));
    }
  }
  expect(kept.sort()).toEqual([...expected].sort());
}, 1_200_000);

describe('a removed tenant', () => {
  const removed: readonly Tenant[] = TENANTS.map((tenant) =>
    tenant.slug === 'beta' ? { ...tenant, state: 'removed' } : tenant,
  );
  const tables = (database: string) =>
    sql('main', database, 'select count(*) from child').catch(({ message }) => message);

  test('is kept until its last dump is restored successfully', async () => {
    await lab.update(objectsOf(removed));
    ok(await run('provisioning'));
    await sql('main', 'tenant_beta', 'create table hidden ()');
    const unreadable = await run('removal');
    expect([unreadable.code, unreadable.log]).toEqual([
      1,
      expect.stringMatching(/^tenant beta: FAILED: .*permission denied for table hidden/),
    ]);
    await sql('main', 'tenant_beta', 'drop table hidden');

    const nowhere = await run('removal', at('nowhere'));
    expect([nowhere.code, nowhere.log]).toEqual([
      1,
      'FAILED: there is no repository for a last dump: run a backup first\n',
    ]);
    expect(await tables('tenant_beta')).toBe('500');
    expect(await databasesOf('main')).not.toContain(expect.stringMatching(/^removal_/));
  });

  test('where an operator manages roles, is kept until its role can no longer log in', async () => {
    await sql('main', 'postgres', 'alter role tenant_beta login');
    await lab.update(objectsOf(removed, false));
    const open = await run('removal', { CLOSED_WITHIN: '3' });
    expect([open.code, open.log]).toEqual([
      1,
      expect.stringContaining('role tenant_beta can still log in after 3 s: nothing was dropped'),
    ]);
    expect(await tables('tenant_beta')).toBe('500');
  });

  test('is deleted with its role after a last dump, without an effect on others', async () => {
    await lab.update(objectsOf(removed));
    const others = (await databasesOf('main')).filter((name) => name !== 'tenant_beta');
    await sql('main', 'postgres', 'alter role tenant_beta login');
    const session = (pods.main as Pod).exec(
      ['psql', '-XAtq', '-h', '127.0.0.1', '-U', 'tenant_beta', '-d', 'tenant_beta', '-c', 'select pg_sleep(100)'],
      { env: { PGPASSWORD: passwordOf('beta') } },
    );
    const result = ok(await run('removal'));
    expect(linesOf(result)).toEqual([
      expect.stringMatching(
        /^tenant beta: its database is dropped; the last dump is snapshot \w{8}, \d+ bytes, which is kept for ever$/,
      ),
      'tenant beta: its role is dropped',
      '1 tenants are removed',
    ]);
    expect((await session).stderr).toContain('terminating connection');
    expect(await databasesOf('main')).toEqual(others);
    expect(await sql('main', 'postgres', "select rolname from pg_roles where rolname ~ '^tenant_'")).not.toContain(
      'beta',
    );
    expect(await sql('main', 'shop_admin', "select is_active from tenant_registry where slug = 'beta'")).toBe('f');
    expect(await paths('shop', '--tag', 'final')).toEqual(['/main.tenant_beta.sql']);

    const again = ok(await run('removal'));
    expect(linesOf(again)).toEqual(['tenant beta: is gone already', '1 tenants are removed']);
  });

  test('can be restored from its last dump', async () => {
    ok(await run('backup'));
    ok(await run('restore', { TENANT: 'all' }));
    await lab.update(objectsOf(TENANTS));
    ok(await run('provisioning'));
    ok(await run('restore', { TENANT: 'beta' }));
    expect(await as('beta', 'select count(*) from child where amount is not null')).toBe('500');
  });
});
