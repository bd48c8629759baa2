import type { Connection } from '../../../../lib/model/connection';
import { repositoryOf } from '../../../../lib/parts/backup/repository';
import { storeBackups } from '../../../../lib/parts/backup/settings';
import { resticEnv } from '../../../../lib/parts/restic';

const ADDRESSES = ['10.9.0.0/24'];

function made(repository: string, own: object = { addresses: ADDRESSES }) {
  const config = storeBackups(false).parse({ repository, ...own });
  return repositoryOf('shop-data', { kind: 'manual', revision: 1 }, config);
}

/** The variables with the credentials: texts, or the key of the Secret. */
function variables(repository: ReturnType<typeof made>): [string, unknown][] {
  return Object.entries(repository.env).map(([name, value]) => [
    name,
    typeof value === 'object' && 'secret' in value ? [value.secret.name, value.key] : value,
  ]);
}

const fromSecret = (...keys: string[]) => keys.map((key) => [key, ['backup-credentials', key]]);

const KINDS: readonly [string, string, string[], string[]][] = [
  [
    's3:https://s3.example.com/backups',
    'the S3 store of the backups',
    ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
    ['access-key-id', 'secret-access-key'],
  ],
  [
    'azure:backups:/',
    'the Azure container of the backups',
    ['AZURE_ACCOUNT_NAME', 'AZURE_ACCOUNT_KEY'],
    ['account-name', 'account-key'],
  ],
  [
    'rest:https://backups.example.com/shop/',
    'the REST server of the backups',
    ['RESTIC_REST_USERNAME', 'RESTIC_REST_PASSWORD'],
    ['server-username', 'server-password'],
  ],
];

test.each(KINDS)('%s: its variables, and the properties of the remote secret', (url, to, keys, properties) => {
  const repository = made(url);
  expect(variables(repository)).toEqual(fromSecret('RESTIC_PASSWORD', ...keys));
  const { secret } = repository.env.RESTIC_PASSWORD as { secret: { values: object } };
  const remote = Object.values(secret.values).map((value) => [value.remote, value.property]);
  expect(remote).toEqual(['restic-password', ...properties].map((property) => ['backups', property]));
  expect(repository.connectsTo).toMatchObject([{ to, port: 443, cidrs: [{ cidr: ADDRESSES[0] }] }]);
  expect([repository.mounts, repository.volumes]).toEqual([[], []]);
});

test('the key of a Google service account is a file, and the only one of the Secret that is mounted', () => {
  const repository = made('gs:backups:/shop');
  expect(variables(repository)).toEqual([
    ...fromSecret('RESTIC_PASSWORD'),
    ['GOOGLE_APPLICATION_CREDENTIALS', '/etc/berth/store/credentials.json'],
  ]);
  expect(repository.mounts).toMatchObject([
    { path: '/etc/berth/store', from: { name: 'backup-credentials' }, keys: ['credentials.json'] },
  ]);
  expect(repository.mounts.flatMap(({ from }) => Object.keys((from as { values: object }).values))).toEqual([
    'RESTIC_PASSWORD',
    'credentials.json',
  ]);
  expect(repository.connectsTo).toMatchObject([{ to: 'the Google bucket of the backups' }]);
  expect(repository.volumes).toEqual([]);
});

test.each(['/backups', '/backups/'])('%s is a volume, without credentials and connections', (path) => {
  const repository = made(path, { claim: 'nas' });
  expect(variables(repository)).toEqual(fromSecret('RESTIC_PASSWORD'));
  expect(repository.volumes).toEqual([{ claim: 'nas', path: '/backups', group: 10_001 }]);
  expect([repository.mounts, repository.connectsTo]).toEqual([[], []]);
});

test.each([
  ['s3:https://s3.example.com/backups', 's3:https://s3.example.com/backups/redis'],
  ['azure:backups:/', 'azure:backups:/redis'],
  ['azure:backups:/shop', 'azure:backups:/shop/redis'],
  ['gs:backups:/', 'gs:backups:/redis'],
  ['rest:https://backups.example.com/', 'rest:https://backups.example.com/redis'],
  ['rest:https://backups.example.com/shop/', 'rest:https://backups.example.com/shop/redis'],
])('a repository below %s is %s', (url, below) => {
  expect(resticEnv(made(url), 'shop-production').RESTIC_REPOSITORY).toBe(url);
  expect(resticEnv(made(url), 'shop-production', 'redis').RESTIC_REPOSITORY).toBe(below);
});

test('a repository below a path is on the same volume', () => {
  const repository = made('/backups/', { claim: 'nas' });
  expect(resticEnv(repository, 'shop-production', 'redis').RESTIC_REPOSITORY).toBe('/backups/redis');
});

test.each([
  ['rest:https://backups.example.com:8000/', {}, 8000],
  ['s3:https://s3.example.com:9000/backups', {}, 9000],
  ['s3:http://s3.example.com/backups', {}, 80],
  ['s3:https://s3.example.com:9000/backups', { port: 443 }, 443],
  ['azure:backups:/', {}, 443],
])('the port of %s with %j is %s', (url, own, port) => {
  const { connectsTo } = made(url, { addresses: ADDRESSES, ...own });
  expect(connectsTo.map((one) => (one as Connection & { port: number }).port)).toEqual([port]);
});
