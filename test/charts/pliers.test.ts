import { registry } from '../../charts';
import { pliersSchema } from '../../charts/pliers/settings';
import { check } from '../../lib/checks/check';
import { openConnectionsOf } from '../../lib/checks/cluster/reach';
import { environment } from '../../lib/config/environment';
import { environmentNames } from '../../lib/config/environment-folders';
import { lossesOf } from '../../lib/diff/difference';
import { component } from '../../lib/model/component';
import { to } from '../../lib/model/connection';
import type { System } from '../../lib/model/system';
import { database } from '../../lib/parts/postgres/settings';
import { intentOf, prerequisitesOf } from '../../lib/pipeline/intent';
import { type Any, find, forMonitoring, PROJECT } from '../support';
import { objectsOf, pliersSettings, pliersSystem } from '../systems';

const judge = (system: System) =>
  check(objectsOf(system), prerequisitesOf(system), intentOf(system)).map(({ rule, message }) => `${rule}: ${message}`);
const podOf = (objects: ReturnType<typeof objectsOf>, name: string) =>
  find(objects, 'Deployment', name).spec.template.spec;
const named = (system: System, name: string) => system.components.find((one) => one.name === name) as Any;

test.each(environmentNames(PROJECT))('the chart in %s', (name) => {
  // The objects for Prometheus and Grafana are long, and can be reviewed in dist/.
  expect(objectsOf(pliersSystem(name)).filter((one) => !forMonitoring(one))).toMatchSnapshot();
});

describe.each(environmentNames(PROJECT))('networks in %s', (name) => {
  /** The seed's networks, which leave Redis and the AI service open. */
  const NETWORKS: Readonly<Record<string, readonly string[]>> = {
    edge: ['frontend'],
    web: ['frontend'],
    api: ['frontend', 'backend', 'database'],
    'ai-service': ['frontend', 'backend'],
    redis: ['backend'],
    postgres: ['database'],
  };
  const system = pliersSystem(name);
  const ways = openConnectionsOf(objectsOf(system), prerequisitesOf(system))
    .map(({ from, to }) => ({ from: from.split('/')[1] ?? from, to: to.split('/')[1] ?? to }))
    .filter(({ from, to }) => from in NETWORKS && to in NETWORKS);

  test('only components of a common network are connected', () => {
    expect(ways.length).toBeGreaterThan(3);
    for (const { from, to } of ways) {
      expect([from, to, NETWORKS[from]?.some((network) => NETWORKS[to]?.includes(network))]).toEqual([from, to, true]);
    }
  });

  test('web connects to nothing, the AI service to no database, and only the AI service to the Internet, on 443', () => {
    expect(ways.filter(({ from }) => from === 'web')).toEqual([]);
    expect(ways).not.toContainEqual({ from: 'ai-service', to: 'postgres' });
    const outside = system.components.flatMap(({ name: from, connectsTo }) =>
      connectsTo.flatMap((to) => (to.to === 'the Internet' && 'port' in to ? [`${from} ${to.port}`] : [])),
    );
    expect(outside).toEqual(['ai-service 443']);
  });
});

test("the URLs contain the passwords of their own secrets, and Redis's database number", () => {
  const { stringData, data } = find(objectsOf(pliersSystem('dev')), 'Secret', 'pliers-credentials');
  const text = (key: string) => stringData?.[key] ?? Buffer.from(data[key], 'base64').toString();
  expect(text('DATABASE_URL')).toBe(
    'postgresql://pliers:development-pliers@postgres.pliers-dev-data.svc.cluster.local:5432/pliers',
  );
  expect(text('REDIS_URL')).toBe('redis://:development@redis.pliers-dev-data.svc.cluster.local:6379/0');
});

test.each([
  ['dev', 'development', 'development'],
  ['staging', 'production', 'staging'],
  ['prod', 'production', 'production'],
])("in %s NODE_ENV is %s, which Node's libraries know, and ENVIRONMENT the tier %s", (name, nodeEnv, tier) => {
  const system = pliersSystem(name);
  const { data } = find(objectsOf(system), 'ConfigMap', 'pliers-config');
  expect(data).toMatchObject({ NODE_ENV: nodeEnv, ENVIRONMENT: tier });
  for (const service of ['api', 'ai-service'])
    expect(Object.keys(named(system, service).containers[0].env)).toEqual(
      expect.arrayContaining(['NODE_ENV', 'ENVIRONMENT']),
    );
  const [migrate] = system.tasks.find((task) => task.name === 'migrations')?.containers.slice(-1) ?? [];
  expect(migrate?.env).toMatchObject({ NODE_ENV: nodeEnv, ENVIRONMENT: tier });
});

