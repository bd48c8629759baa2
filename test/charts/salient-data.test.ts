import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tenantMarks } from '../../charts/salient/data/tenant-marks';

import type { SalientConfig } from '../../charts/salient/settings';
import type { Tenant } from '../../charts/salient/tenant-list';
import { check } from '../../lib/checks/check';
import type { ManifestObject } from '../../lib/manifests/object';
import type { System } from '../../lib/model/system';
import { intentOf, prerequisitesOf } from '../../lib/pipeline/intent';
import { type Any, edit, find, project, ROOT } from '../support';
import { synth } from '../synth';
import { objectsOf, salientRouters, salientSettings, salientSystem } from '../systems';

const DATA = 'salient-admin';
const tenant = (slug: string, more: Partial<Tenant> = {}): Tenant => ({
  slug,
  server: 'main',
  state: 'active',
  revision: 1,
  ...more,
});
const system = (changed: Partial<SalientConfig>, environment = 'prod') => salientSystem(environment, changed);
const objectsWith = (changed: Partial<SalientConfig>) => objectsOf(system(changed));
const judge = (one: System) =>
  check(objectsOf(one), prerequisitesOf(one), intentOf(one)).map(({ rule, message }) => `${rule}: ${message}`);
const named = ({ kind, metadata }: ManifestObject) => `${kind} ${metadata.name.replace(/-[0-9a-f]{10}$/, '')}`;

/** The objects that differ between two sets; a changed Job has a new name. */
function changes(before: ManifestObject[], after: ManifestObject[]): string[] {
  const known = new Set(before.map((object) => JSON.stringify(object)));
  return after.filter((object) => !known.has(JSON.stringify(object))).map(named);
}

const two = objectsWith({ tenants: [tenant('acme'), tenant('globex')] });

describe('a new tenant', () => {
  test('is a row in a table, and a new run of the Jobs, without a rollout', () => {
    const three = objectsWith({ tenants: [tenant('acme'), tenant('globex'), tenant('initech')] });
    expect(changes(two, three).sort()).toEqual([
      'ConfigMap tenants',
      'CronJob backup',
      'CronJob restore',
      'CronJob restore-drill',
      'ExternalSecret tenant-passwords-external-secret', // so that External Secrets fetches the new password at once
      'Job migrations',
      'Job provisioning',
    ]);
  });

  test('has its name in a column of its own', () => {
    const name = `Robert'); DROP TABLE tenant_registry; -- "x"`;
    const { data } = find(
      objectsWith({ tenants: [tenant('bobby', { name, connectionLimit: 9 })] }),
      'ConfigMap',
      'tenants',
    );
    expect(data['tenants.tsv']).toBe(`bobby\tactive\tmain\t9\t1\t${name}\n`);
  });

  test('with its own pool or server is in the configuration of PgBouncer, which rolls out', () => {
    const wide = objectsWith({ tenants: [tenant('acme', { pool: 9 }), tenant('globex')] });
    expect(changes(two, wide)).toEqual(['ConfigMap pgbouncer-config', 'Deployment pgbouncer']);
    expect(find(wide, 'ConfigMap', 'pgbouncer-config').data['databases.ini']).toBe(
      `[databases]
salient_admin = host=db.internal.example.com port=5432 pool_size=5
tenant_acme = host=db.internal.example.com port=5432 pool_size=9
* = host=db.internal.example.com port=5432
`,
    );
  });
});

test("a tenant's new password is fetched and set, and rolls PgBouncer and the pods that read its connection string", () => {
  const rotated = objectsWith({ tenants: [tenant('acme', { revision: 2 }), tenant('globex')] });
  expect(changes(two, rotated).filter((one) => !one.startsWith('CronJob'))).toEqual(
    expect.arrayContaining([
      'ExternalSecret tenant-passwords-external-secret',
      'Job provisioning',
      'Deployment pgbouncer',
      'Deployment chat-api',
      'Deployment admin-api',
    ]),
  );
  expect(changes(two, rotated)).not.toContain('Deployment admin-ui');
});

