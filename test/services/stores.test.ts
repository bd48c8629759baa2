import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ManifestObject } from '../../lib/manifests/object';
import { type Lab, openLab, type Pod } from './lab';
import { IMAGES } from './lab/images';
import { ask, NAMESPACE, shopObjects, succeed } from './shop';

// Backups to other places than S3: the volume of a claim, and a REST server with TLS.

const init = 'create table if not exists notes (id int primary key, text text);';
const CLAIM: ManifestObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { namespace: NAMESPACE, name: 'nas' },
};
const REST = {
  repository: 'rest:https://rest.example.test:8000/shop/',
  addresses: ['10.0.0.0/8'],
};
const ON_VOLUME = [...shopObjects({ init, redis: true, repository: { repository: '/backups', claim: 'nas' } }), CLAIM];
const ON_SERVER = shopObjects({ init, redis: true, repository: REST });

const folder = mkdtempSync(join(tmpdir(), 'berth-'));
let lab: Lab;
let server: Pod;
let cache: Pod;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts rclone as a REST server, whose certificate the image of restic trusts. */
async function serveRest(certificate: string): Promise<void> {
  const tls = lab.folder('tls');
  const image = 'python';
  const maker = await lab.daemon('maker', { image, command: ['sleep', 'infinity'], folders: { '/tls': tls } });
  const make = `cd /tls && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out crt -days 2 -subj /CN=rest \
    -addext subjectAltName=DNS:rest.example.test`;
  const { code, stderr } = await maker.exec(['sh', '-c', make]);
  if (code !== 0) throw new Error(stderr);
  writeFileSync(certificate, readFileSync(join(tls, 'crt')));
  await lab.daemon('rest', {
    image: 'rclone',
    args: 'serve restic /data --addr :8000 --cert /tls/crt --key /tls/key --user development --pass development'.split(
      ' ',
    ),
    folders: { '/data': lab.folder('rest'), '/tls': tls },
    port: 8000,
    hosts: ['rest.example.test'],
  });
}

const cli = async (...args: string[]) => (await cache.exec(['redis-cli', ...args])).stdout.trim();

beforeAll(async () => {
  const certificate = join(folder, 'crt');
  writeFileSync(certificate, '');
  const files = { ...IMAGES.restic?.files, '/etc/ssl/certs/ca-certificates.crt': certificate };
  lab = await openLab(ON_VOLUME, { restic: { ...IMAGES.restic, files } });
  await serveRest(certificate);
  server = await lab.start(NAMESPACE, 'postgres');
  cache = await lab.start(NAMESPACE, 'redis');
  await succeed(lab, 'provisioning');
});

/** The folder of the repository of each kind on this machine. */
const PLACES = {
  volume: () => lab.claim(NAMESPACE, 'nas'),
  server: () => join(lab.folder('rest'), 'shop'),
};

describe.each([
  { kind: 'volume', objects: ON_VOLUME },
  { kind: 'server', objects: ON_SERVER },
] as const)('a repository on a $kind', ({ kind, objects }) => {
  beforeAll(async () => {
    // What a volume is before the first pod mounts it.
    mkdirSync(PLACES.volume(), { recursive: true });
    await lab.update(objects);
    await ask(server, `truncate notes; insert into notes values (1, '${kind}')`);
    await cli('set', 'kind', kind);
  });

  test('databases are dumped, and a drill restores them', async () => {
    const { code, log } = await lab.run(NAMESPACE, 'backup');
    expect(log).toMatch(/^the repository was empty, and is new$/m);
    expect(log).toMatch(/^2 dumps of 1 servers; kept: 7 daily, 4 weekly, 12 monthly of each$/m);
    expect(code).toBe(0);
    expect(statSync(join(PLACES[kind](), 'config')).isFile()).toBe(true);
    expect(await succeed(lab, 'restore-drill')).toMatch(/1 of 1 databases came back/);
  });

  test('Redis has a repository of its own below, of another user on a volume', async () => {
    await succeed(lab, 'redis-backup');
    await succeed(lab, 'redis-restore-drill');
    expect(statSync(join(PLACES[kind](), 'redis/config')).isFile()).toBe(true);
    const owners = ['config', 'redis/config'].map((file) => statSync(join(PLACES[kind](), file)).uid);
    expect(owners).toEqual(kind === 'volume' ? [70, 999] : [0, 0]);
    // The volume still belongs to the tasks of both.
    expect(await succeed(lab, 'backup')).toMatch(/^2 dumps of 1 servers/);
    expect(await succeed(lab, 'restore-drill')).toMatch(/1 of 1 databases came back/);
  });

  test('both are put back to what was dumped', async () => {
    await ask(server, "update notes set text = 'lost'");
    await cli('set', 'kind', 'lost');
    expect(await succeed(lab, 'restore', { TENANT: 'admin' })).toMatch(/^1 databases restored/);
    await succeed(lab, 'redis-restore', { EMPTY_FIRST: 'yes' });
    expect(await ask(server, 'select text from notes')).toBe(kind);
    expect(await cli('get', 'kind')).toBe(kind);
  });
});

test('a REST server that does not know the password is named in the log, without the password', async () => {
  await lab.update(ON_SERVER);
  const env = { RESTIC_REST_PASSWORD: 'another-password', OPEN_SECONDS: '5' };
  const { code, log } = await lab.run(NAMESPACE, 'restore-drill', { env });
  expect(code).toBe(1);
  expect(log).toMatch(/the repository cannot be opened: .*401/);
  expect(log).not.toContain('another-password');
});

test('the key of a Google service account is a file that restic reads', async () => {
  const google = { repository: 'gs:shop-backups:/', addresses: ['10.0.0.0/8'] };
  await lab.update(shopObjects({ init, redis: true, repository: google }));
  for (const [task, path] of Object.entries({ 'restore-drill': 'config', 'redis-restore-drill': 'redis%2Fconfig' })) {
    const { code, log } = await lab.run(NAMESPACE, task, { env: { OPEN_SECONDS: '3' } });
    expect(code).toBe(1);
    // The key of development is in the right place, and none.
    expect(log).toMatch(
      new RegExp(`cannot be opened: Get "https://storage.googleapis.com/.*/b/shop-backups/o/${path}`),
    );
    expect(log).toMatch(/private key should be a PEM/);
  }
});

test('a path that is on no volume fails the backup with the reason', async () => {
  await lab.update(ON_VOLUME);
  const { code, log } = await lab.run(NAMESPACE, 'backup', { env: { RESTIC_REPOSITORY: '/srv/backups' } });
  expect(code).toBe(1);
  expect(log).toMatch(/the repository cannot be made: .*\/srv\/backups.*read-only file system/);
});
