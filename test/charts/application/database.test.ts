import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Any, find, ROOT } from '../../support';
import { built, messageOf, objectsOf } from './application';

const TEXT = readFileSync(join(ROOT, 'test/fixtures/applications/clinic.yaml'), 'utf8');
const DATA = 'clinic-prod-data';
const POOLER = `pgbouncer-svc.${DATA}.svc.cluster.local`;

const CLOUDNATIVE_PG =
  'kind: cloudnative-pg, image: ghcr.io/cloudnative-pg/postgresql, tag: 16.10-system-trixie, apiServer: { addresses: [10.40.0.1/32] }, archive: { destination: "s3://shop-archive/postgres", addresses: [10.20.8.0/24] }';
const KINDS = {
  external:
    'kind: external, host: db.internal.example.com, addresses: [10.20.0.0/24], unverified: tests use no certificate',
  statefulset: 'kind: statefulset',
  'cloudnative-pg': CLOUDNATIVE_PG,
};

/** An application with two databases, of which each has migrations, on a server with these settings. */
const shop = (database: string, more = '') => `pattern: microservices
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }
services:
  api: { port: 80, migrations: { command: [migrate], database: shop }, env: { DATABASE_URL: { database: shop.url } } }
  web: { port: 81, image: api, migrations: { command: [migrate], database: reports }, env: { API: { url: api }, JDBC: { database: reports.jdbc }, HOST: { text: "{host}:{port}", from: database.reports } } }
${more}database: { ${database}, databases: { shop: {}, reports: { user: shop } } }
monitoring: { enabled: true }
backups: { repository: "s3:https://s3.example.com/shop", addresses: [10.20.8.0/24] }
secrets: { kind: manual }
`;

describe.each(Object.entries(KINDS))('a database of the kind %s', (kind, settings) => {
  test.each(['dev', 'staging', 'prod'])('is described in %s, with a pooler and without one', (environment) => {
    for (const pgbouncer of ['', ', pgbouncer: {}']) {
      const all = objectsOf({ [`${environment}/shop.yaml`]: shop(`${settings}${pgbouncer}`) }, environment);
      const named = (one: string) => all.filter((it) => it.kind === one).map(({ metadata }) => metadata.name);
      expect(named('Cluster')).toEqual(kind === 'cloudnative-pg' ? ['postgres'] : []);
      expect(named('Deployment').includes('pgbouncer')).toBe(pgbouncer !== '');
    }
  });

  test('services reach it through the pooler alone, and Jobs by themselves', () => {
    const all = objectsOf({ 'prod/shop.yaml': shop(`${settings}, pgbouncer: {}`) });
    const ports = (name: string) =>
      find(all, 'NetworkPolicy', `${name}-policy`)
        .spec.egress.filter(({ ports }: Any) => ports.some(({ port }: Any) => port === 5432))
        .map(({ to: [peer] }: Any) => peer.ipBlock?.cidr ?? Object.values(peer.podSelector.matchLabels).at(-1))
        .sort();
    const server = kind === 'external' ? '10.20.0.0/24' : 'postgres';
    expect([ports('api'), ports('web')]).toEqual([['pgbouncer'], ['pgbouncer']]);
    expect([ports('pgbouncer'), ports('provisioning'), ports('backup')]).toEqual([[server], [server], [server]]);
    expect([ports('migrations'), ports('migrations-reports')]).toEqual([
      [server, 'pgbouncer'].sort(),
      [server, 'pgbouncer'].sort(),
    ]);
  });
});