describe('a tenant that loses its access or its data', () => {
  const tableOf = (objects: readonly Any[]) => objects.find((one) => named(one) === 'ConfigMap tenants');
  const marks = (before: readonly Any[], after: readonly Any[]) =>
    tenantMarks({ before: tableOf(before), after: tableOf(after) }, after as ManifestObject[]);
  const removed = tenant('acme', { state: 'removed', confirm: 'drop acme' });

  test('whose line is deleted keeps its database', () => {
    expect(marks(two, objectsWith({ tenants: [tenant('globex')] }))).toEqual([
      {
        risk: 'tenantDisabled',
        message: expect.stringMatching(
          /^tenant acme is no longer in tenants\.yaml: its database stays, its row .* becomes inactive/,
        ),
      },
    ]);
    expect(marks(two, two)).toEqual([]);
    expect(marks([], two)).toEqual([]);
  });

  test('that is removed or suspended', () => {
    const now = [removed, tenant('globex', { state: 'suspended' })];
    expect(marks(two, objectsWith({ tenants: now }))).toEqual([
      {
        risk: 'data',
        message: 'tenant acme is removed: a last dump is made and tried, then its database and its role are dropped',
      },
      { risk: 'tenantDisabled', message: 'tenant globex is suspended: its data stays, and it has no access' },
    ]);
  });

  test('that was removed before has no mark', () => {
    expect(marks(objectsWith({ tenants: [removed] }), objectsWith({ tenants: [] }))).toEqual([]);
  });

  test('causes a notice of synth', async () => {
    const root = project();
    edit(root, 'environments/dev/tenants.yaml', '- slug: globex\n', '');
    expect((await synth(root, ['--env', 'dev'])).stdout).toMatch(
      /^dev\/salient: tenant disabled: ConfigMap salient-dev-admin\/tenants: tenant globex is no longer in tenants\.yaml/,
    );
  });
});

test('only a removed tenant has its own Job, which reads the administrator password and the credentials of the store', () => {
  expect(two.map(named)).not.toContain('Job removal');
  const removed = objectsWith({
    tenants: [tenant('acme', { state: 'removed', confirm: 'drop acme' }), tenant('globex')],
  });
  const { spec } = (removed.find((one) => named(one) === 'Job removal') as Any).spec.template;
  const mounted = spec.containers[0].volumeMounts.map(({ mountPath }: Any) => mountPath);
  expect(mounted).toContain('/etc/berth/administrators/main');
  const administered = removed.filter((one) => JSON.stringify(one).includes('"mountPath":"/etc/berth/administrators'));
  expect(administered.map(named).sort()).toEqual(['Job provisioning', 'Job removal']);
});

