import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../../lib/config/environment';
import { pooled } from '../../lib/model/connection';
import { Secret } from '../../lib/model/secret';
import { databasePooler } from '../../lib/parts/pgbouncer/settings';
import { database } from '../../lib/parts/postgres/database';
import { database as settings } from '../../lib/parts/postgres/settings';
import { sample } from '../construct';
import { find } from '../support';
import { certificates } from './authority';
import { type Lab, openLab, type Pod, until } from './lab';
import { BACKUPS, NAMESPACE as namespace, startStore, systemObjects } from './shop';

// A server outside the cluster with a certificate of an own authority: each client connects with the right CA and name alone.

const NAME = 'db.example.test';
const ALIAS = 'alias.example.test';
const own = certificates(NAME);
const other = certificates(NAME);
const source = { kind: 'development', revision: 1 } as const;
const { resources } = sample().containers[0];

interface Variant {
  /** The client of the migrations. @default - psycopg */
  readonly scheme?: 'postgresql+asyncpg' | undefined;
  /** @default false */
  readonly pooled?: boolean;
}

const PSYCOPG = "import psycopg; psycopg.connect(os.environ['DATABASE_URL'])";
const SQLALCHEMY =
  "import asyncio, sqlalchemy.ext.asyncio as s; asyncio.run(s.create_async_engine(os.environ['DATABASE_URL']).connect().start())";

/** An application with a database at a host, which it verifies by a CA. */
function objectsFor(host: string, { 'ca.crt': ca }: typeof own, { scheme, pooled: behind = false }: Variant = {}) {
  const config = settings(false, 'shop').parse({ kind: 'external', host, ca, addresses: ['10.0.0.0/8'] });
  const made = database({
    system: 'shop',
    environment: environment('test'),
    namespace,
    source,
    client: { image: 'docker.io/library/postgres', tag: '16-alpine' },
    backups: BACKUPS,
    config: { ...config, ...(behind && { pgbouncer: databasePooler(true).parse({ poolSize: 1 }) }) },
    migrations: {
      backend: { image: 'example.test/backend', tag: 'v1' },
      command: `python3 -c "import os; ${scheme === undefined ? PSYCOPG : SQLALCHEMY}"`,
      resources,
      ...(scheme !== undefined && { scheme }),
    },
  });
  const secret = new Secret({
    namespace: 'shop-test',
    name: 'shop-credentials',
    externalName: 'shop-credentials',
    source,
    values: {
      PASSWORD: made.password,
      DIRECT: made.url('PASSWORD'),
      ASYNCPG: made.url('PASSWORD', 'postgresql+asyncpg'),
    },
  });
  const api = sample({
    env: secret.pick('DIRECT', 'ASYNCPG'),
    connectsTo: [pooled(made.server, { perPod: 5, why: 'its pool' })],
  });
  return systemObjects({ components: [api, ...made.components], tasks: made.tasks });
}

let lab: Lab;
let server: Pod;
let client: Pod;

beforeAll(async () => {
  lab = await openLab(objectsFor(NAME, own), { backend: { env: { PATH: '/opt/venv/bin:/usr/bin:/bin' } } });
  await startStore(lab);
  const tls = lab.folder('tls', 70);
  for (const [file, text] of Object.entries(own)) writeFileSync(join(tls, file), text);
  server = await lab.daemon('server', {
    image: 'postgres',
    command: [
      'sh',
      '-c',
      `install -m 600 /tls/tls.key /tmp/tls.key && exec docker-entrypoint.sh postgres -c fsync=off -c ssl=on -c ssl_cert_file=/tls/tls.crt -c ssl_key_file=/tmp/tls.key`,
    ],
    env: { POSTGRES_PASSWORD: 'postgres' },
    user: 70,
    folders: { '/tls': tls, '/var/run/postgresql': lab.folder('socket', 70) },
    port: 5432,
    hosts: [NAME, ALIAS],
  });
  await until('the server', 60, async () => (await server.exec(['pg_isready', '-q', '-h', '127.0.0.1'])).code === 0);
  const administrator = "create role shop_provisioner login createrole createdb password 'development'";
  const { code, stderr } = await server.exec(['psql', '-XAtq', '-U', 'postgres', '-c', administrator]);
  if (code !== 0) throw new Error(stderr);
  const trust = lab.folder('trust');
  writeFileSync(join(trust, 'own.crt'), own['ca.crt']);
  writeFileSync(join(trust, 'other.crt'), other['ca.crt']);
  client = await lab.daemon('client', {
    image: 'python',
    command: ['sleep', 'infinity'],
    folders: { '/trust': trust },
  });
});

