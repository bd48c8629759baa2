import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Any, find, ROOT } from '../../support';
import { built, objectsOf } from './application';

const TEXT = readFileSync(join(ROOT, 'test/fixtures/applications/invoices.yaml'), 'utf8');
const objects = objectsOf({ 'prod/invoices.yaml': TEXT });

const podOf = (kind: string, name: string): Any => {
  const { spec } = find(objects, kind, name);
  return (spec.jobTemplate?.spec ?? spec).template.spec;
};
const containerOf = (kind: string, name: string): Any => podOf(kind, name).containers[0];
const envOf = (name: string): Any =>
  Object.fromEntries(containerOf('Deployment', name).env.map((one: Any) => [one.name, one.value ?? one.valueFrom]));
const policyOf = (name: string): Any => find(objects, 'NetworkPolicy', `${name}-policy`).spec;
/** Where a policy lets pods connect to: workloads with a port, and address ranges with one. */
const egressOf = (name: string): string[] =>
  policyOf(name).egress.flatMap(({ to, ports }: Any) =>
    to.map(
      ({ podSelector, ipBlock }: Any) =>
        `${podSelector?.matchLabels.component ?? ipBlock?.cidr ?? 'dns'}:${ports[0].port}`,
    ),
  );

describe('a server with two ports and two hosts', () => {
  test('text is as it is written, and references are resolved', () => {
    expect(envOf('invoices')).toMatchObject({
      MODE: '0755',
      WORD: 'yes',
      LOG_LEVEL: 'warning',
      CURRENCY: { configMapKeyRef: { name: 'invoices-config', key: 'CURRENCY' } },
      DATABASE_JDBC: 'jdbc:postgresql://db.internal.example.com:5432/invoices?sslmode=require',
      DB_POOL: '8',
      SEARCH_URL: 'http://search-index.invoices-prod.svc.cluster.local:7700/v1',
      REDIS_HOST: 'redis.invoices-prod-data.svc.cluster.local:6379',
      CORS_ORIGINS: 'https://invoices.example.com',
      SOCKET: 'wss://invoices.example.com/live',
      PORT: '8080',
      POD: { fieldRef: { fieldPath: 'metadata.name' } },
      MEMORY: { resourceFieldRef: { resource: 'limits.memory' } },
      NAME: 'ledger',
    });
  });

  test('what holds a password is a key of its Secret', () => {
    const { secrets } = built({ 'prod/invoices.yaml': TEXT }).built.model as Any;
    const { values } = secrets.find(({ name }: Any) => name === 'invoices-credentials');
    const text = (key: string) =>
      values[key].template.map((part: Any) => (typeof part === 'string' ? part : JSON.stringify(part))).join('');
    expect(text('MONGO_URL')).toBe(
      'mongodb://app:{"urlEncoded":"external.mongo.password"}@mongo.internal.example.com:27017/invoices',
    );
    expect(text('MAIL')).toBe(
      'smtp://robot%40example.com:{"urlEncoded":"external.mail.password"}@smtp.example.net:465',
    );
    expect(text('DATABASE_ASYNC')).toMatch(/^postgresql\+asyncpg:\/\/invoices:.*\?ssl=require$/);
    expect(values.SIGNING_KEY).toMatchObject({ remote: 'signing/key', random: true });
    for (const variable of ['MONGO_URL', 'MAIL', 'DATABASE_URL', 'SIGNING_KEY', 'SMTP_KEY'])
      expect(envOf('invoices')[variable]).toEqual({ secretKeyRef: { name: 'invoices-credentials', key: variable } });
  });

  test('its connections are those of its variables, its helpers and its pool', () => {
    expect(egressOf('invoices').sort()).toEqual(
      [
        '10.20.0.0/24:5432',
        '10.20.5.0/24:27017',
        '169.254.20.10/32:53',
        '0.0.0.0/0:465',
        '2000::/3:465',
        'dns:53',
        'redis:6379',
        'search-index:7700',
      ].sort(),
    );
  });

  test('files are mounted by folder', () => {
    expect(find(objects, 'ConfigMap', 'invoices-files-etc-invoices').data).toEqual({
      'rates.json': '{ "EUR": 1 }',
      'app.ini': '[app]\nname = invoices\n',
    });
    expect(containerOf('Deployment', 'invoices').volumeMounts).toEqual(
      expect.arrayContaining([
        { name: 'etc-invoices', mountPath: '/etc/invoices', readOnly: true },
        { name: 'etc-keys', mountPath: '/etc/keys', readOnly: true },
      ]),
    );
    const keys = podOf('Deployment', 'invoices').volumes.find(({ name }: Any) => name === 'etc-keys');
    expect(keys.secret.items).toEqual([{ key: 'shared.file.signing-key', path: 'signing.key' }]);
  });

  test("the certificate of an external server's authority is a file in each container that connects to it", () => {
    expect(envOf('invoices').MAIL_CA).toBe('/etc/berth/ca/mail/ca.crt');
    const mount = { name: 'etc-berth-ca-mail', mountPath: '/etc/berth/ca/mail', readOnly: true };
    const { initContainers, containers, volumes } = podOf('Deployment', 'invoices');
    const mounted = [...initContainers, ...containers].filter(({ volumeMounts }: Any) =>
      volumeMounts.some(({ name }: Any) => name === mount.name),
    );
    expect(mounted.map(({ name }: Any) => name)).toEqual(['schema', 'invoices']);
    expect(mounted[1].volumeMounts).toContainEqual(mount);
    expect(volumes.find(({ name }: Any) => name === mount.name).configMap).toMatchObject({
      name: 'external-ca',
      items: [{ key: 'mail', path: 'ca.crt' }],
    });
    expect(find(objects, 'ConfigMap', 'external-ca').data.mail).toContain('BEGIN CERTIFICATE');
    expect(JSON.stringify(podOf('Deployment', 'renderer'))).not.toContain('external-ca');
  });

  test('each host has its clients, and the largest body of its routes', () => {
    const hosts = objects.filter(({ kind }) => kind === 'IngressRoute').map(({ spec }: Any) => spec.routes[0].match);
    expect(hosts.join()).toContain('Host(`invoices-admin.example.com`) && (Path(`/admin`) || PathPrefix(`/admin/`))');
    const allowlists = objects.filter((one: Any) => one.kind === 'Middleware' && one.spec.ipAllowList !== undefined);
    expect(allowlists.map(({ spec }: Any) => spec.ipAllowList.sourceRange)).toEqual([['203.0.113.0/24']]);
    const bodies = objects.filter((one: Any) => one.kind === 'Middleware' && one.spec.buffering !== undefined);
    expect(bodies.map(({ spec }: Any) => spec.buffering.maxRequestBodyBytes).sort()).toEqual([
      10 * 2 ** 20,
      50 * 2 ** 20,
    ]);
  });

  test('readiness and liveness ask their own paths', () => {
    const { readinessProbe, livenessProbe, startupProbe } = containerOf('Deployment', 'invoices');
    expect([readinessProbe, livenessProbe, startupProbe].map(({ httpGet }) => httpGet.path)).toEqual([
      '/ready',
      '/live',
      '/live',
    ]);
    expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(60);
  });

  test('helpers run in its pod', () => {
    const [sidecar, init] = podOf('Deployment', 'invoices').initContainers;
    expect([sidecar.name, sidecar.restartPolicy, init.name, init.args]).toEqual([
      'proxy',
      'Always',
      'schema',
      ['check-schema'],
    ]);
  });

  test('its database is migrated by its own command', () => {
    const job = objects.find(
      ({ kind, metadata }) => kind === 'Job' && metadata.labels?.component === 'migrations',
    ) as Any;
    const [, { env, image }] = job.spec.template.spec.containers;
    expect(image).toBe('ghcr.io/yourorg/invoices:v3.2.0');
    expect(env).toEqual(
      expect.arrayContaining([
        { name: 'MIGRATE_COMMAND', value: 'migrate --all' },
        { name: 'CURRENCY', value: 'EUR' },
        { name: 'LOG_LEVEL', value: 'warning' },
        { name: 'MODE', value: '0755' },
      ]),
    );
    expect(find(objects, 'ConfigMap', 'servers').data['databases.tsv']).toBe(
      'invoices\tinvoices\tpg_trgm\nledger\tledger\t\n',
    );
  });
});

