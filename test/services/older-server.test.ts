import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../../lib/config/environment';
import { system } from '../../lib/model/system';
import { database } from '../../lib/parts/postgres/database';
import { objectsOf } from '../systems';
import { type Image, type Lab, openLab, type Pod, type Result } from './lab';
import { IMAGES } from './lab/images';

// Clients that are newer than the server: pg_dump 17 and a server 15.

const namespace = 'shop-test-data';

const made = database({
  system: 'shop',
  environment: environment('test'),
  namespace,
  source: { kind: 'development', revision: 1 },
  config: {
    kind: 'statefulset',
    image: 'example.test/postgres-15',
    tag: '15-alpine',
    storage: '5Gi',
    cpu: { request: '100m', limit: '1' },
    memory: { request: '256Mi', limit: '512Mi' },
    maxConnections: 30,
    reserved: 5,
    name: 'shop',
    user: 'shop',
  },
  client: { image: 'docker.io/library/postgres', tag: '17-alpine' },
  init: `create table if not exists notes (id int primary key, text text check (text <> ''), at timestamptz default now());
    grant select on notes to shop_backup with grant option;`,
  backups: {
    repository: 's3:http://s3.example.test:9000/bucket/shop',
    addresses: ['10.0.0.0/8'],
    port: 9000,
    hour: 2,
    keep: { daily: 7, weekly: 4, monthly: 12 },
    parallel: 2,
    drill: { tenants: 5, rpo: 86_400, rto: 3600 },
    restic: { image: 'docker.io/restic/restic', tag: '0.18.0' },
  },
});
const objects = objectsOf(
  system({
    name: 'shop',
    environment: 'test',
    instance: 'shop-test',
    tier: 'development',
    placement: { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] },
    edge: { kind: 'ingress', class: 'nginx', controller: { namespace: 'ingress-nginx', labels: {} } },
    dnsCaches: [],
    components: made.components,
    tasks: made.tasks,
  }),
);

/** psql as it was before it had \\restrict, where the variable OLD_PSQL is set. */
const OLD_PSQL = String.raw`#!/bin/bash
[[ -n ${'${'}OLD_PSQL-} ]] || exec /usr/bin/psql "$@"
case "$*" in
  --help=commands) /usr/bin/psql "$@" | grep -v restrict ;;
  *'-f -'*) sed -E 's/^\\(un)?restrict .*/\\unknown/' | /usr/bin/psql "$@" ;;
  *) exec /usr/bin/psql "$@" ;;
esac
`;
const folder = mkdtempSync(join(tmpdir(), 'berth-psql-'));

let lab: Lab;
let server: Pod;

async function ask(statement: string): Promise<string> {
  const { code, stdout, stderr } = await server.exec(['psql', '-XAtq', '-U', 'postgres', 'shop', '-c', statement]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd();
}

async function run(task: string, env: Readonly<Record<string, string>> = {}): Promise<Result> {
  const result = await lab.run(namespace, task, { env });
  if (result.code !== 0) throw new Error(result.log);
  return result;
}

const last = ({ log }: Result) => log.trimEnd().split('\n').at(-1);

beforeAll(async () => {
  const psql = join(folder, 'psql');
  writeFileSync(psql, OLD_PSQL, { mode: 0o755 });
  chmodSync(folder, 0o755);
  const { files } = IMAGES.postgres as Image;
  lab = await openLab(objects, { postgres: { ...IMAGES.postgres, files: { ...files, '/usr/local/bin/psql': psql } } });
  mkdirSync(join(lab.folder('s3'), 'bucket'));
  await lab.daemon('s3', {
    image: 'rclone',
    args: ['serve', 's3', '--addr', ':9000', '--auth-key', 'development,development', '/data'],
    folders: { '/data': lab.folder('s3') },
    port: 9000,
    hosts: ['s3.example.test'],
  });
  server = await lab.start(namespace, 'postgres');
  await run('provisioning');
  await ask(
    String.raw`insert into notes select i, E'\\restrict ' || i || E'\n\\unrestrict SET transaction_timeout = 0;' from generate_series(1, 100) i`,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a server 15 is dumped by pg_dump 17, and takes its dumps: in the drill, and in a restore', async () => {
  expect(await ask("select current_setting('server_version_num')::int / 10000")).toBe('15');
  await run('backup');
  expect(last(await run('restore-drill'))).toMatch(/1 of 1 databases came back/);
  const before = await ask('select * from notes order by id');
  const rights = await ask('\\dp notes');
  await ask("update notes set text = 'After'");
  await run('restore', { TENANT: 'admin' });
  expect(await ask('select * from notes order by id')).toBe(before);
  expect(await ask('\\dp notes')).toBe(rights);
});

test('a psql that does not know \\restrict takes the same dumps', async () => {
  await run('backup');
  expect(last(await run('restore-drill', { OLD_PSQL: 'yes' }))).toMatch(/1 of 1 databases came back/);
});
