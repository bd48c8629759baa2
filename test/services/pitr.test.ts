// The drill of a CloudNativePG cluster's archive: a real PostgreSQL archives with barman-cloud, as the cluster does.

import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
/** After the base backup, when there was one of two databases, and when there were 298 rows. */
let early: string;
let moment: string;
/** The segments of the log between the two, in their order. */
const segments: string[] = [];
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

/** Ends the current segment, and waits until the archive has it. Its name. */
async function archived(): Promise<string> {
  const segment = await sql('select pg_walfile_name(pg_switch_wal())');
  await until(`${segment} is archived`, 60, async () =>
    (await sql('select last_archived_wal >= $$'.concat(segment, '$$ from pg_stat_archiver'))).startsWith('t'),
  );
  return segment;
}

const backUp = () =>
  checked(
    primary.exec(
      `barman-cloud-backup --gzip --immediate-checkpoint --endpoint-url ${ENDPOINT} -h /data -U postgres s3://bucket/shop postgres`.split(
        ' ',
      ),
    ),
  );

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
  await sql('create role shop_owner; create database shop');
  await sql(
    'create table notes (id int primary key, text text); insert into notes select i, md5(i::text) from generate_series(1, 100) i',
    'shop',
  );
  await backUp();
  early = await quietMoment();
  await sql('create database tenant_acme_corp');
  for (let part = 1; part <= 2; part++) {
    await sql(`insert into notes select i, md5(i::text) from generate_series(${part}01, ${part}99) i`, 'shop');
    segments.push(await archived());
  }
  moment = await quietMoment();
  await sql('delete from notes where id <= 100', 'shop');
  await archived();
});

test('restores to a moment: what was there then is there, and what came later is not', async () => {
  const before = files('shop');
  const result = await run({ MOMENT: moment });
  const to = `${moment.slice(0, 19).replace('T', ' ')}+00`;
  expect(last(result)).toMatch(`restored to ${to}: 3 databases, 1 tables, 298 rows in`);
  expect(result.code).toBe(0);
  expect(files('shop')).toEqual(before); // it archives nothing
});

test('the drill fails when a database of the manifests is not in what came back', async () => {
  const result = await run({ MOMENT: early });
  expect([result.code, last(result)]).toEqual([1, 'FAILED: not all databases came back: tenant_acme_corp']);
});

describe('where nothing was written since', () => {
  test('it restores what the archive has, and says so', async () => {
    const result = await run({ MOMENT: new Date().toISOString() });
    expect(last(result)).toMatch(
      /^restored to the end of the archive, which has nothing as late as [-: 0-9]+\+00: 3 databases, 1 tables, 198 rows in/,
    );
    expect(result.code).toBe(0);
  });

  test('it fails when the archive is older than the RPO', async () => {
    const result = await run({ MOMENT: new Date().toISOString(), RPO_SECONDS: '1' });
    expect([result.code, last(result)]).toEqual([
      1,
      expect.stringMatching(
        /^FAILED: the archive ends 0 h 0\d min ago, more than the RPO of 0 h 00 min: nothing was written/,
      ),
    ]);
  });
});

describe('an archive that is not whole', () => {
  const damage: [string, (name: string) => void, RegExp][] = [
    [
      'lacks a segment of the log',
      (name) => rmSync(join(wals(name), `${segments[1]}.gz`)),
      /^FAILED: the archive has no segment 0000000100000000000000\w\w, but 0000000100000000000000\w\w after it: nothing after \d{4}-.* can be restored\. Make a base backup at once$/,
    ],
    [
      'lacks the segment that a base backup begins with',
      (name) => {
        for (const file of readdirSync(wals(name))) if (file < (segments[0] as string)) rmSync(join(wals(name), file));
      },
      /^FAILED: the server did not recover: .*; the archive has no segment 0000000100000000000000\w\w$/,
    ],
    [
      'has a segment that cannot be read',
      (name) => writeFileSync(join(wals(name), `${segments[0]}.gz`), 'not compressed'),
      /^FAILED: the archive cannot be read: .*/,
    ],
    [
      'lacks the data of its base backup',
      (name) => {
        for (const file of files(name)) if (file.endsWith('data.tar.gz')) rmSync(join(bucket(name), file));
      },
      /^FAILED: the base backup \d{8}T\d{6} cannot be fetched: .*/,
    ],
    [
      'has no base backup',
      (name) => rmSync(join(bucket(name), 'postgres/base'), { recursive: true }),
      /^FAILED: the archive has no base backup from before \d{4}-.*$/,
    ],
  ];

  test.each(damage)('fails the drill when it %s', async (what, harm, message) => {
    const name = what.replaceAll(' ', '-');
    const archive = copy(name);
    harm(name);
    const result = await run({ ARCHIVE: archive, MOMENT: moment });
    expect([result.code, last(result)]).toEqual([1, expect.stringMatching(message)]);
  });
});

test.each([
  ['of another key', { AWS_SECRET_ACCESS_KEY: 'other' }, /^FAILED: the archive cannot be read: /],
  [
    'whose base backups are younger than the moment',
    { MOMENT: '2026-01-01T00:00:00Z' },
    /^FAILED: the archive has no base/,
  ],
  [
    'and a moment that is none',
    { MOMENT: 'yesterday noon o clock' },
    /^FAILED: MOMENT is yesterday noon o clock: expected/,
  ],
  [
    'and a disk without the room',
    { SIZE_MIB: '900000000' },
    /^FAILED: given \d+ MiB free .* the 900000000 MiB of the .* nothing was fetched$/,
  ],
])('with an archive %s it fails before anything is fetched', async (_, env, message) => {
  const result = await run({ MOMENT: moment, ...env });
  expect([result.code, last(result)]).toEqual([1, expect.stringMatching(message)]);
  expect(result.log).not.toContain('restoring');
});

test('it stops when what comes back is larger than its volume should be', async () => {
  const result = await run({ MOMENT: moment, SIZE_MIB: '20' });
  expect([result.code, last(result)]).toEqual([
    1,
    expect.stringMatching(
      /^FAILED: what came back has \d+ MiB and more, expected at most the 20 MiB of the cluster's own volume$/,
    ),
  ]);
});

test('it ends at once when it is told to', async () => {
  const pod = await lab.start(namespace, drill.name, { env: { MOMENT: moment } });
  await until('it restores', 60, () => pod.log().includes('restoring'));
  const { codes, seconds } = await pod.stop();
  expect(codes).toEqual({ drill: 143 });
  expect(seconds).toBeLessThan(10);
  expect((await pod.finished).log).toContain('stopped before the end, since it was told to');
});

// The last one, since the primary is damaged from here on.
test('the drill fails when what comes back cannot be read', async () => {
  const file = await sql("select pg_relation_filepath('notes')", 'shop');
  await sql('checkpoint');
  writeFileSync(join(lab.folder('primary'), 'pgdata', file), Buffer.alloc(100, 'x'), { flag: 'r+' });
  await backUp();
  const now = await quietMoment();
  await sql('create table later ()');
  await archived();
  const result = await run({ MOMENT: now });
  expect([result.code, last(result)]).toEqual([
    1,
    expect.stringMatching(/^FAILED: database shop cannot be read: .*invalid page in block 0/),
  ]);
});