test('what it is, and who answers for it, is at its namespaces', () => {
  for (const name of ['invoices-prod', 'invoices-prod-data']) {
    expect(find(objects, 'Namespace', name).metadata.annotations).toMatchObject({
      'kubernetes.io/description': 'Writes invoices, sends them, and reminds customers',
      'berth.dev/owner': 'billing team',
      'berth.dev/rationale': 'Rendering waits for no customer,\nand so has pods of its own.',
      'berth.dev/alternatives':
        'one-service: rendering would slow down requests\nqueue: there is one customer of the worker',
    });
  }
});

test('a worker has no Service and no port, and its own health check', () => {
  expect(objects.filter(({ kind, metadata }) => kind === 'Service' && metadata.name === 'renderer')).toEqual([]);
  expect(containerOf('Deployment', 'renderer')).toMatchObject({
    args: ['worker', '--queue', 'render'],
    livenessProbe: { exec: { command: ['./invoices', 'healthcheck'] } },
    resources: { limits: { 'nvidia.com/gpu': 1 } },
  });
  expect(find(objects, 'Deployment', 'renderer').spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  expect(podOf('Deployment', 'renderer')).toMatchObject({
    terminationGracePeriodSeconds: 310,
    tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
  });
  expect(envOf('renderer').GRPC).toBe('invoices.invoices-prod.svc.cluster.local:90');
  expect(egressOf('renderer')).toEqual(
    expect.arrayContaining(['invoices:9090', '10.20.6.0/24:9092', '0.0.0.0/0:587', '0.0.0.0/0:443']),
  );
  expect(podOf('Deployment', 'renderer').volumes).toEqual([
    { name: 'work', emptyDir: { sizeLimit: '2Gi' } },
    { name: 'cache', emptyDir: { sizeLimit: '64Mi', medium: 'Memory' } },
  ]);
});

test('a cache has no volume, no backups and one password, and needs no backups in production', () => {
  const text = (keep: string) => `pattern: microservices
services:
  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, env: { REDIS_URL: { redis: url } } }
redis: { kind: statefulset${keep} }
secrets: { kind: manual }
`;
  const { objects: all, model } = built({ 'prod/shop.yaml': text(', keep: false') }).built;
  const kinds = ['CronJob', 'PersistentVolumeClaim', 'StatefulSet'];
  expect(all.filter(({ kind }) => kinds.includes(kind))).toEqual([]);
  const passwords = (model as Any).secrets.find(({ name }: Any) => name === 'redis-credentials');
  expect(Object.keys(passwords.values)).toEqual(['REDIS_PASSWORD']);
  expect(() => built({ 'prod/shop.yaml': text('') })).toThrow('backups: given nothing in production');
});

test('a port of UDP is one in its container, its Service and the policies of both ends', () => {
  const udp = [{ protocol: 'UDP', port: 8125 }];
  expect(containerOf('Deployment', 'collector').ports).toEqual([{ name: 'udp', containerPort: 8125, protocol: 'UDP' }]);
  expect(containerOf('Deployment', 'collector').readinessProbe.exec.command).toEqual(['./collector', 'healthcheck']);
  expect(find(objects, 'Service', 'collector').spec.ports).toEqual([
    { name: 'udp', port: 125, targetPort: 'udp', protocol: 'UDP' },
  ]);
  expect(policyOf('collector').ingress.map(({ ports }: Any) => ports)).toEqual([udp]);
  expect(policyOf('renderer').egress).toContainEqual(expect.objectContaining({ ports: udp }));
});

test('a schedule is a CronJob in its time zone', () => {
  expect(find(objects, 'CronJob', 'dunning').spec).toMatchObject({
    schedule: '15 2 * * 1-5',
    timeZone: 'Europe/Berlin',
    concurrencyPolicy: 'Replace',
    startingDeadlineSeconds: 1800,
    jobTemplate: { spec: { activeDeadlineSeconds: 3600, backoffLimit: 3 } },
  });
  expect(containerOf('CronJob', 'dunning').args).toEqual(['dunning', '--yesterday']);
});

test('what runs by hand is a suspended CronJob, and what runs before a deployment is a Job', () => {
  expect(find(objects, 'CronJob', 'reindex').spec.suspend).toBe(true);
  const job = objects.find(({ kind, metadata }) => kind === 'Job' && metadata.labels?.component === 'warm') as Any;
  expect(job.metadata.annotations).toMatchObject({
    'argocd.argoproj.io/hook': 'Sync',
    'argocd.argoproj.io/sync-wave': '-2',
  });
});

test('what runs before a deployment in an order is one Job, whose containers run in that order', () => {
  const chain = `pattern: microservices
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }
services:
  c: { runs: before-deploy, after: [b], env: { API: { url: api } } }
  a: { runs: before-deploy, command: [prepare] }
  b: { runs: before-deploy, after: [a], connectsTo: [internet] }
  d: { runs: before-deploy }
  api: { port: 8080, beforeDeploy: [warm, up], env: { MODE: fast } }
`;
  const jobs = objectsOf({ 'prod/shop.yaml': chain }).filter(({ kind }) => kind === 'Job') as Any[];
  const steps = jobs.map(({ spec: { template } }) =>
    [...(template.spec.initContainers ?? []), ...template.spec.containers].map(({ name }: Any) => name),
  );
  expect(steps.sort()).toEqual([['a', 'b', 'c'], ['api-before-deploy'], ['d']]);
  const before = jobs.find(({ metadata }) => metadata.labels.component === 'api-before-deploy');
  expect(before.spec.template.spec.containers[0]).toMatchObject({
    args: ['warm', 'up'],
    env: [{ name: 'MODE', value: 'fast' }],
  });
});

test('what is loosened has its reason at the workload, and the namespace of a pod that runs as root is no longer restricted', () => {
  const text = `pattern: microservices
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }
services:
  legacy: { port: 80, user: 0, allow: { root: its installer needs it } }
  old: { schedule: "0 3 * * *", allow: { writableRoot: it writes beside its program } }
`;
  const all = objectsOf({ 'prod/shop.yaml': text });
  const reason = (kind: string, name: string) =>
    find(all, kind, name).metadata.annotations['exempt.berth.dev/pod-security'];
  expect(reason('Deployment', 'legacy')).toBe('its installer needs it');
  expect(reason('CronJob', 'old')).toBe('it writes beside its program');
  expect(
    find(all, 'CronJob', 'old').spec.jobTemplate.spec.template.spec.containers[0].securityContext
      .readOnlyRootFilesystem,
  ).toBe(false);
  expect(find(all, 'Namespace').metadata.labels['pod-security.kubernetes.io/enforce']).toBe('baseline');
});

test('a group of its own is that of the processes and of the volumes, also before a deployment and in migrations', () => {
  const text = `pattern: microservices
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0, user: 1001 }
services:
  api: { port: 80, user: { id: 1000, group: 2000 }, beforeDeploy: [warm], migrations: [migrate], scale: { replicas: 1 }, storage: { /data: { size: 1Gi, backup: { none: a cache } } } }
database: { kind: external, host: db.internal.example.com, addresses: [10.20.0.0/24], unverified: tests use no certificate }
backups: { none: it is managed }
secrets: { kind: manual }
`;
  const pods = objectsOf({ 'prod/shop.yaml': text }) as readonly Any[];
  const ids = pods
    .filter(
      ({ kind, metadata }) => ['StatefulSet', 'Job'].includes(kind) && metadata.labels.component !== 'provisioning',
    )
    .map(({ spec }) => spec.template.spec.securityContext)
    .map(({ runAsUser, runAsGroup, fsGroup }) => [runAsUser, runAsGroup, fsGroup]);
  expect(ids).toEqual([
    [1000, 2000, 2000],
    [1000, 2000, 2000],
    [1000, 2000, 2000],
  ]);
});

test('a service with a volume for each replica is a StatefulSet with a headless Service', () => {
  const text = `pattern: microservices
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }
services:
  nats: { port: 4222, protocol: tcp, scale: { replicas: 3 }, storage: { /data: { size: 5Gi, access: each, backup: { none: messages may be lost } } } }
  worker: { env: { NATS: { address: nats } } }
`;
  const all = objectsOf({ 'prod/shop.yaml': text });
  expect(find(all, 'StatefulSet', 'nats').spec).toMatchObject({
    replicas: 3,
    serviceName: 'nats-pods',
    podManagementPolicy: 'Parallel',
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
      },
    ],
  });
  expect(find(all, 'Service', 'nats-pods').spec.clusterIP).toBe('None');
  expect(find(all, 'PodDisruptionBudget', 'nats').spec.maxUnavailable).toBe(1);
  expect(all.filter(({ kind }) => kind === 'PersistentVolumeClaim')).toEqual([]);
});