describe("CloudNativePG's cluster behind PgBouncer", () => {
  const objects = objectsOf({ 'prod/clinic.yaml': TEXT });
  const { secrets } = built({ 'prod/clinic.yaml': TEXT }).built.model as Any;
  const job = (name: string) =>
    objects.find(({ kind, metadata }) => kind === 'Job' && metadata.labels?.component === name) as Any;

  test('it has three instances, and each owner enters its own databases alone', () => {
    const { spec } = find(objects, 'Cluster', 'postgres');
    expect(spec).toMatchObject({ instances: 3, bootstrap: { initdb: { database: 'patients', owner: 'patients' } } });
    expect(spec.postgresql.pg_hba).toEqual([
      'hostssl "patients" "patients" all scram-sha-256',
      'hostssl "reports" "reporting" all scram-sha-256',
      'hostssl all "clinic_backup" all scram-sha-256',
      'hostssl all "clinic_restore" all scram-sha-256',
      'host all all all reject',
    ]);
    expect(find(objects, 'Database', 'postgres-reports').spec).toMatchObject({ name: 'reports', owner: 'reporting' });
    expect(find(objects, 'DatabaseRole', 'postgres-clinic-backup').spec.inRoles).toEqual([
      'pg_read_all_data',
      'clinic_restore',
      'patients',
      'reporting',
    ]);
  });

  test('owners make the extensions, since there is no administrator', () => {
    const [{ env, volumeMounts }] = job('provisioning').spec.template.spec.containers;
    expect(env).toContainEqual({ name: 'ROLES_MADE_BY', value: 'operator' });
    expect(JSON.stringify(volumeMounts)).not.toContain('administrators');
    expect(find(objects, 'ConfigMap', 'servers').data['databases.tsv']).toBe(
      'patients\tpatients\tpg_trgm citext\nreports\treporting\tpg_trgm\n',
    );
  });

  test('what services connect by is the address of the pooler', () => {
    const template = (name: string, key: string) =>
      secrets
        .find((one: Any) => one.name === name)
        .values[key].template.map((part: Any) => (part.urlEncoded ?? part.quoted) || part);
    expect(JSON.stringify(template('patients-credentials', 'DATABASE_URL'))).toContain('postgresql://patients:');
    const { env } = find(objects, 'Deployment', 'patients').spec.template.spec.containers[0];
    expect(env).toContainEqual({ name: 'REPORTS', value: `${POOLER}:5432` });
    expect(find(objects, 'ConfigMap', 'pgbouncer-config').data['settings.ini']).toContain(
      'server_tls_sslmode = verify-full\n',
    );
  });

  test('the Job of each database tells each replica of the pooler of it', () => {
    for (const [name, database] of [
      ['migrations', 'patients'],
      ['migrations-reports', 'reports'],
    ] as const) {
      const [{ env }] = job(name).spec.template.spec.containers;
      expect(env).toContainEqual({ name: 'ADMIN_DATABASE', value: database });
      expect(env).toContainEqual({ name: 'POOLER_HOST', value: `pgbouncer-pods.${DATA}.svc.cluster.local` });
      expect(env).toContainEqual({ name: 'POOLER_USER', value: 'pgbouncer_console' });
    }
  });

  test('the pooler has the passwords of the owners, and not those of the roles that dump', () => {
    const { volumes } = find(objects, 'Deployment', 'pgbouncer').spec.template.spec;
    const roles = volumes.find(({ secret }: Any) => secret?.secretName === 'database-roles');
    expect(roles.secret.items.map(({ key }: Any) => key).sort()).toEqual([
      'patients',
      'pgbouncer_console',
      'pgbouncer_stats',
      'reporting',
    ]);
  });
});

test('without a pooler, services encrypt their connections to the cluster, whose authority they do not have', () => {
  const env = (text: string, name: string) =>
    find(objectsOf({ 'prod/shop.yaml': text }), 'Deployment', 'web').spec.template.spec.containers[0].env.find(
      (one: Any) => one.name === name,
    ).value;
  expect(env(shop(CLOUDNATIVE_PG), 'JDBC')).toBe(
    'jdbc:postgresql://postgres-rw.shop-prod-data.svc.cluster.local:5432/reports?sslmode=require',
  );
  expect(env(shop(`${CLOUDNATIVE_PG}, pgbouncer: {}`), 'JDBC')).toBe(
    'jdbc:postgresql://pgbouncer-svc.shop-prod-data.svc.cluster.local:5432/reports?sslmode=disable',
  );
});