describe('the connections', () => {
  test("of the seed's example, 3 pods with 5 tenants of 15 each, are 225 and exceed 100", () => {
    const { database, pgbouncer, chatApi, adminApi } = salientSettings('prod');
    const [problem, ...others] = judge(
      system({
        chatApi: { ...chatApi, scale: { replicas: 3 } },
        adminApi: { ...adminApi, scale: { replicas: 1 } },
        tenantPool: { size: 10, overflow: 5, active: 5, idle: 900 },
        pgbouncer: { ...pgbouncer, poolSize: 15, maxClients: 5000 },
        tenants: ['a', 'b', 'c', 'd', 'e'].map((slug) => tenant(slug)),
        database: { ...database, maxConnections: 100 } as Any,
      }),
    );
    expect(others).toEqual([]);
    // Through PgBouncer, its replicas count: 2, and the 2 old ones that wait for transactions; 5 × 15 and the registry's.
    expect(problem).toMatch(
      /^connections: salient-admin\/pgbouncer \(2 \+ 2 during a rollout\) × 85 \(pools of 5 databases: 75 \+ 2 roles × 5/,
    );
    expect(problem).toMatch(/expected at most 100, which db\.internal\.example\.com accepts/);
  });

  test('are those of the tenants that pods use at the same time, and of the Jobs', () => {
    const { chatApi, adminApi, tenantPool } = salientSettings('prod');
    const tenants = Array.from({ length: 300 }, (_, index) => tenant(`t${index}`));
    // 3 pods of chat-api and 2 of admin-api, with one more of each during a rollout, use at most 3 tenants each: 21 of 300.
    const few = { tenants, chatApi: { ...chatApi, scale: { replicas: 3 } }, tenantPool: { ...tenantPool, active: 3 } };
    expect(judge(system({ ...few, adminApi: { ...adminApi, scale: { replicas: 2 } } }))).toEqual([
      expect.stringMatching(
        /^connections: .*\(pools of the largest 21 of 300 databases: 105 .*migrations 1 × 5 .*backup 1 × 5.* = 492 connections/,
      ),
    ]);
    const fewer = { ...few, tenantPool: { ...tenantPool, active: 2 } };
    expect(judge(system({ ...fewer, adminApi: { ...adminApi, scale: { replicas: 2 } } }))).toEqual([]);
    // All tenants, when the pods could use more than there are.
    expect(judge(system({ tenants }))).toEqual([
      expect.stringMatching(/pools of the largest 140 of 300 databases: 700/),
    ]);
  });

  test('of a third router count, whatever its name', () => {
    const prod = system({});
    const chatApi = prod.components.find(({ name }) => name === 'chat-api');
    const webhooks = salientRouters('prod')('webhooks', {
      connectsTo: chatApi?.connectsTo ?? [],
      scale: { replicas: 300 },
      resources: { cpu: { request: '100m', limit: '300m' }, memory: { request: '256Mi', limit: '512Mi' } },
    });
    expect(judge({ ...prod, components: [...prod.components, webhooks] })).toContainEqual(
      expect.stringMatching(
        /^connections: .*salient-prod\/webhooks-api \(300 \+ 75 during a rollout\) × 90 \(\(5 tenants and the registry\) × \(10 \+ 5\)\) \+ salient-admin\/migrations 1 × 1 \(1 to its console\) \+ 0 reserved = \d+ connections, expected at most 5000, which each replica of PgBouncer accepts/,
      ),
    );
  });

  test('of all clients fit a single replica of PgBouncer, for when the other one stops', () => {
    const { pgbouncer } = salientSettings('prod');
    expect(judge(system({ pgbouncer: { ...pgbouncer, maxClients: 1000 } }))).toEqual([
      expect.stringMatching(/^connections: .* expected at most 1000, which each replica of PgBouncer accepts/),
    ]);
  });

  test('are counted by server', () => {
    const eu = { ...salientSettings('prod').database, host: 'eu.internal.example.com', maxConnections: 60 } as Any;
    const { name: _, driver: __, ...server } = eu;
    const tenants = [tenant('acme'), ...['a', 'b', 'c'].map((slug) => tenant(slug, { server: 'eu' }))];
    expect(judge(system({ tenants, tenantServers: { eu: server } }))).toEqual([
      expect.stringMatching(/^connections: .* expected at most 60, which eu\.internal\.example\.com accepts/),
    ]);
  });
});

test.each(['prod', 'staging'])(
  'a server for drills breaks no rule in %s, and PgBouncer does not know it',
  (environment) => {
    const { backups } = salientSettings(environment) as Any;
    const pod = { kind: 'statefulset', image: 'docker.io/library/postgres', tag: '16.15-alpine', tls: 'drill-tls' };
    const resources = { cpu: { request: '100m', limit: '1' }, memory: { request: '256Mi', limit: '512Mi' } };
    const server = { ...pod, ...resources, storage: '50Gi', maxConnections: 50, reserved: 10 };
    const own = system({ backups: { ...backups, drill: { ...backups.drill, server } } }, environment);
    expect(judge(own)).toEqual(judge(system({}, environment)));
    const objects = objectsOf(own);
    expect(find(objects, 'StatefulSet', 'postgres-drill')).toBeDefined();
    expect(JSON.stringify(find(objects, 'ConfigMap', 'pgbouncer-config'))).not.toContain('drill');
  },
);

describe('a thousand tenants over three servers', () => {
  // 140 of their pools may be open at the same time, with up to 4 connections, in each PgBouncer.
  const database = { ...salientSettings('prod').database, maxConnections: 3000 } as Any;
  const { name: _, driver: __, ...server } = database;
  const tenants = Array.from({ length: 1000 }, (_, index) =>
    tenant(`tenant-number-${index}`, {
      server: ['main', 'eu', 'us'][index % 3] as string,
      name: `Number ${index} of a long list of customers`,
      pool: 1 + (index % 4),
    }),
  );
  const { secrets } = salientSettings('prod') as Any;
  const thousand = system({
    tenants,
    database,
    tenantServers: {
      eu: { ...server, host: 'eu.internal.example.com' },
      us: { ...server, host: 'us.internal.example.com' },
    },
    secrets: { ...secrets, tenantShards: 2 },
  });
  const objects = objectsOf(thousand);

  test('have no violations', () => {
    expect(judge(thousand)).toEqual([]);
  });

  test('are one Job for provisioning and one for migrations, and hardly more objects than for two tenants', () => {
    expect(objects.filter(({ kind }) => kind === 'Job').map(named)).toEqual(['Job provisioning', 'Job migrations']);
    expect(objects.length - two.length).toBe(2); // the credentials of two more servers
    const secret = find(objects, 'ExternalSecret', 'tenant-passwords-external-secret').spec;
    expect(secret.dataFrom.map(({ extract }: Any) => extract.key)).toEqual(['salient/tenants', 'salient/tenants-2']);
  });

  test("stay far below the API server's size limit", () => {
    for (const object of objects) expect(JSON.stringify(object).length).toBeLessThan(300_000);
  });
});

test('with monitoring, PgBouncer has an exporter, whose user exists on no server', () => {
  const { monitoring } = salientSettings('prod');
  const { prometheus } = monitoring;
  const objects = objectsWith({ monitoring });
  expect(find(objects, 'NetworkPolicy', 'pgbouncer-policy').spec.ingress).toContainEqual({
    from: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
        podSelector: { matchLabels: prometheus.labels },
      },
    ],
    ports: [{ protocol: 'TCP', port: 9127 }],
  });
  const { containers } = find(objects, 'Deployment', 'pgbouncer').spec.template.spec;
  expect(containers.map(({ name }: Any) => name)).toEqual(['pgbouncer', 'exporter']);
  expect(containers[1].env[0].valueFrom.secretKeyRef).toEqual({ name: 'pgbouncer-exporter', key: 'URL' });
  expect(find(objects, 'ConfigMap', 'pgbouncer-config').data['settings.ini']).toContain(
    'stats_users = pgbouncer_stats',
  );
  expect(find(objects, 'PodMonitor', 'pgbouncer').spec.podMetricsEndpoints).toEqual([
    { port: 'metrics', path: '/metrics' },
  ]);
  expect(judge(system({ monitoring }))).toEqual([]);
  const unwatched = objectsWith({ monitoring: { ...monitoring, enabled: false } });
  expect(find(unwatched, 'Deployment', 'pgbouncer').spec.template.spec.containers).toHaveLength(1);
});