test('metrics have the names that monitoring gives them, and their alerts', () => {
  const text = `pattern: microservices
hosts: { app: shop.example.com }
edge: { kind: traefik, issuer: letsencrypt }
services:
  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, health: /health, exposed: /, metrics: { path: /metrics, port: 9090, pool: true, tokens: true } }
monitoring: { enabled: true, metrics: { requests: { duration: http_seconds, status: code }, pool: { waiting: pool_waiting, connections: pool_open } } }
`;
  const rules = JSON.stringify(find(objectsOf({ 'prod/shop.yaml': text }), 'PrometheusRule').spec);
  for (const metric of ['http_seconds_count', 'pool_waiting']) expect(rules).toContain(metric);
});

test.each([
  ['{ kind: ingress, issuer: letsencrypt }', '"nginx.ingress.kubernetes.io/limit-rpm":"100"'],
  ['{ kind: traefik, issuer: letsencrypt }', '"rateLimit":{"average":100,"burst":100,"period":"1m"}'],
  ['{ kind: gateway, implementation: envoy, issuer: letsencrypt }', '"limit":{"requests":100,"unit":"Minute"}'],
])('a limit by the minute on %s', (edge, expected) => {
  const text = `pattern: microservices
hosts: { app: { host: shop.example.com, rateLimit: 100/min } }
services: { api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, health: /health, exposed: / } }
edge: ${edge}
`;
  expect(JSON.stringify(objectsOf({ 'prod/shop.yaml': text }))).toContain(expected);
});

