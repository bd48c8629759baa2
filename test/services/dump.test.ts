import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigMap } from '../../lib/constructs/config-map';
import { Job } from '../../lib/constructs/job';
import { Secrets } from '../../lib/constructs/secrets/secrets';
import type { ManifestObject } from '../../lib/manifests/object';
import { addresses } from '../../lib/model/connection';
import type { Placement } from '../../lib/model/kubernetes';
import { repositoryOf } from '../../lib/parts/backup/repository';
import { storeBackups } from '../../lib/parts/backup/settings';
import { dumpScripts, dumps } from '../../lib/parts/dump/dump';
import { synthesize } from '../construct';
import { type Lab, openLab, type Pod, serveS3 } from './lab';
import { IMAGES } from './lab/images';

const [system, namespace] = ['shop', 'shop-test'];
const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };
const source = { kind: 'development', revision: 1 } as const;
const BUCKET = 's3:http://s3.example.test:9000/bucket';
const config = storeBackups(true).parse({
  repository: BUCKET,
  addresses: ['10.0.0.0/8'],
  keep: { daily: 2, weekly: 0, monthly: 0 },
});
const repository = repositoryOf(namespace, source, config);

/** The tasks of a volume whose content one command prints. */
const tasksOf = (name: string, command: readonly string[], env = {}) =>
  dumps({
    system,
    namespace,
    names: { dump: `${name}-dump`, drill: `${name}-drill` },
    from: 'services.search',
    container: {
      name: 'search',
      image: { image: 'docker.io/library/redis', tag: '7-alpine' },
      env,
      resources: { cpu: { request: '100m', limit: '1' }, memory: { request: '64Mi', limit: '128Mi' } },
    },
    command,
    user: 999,
    group: 1000,
    volume: { claim: 'search-data', path: '/data' },
    connectsTo: [addresses('the store', ['10.0.0.0/8'], 9000)],
    repository,
    folder: `volumes/search/${name}`,
    host: 'shop-test',
    config,
  });

const CLAIM: ManifestObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { namespace, name: 'search-data' },
};
const made = synthesize((chart) => {
  const [first] = Object.values(repository.env);
  if (typeof first === 'object' && 'secret' in first)
    new Secrets(chart, 'secrets', { system, secrets: [first.secret] });
  new ConfigMap(chart, 'scripts', { system, config: dumpScripts(namespace) });
  for (const task of [
    ...tasksOf('data', ['cat', '/data/notes'], { TZ: 'UTC-5' }),
    ...tasksOf('broken', ['sh', '-c', 'cat /data/notes; exit 3']),
    ...tasksOf('empty', ['true']),
  ])
    new Job(chart, task.name, { task, placement });
});

const folder = mkdtempSync(join(tmpdir(), 'berth-dump-'));
let lab: Lab;
let person: Pod;

const notes = (text: string) => writeFileSync(join(lab.claim(namespace, 'search-data'), 'notes'), text);
const restic = async (name: string, ...args: string[]) => {
  const env = { RESTIC_REPOSITORY: `${BUCKET}/volumes/search/${name}` };
  const { code, stdout, stderr } = await person.exec(['restic', '--no-cache', '--quiet', ...args], { env });
  if (code !== 0) throw new Error(stderr);
  return stdout;
};
const run = (task: string, env = {}) => lab.run(namespace, task, { env });

beforeAll(async () => {
  const certificate = join(folder, 'crt');
  writeFileSync(certificate, '');
  const files = { ...IMAGES.restic?.files, '/etc/ssl/certs/ca-certificates.crt': certificate };
  lab = await openLab([...made, CLAIM], { restic: { ...IMAGES.restic, files } });
  mkdirSync(join(lab.folder('s3'), 'bucket'));
  mkdirSync(lab.claim(namespace, 'search-data'), { recursive: true });
  await serveS3(lab, { keys: 'development,development', args: ['--dir-cache-time', '50ms'] });
  const env = {
    RESTIC_PASSWORD: 'development',
    AWS_ACCESS_KEY_ID: 'development',
    AWS_SECRET_ACCESS_KEY: 'development',
  };
  person = await lab.daemon('person', { image: 'restic', command: ['sleep', 'infinity'], env });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what the command prints is kept, and comes back as it was', async () => {
  notes('the first\n');
  const { code, logs, log } = await run('data-dump');
  expect([code, code === 0 ? '' : log]).toEqual([0, '']);
  expect(logs.prepare).toContain('the repository was empty, and is new');
  expect(await restic('data', 'dump', 'latest', '/dump')).toBe('the first\n');
});

test('the drill reads it back whole, and knows its age in any time zone', async () => {
  const { code, log } = await run('data-drill');
  expect([code, log]).toEqual([
    0,
    expect.stringMatching(/read back: 10 bytes in \d+ s\nthe newest dump is 0 h 00 min old\n$/),
  ]);
  const late = await run('data-drill', { RPO_SECONDS: '-1' });
  expect(late.code).not.toBe(0);
  expect(late.log).toMatch(/FAILED: the newest dump is 0 h 00 min old, more than the RPO/);
});

test('snapshots of other days than those to keep are forgotten', async () => {
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 19).replace('T', ' ');
  for (const ago of [5, 4, 3])
    await restic('data', 'backup', '--host', 'shop-test', '--tag', 'nightly', '--time', day(ago), '/etc/hostname');
  notes('the last\n');
  expect((await run('data-dump')).code).toBe(0);
  // Two are kept, and the one that was taken then.
  expect(JSON.parse(await restic('data', 'snapshots', '--json'))).toHaveLength(3);
  expect(await restic('data', 'dump', '--tag', 'nightly', 'latest', '/dump')).toBe('the last\n');
});

test('a command that fails leaves no snapshot, and its dump is missed', async () => {
  const { code, log } = await run('broken-dump');
  expect(code).not.toBe(0);
  expect(log).toMatch(/exit status 3/);
  expect(JSON.parse(await restic('broken', 'snapshots', '--json'))).toEqual([]);
  const drill = await run('broken-drill');
  expect(drill.code).not.toBe(0);
  expect(drill.log).toMatch(/FAILED: nothing could be read back/);
});

test('a command that prints nothing fails, and its dump is missed', async () => {
  const { code, log } = await run('empty-dump');
  expect(code).not.toBe(0);
  expect(log).toContain('no data read');
  const drill = await run('empty-drill');
  expect(drill.code).not.toBe(0);
  expect(drill.log).toMatch(/FAILED: nothing could be read back/);
});
