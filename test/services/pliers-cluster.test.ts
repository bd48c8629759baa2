import { Client } from 'pg';
import { migrations } from '../../lib/parts/migrations/settings';
import { database } from '../../lib/parts/postgres/settings';
import { type Any, find } from '../support';
import { objectsOf, pliersSystem } from '../systems';
import { type Lab, openLab, type Pod, type Result, until } from './lab';
import { BACKUPS, startStore } from './shop';

// Pliers on a cluster of CloudNativePG: a real PostgreSQL with the roles and the access rules of its objects, as the operator makes them.

const namespace = 'pliers-dev-data';
const PRIMARY = `postgres-rw.${namespace}.svc.cluster.local`;

const system = pliersSystem('dev', {
  database: database(true, 'pliers').parse({
    ...{ kind: 'cloudnative-pg', image: 'ghcr.io/cloudnative-pg/postgresql', tag: '17.6-system-trixie' },
    apiServer: { addresses: ['10.40.0.1/32'] },
    archive: { destination: 's3://archive/pliers', addresses: ['10.20.8.0/24'] },
    pgbouncer: { replicas: 1 },
  }),
  migrations: migrations({
    command: `python3 -c "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL'], autocommit=True).execute('create table notes (text citext)')"`,
    memory: '256Mi..512Mi',
  }).parse(undefined),
  backups: BACKUPS,
});
const objects = objectsOf(system);
const decoded = (name: string, key: string) => {
  const { data = {}, stringData = {} } = objects.find(
    ({ kind, metadata }) => kind === 'Secret' && metadata.name === name,
  ) as Any;
  return (stringData[key] ?? Buffer.from(data[key], 'base64').toString()) as string;
};

let lab: Lab;
let primary: Pod;

async function sql(statements: string, name = 'postgres'): Promise<string> {
  const argv = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', name];
  const { code, stdout, stderr } = await primary.exec(argv, { stdin: statements });
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd();
}

/** What the operator does with a DatabaseRole. */
function roleSql({ spec }: Any): string {
  const { name, passwordSecret, createdb = false, bypassrls = false, inRoles = [] } = spec;
  const options = `login ${createdb ? 'createdb' : ''} ${bypassrls ? 'bypassrls' : ''}`;
  const grants = inRoles.map((role: string) => `grant ${role} to ${name};`).join(' ');
  return `create role ${name} ${options} password '${decoded(passwordSecret.name, 'password')}'; ${grants}`;
}

/** The certificate of the cluster, which its authority has signed. */
async function makeCertificate(folder: string): Promise<string> {
  const tool = await lab.daemon('certificate', {
    image: 'python',
    command: ['sleep', 'infinity'],
    user: 70,
    folders: { '/tls': folder },
  });
  const make = `cd /tls && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out crt -days 2 -subj /CN=postgres \
    -addext subjectAltName=DNS:${PRIMARY} 2>/dev/null && chmod 600 key && cat > pg_hba.conf && cat crt`;
  const rules = ['local all all trust', ...find(objects, 'Cluster', 'postgres').spec.postgresql.pg_hba];
  return (await tool.exec(['sh', '-c', make], { stdin: `${rules.join('\n')}\n` })).stdout;
}

const run = (task: string) => lab.run(namespace, task);
const last = ({ log }: Result) => log.trimEnd().split('\n').at(-1);

beforeAll(async () => {
  lab = await openLab(objects, { 'pliers-api': { env: { PATH: '/opt/venv/bin:/usr/bin:/bin' } } });
  await startStore(lab);
  const tls = lab.folder('tls', 70);
  const certificate = await makeCertificate(tls);
  const data = { 'ca.crt': Buffer.from(certificate).toString('base64') };
  await lab.update([{ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'postgres-ca' }, data } as Any]);
  const tlsArgs = ['ssl=on', 'ssl_cert_file=/tls/crt', 'ssl_key_file=/tls/key', 'hba_file=/tls/pg_hba.conf'];
  primary = await lab.daemon('primary', {
    image: 'postgres',
    args: ['postgres', '-c', 'fsync=off', ...tlsArgs.flatMap((one) => ['-c', one])],
    env: { POSTGRES_PASSWORD: 'postgres' },
    user: 70,
    folders: { '/tls': tls, '/var/run/postgresql': lab.folder('socket', 70) },
    hosts: [PRIMARY],
  });
  await until('the server', 60, async () => (await primary.exec(['pg_isready', '-q', '-h', '127.0.0.1'])).code === 0);
  const roles = objects.filter(({ kind }) => kind === 'DatabaseRole') as Any[];
  const order = [...roles].sort((one, other) => (one.spec.inRoles ?? []).length - (other.spec.inRoles ?? []).length);
  await sql(`${order.map(roleSql).join('\n')}\ncreate database pliers owner pliers;`);
});

test('provisioning makes the extensions as the owner, without an administrator, also a second time', async () => {
  for (const _ of ['first', 'second']) expect(await run('provisioning')).toMatchObject({ code: 0 });
  const extensions = "select string_agg(extname, ' ' order by extname) from pg_extension";
  expect(await sql(extensions, 'pliers')).toBe('citext pgcrypto plpgsql');
  expect(await sql("select extowner::regrole from pg_extension where extname = 'citext'", 'pliers')).toBe('pliers');
});

test('the API connects by PgBouncer, which encrypts, and migrations connect to the server itself', async () => {
  await lab.start(namespace, 'pgbouncer');
  expect(await run('migrations')).toMatchObject({ code: 0 });
  const { hostname, username, password, pathname } = new URL(decoded('pliers-credentials', 'DATABASE_URL'));
  expect(hostname).toBe(`pgbouncer-svc.${namespace}.svc.cluster.local`);
  const client = new Client({
    ...{ host: lab.address(`pgbouncer-svc.${namespace}`), port: 5432, user: username, password },
    database: pathname.slice(1),
  });
  await client.connect();
  const { rows } = await client.query(
    "with made as (insert into notes values ('Hello') returning text) select text, (select ssl from pg_stat_ssl where pid = pg_backend_pid()) from made",
  );
  await client.end();
  expect(rows).toEqual([{ text: 'Hello', ssl: true }]);
});

test('a password without encryption is refused', async () => {
  const client = new Client({
    host: primary.address,
    user: 'pliers',
    password: 'development-pliers',
    database: 'pliers',
  });
  await expect(client.connect()).rejects.toThrow(/pg_hba.conf rejects connection .*no encryption/);
});

test('it is dumped, and the drill restores the dump', async () => {
  expect(last(await run('backup'))).toMatch(/^\d dumps of 1 servers; /);
  expect(last(await run('restore-drill'))).toMatch(/; 1 of 1 databases came back, /);
});