test('that services cannot verify the cluster is told where there is no pooler', () => {
  const notices = (text: string) => (built({ 'prod/shop.yaml': text }).built.model as Any).notices.join('\n');
  expect(notices(shop(CLOUDNATIVE_PG))).toContain('database.pgbouncer verifies it for all');
  expect(notices(shop(`${CLOUDNATIVE_PG}, pgbouncer: {}`))).not.toContain('verifies');
});

describe('a managed server with a CA', () => {
  const ca = '"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n"';
  const verified = `kind: external, host: db.internal.example.com, addresses: [10.20.0.0/24], ca: ${ca}`;
  const PATH = '/etc/berth/ca/database';
  const containers = (text: string, name: string) =>
    find(objectsOf({ 'prod/shop.yaml': text }), 'Deployment', name).spec.template.spec.containers[0];

  test('each service that connects to it has the file, and the variable that clients read', () => {
    const { env, volumeMounts } = containers(shop(verified), 'web');
    expect(env).toContainEqual({ name: 'PGSSLROOTCERT', value: `${PATH}/ca.crt` });
    expect(env).toContainEqual({
      name: 'JDBC',
      value: `jdbc:postgresql://db.internal.example.com:5432/reports?sslmode=verify-full&sslrootcert=${PATH}/ca.crt`,
    });
    expect(volumeMounts.map(({ mountPath }: Any) => mountPath)).toContain(PATH);
    const other = shop(verified).replace('services:\n', 'services:\n  docs: { port: 82, image: api }\n');
    expect(JSON.stringify(containers(other, 'docs'))).not.toMatch(/PGSSLROOTCERT|berth.ca/);
  });

  test('{ database: ca } is the path, where there is one', () => {
    const asking = (database: string) =>
      shop(database).replace('JDBC: {', 'NODE_EXTRA_CA_CERTS: { database: reports.ca }, JDBC: {');
    expect(containers(asking(verified), 'web').env).toContainEqual({
      name: 'NODE_EXTRA_CA_CERTS',
      value: `${PATH}/ca.crt`,
    });
    for (const other of [KINDS.external, KINDS.statefulset, `${verified}, pgbouncer: {}`]) {
      expect(messageOf({ 'prod/shop.yaml': asking(other) })).toMatch(
        /given { database: reports.ca }, expected another piece/,
      );
    }
  });

  test('with PgBouncer before it, that verifies it, and services need nothing', () => {
    const { env, volumeMounts } = containers(shop(`${verified}, pgbouncer: {}`), 'web');
    expect(JSON.stringify([env, volumeMounts])).not.toMatch(/PGSSLROOTCERT|berth.ca/);
    expect(JSON.stringify(containers(shop(`${verified}, pgbouncer: {}`), 'pgbouncer').volumeMounts)).toContain(
      '/etc/berth/ca/main',
    );
  });
});

describe('the connection budget', () => {
  const found = (text: string) => built({ 'prod/clinic.yaml': text }).violations.join('\n');
  const direct = TEXT.replace(/ {2}pgbouncer: .*\n/, '').replace('[pgbouncer]', '[database]');

  test('of a server names the settings of services and pools, and the pooler that is not there', () => {
    expect(found(direct)).toMatch(
      /clinic-prod\/patients \(12 \+ 3 during a rollout\) × 40 .* expected at most 100, .*; or add database\.pgbouncer; set by .*: services\.patients\.scale\.max, .*: database\.poolSize, .*: database\.maxConnections$/,
    );
  });

  test('of a server behind a pooler names the settings of the pooler', () => {
    const text = TEXT.replace('poolSize: 5, maxClients', 'poolSize: 50, maxClients');
    expect(found(text)).toMatch(
      /pgbouncer \(2 \+ 2 during a rollout\) × 100 \(2 databases × 50\) .* would fit with 18 connections per pod; set by .*: database\.pgbouncer\.replicas, .*: database\.pgbouncer\.poolSize, .*: database\.maxConnections$/,
    );
  });

  test('of a pooler names its own limit', () => {
    expect(found(TEXT.replace('maxClients: 1000', 'maxClients: 100'))).toMatch(
      /expected at most 100, which each replica of PgBouncer accepts; .*: database\.pgbouncer\.maxClients$/,
    );
  });
});

