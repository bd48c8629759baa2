import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../../lib/config/environment';
import { pooled } from '../../lib/model/connection';
import { Secret } from '../../lib/model/secret';
import { system } from '../../lib/model/system';
import { database } from '../../lib/parts/postgres/database';
import { sample } from '../construct';
import { type Any, find } from '../support';
import { objectsOf } from '../systems';
import { type Lab, openLab, type Pod, type Result } from './lab';

// One database for one application, without tenants: all Jobs of the part.

const namespace = 'shop-test-data';
const source = { kind: 'development', revision: 1 } as const;
const { resources } = sample().containers[0];
const STORE = { user: 'development', secret: 'development' };

const made = database({
  system: 'shop',
  environment: environment('test'),
  namespace,
  source,
  config: {
    kind: 'statefulset',
    image: 'docker.io/library/postgres',
    tag: '16-alpine',
    storage: '5Gi',
    cpu: { request: '100m', limit: '1' },
    memory: { request: '256Mi', limit: '512Mi' },
    maxConnections: 30,
    reserved: 5,
    name: 'shop',
    user: 'shop',
  },
  client: { image: 'docker.io/library/postgres', tag: '16-alpine' },
  init: 'create extension if not exists citext;',
  migrations: {
    backend: { image: 'example.test/backend', tag: 'v1' },
    command: `python3 -c "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL'], autocommit=True).execute('create table if not exists notes (text citext)')"`,
    resources,
  },
  backups: {
    repository: 's3:http://s3.example.test:9000/bucket/shop',
    addresses: ['10.0.0.0/8'],
    port: 9000,
    hour: 2,
    keep: { daily: 7, weekly: 4, monthly: 12 },
    parallel: 2,
    drill: { tenants: 5, rpo: 86_400, rto: 3600, largest: '10Gi' },
    restic: { image: 'docker.io/restic/restic', tag: '0.18.0' },
  },
});
const secret = new Secret({
  namespace: 'shop-test',
  name: 'shop-credentials',
  externalName: 'shop-credentials',
  source,
  values: { PASSWORD: made.password, URL: made.url('PASSWORD') },
});
const api = sample({ env: secret.pick('URL'), connectsTo: [pooled(made.server, { perPod: 5, why: 'its pool' })] });
const objects = objectsOf(
  system({
    name: 'shop',
    environment: 'test',
    instance: 'shop-test',
    tier: 'development',
    placement: { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] },
    edge: { kind: 'ingress', class: 'nginx', controller: { namespace: 'ingress-nginx', labels: {} } },
    dnsCaches: [],
    components: [api, ...made.components],
    tasks: made.tasks,
  }),
);

/** Passwords as `echo` stores them: line breaks at their ends are no part of them. The repository's are restic's own. */
for (const { kind, metadata, data } of objects as Any[]) {
  if (kind !== 'Secret' || metadata.namespace !== namespace || metadata.name === 'backup-credentials') continue;
  for (const key of Object.keys(data))
    data[key] = Buffer.from(`${Buffer.from(data[key], 'base64')}\n`).toString('base64');
}

let lab: Lab;
let server: Pod;
let person: Pod;

/** The result of a statement by the application's URL. */
async function ask(statement: string): Promise<string> {
  const url = Buffer.from(find(objects, 'Secret', 'shop-credentials').data.URL, 'base64').toString();
  const { code, stdout, stderr } = await person.exec(['psql', '-XAtq', url, '-c', statement]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd();
}

const run = (task: string, env: Readonly<Record<string, string>> = {}) => lab.run(namespace, task, { env });
const linesOf = ({ log }: Result) => log.trimEnd().split('\n');

beforeAll(async () => {
  lab = await openLab(objects, { backend: { env: { PATH: '/opt/venv/bin:/usr/bin:/bin' } } });
  mkdirSync(join(lab.folder('s3'), 'bucket'));
  await lab.daemon('s3', {
    image: 'rclone',
    args: ['serve', 's3', '--addr', ':9000', '--auth-key', `${STORE.user},${STORE.secret}`, '/data'],
    folders: { '/data': lab.folder('s3') },
    port: 9000,
    hosts: ['s3.example.test'],
  });
  person = await lab.daemon('person', { image: 'postgres', command: ['sleep', 'infinity'] });
  server = await lab.start(namespace, 'postgres');
});

test('its objects do not mention tenants', () => {
  expect(find(objects, 'ConfigMap', 'servers').data).toEqual({
    'servers.tsv': `main\tpostgres.${namespace}.svc.cluster.local\t5432\tdisable\n`,
  });
});

test('provisioning creates the database and runs its SQL as its owner, also repeatedly', async () => {
  for (const _ of ['first', 'second']) {
    const result = await run('provisioning');
    expect([result.code, linesOf(result).slice(-2)]).toEqual([0, ['server main: ready', 'database shop: ready']]);
  }
  expect(await ask('select current_user')).toBe('shop');
  expect(await ask("select extowner::regrole from pg_extension where extname = 'citext'")).toBe('shop');
  expect(await ask("select to_regclass('tenant_registry') is null")).toBe('t');
});

test('failed provisioning does not mention tenants either', async () => {
  const result = await run('provisioning', { OWNER_ROLE: 'nobody' });
  expect([result.code, linesOf(result)]).toEqual([1, [expect.stringMatching(/^role nobody: FAILED: there is no/)]]);
});

test('the one database is migrated', async () => {
  const { code, logs } = await run('migrations');
  expect([code, logs.migrate]).toEqual([
    0,
    expect.stringMatching(/^admin database: migrated in \d+ s\n1 databases: 1 migrated\n$/),
  ]);
  await ask("insert into notes values ('Before')");
});

test('it is dumped, and restored by the drill and by hand; a restore of a tenant is refused', async () => {
  const dumped = await run('backup');
  expect([dumped.code, linesOf(dumped).at(-1)]).toEqual([
    0,
    '2 dumps of 1 servers; kept: 7 daily, 4 weekly, 12 monthly of each',
  ]);
  const drilled = await run('restore-drill');
  expect([drilled.code, linesOf(drilled).at(-1)]).toEqual([
    0,
    expect.stringMatching(/^no dump is older than 24 h 00 min; 1 of 1 databases came back, /),
  ]);
  // The drill has not queried a registry of tenants, which the server would report as an error.
  expect(server.log('postgres')).toContain('ready to accept connections');
  expect(server.log('postgres')).not.toContain('tenant');

  await ask("update notes set text = 'After'");
  expect(linesOf(await run('restore', { TENANT: 'acme' }))).toEqual(['FAILED: TENANT is acme: expected admin, or all']);
  expect(linesOf(await run('restore'))).toEqual(['FAILED: TENANT is empty: expected admin, or all']);
  expect((await run('restore', { TENANT: 'admin' })).code).toBe(0);
  expect(await ask('select text from notes')).toBe('Before');
});
