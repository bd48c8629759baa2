import { databases } from '../../../../lib/checks/rules/databases';
import { describeRule, findings, parse } from '../manifests';

const judge = (text: string): string[] => findings(databases, parse(text));
const named = (name: string) => `metadata: { name: ${name}, namespace: shop }`;
const cluster = (spec: string, more = '') =>
  `apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: { name: main, namespace: shop, annotations: { a: b${more} } }\nspec: { instances: 3, ${spec} }\n`;
const role = (name: string, spec: string) =>
  `---\napiVersion: postgresql.cnpg.io/v1\nkind: DatabaseRole\n${named(name)}\nspec: { cluster: { name: main }, name: ${name}, ${spec} }\n`;
const file = (name: string, text: string) => `${name}: ${JSON.stringify(text)}`;
const config = (...files: string[]) =>
  `apiVersion: v1\nkind: ConfigMap\n${named('files')}\ndata: { ${files.join(', ')} }\n`;
const pooler = (line: string, host = 'db.example.com') =>
  config(
    file('pgbouncer.ini', `[pgbouncer]\n${line}\n`),
    file('databases.ini', `[databases]\n* = host=${host} port=5432\n`),
  );
const redis = (text: string) => config(file('redis.conf', `port 6379\nbind * -::*\ndir /data\n${text}`));

describeRule(databases, [
  cluster('postgresql: { pg_hba: [a], parameters: { fsync: "off", shared_buffers: 1GB } }'),
  role('acme', 'superuser: true, inRoles: [pg_read_all_data], passwordSecret: { name: a }'),
  pooler('auth_type = any'),
  redis(''),
]);

test.each([
  ['host all all 0.0.0.0/0 trust', 'trust, which asks for no password'],
  ['host all all 10.0.0.0 255.0.0.0 trust', 'trust, which asks for no password'],
  ['local all all trust', 'trust, which asks for no password'],
  ['hostssl shop shop all md5', 'md5, whose hashes are easily guessed'],
  ['hostssl shop shop all password', 'password, which sends the password itself'],
  ['host "shop" "shop" all scram-sha-256', 'host, which also takes connections without TLS'],
])('a line of pg_hba is told of: %s', (line, expected) => {
  expect(judge(cluster(`postgresql: { pg_hba: [${JSON.stringify(line)}] }`))).toEqual([
    expect.stringContaining(`Cluster shop/main: spec.postgresql.pg_hba[0]: given ${expected}`),
  ]);
});

test.each([
  'hostssl "trust" "md5" all scram-sha-256',
  'host all all all reject',
  'hostssl all all all cert',
  '#host all all all trust',
])('a line of pg_hba is right: %s', (line) => {
  expect(judge(cluster(`postgresql: { pg_hba: [${JSON.stringify(line)}] }`))).toEqual([]);
});

test.each([
  ['enableSuperuserAccess: true', 'spec.enableSuperuserAccess: given true'],
  ['postgresql: { parameters: { fsync: "off" } }', 'parameters.fsync: given off'],
  ['postgresql: { parameters: { password_encryption: md5 } }', 'parameters.password_encryption: given md5'],
  [
    'postgresql: { parameters: { shared_buffers: 2GB } }, resources: { limits: { memory: 1Gi } }',
    'parameters.shared_buffers: given 2GB',
  ],
  ['postgresql: { synchronous: { method: any, number: 3 } }', 'spec.instances: given 3, expected more than 3'],
  [
    'managed: { services: { additional: [{ serviceTemplate: { spec: { type: LoadBalancer } } }] } }',
    'given LoadBalancer',
  ],
  [
    'managed: { roles: [{ name: acme, superuser: true }] }',
    'spec.managed.roles[0].superuser: given true for role acme',
  ],
])('a cluster is told of: %s', (spec, expected) => {
  expect(judge(cluster(spec))).toEqual([expect.stringContaining(expected)]);
});