const WRONG_CA = /certificate verify failed|CERTIFICATE_VERIFY_FAILED/;
const WRONG_NAME = /does not match host name|Hostname mismatch|hostname .* doesn't match/i;
const WRONG = [
  ['a CA that did not sign its certificate', NAME, other, WRONG_CA, /certificate verif/],
  ['a name that is not in its certificate', ALIAS, own, WRONG_NAME, /not present in server certificate/],
] as const;

test.each([
  ['psycopg', undefined],
  ['asyncpg', 'postgresql+asyncpg'],
] as const)('Jobs connect to the verified server, migrations by %s', async (_, scheme) => {
  await lab.update(objectsFor(NAME, own, { scheme }));
  for (const job of ['provisioning', 'migrations', 'backup']) {
    const { code, log } = await lab.run(namespace, job);
    expect([job, code, code === 0 ? '' : log]).toEqual([job, 0, '']);
  }
});

test.each(WRONG)('Jobs are refused with %s', async (_, host, authority, message) => {
  await lab.update(objectsFor(host, authority));
  for (const job of ['provisioning', 'migrations', 'backup']) {
    const { code, log } = await lab.run(namespace, job, { env: { WAIT_SECONDS: '1', RETRY_SECONDS: '1' } });
    expect([job, code]).not.toEqual([job, 0]);
    expect(log).toMatch(message);
  }
});

test('PgBouncer connects to the verified server, and to no other one', async () => {
  const through = async (host: string, authority: typeof own) => {
    await lab.update(objectsFor(host, authority, { pooled: true }));
    const pooler = await lab.start(namespace, 'pgbouncer');
    const url = `postgresql://shop:development-shop@${pooler.address}:5432/shop`;
    const { code } = await client.exec([
      'timeout',
      '8',
      'python3',
      '-c',
      `import psycopg; psycopg.connect('${url}').execute('select 1')`,
    ]);
    const log = pooler.log();
    await pooler.stop();
    return { code, log };
  };
  expect(await through(NAME, own)).toMatchObject({ code: 0 });
  for (const [, host, authority, , message] of WRONG) {
    const { code, log } = await through(host, authority);
    expect(code).not.toBe(0);
    expect(log).toMatch(message);
  }
});

test('applications connect by their URLs and PGSSLROOTCERT, by libpq and by asyncpg, to the verified server alone', async () => {
  const PROGRAMS = {
    DIRECT: (url: string) => `import psycopg; psycopg.connect('${url}').execute('select 1')`,
    ASYNCPG: (url: string) => `import asyncio, asyncpg; asyncio.run(asyncpg.connect('${url}'))`,
  };
  const connect = async (key: keyof typeof PROGRAMS, host: string, ca: 'own' | 'other') => {
    const [text] = [find(objectsFor(host, own), 'Secret', 'shop-credentials').data[key]];
    // SQLAlchemy hands the parameter of its URL to asyncpg.
    const url = Buffer.from(text, 'base64').toString().replace('+asyncpg', '').replace('?ssl=', '?sslmode=');
    return client.exec(['env', `PGSSLROOTCERT=/trust/${ca}.crt`, 'python3', '-c', PROGRAMS[key](url)]);
  };
  for (const key of ['DIRECT', 'ASYNCPG'] as const) {
    expect(await connect(key, NAME, 'own')).toMatchObject({ code: 0 });
    expect((await connect(key, NAME, 'other')).stderr).toMatch(WRONG_CA);
    expect((await connect(key, ALIAS, 'own')).stderr).toMatch(WRONG_NAME);
  }
});