test('the AI service requests GPUs where they are configured, on nodes that have them', () => {
  const prod = podOf(objectsOf(pliersSystem('prod')), 'ai-service');
  expect(
    prod.containers[0].resources.limits['nvidia.com/gpu'].value ??
      prod.containers[0].resources.limits['nvidia.com/gpu'],
  ).toBe(1);
  expect(prod.tolerations).toEqual([{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
  expect(podOf(objectsOf(pliersSystem('dev')), 'ai-service').affinity).toBeUndefined();
});

test('with monitoring, policies allow Prometheus to scrape the API and the AI service, and monitors exist', () => {
  const objects = objectsOf(pliersSystem('prod'));
  const monitors = objects.filter(({ kind }) => kind === 'PodMonitor');
  expect(monitors.map(({ metadata }) => metadata.name)).toEqual(['api', 'ai-service']);
  expect(find(objects, 'PodMonitor', 'api').spec.podMetricsEndpoints).toEqual([{ port: 'http', path: '/metrics' }]);
  expect(JSON.stringify(find(objects, 'NetworkPolicy', 'api-policy').spec.ingress)).toContain('"monitoring"');
  expect(JSON.stringify(find(objectsOf(pliersSystem('dev')), 'NetworkPolicy', 'api-policy'))).not.toContain(
    'monitoring',
  );
});

test('with a Pushgateway the backup may connect to it, and every rule holds', () => {
  const pushgateway = { namespace: 'monitoring', labels: { app: 'gateway' }, service: 'gateway', port: 9091 };
  const system = pliersSystem('prod', { backups: { ...(pliersSettings('prod').backups as Any), pushgateway } });
  expect(judge(system)).toEqual([]);
  expect(find(objectsOf(system), 'NetworkPolicy', 'backup-policy').spec.egress).toContainEqual({
    to: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
        podSelector: { matchLabels: pushgateway.labels },
      },
    ],
    ports: [{ protocol: 'TCP', port: 9091 }],
  });
});

test('requests go to the replica of the API and of the AI service with the fewest, as in the seed', () => {
  const routes = pliersSystem('prod').components.flatMap(({ name, exposed }) =>
    exposed.map(({ balance }) => [name, balance]),
  );
  expect(routes).toEqual([
    ['web', undefined],
    ['api', 'least-requests'],
    ['ai-service', 'least-requests'],
  ]);
});

test('one build of web works in every environment: it reads its settings at run time', () => {
  const config = find(objectsOf(pliersSystem('prod')), 'ConfigMap', 'web-config').data;
  expect(JSON.parse(config['config.js'].replace(/^window.__PLIERS__ = |;\n$/g, ''))).toEqual({
    apiUrl: '/api',
    aiUrl: '/ai',
    wsUrl: 'wss://pliers.example.com/api',
  });
  expect(config['default.conf']).not.toContain('Access-Control');
});

test('with a CDN the browser is told of it, and the page may read what the CDN has from nginx', () => {
  const { services, ...settings } = pliersSettings('prod');
  const web = { ...services.web, cdn: 'https://cdn.example.com' };
  const system = pliersSystem('prod', { ...settings, services: { ...services, web } });
  const config = find(objectsOf(system), 'ConfigMap', 'web-config').data;
  expect(config['config.js']).toContain('"cdnUrl": "https://cdn.example.com"');
  expect(config['default.conf']).toContain('Access-Control-Allow-Origin "https://pliers.example.com" always;');
});

const CLUSTER = {
  ...{ kind: 'cloudnative-pg', image: 'ghcr.io/cloudnative-pg/postgresql', tag: '15.14-system-trixie' },
  apiServer: { addresses: ['10.40.0.1/32'] },
  archive: { destination: 's3://archive/pliers', addresses: ['10.20.8.0/24'] },
};

test.each([{ kind: 'external', host: 'db.example.com', addresses: ['10.20.0.0/24'], unverified: 'a test' }, CLUSTER])(
  'its database may be on a server of the kind $kind, behind PgBouncer',
  (server) => {
    for (const pgbouncer of [undefined, {}]) {
      const settings = database(false, 'pliers').parse({ ...server, maxConnections: 200, pgbouncer });
      const system = pliersSystem('prod', { database: settings });
      expect(judge(system)).toEqual([]);
      expect(system.clusters.length).toBe(settings.kind === 'cloudnative-pg' ? 1 : 0);
      const targets = named(system, 'api').connectsTo.map(({ to }: Any) => to.name ?? to);
      expect(targets.includes('pgbouncer')).toBe(pgbouncer !== undefined);
    }
  },
);

describe('a database with replicas', () => {
  const withDatabase = (own: object = {}) =>
    pliersSystem('staging', { database: database(false, 'pliers').parse({ ...CLUSTER, ...own }) });

  test('is dumped like one of another kind, and its archive and its dumps are tested', () => {
    const cluster = find(objectsOf(withDatabase()), 'Cluster', 'postgres');
    expect([cluster.spec.instances, cluster.spec.bootstrap.initdb]).toMatchObject([
      3,
      { database: 'pliers', owner: 'pliers' },
    ]);
    const databaseTasks = withDatabase().tasks.filter(({ name }) => !name.startsWith('redis'));
    expect(databaseTasks.map(({ name }) => name)).toEqual([
      'provisioning',
      'migrations',
      'backup',
      'restore-drill',
      'restore',
      'postgres-archive-restore-drill',
    ]);
  });

  test('admits the API, which holds no more connections than the instances accept', () => {
    const ways = openConnectionsOf(objectsOf(withDatabase()), prerequisitesOf(withDatabase()));
    expect(ways.filter(({ to }) => to === 'pliers-staging-data/postgres').map(({ from }) => from)).toContain(
      'pliers-staging/api',
    );
    expect(judge(withDatabase({ maxConnections: 20 }))).toEqual([
      expect.stringMatching(/^connections: .*, expected at most 20, which pliers-staging-data\/postgres accepts/),
    ]);
  });

  test('is empty at first: diff marks what a server of one pod would lose', () => {
    const before = objectsOf(pliersSystem('staging'));
    const losses = lossesOf(before, objectsOf(withDatabase()), registry.marks, []);
    expect(losses.map(({ object: { kind, metadata }, message }) => `${kind} ${metadata.name}: ${message}`)).toEqual([
      expect.stringMatching(/^ConfigMap servers: the database server main moves from postgres\./),
      expect.stringMatching(/^PersistentVolumeClaim postgres-data: /),
      expect.stringMatching(/^StatefulSet postgres: /),
    ]);
  });
});

test('a fourth service is one block: all else is derived, and every rule holds', () => {
  const system = pliersSystem('prod');
  const api = named(system, 'api');
  const { site } = api.exposed[0];
  const reports = component({
    system: 'pliers',
    namespace: api.namespace,
    name: 'reports',
    image: { image: 'ghcr.io/yourorg/pliers-reports', tag: 'v1.0.0' },
    ports: { http: 3002 },
    scale: { replicas: 2 },
    resources: pliersSettings('prod').services.web,
    probes: { health: { http: '/health' }, liveness: { period: 30 }, readiness: { period: 10 } },
    connectsTo: [to(api)],
    exposed: [{ site, path: '/reports' }],
  });
  const more = { ...system, components: [...system.components, reports] };
  expect(judge(more)).toEqual([]);
  const before = new Set(objectsOf(system).map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  const added = objectsOf(more).filter(({ kind, metadata }) => !before.has(`${kind} ${metadata.name}`));
  expect(added.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
    'Deployment reports',
    'NetworkPolicy reports-policy',
    'PodDisruptionBudget reports',
    'Service reports',
    'ServiceAccount reports',
  ]);
});

test.each([
  ['environment', { environment: 'staging' }],
  ['database.ssl', { database: { ...pliersSettings('prod').database, ssl: false } }],
])('a contradictory %s is refused', (_, changed) => {
  const raw = { hosts: { app: 'a.example.com' }, ...changed };
  const { success, error } = pliersSchema(environment('prod')).safeParse(raw);
  expect(success).toBe(false);
  expect(error?.issues.map(({ path }: Any) => path.join('.'))).toContain(_);
});
