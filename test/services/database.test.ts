import { environment } from '../../lib/config/environment';
import { pooled } from '../../lib/model/connection';
import { Secret } from '../../lib/model/secret';
import { database } from '../../lib/parts/postgres/database';
import { sample } from '../construct';
import { type Any, find } from '../support';
import { type Lab, openLab, type Pod, type Result } from './lab';
import { BACKUPS, NAMESPACE as namespace, SERVER, startStore, systemObjects } from './shop';

// Databases of one application, without tenants: all Jobs of the part.

const source = { kind: 'development', revision: 1 } as const;
const { resources } = sample().containers[0];

/** Migrations that make a table. */
const making = (table: string) => ({
  backend: { image: 'example.test/backend', tag: 'v1.0.0' },
  command: `python3 -c "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL'], autocommit=True).execute('create table if not exists ${table}')"`,
  resources,
});

const made = database({
  system: 'shop',
  environment: environment('test'),
  namespace,
  source,
  config: { ...SERVER, tag: '16-alpine', name: 'shop', user: 'shop' },
  client: { image: 'docker.io/library/postgres', tag: '16-alpine' },
  init: 'create extension if not exists citext; create table if not exists spots (at cube);',
  extensions: ['cube'],
  databases: [
    { name: 'billing', user: 'billing', extensions: ['pg_trgm', 'uuid-ossp'] },
    { name: 'reports', user: 'shop' },
  ],
  migrations: [making('notes (text citext)'), { ...making('bills (text text)'), database: 'billing' }],
  backups: BACKUPS,
});
const secret = new Secret({
  namespace: 'shop-test',
  name: 'shop-credentials',
  externalName: 'shop-credentials',
  source,
  values: {
    PASSWORD: made.password,
    URL: made.url('PASSWORD'),
    REPORTS: made.of('reports').url('PASSWORD'),
    ASYNCPG: made.of('reports').url('PASSWORD', 'postgresql+asyncpg'),
    BILLING_PASSWORD: made.of('billing').password,
    BILLING: made.of('billing').url('BILLING_PASSWORD'),
  },
});
const api = sample({ env: secret.pick('URL'), connectsTo: [pooled(made.server, { perPod: 5, why: 'its pool' })] });
const objects = systemObjects({ components: [api, ...made.components], tasks: made.tasks });

/** Passwords as `echo` stores them: line breaks at their ends are no part of them. The repository's are restic's own. */
for (const { kind, metadata, data } of objects as Any[]) {
  if (kind !== 'Secret' || metadata.namespace !== namespace || metadata.name === 'backup-credentials') continue;
  for (const key of Object.keys(data))
    data[key] = Buffer.from(`${Buffer.from(data[key], 'base64')}\n`).toString('base64');
}

let lab: Lab;
let server: Pod;
let person: Pod;

/** The URL in a key of the application's Secret. */
const urlIn = (key: string) => Buffer.from(find(objects, 'Secret', 'shop-credentials').data[key], 'base64').toString();

