import { backups } from '../../../../lib/parts/backup/settings';

const schema = backups(false);
const settings = { repository: 's3:https://s3.example.com/backups', addresses: ['10.20.8.0/24'] };
const messages = (pushgateway: unknown) =>
  schema
    .safeParse({ ...settings, pushgateway })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

test("there is no Pushgateway until its namespace is said; the rest is its chart's", () => {
  expect(schema.parse(settings)).not.toHaveProperty('pushgateway');
  expect(schema.parse({ ...settings, pushgateway: { namespace: 'monitoring' } }).pushgateway).toEqual({
    namespace: 'monitoring',
    labels: { 'app.kubernetes.io/name': 'prometheus-pushgateway' },
    service: 'prometheus-pushgateway',
    port: 9091,
  });
});

test('a Pushgateway is pods in the cluster, by labels and a Service, and no URL', () => {
  expect(messages({})).toEqual(['pushgateway.namespace: a name of at most 63 lower-case letters, digits and dashes']);
  expect(messages({ namespace: 'monitoring', service: 'http://gateway' })).toHaveLength(1);
  expect(messages({ namespace: 'monitoring', port: 0 })).toHaveLength(1);
});

const refused = (own: object) =>
  schema.safeParse(own).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

test.each([
  's3:https://s3.example.com/backups',
  's3:http://s3.example.com:9000/backups/shop',
  'azure:shop-backups:/',
  'azure:shop-backups:/prod/shop',
  'gs:shop_backups.example.com:/',
  'rest:https://backups.example.com/',
  'rest:https://backups.example.com:8000/shop/prod/',
])('%s is a repository on a server, whose addresses are known, without a claim', (repository) => {
  const { addresses } = settings;
  expect(schema.parse({ repository, addresses })).toMatchObject({ repository, addresses });
  expect(refused({ repository })).toEqual([
    'addresses: a list of address ranges, at least one: of the store in repository',
  ]);
  expect(refused({ repository, addresses, claim: 'nas' })).toEqual([
    'claim: no claim, since repository is no path such as /backups: only that of a path is mounted',
  ]);
});

test.each(['/backups', '/backups/', '/backups/shop', '/mnt/nas/backups', '/srv/restic'])(
  '%s is a repository on the volume of a claim, to which nothing connects',
  (repository) => {
    expect(schema.parse({ repository, claim: 'nas' })).toMatchObject({ repository, claim: 'nas' });
    expect(refused({ ...settings, repository, port: 443 })).toEqual([
      'addresses: no addresses, since repository is a path: backups connect to no store then',
      'port: no port, since repository is a path: backups connect to no store then',
      'claim: the PersistentVolumeClaim that is mounted at the path in repository, such as backups',
    ]);
  },
);

test.each([
  ['another scheme', 'sftp:user@host:/backups'],
  ['a container without a path', 'azure:backups'],
  ['a container of two letters', 'azure:ab:/'],
  ['a container with two dashes in a row', 'azure:shop--backups:/'],
  ['a bucket as a URL', 'gs://backups/shop'],
  ['a REST server without TLS', 'rest:http://backups.example.com/'],
  ['a REST server with a password', 'rest:https://shop:secret@backups.example.com/'],
  ['a REST server without a slash', 'rest:https://backups.example.com'],
  ['the root', '/'],
  ['a folder of the images', '/etc/backups'],
  ['a folder above', '/backups/../etc'],
  ['a relative path', 'backups'],
  ['two lines', 'gs:backups:/\ngs:backups:/'],
])('%s is refused with an example of each form', (_, repository) => {
  const [message, ...others] = refused({ ...settings, repository }) ?? [];
  expect(others).toEqual([]);
  expect(message).toMatch(
    /^repository: a repository as restic names it: s3:https:.*, azure:.*:\/, gs:.*:\/, rest:https:.*\/ .*, or \/backups/,
  );
});