test('a cluster that sleeps is told of', () => {
  expect(judge(cluster('storage: {}', ', cnpg.io/hibernation: "on"'))).toEqual([
    expect.stringContaining('no instance runs'),
  ]);
});

test.each(['superuser', 'createrole', 'replication', 'bypassrls', 'createdb'])('a role with %s is told of', (right) => {
  expect(judge(role('acme', `${right}: true`))).toEqual([
    expect.stringContaining(`spec.${right}: given true for role acme`),
  ]);
});

test('a role has no rights of another one, and no password of another one', () => {
  const others = role('globex', 'passwordSecret: { name: globex }');
  expect(judge(others + role('acme', 'inRoles: [globex]'))).toEqual([
    expect.stringContaining('spec.inRoles: given globex'),
  ]);
  expect(judge(role('acme', 'inRoles: [pg_read_all_data]'))).toEqual([
    expect.stringContaining('given pg_read_all_data'),
  ]);
  expect(judge(others + role('acme', 'passwordSecret: { name: globex }'))).toEqual([
    expect.stringContaining('given the Secret of role globex for role acme'),
  ]);
  const initial = cluster('bootstrap: { initdb: { owner: acme, secret: { name: globex } } }');
  expect(judge(initial + others)).toEqual([
    expect.stringContaining('Cluster shop/main: spec.bootstrap.initdb.secret.name'),
  ]);
});

test('a role for dumps reads everything', () => {
  const dumps = 'bypassrls: true, createdb: true, inRoles: [pg_read_all_data, acme]';
  expect(judge(role('acme', 'login: true') + role('backup', dumps))).toEqual([]);
  expect(judge(role('backup', `${dumps}, superuser: true`))).not.toEqual([]);
});

test.each([
  ['auth_type = trust', 'given auth_type trust'],
  ['auth_type=any', 'given auth_type any'],
  ['auth_type = plain', 'given auth_type plain'],
  ['server_tls_sslmode = prefer', 'given server_tls_sslmode prefer for db.example.com'],
])('PgBouncer with %s is told of', (line, expected) => {
  expect(judge(pooler(line))).toEqual([
    expect.stringContaining(`ConfigMap shop/files: data["pgbouncer.ini"]: ${expected}`),
  ]);
});

test('PgBouncer may do without TLS within the cluster, and its comments are no settings', () => {
  for (const host of ['postgres', 'postgres.shop.svc', 'postgres.shop.svc.cluster.local']) {
    expect(judge(pooler('server_tls_sslmode = disable', host))).toEqual([]);
  }
  expect(judge(pooler('; auth_type = trust\n# auth_type = any\nauth_type = scram-sha-256'))).toEqual([]);
});

test('PgBouncer listens at a port of its pods', () => {
  const pods = `---
apiVersion: apps/v1
kind: Deployment
${named('pgbouncer')}
spec:
  template:
    spec:
      containers:
        - { name: pgbouncer, ports: [{ containerPort: 5432 }], volumeMounts: [{ name: files, mountPath: /etc/pgbouncer }] }
        - { name: exporter, ports: [{ containerPort: 9127 }] }
      volumes: [{ name: files, configMap: { name: files } }]
`;
  expect(judge(pooler('listen_port = 6432') + pods)).toEqual([
    expect.stringContaining('given listen_port 6432, expected 5432'),
  ]);
  expect(judge(pooler('listen_port = 5432') + pods)).toEqual([]);
  const undeclared = pods.replace('ports: [{ containerPort: 5432 }], ', '');
  expect(judge(pooler('listen_port = 6432') + undeclared)).toEqual([]);
});

test('Redis asks for a password, and keeps its data', () => {
  expect(judge(redis('appendonly yes\n'))).toEqual([expect.stringContaining('given neither aclfile nor requirepass')]);
  expect(judge(redis('aclfile /run/users.acl\nappendonly no\nsave ""\n'))).toEqual([
    expect.stringContaining('given appendonly no and save ""'),
  ]);
  expect(judge(redis('aclfile /run/users.acl\nappendonly yes\n'))).toEqual([]);
});