/** The result of a statement by one of the application's URLs. */
async function ask(statement: string, url = urlIn('URL')): Promise<string> {
  const { code, stdout, stderr } = await person.exec(['psql', '-XAtq', url, '-c', statement]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd();
}

const run = (task: string, env: Readonly<Record<string, string>> = {}) => lab.run(namespace, task, { env });
const linesOf = ({ log }: Result) => log.trimEnd().split('\n');

beforeAll(async () => {
  lab = await openLab(objects, { backend: { env: { PATH: '/opt/venv/bin:/usr/bin:/bin' } } });
  await startStore(lab);
  person = await lab.daemon('person', { image: 'postgres', command: ['sleep', 'infinity'] });
  server = await lab.start(namespace, 'postgres');
});

test('its objects do not mention tenants', () => {
  expect(find(objects, 'ConfigMap', 'servers').data).toEqual({
    'databases.tsv': 'shop\tshop\tcube\nbilling\tbilling\tpg_trgm uuid-ossp\nreports\tshop\t\n',
    'servers.tsv': `main\tpostgres.${namespace}.svc.cluster.local\t5432\tdisable\n`,
  });
});

const EXTENSIONS = "select string_agg(extname, ' ' order by extname) from pg_extension";

test('provisioning creates the databases and runs the SQL of the first as its owner, also repeatedly', async () => {
  for (const _ of ['first', 'second']) {
    const result = await run('provisioning');
    expect([result.code, linesOf(result).slice(-4)]).toEqual([
      0,
      ['server main: ready', ...['shop', 'billing', 'reports'].map((name) => `database ${name}: ready`)],
    ]);
  }
  expect(await ask('select current_user')).toBe('shop');
  expect(await ask("select extowner::regrole from pg_extension where extname = 'citext'")).toBe('shop');
  expect(await ask("select to_regclass('tenant_registry') is null")).toBe('t');
  // With those of the server and of the SQL.
  expect(await ask(EXTENSIONS)).toBe('citext cube plpgsql');
});

test('the other databases have their own owners and extensions', async () => {
  expect(await ask('select current_user', urlIn('BILLING'))).toBe('billing');
  expect(await ask(EXTENSIONS, urlIn('BILLING'))).toBe('pg_trgm plpgsql uuid-ossp');
  expect(await ask("select similarity('word', 'words') > 0.5, uuid_generate_v4() is not null", urlIn('BILLING'))).toBe(
    't|t',
  );
  expect(await ask('select current_user', urlIn('REPORTS'))).toBe('shop');
  expect(await ask(EXTENSIONS, urlIn('REPORTS'))).toBe('plpgsql');
  const owners =
    "select string_agg(datname || ' ' || datdba::regrole, ' ' order by datname) from pg_database where datname !~ '^(postgres|template.)$'";
  expect(await ask(owners)).toBe('billing billing reports shop shop shop');
});

test('asyncpg takes its own form of the URL', async () => {
  const python = await lab.daemon('python', { image: 'python', command: ['sleep', 'infinity'] });
  const script = `
import asyncio, sys
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
async def ask():
    async with create_async_engine(sys.argv[1]).connect() as connection:
        print(*(await connection.execute(text('select current_user, current_database()'))).one())
asyncio.run(ask())`;
  const { stdout, stderr } = await python.exec(['python3', '-c', script, urlIn('ASYNCPG')]);
  expect([stdout.trimEnd(), stderr]).toEqual(['shop reports', '']);
});

test('an owner gets into no database but its own', async () => {
  for (const name of ['shop', 'reports', 'postgres']) {
    await expect(ask('select', urlIn('BILLING').replace(/\w+$/, name))).rejects.toThrow(
      /permission denied for database/,
    );
  }
  await expect(ask('select', urlIn('URL').replace(/\w+$/, 'billing'))).rejects.toThrow(
    /permission denied for database/,
  );
});

test('failed provisioning does not mention tenants either', async () => {
  const result = await run('provisioning', { OWNER_ROLE: 'nobody' });
  expect([result.code, linesOf(result)]).toEqual([1, [expect.stringMatching(/^role nobody: FAILED: there is no/)]]);
});

test('a database that cannot be made does not keep the others from it', async () => {
  const { data } = find(objects, 'ConfigMap', 'servers');
  const before = data['databases.tsv'];
  data['databases.tsv'] = 'shop\tshop\tcube\nbilling\tbilling\tpageinspect\nreports\tshop\tpg_trgm\n';
  const result = await run('provisioning');
  data['databases.tsv'] = before;
  expect([result.code, linesOf(result).slice(-3)]).toEqual([
    1,
    [
      'database shop: ready',
      expect.stringMatching(/^database billing: FAILED: .*permission denied to create extension "pageinspect"/),
      'database reports: ready',
    ],
  ]);
  expect(await ask(EXTENSIONS, urlIn('REPORTS'))).toBe('pg_trgm plpgsql');
});

test('each database is migrated by its own Job', async () => {
  for (const task of ['migrations', 'migrations-billing']) {
    const { code, logs } = await run(task);
    expect([code, logs.migrate]).toEqual([
      0,
      expect.stringMatching(/^admin database: migrated in \d+ s\n1 databases: 1 migrated\n$/),
    ]);
  }
  await ask("insert into notes values ('Before')");
  await ask("insert into bills values ('Before')", urlIn('BILLING'));
});

test('they are dumped, and restored by the drill and by hand; a restore of a tenant is refused', async () => {
  const dumped = await run('backup');
  expect([dumped.code, linesOf(dumped).at(-1)]).toEqual([
    0,
    '4 dumps of 1 servers; kept: 7 daily, 4 weekly, 12 monthly of each',
  ]);
  const drilled = await run('restore-drill');
  expect([drilled.code, linesOf(drilled).at(-1)]).toEqual([
    0,
    expect.stringMatching(/^no dump is older than 24 h 00 min; 3 of 3 databases came back, /),
  ]);
  // The drill has not queried a registry of tenants, which the server would report as an error.
  expect(server.log('postgres')).toContain('ready to accept connections');
  expect(server.log('postgres')).not.toContain('tenant');

  await ask("update notes set text = 'After'");
  await ask("update bills set text = 'After'", urlIn('BILLING'));
  const expected = 'expected the name of a database, admin, or all';
  expect(linesOf(await run('restore', { TENANT: 'acme-corp' }))).toEqual([`FAILED: TENANT is acme-corp: ${expected}`]);
  expect(linesOf(await run('restore'))).toEqual([`FAILED: TENANT is empty: ${expected}`]);
  expect(linesOf(await run('restore', { TENANT: 'acme' }))).toEqual([
    expect.stringMatching(/^acme: FAILED: there is no such database/),
  ]);
  expect((await run('restore', { TENANT: 'billing' })).code).toBe(0);
  expect(await ask('select text from bills', urlIn('BILLING'))).toBe('Before');
  expect(await ask('select text from notes')).toBe('After');
  await expect(ask('select', urlIn('URL').replace(/\w+$/, 'billing'))).rejects.toThrow(
    /permission denied for database/,
  );
  expect((await run('restore', { TENANT: 'admin' })).code).toBe(0);
  expect(await ask('select text from notes')).toBe('Before');
  expect((await run('provisioning')).code).toBe(0);
});
