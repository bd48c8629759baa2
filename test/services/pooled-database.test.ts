import { Client } from 'pg';
import { environment } from '../../lib/config/environment';
import { pooled } from '../../lib/model/connection';
import { Secret } from '../../lib/model/secret';
import { databasePooler } from '../../lib/parts/pgbouncer/settings';
import { database } from '../../lib/parts/postgres/database';
import { sample } from '../construct';
import { find } from '../support';
import { type Lab, openLab, type Pod } from './lab';
import { NAMESPACE as namespace, SERVER, systemObjects } from './shop';

// Two databases of one application behind two replicas of PgBouncer: their clients, and what migrations tell the replicas.

const source = { kind: 'development', revision: 1 } as const;
const { resources } = sample().containers[0];

/** Migrations that add a column to a table, of which the first has the rows that clients read. */
const adding = (table: string) => ({
  backend: { image: 'example.test/backend', tag: 'v1.0.0' },
  command: `python3 -c "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL'], autocommit=True).execute('alter table ${table} add column more_$(date +%s%N) text')"`,
  resources,
});

const made = database({
  system: 'shop',
  environment: environment('test'),
  namespace,
  source,
  config: {
    ...SERVER,
    tag: '16-alpine',
    name: 'shop',
    user: 'shop',
    pgbouncer: databasePooler(true).parse({ poolSize: 1 }),
  },
  client: { image: 'docker.io/library/postgres', tag: '16-alpine' },
  databases: [{ name: 'billing', user: 'billing' }],
  migrations: [adding('notes'), { ...adding('bills'), database: 'billing' }],
});
const secret = new Secret({
  namespace: 'shop-test',
  name: 'shop-credentials',
  externalName: 'shop-credentials',
  source,
  values: {
    PASSWORD: made.password,
    SHOP: made.url('PASSWORD'),
    BILLING_PASSWORD: made.of('billing').password,
    BILLING: made.of('billing').url('BILLING_PASSWORD'),
  },
});
const api = sample({ env: secret.pick('SHOP'), connectsTo: [pooled(made.server, { perPod: 5, why: 'its pool' })] });
const objects = systemObjects({ components: [api, ...made.components], tasks: made.tasks });
const urlIn = (key: string) => Buffer.from(find(objects, 'Secret', 'shop-credentials').data[key], 'base64').toString();

let lab: Lab;
let replicas: readonly Pod[];

/** What a client that has prepared a statement gets through one replica: the number of columns, or the error. */
async function columns({ address }: Pod, url: string, table: string): Promise<number | string> {
  const { username, password, pathname } = new URL(url);
  const database = pathname.slice(1);
  const client = new Client({ host: address, port: 5432, user: username, password, database });
  client.on('error', () => {}); // the query reports a closed connection
  try {
    await client.connect();
    return (await client.query({ name: 'all', text: `select * from ${table}` })).fields.length;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end().catch(() => {});
  }
}

const both = (url: string, table: string) => Promise.all(replicas.map((one) => columns(one, url, table)));

beforeAll(async () => {
  lab = await openLab(objects, { backend: { env: { PATH: '/opt/venv/bin:/usr/bin:/bin' } } });
  const server = await lab.start(namespace, 'postgres');
  const { code, log } = await lab.run(namespace, 'provisioning');
  if (code !== 0) throw new Error(log);
  for (const [database, table, owner] of [
    ['shop', 'notes', 'shop'],
    ['billing', 'bills', 'billing'],
  ]) {
    const statement = `set role ${owner}; create table ${table} (id int)`;
    const argv = ['psql', '-XAtq', '-U', 'postgres', '-d', database as string, '-c', statement];
    expect(await server.exec(argv)).toMatchObject({ code: 0 });
  }
  replicas = await Promise.all([lab.start(namespace, 'pgbouncer'), lab.start(namespace, 'pgbouncer')]);
});

test('the URL of each database is that of the pooler, and its owner enters no other one', async () => {
  expect(urlIn('BILLING')).toBe(
    `postgresql://billing:development-billing@pgbouncer-svc.${namespace}.svc.cluster.local:5432/billing`,
  );
  expect(await both(urlIn('SHOP'), 'notes')).toEqual([1, 1]);
  expect(await both(urlIn('BILLING'), 'bills')).toEqual([1, 1]);
  expect(await both(urlIn('BILLING').replace(/\w+$/, 'shop'), 'notes')).toEqual(
    Array(2).fill(expect.stringMatching(/permission denied for database/)),
  );
});

test('the Job of each database has every replica connect to it anew', async () => {
  const wrong = 'cached plan must not change result type';
  const untold = await lab.run(namespace, 'migrations-billing', { env: { POOLER_USER: '' } });
  expect(untold.code).toBe(0);
  expect(await both(urlIn('BILLING'), 'bills')).toEqual([wrong, wrong]);
  for (const [task, url, table] of [
    ['migrations', 'SHOP', 'notes'],
    ['migrations-billing', 'BILLING', 'bills'],
  ] as const) {
    const before = (await both(urlIn(url), table)).filter((one) => typeof one === 'number');
    const { code, logs } = await lab.run(namespace, task);
    expect([code, logs.lock]).toEqual([
      0,
      'the lock is held\nPgBouncer: 2 replicas were told of 1 databases\nthe lock is released\n',
    ]);
    const after = await both(urlIn(url), table);
    expect(after).toEqual([after[0], after[0]]);
    for (const count of before) expect(after[0]).toBe(Number(count) + 1);
  }
});