test('a file beside those of the image is mounted alone', () => {
  const text = `pattern: microservices
sharedSecrets: { key: { remote: key, about: a key } }
secrets: { kind: manual }
services:
  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, files: { /app/rules.json: { text: "{}", beside: true }, /keys/own.key: { secret: key, beside: true } } }
`;
  const { containers, volumes } = find(objectsOf({ 'prod/shop.yaml': text }), 'Deployment', 'api').spec.template.spec;
  expect(containers[0].volumeMounts).toEqual([
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'app', mountPath: '/app/rules.json', subPath: 'rules.json', readOnly: true },
    { name: 'keys', mountPath: '/keys/own.key', subPath: 'own.key', readOnly: true },
  ]);
  expect(volumes.find(({ name }: Any) => name === 'keys').secret.items).toEqual([
    { key: 'shared.file.key', path: 'own.key' },
  ]);
});

test('a port that nobody connects to is in no Service, and that is told', () => {
  const text =
    'pattern: microservices\nservices:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, health: /health }\n';
  expect(objectsOf({ 'prod/shop.yaml': text }).filter(({ kind }) => kind === 'Service')).toEqual([]);
  expect((built({ 'prod/shop.yaml': text }).built.model as Any).notices).toEqual([
    'nothing may connect to services.api: it is not exposed, and no variable or connectsTo names it',
  ]);
});

