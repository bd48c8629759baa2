// The drill of a CloudNativePG cluster's archive: a real PostgreSQL archives with barman-cloud, as the cluster does.

import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigMap } from '../../lib/constructs/config-map';
import { Job } from '../../lib/constructs/job';
import { Secrets } from '../../lib/constructs/secrets/secrets';
import type { Placement } from '../../lib/model/kubernetes';
import { Secret } from '../../lib/model/secret';
import { archiveDrill, archiveDrillScripts } from '../../lib/parts/cloudnative-pg/archive-drill';
import { cloudNativePg } from '../../lib/parts/cloudnative-pg/cluster';
import { clusterProps } from '../cloudnative-pg';
import { synthesize } from '../construct';
import { type Lab, type Output, openLab, type Pod, type Result, type StartOptions, until } from './lab';

const namespace = 'shop-data';
const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };
const STORE = { ACCESS_KEY_ID: 'key', SECRET_ACCESS_KEY: 'store secret' };
const ENDPOINT = 'http://s3.example.test:9000';
const DAY = 86_400;

const keys = new Secret({
  ...{ namespace, name: 'archive-keys', externalName: 'archive-keys' },
  source: { kind: 'development', revision: 1 },
  values: {
    ACCESS_KEY_ID: { remote: 'id', development: STORE.ACCESS_KEY_ID },
    SECRET_ACCESS_KEY: { remote: 'key', development: STORE.SECRET_ACCESS_KEY },
  },
});
const { ACCESS_KEY_ID: accessKeyId, SECRET_ACCESS_KEY: secretAccessKey } = keys.pick(
  'ACCESS_KEY_ID',
  'SECRET_ACCESS_KEY',
);
const cluster = cloudNativePg(
  clusterProps({
    namespace,
    size: '1Gi',
    archive: {
      ...clusterProps().archive,
      destination: 's3://bucket/shop',
      endpoint: ENDPOINT,
      credentials: { accessKeyId, secretAccessKey },
    },
  }),
);
const image = { image: 'ghcr.io/cloudnative-pg/postgresql', tag: '17.6-system-trixie' };
const drill = archiveDrill({ cluster, image, hour: 4, rpo: DAY });

let lab: Lab;
/** The cluster: one instance. */
let primary: Pod;
/** The first segment after the base backup, and a moment at which there were 300 rows. */
let moment: string;
const bucket = (name: string) => join(lab.folder('s3'), 'bucket', name);
const wals = (name: string) => join(bucket(name), 'postgres/wals/0000000100000000');
const files = (name: string) => readdirSync(bucket(name), { recursive: true }).map(String).sort();

async function checked(output: Promise<Output>): Promise<string> {
  const { code, stdout, stderr } = await output;
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd();
}

const sql = (statements: string, database = 'postgres') =>
  checked(
    primary.exec(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', '/data', '-U', 'postgres', '-d', database], {
      stdin: statements,
    }),
  );

/** The time now, and a whole second before and after in which nothing is written. */
async function quietMoment(): Promise<string> {
  await sleep(1500);
  const now = new Date();
  await sleep(1500);
  return now.toISOString();
}

/** Ends the current segment, and waits until the archive has it. */
async function archived(): Promise<void> {
  const segment = await sql('select pg_walfile_name(pg_switch_wal())');
  await until(`${segment} is archived`, 60, async () =>
    (await sql('select last_archived_wal >= $$'.concat(segment, '$$ from pg_stat_archiver'))).startsWith('t'),
  );
}

const run = (env: StartOptions['env'] = {}) => lab.run(namespace, drill.name, { env });
const last = ({ log }: Result) => log.trimEnd().split('\n').at(-1);

/** An archive of its own for a test. */
function copy(name: string): string {
  cpSync(bucket('shop'), bucket(name), { recursive: true });
  return `s3://bucket/${name}`;
}

async function openStore(): Promise<void> {
  const serve = 'serve s3 --addr :9000 --dir-cache-time 50ms --auth-key'.split(' ');
  await lab.daemon('s3', {
    image: 'rclone',
    args: [...serve, `${STORE.ACCESS_KEY_ID},${STORE.SECRET_ACCESS_KEY}`, '/data'],
    folders: { '/data': lab.folder('s3') },
    port: 9000,
    hosts: ['s3.example.test'],
  });
}

/** As the instances of a cluster: what a client cannot change comes from a file of the operator. */
const PRIMARY = `
  initdb -D /data/pgdata --no-sync -U postgres --auth trust --data-checksums >/dev/null
  echo "ssl_cert_file = '/controller/certificates/server.crt'" >/data/pgdata/custom.conf
  exec postgres -D /data/pgdata -c unix_socket_directories=/data -c listen_addresses= -c fsync=off -c max_connections=200 \\
    -c archive_mode=on -c archive_command='barman-cloud-wal-archive --gzip --endpoint-url ${ENDPOINT} s3://bucket/shop postgres %p'`;

const t0 = Date.now();
const mark = (w: string) => process.stderr.write(`${w} ${(Date.now() - t0) / 1000}\n`);
beforeAll(async () => {
  lab = await openLab(
    synthesize((chart) => {
      const config = archiveDrillScripts(cluster);
      new ConfigMap(chart, 'scripts', { system: 'shop', config });
      new Secrets(chart, 'secrets', { system: 'shop', secrets: [keys] });
      new Job(chart, 'drill', { task: drill, placement });
    }),
  );
  mkdirSync(join(lab.folder('s3'), 'bucket'));
  await openStore();
  primary = await lab.daemon('primary', {
    image: 'postgresql',
    user: 26,
    command: ['bash', '-c', PRIMARY],
    folders: { '/data': lab.folder('primary', 26) },
    env: {
      AWS_ACCESS_KEY_ID: STORE.ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: STORE.SECRET_ACCESS_KEY,
      AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required', // or the server of the test would keep the checksums as content
    },
  });
  await until('the primary answers', 60, async () => (await sql('select 1').catch(() => '')) === '1').catch(() => {
    throw new Error(primary.log());
  });
  mark('up');
  await sql('create role shop_owner; create database shop');
  await sql(
    'create table notes (id int primary key, text text); insert into notes select i, md5(i::text) from generate_series(1, 100) i',
    'shop',
  );
  await checked(
    primary.exec([
      'barman-cloud-backup',
      '--immediate-checkpoint',
      '--gzip',
      '--endpoint-url',
      ENDPOINT,
      '-h',
      '/data',
      '-U',
      'postgres',
      's3://bucket/shop',
      'postgres',
    ]),
  );
  mark('base');
  await sleep(1000);
  await sql('create database tenant_acme_corp');
  for (let part = 1; part <= 2; part++) {
    await sql(`insert into notes select i, md5(i::text) from generate_series(${part}01, ${part}99) i`, 'shop');
    await archived();
  }
  mark('parts');
  moment = await quietMoment();
  await sql('delete from notes where id <= 100', 'shop');
  await archived();
});

test('restores to a moment: what was there then is there, and what came later is not', async () => {
  const before = files('shop');
  const result = await run({ MOMENT: moment });
  const to = `${moment.slice(0, 19).replace('T', ' ')}+00`;
  console.log(result.log);
  expect(last(result)).toMatch(`restored to ${to}: 3 databases, 1 tables, 298 rows in`);
  expect(result.code).toBe(0);
  expect(files('shop')).toEqual(before); // it archives nothing
});