test("the files of PgBouncer are those in the part's folder", () => {
  const { data } = find(two, 'ConfigMap', 'pgbouncer-config');
  for (const file of ['pgbouncer/pgbouncer.ini', 'pgbouncer/pgbouncer.sh', 'shell/passwords.sh']) {
    expect(data[basename(file)]).toBe(readFileSync(join(ROOT, 'lib/parts', file), 'utf8'));
  }
  expect(data['settings.ini']).toBe(
    'default_pool_size = 5\nmax_client_conn = 5000\nserver_tls_sslmode = require\nstats_users = pgbouncer_stats\nadmin_users = pgbouncer_console\n',
  );
});

test('all clients verify a server with a certificate authority', () => {
  const { database } = salientSettings('prod');
  const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const objects = objectsWith({ database: { ...database, ca } as Any });
  expect(find(objects, 'ConfigMap', 'postgres-ca').data['ca.crt']).toBe(ca);
  expect(find(objects, 'ConfigMap', 'pgbouncer-config').data['settings.ini']).toContain(
    'server_tls_sslmode = verify-full\nserver_tls_ca_file = /run/pgbouncer/authorities.crt\n',
  );
  const users = objects.filter((object) => JSON.stringify(object).includes('/etc/berth/ca/main'));
  expect(users.map(named).sort()).toEqual([
    'CronJob backup',
    'CronJob restore',
    'CronJob restore-drill',
    'Deployment pgbouncer',
    'Job migrations',
    'Job provisioning',
  ]);
  expect(users.every(({ metadata }) => metadata.namespace === DATA)).toBe(true);
});

test('a PostgreSQL with a certificate of cert-manager, or its own, has no violations', () => {
  const { database } = salientSettings('dev');
  const encrypted = salientSystem('dev', { database: { ...database, tls: 'postgres-tls' } as Any });
  expect(judge(encrypted)).toEqual([]);
  const pod = find(objectsOf(encrypted), 'StatefulSet', 'postgres').spec.template.spec;
  expect(pod.volumes).toContainEqual({
    name: 'etc-postgres-tls',
    secret: {
      secretName: 'postgres-tls',
      defaultMode: 0o440,
      items: ['tls.crt', 'tls.key'].map((key) => ({ key, path: key })),
    },
  });
});

test('the sync waves of Argo CD create servers first, then roles, then schemas, then their clients', () => {
  const staging = objectsOf(salientSystem('staging'));
  const wave = (kind: string, name: string) =>
    Number(
      staging.find((one) => named(one) === `${kind} ${name}`)?.metadata.annotations?.['argocd.argoproj.io/sync-wave'] ??
        0,
    );
  const order = [
    wave('ExternalSecret', 'tenant-passwords-external-secret'),
    wave('Cluster', 'postgres'),
    wave('Job', 'provisioning'),
    wave('Job', 'migrations'),
    wave('Deployment', 'pgbouncer'),
    wave('Deployment', 'chat-api'),
    wave('HTTPRoute', 'salient-ingress'),
  ];
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(new Set(order).size).toBe(order.length);
  expect(wave('NetworkPolicy', 'postgres-policy')).toBe(order[0]);
});