test('in development, and nowhere else, a Job fills the database', () => {
  const text = (hosts: string) => `pattern: api-only
hosts: { api: ${hosts} }
services: { api: { image: ghcr.io/yourorg/api, tag: v1.0.0, env: { DATABASE_URL: { database: url } } } }
seedData: { service: api, command: [seed] }
database: { kind: statefulset, init: { text: "create table if not exists notes (id int)" } }
edge: { kind: traefik, issuer: letsencrypt }
secrets: { kind: manual }
backups: { repository: "s3:https://s3.example.com/shop", addresses: [10.20.8.0/24] }
`;
  const jobs = (objects: readonly Any[]) =>
    objects
      .filter(({ kind }) => kind === 'Job')
      .map(({ metadata }) => metadata.labels.component)
      .sort();
  const dev = objectsOf({ 'dev/shop.yaml': text('shop.localhost') }, 'dev');
  expect(jobs(dev)).toEqual(['provisioning', 'seed-data']);
  expect(find(dev, 'ConfigMap', 'database-init').data['init.sql']).toContain('create table');
  expect(jobs(objectsOf({ 'staging/shop.yaml': text('staging.example.com') }, 'staging'))).toEqual(['provisioning']);
});

test('a service that keeps data is one pod with its volume', () => {
  expect(find(objects, 'StatefulSet', 'search-index').spec.replicas).toBe(1);
  expect(find(objects, 'PersistentVolumeClaim', 'search-index-data').spec).toMatchObject({
    storageClassName: 'fast',
    resources: { requests: { storage: '20Gi' } },
  });
});

test('pools of all pods are in the budget of the database', () => {
  const { violations } = built({ 'prod/invoices.yaml': TEXT.replace('maxConnections: 400', 'maxConnections: 100') });
  expect(violations.join('\n')).toMatch(
    /connections: .*environments\/prod\/invoices\.yaml:\d+: .*database\.maxConnections/,
  );
});

test('an open port for a host is told', () => {
  const { notices } = built({ 'prod/invoices.yaml': TEXT }).built.model as Any;
  expect(notices).toEqual([
    'services.renderer may connect to every public address at port 587 for smtp.example.net: an entry of external with addresses narrows that',
  ]);
});
