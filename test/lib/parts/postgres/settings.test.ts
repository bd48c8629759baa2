import { z } from 'zod';
import { postgresTag } from '../../../../lib/base/versions';
import { database, postgresClient, withClientTag } from '../../../../lib/parts/postgres/settings';
import { tenantServers } from '../../../../lib/parts/postgres/tenant-settings';

const schema = z
  .strictObject({
    database: database(true, 'shop'),
    tenantServers: tenantServers(true).default({}),
    postgresClient: postgresClient(true, 16, "the servers'"),
  })
  .transform(withClientTag(16));

const pod = (tag: string) => ({ kind: 'statefulset', image: 'docker.io/library/postgres', tag });
const managed = { kind: 'external', host: 'db.example.com', addresses: ['10.0.0.0/24'] };
const parse = (servers: object, client: object = {}) => schema.safeParse({ ...servers, postgresClient: client });
const tagOf = (servers: object, client: object = {}) => parse(servers, client).data?.postgresClient.tag;
const problemsOf = (servers: object, client: object) => parse(servers, client).error?.issues ?? [];

test.each([
  [{ database: pod('17.6-alpine3.22') }, '17.6-alpine3.22', postgresTag(17)],
  [{ database: pod('15-alpine'), tenantServers: { eu: pod('17'), us: pod('16.10-system-trixie') } }, postgresTag(17)],
  [{ database: managed, tenantServers: { eu: pod('14-alpine') } }, '14-alpine', postgresTag(14)],
  [{ database: pod('12.22-bookworm') }, '12-alpine'],
  // Nothing tells their version.
  [{ database: managed }, postgresTag(16)],
  [{ database: pod('latest') }, postgresTag(16)],
  [{ database: pod('2026a') }, postgresTag(16)],
])(
  'the clients of %j are %s, and of another repository the newest of the major version',
  (servers, tag, other = tag) => {
    expect(tagOf(servers)).toBe(tag);
    expect(tagOf(servers, { image: 'registry.example.com/postgres' })).toBe(other);
  },
);

test("clients have the server's digest with its tag, unless they have one of their own", () => {
  const [digest, own] = ['0', '1'].map((digit) => `sha256:${digit.repeat(64)}`);
  const servers = { database: { ...pod('17.6-alpine'), digest } };
  expect(parse(servers).data?.postgresClient).toMatchObject({ tag: '17.6-alpine', digest });
  expect(parse(servers, { digest: own }).data?.postgresClient).toMatchObject({ tag: '17.6-alpine', digest: own });
  expect(parse(servers, { tag: '17.7-alpine' }).data?.postgresClient.digest).toBeUndefined();
});

test('newer clients are allowed, and so are tags that name no version', () => {
  expect(tagOf({ database: pod('15-alpine') }, { tag: '17-alpine' })).toBe('17-alpine');
  expect(tagOf({ database: pod('15-alpine') }, { tag: 'latest' })).toBe('latest');
  expect(tagOf({ database: managed }, { tag: '13-alpine' })).toBe('13-alpine');
});

test('a client that is older than a server is refused, with both settings', () => {
  const servers = { database: pod('15-alpine'), tenantServers: { eu: pod('17.2-alpine') } };
  expect(problemsOf(servers, { tag: '16-alpine' })).toMatchObject([
    {
      path: ['postgresClient', 'tag'],
      message:
        "a tag of PostgreSQL 17 or newer, as tenantServers.eu.tag is 17.2-alpine: pg_dump cannot dump a newer server. Without postgresClient.tag it is the servers' version",
    },
  ]);
});

test('no server of tenants has the name of another setting', () => {
  for (const name of ['main', 'drill']) {
    expect(parse({ database: managed, tenantServers: { [name]: managed } }).success).toBe(false);
  }
});

test.each<[string, { kind: string; pgbouncer?: object }, RegExp]>([
  ['streaming_replica', { kind: 'cloudnative-pg' }, /^other names than those of the roles of CloudNativePG/],
  ['orders_', { kind: 'cloudnative-pg' }, /^other names than those of the roles of CloudNativePG/],
  ['pgbouncer_console', { kind: 'external', pgbouncer: {} }, /^other names than those of PgBouncer/],
])('an owner cannot be called %s where %j has that name', (user, { kind, pgbouncer }, message) => {
  const cluster = {
    ...pod('16.10-system-trixie'),
    apiServer: { addresses: ['10.40.0.1/32'] },
    archive: { destination: 's3://archive/shop', addresses: ['10.20.8.0/24'] },
  };
  const given = (own: object) => ({ ...(kind === 'external' ? managed : cluster), kind, ...own });
  expect(parse({ database: given({ pgbouncer }) }).success).toBe(true);
  expect(parse({ database: given({ pgbouncer, user }) }).error?.issues).toEqual([
    expect.objectContaining({ path: ['database', 'name'], message: expect.stringMatching(message) }),
  ]);
});