const SERVICE = 'services:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0';
const head = (
  services: string,
  database: string,
  backups = '{ repository: "s3:https://s3.example.com/shop", addresses: [10.20.8.0/24] }',
) =>
  `pattern: microservices\n${services}\n${database === '' ? '' : `database: { ${database} }\n`}backups: ${backups}\nsecrets: { kind: manual }\n`;

test.each<[string, string, string]>([
  [
    'a service with the name of the pooler that is there',
    head(`${SERVICE} }\n  pgbouncer: { image: ghcr.io/yourorg/api, tag: v1.0.0 }`, `${KINDS.external}, pgbouncer: {}`),
    'services.pgbouncer: given pgbouncer, which names a part; expected another name',
  ],
  [
    'a pooler that is not there',
    head(`${SERVICE}, connectsTo: [pgbouncer] }`, KINDS.external),
    'services.api.connectsTo, entry 1: given pgbouncer, a part that this file does not have; expected database.pgbouncer: { … }',
  ],
  [
    'no backups of what the cluster keeps',
    head(`${SERVICE}, connectsTo: [database] }`, CLOUDNATIVE_PG, '{ none: it has an archive }'),
    'backups.none: given none, and a server in the cluster keeps data, expected repository and addresses',
  ],
  [
    'a role of the operator',
    head(`${SERVICE}, connectsTo: [database] }`, `${CLOUDNATIVE_PG}, databases: { shop: { user: streaming_replica } }`),
    'database.databases.shop: given shop with the owner streaming_replica, expected other names than those of the roles of CloudNativePG, which end in a letter or a digit, as its objects do',
  ],
  [
    'the name of the console of the pooler',
    head(`${SERVICE}, connectsTo: [database] }`, `${KINDS.external}, pgbouncer: {}, databases: { pgbouncer: {} }`),
    'database.databases.pgbouncer: given pgbouncer with the owner pgbouncer, expected other names than those of PgBouncer and its users',
  ],
  [
    'an image that cannot restore the archive',
    head(`${SERVICE}, connectsTo: [database] }`, CLOUDNATIVE_PG.replace('system', 'standard')),
    'expected an image for the drill of the archive',
  ],
  [
    'a setting of tenants',
    head(`${SERVICE}, connectsTo: [database] }`, `${KINDS.external}, pgbouncer: { adminPoolSize: 5 }`),
    'database.pgbouncer.adminPoolSize: given an unknown key, expected one of image, tag, digest, replicas, poolSize, maxClients',
  ],
  [
    'an archive without its store',
    head(`${SERVICE}, connectsTo: [database] }`, CLOUDNATIVE_PG.replace(', addresses: [10.20.8.0/24] }', ' }')),
    'database.archive.addresses: given nothing',
  ],
  [
    'a pooler that no service connects to',
    head(`${SERVICE} }`, `${KINDS.external}, pgbouncer: {}`),
    'database.pgbouncer: given a pooler that no service connects to, expected a variable { database: url }, or no pgbouncer',
  ],
])('%s is refused, with its place', (_, text, message) => {
  expect(messageOf({ 'prod/shop.yaml': text })).toMatch(/^prod\/shop\.yaml:\d+:\d+: /);
  expect(messageOf({ 'prod/shop.yaml': text })).toContain(message);
});

test('a service may be called pgbouncer where there is no pooler', () => {
  const text = head(
    `${SERVICE}, env: { URL: { url: pgbouncer }, DATABASE_URL: { database: url } } }\n  pgbouncer: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80 }`,
    KINDS.external,
  );
  expect(find(objectsOf({ 'prod/shop.yaml': text }), 'Deployment', 'pgbouncer').metadata.namespace).toBe('shop-prod');
});
