import { z } from 'zod';
import { database, postgresClient, withClientTag } from '../../../../lib/parts/postgres/settings';
import { tenantServers } from '../../../../lib/parts/postgres/tenant-settings';

const schema = z
  .strictObject({
    database: database(true, 'shop'),
    tenantServers: tenantServers(true).default({}),
    postgresClient: postgresClient(true, '16-alpine', "the servers'"),
  })
  .transform(withClientTag('16-alpine'));

const pod = (tag: string) => ({ kind: 'statefulset', image: 'docker.io/library/postgres', tag });
const managed = { kind: 'external', host: 'db.example.com', addresses: ['10.0.0.0/24'] };
const parse = (servers: object, client: object = {}) => schema.safeParse({ ...servers, postgresClient: client });
const tagOf = (servers: object, client: object = {}) => parse(servers, client).data?.postgresClient.tag;
const problemsOf = (servers: object, client: object) => parse(servers, client).error?.issues ?? [];

test.each([
  [{ database: pod('17.6-alpine3.22') }, '17-alpine'],
  [{ database: pod('15-alpine'), tenantServers: { eu: pod('17'), us: pod('16.10-system-trixie') } }, '17-alpine'],
  [{ database: managed, tenantServers: { eu: pod('14-alpine') } }, '14-alpine'],
  // Nothing tells their version.
  [{ database: managed }, '16-alpine'],
  [{ database: pod('latest') }, '16-alpine'],
  [{ database: pod('2026a') }, '16-alpine'],
])('the clients of %j are %s', (servers, tag) => {
  expect(tagOf(servers)).toBe(tag);
  expect(tagOf(servers, { image: 'registry.example.com/postgres' })).toBe(tag);
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
