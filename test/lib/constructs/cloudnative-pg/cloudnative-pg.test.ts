import { check } from '../../../../lib/checks/check';
import { renderText } from '../../../../lib/constructs/addresses';
import { CloudNativePg } from '../../../../lib/constructs/cloudnative-pg/cloudnative-pg';
import { Namespaces } from '../../../../lib/constructs/namespaces';
import { NetworkPolicies } from '../../../../lib/constructs/network-policies';
import { Secrets } from '../../../../lib/constructs/secrets/secrets';
import { Workload } from '../../../../lib/constructs/workload';
import { pooled, to } from '../../../../lib/model/connection';
import type { Placement } from '../../../../lib/model/kubernetes';
import type { CloudNativePgProps, ClusterRole } from '../../../../lib/model/postgres-cluster';
import { Secret } from '../../../../lib/model/secret';
import type { SecretSource } from '../../../../lib/model/secret-source';
import { type System, system } from '../../../../lib/model/system';
import { cloudNativePg } from '../../../../lib/parts/cloudnative-pg/cluster';
import { roleCredentials } from '../../../../lib/parts/cloudnative-pg/role-credentials';
import { intentOf, prerequisitesOf } from '../../../../lib/pipeline/intent';
import { clusterProps } from '../../../cloudnative-pg';
import { sample, synthesize } from '../../../construct';
import { type Any, find } from '../../../support';

const namespace = 'shop-data';
const source: SecretSource = {
  kind: 'external',
  store: { kind: 'aws', region: 'us-east-1', roleArn: 'arn:aws:iam::123456789012:role/shop' },
  storeName: 'store',
  serviceAccount: 'reader',
  prefix: 'shop',
  refresh: '1h',
  revision: 1,
};
const placement: Placement = { acrossZones: 'DoNotSchedule', imagePullSecrets: [] };

const password = (role: string) =>
  roleCredentials({ namespace, role, source, password: { remote: 'roles', property: role, development: role } });
const tenant = (role: string, changed: Partial<ClusterRole> = {}): ClusterRole => ({
  name: role,
  password: password(role),
  databases: [role],
  ...changed,
});
const owner: ClusterRole = { name: 'shop_owner', password: password('shop_owner'), databases: ['shop', 'extra'] };
const keys = new Secret({
  namespace,
  name: 'archive-keys',
  externalName: 'archive-keys',
  source,
  values: { ID: { remote: 'archive/id', development: '' }, KEY: { remote: 'archive/key', development: '' } },
});
const { ID, KEY } = keys.pick('ID', 'KEY');

const props = (changed: Partial<CloudNativePgProps> = {}): CloudNativePgProps => {
  const usual = clusterProps();
  return {
    ...usual,
    image: { image: 'example.com/postgresql', tag: '16.10' },
    resources: { cpu: { request: '500m', limit: '1' }, memory: { request: '1Gi', limit: '2Gi' } },
    roles: [owner, tenant('tenant_acme_corp', { connectionLimit: 7 })],
    archive: { ...usual.archive, credentials: { accessKeyId: ID, secretAccessKey: KEY } },
    ...changed,
  };
};
const objectsOf = (changed: Partial<CloudNativePgProps> = {}, placed = placement) =>
  synthesize((chart) => {
    new CloudNativePg(chart, 'postgres', { cluster: cloudNativePg(props(changed)), placement: placed });
  });
const specOf = (changed: Partial<CloudNativePgProps> = {}, placed = placement) =>
  find(objectsOf(changed, placed), 'Cluster', 'postgres').spec;

describe('the cluster', () => {
  test('is never pruned, since its volumes would be deleted with it', () => {
    expect(find(objectsOf(), 'Cluster').metadata.annotations).toEqual({
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'argocd.argoproj.io/sync-wave': '-4',
    });
  });

  test('is created with a database whose owner has a password', () => {
    expect(specOf().bootstrap.initdb).toEqual({
      database: 'shop',
      owner: 'shop_owner',
      secret: { name: 'shop-owner-role' },
      dataChecksums: true,
    });
    expect(() => objectsOf({ roles: [{ name: 'shop_owner' }] })).toThrow(
      'role shop_owner owns the database shop, expected a password',
    );
  });

  test.each([
    [2, 1],
    [3, 1],
    [5, 2],
  ])('of %i instances acknowledges a commit when %i replicas have it', (instances, number) => {
    expect(specOf({ instances }).postgresql.synchronous).toEqual({
      method: 'any',
      number,
      dataDurability: 'required',
      failoverQuorum: true,
    });
    expect(specOf({ instances })).not.toHaveProperty('enablePDB');
  });

  test('of one instance has no synchronous replication and no PodDisruptionBudget', () => {
    expect(specOf({ instances: 1 }).postgresql).not.toHaveProperty('synchronous');
    expect(specOf({ instances: 1 }).enablePDB).toBe(false);
  });

  test('has shared buffers within its memory request, since the operator refuses more', () => {
    expect(specOf().postgresql.parameters).toMatchObject({ max_connections: '100', shared_buffers: '256MB' });
  });

  test('is spread over zones together with the Jobs that create its volumes', () => {
    expect(specOf().topologySpreadConstraints).toEqual([
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { 'cnpg.io/cluster': 'postgres' } },
      },
    ]);
  });

  test('can have image pull secrets and a storage class', () => {
    const spec = specOf({ storageClass: 'fast' }, { ...placement, imagePullSecrets: ['pull'] });
    expect(spec).toMatchObject({
      storage: { size: '20Gi', storageClass: 'fast' },
      imagePullSecrets: [{ name: 'pull' }],
    });
    expect(specOf().storage).toEqual({ size: '20Gi' });
    expect(specOf()).not.toHaveProperty('imagePullSecrets');
  });
});

describe('its archive', () => {
  test('has base backups from the start, and the write-ahead log', () => {
    const objects = objectsOf();
    const [plugin] = specOf().plugins;
    expect(plugin).toEqual({
      name: 'barman-cloud.cloudnative-pg.io',
      isWALArchiver: true,
      parameters: { barmanObjectName: find(objects, 'ObjectStore').metadata.name },
    });
    expect(find(objects, 'ScheduledBackup').spec).toEqual({
      cluster: { name: 'postgres' },
      schedule: '0 0 1 * * *',
      immediate: true,
      method: 'plugin',
      pluginConfiguration: { name: plugin.name },
      backupOwnerReference: 'self',
    });
  });

  test('is accessed by keys of a Secret', () => {
    const { configuration, retentionPolicy } = find(objectsOf(), 'ObjectStore').spec;
    expect(configuration).toMatchObject({
      destinationPath: 's3://archive/shop',
      s3Credentials: {
        accessKeyId: { name: 'archive-keys', key: 'ID' },
        secretAccessKey: { name: 'archive-keys', key: 'KEY' },
      },
    });
    expect(configuration).not.toHaveProperty('endpointURL');
    expect(retentionPolicy).toBe('30d');
  });

  test('or by the role that its ServiceAccount assumes, at another endpoint', () => {
    const roleArn = 'arn:aws:iam::123456789012:role/archive';
    const archive = { ...props().archive, credentials: { roleArn }, endpoint: 'https://s3.example.com' };
    expect(find(objectsOf({ archive }), 'ObjectStore').spec.configuration).toMatchObject({
      endpointURL: 'https://s3.example.com',
      s3Credentials: { inheritFromIAMRole: true },
    });
    expect(specOf({ archive }).serviceAccountTemplate.metadata.annotations).toEqual({
      'eks.amazonaws.com/role-arn': roleArn,
    });
    expect(specOf()).not.toHaveProperty('serviceAccountTemplate');
  });
});

describe('its roles and databases', () => {
  test('have objects of their own, whose deletion keeps them', () => {
    const objects = objectsOf();
    expect(find(objects, 'DatabaseRole', 'postgres-tenant-acme-corp').spec).toEqual({
      cluster: { name: 'postgres' },
      name: 'tenant_acme_corp',
      login: true,
      passwordSecret: { name: 'tenant-acme-corp-role' },
      connectionLimit: 7,
      databaseRoleReclaimPolicy: 'retain',
    });
    expect(find(objects, 'Database', 'postgres-tenant-acme-corp').spec).toEqual({
      cluster: { name: 'postgres' },
      name: 'tenant_acme_corp',
      owner: 'tenant_acme_corp',
      databaseReclaimPolicy: 'retain',
    });
  });

  test('have different object names per cluster', () => {
    const both = [...objectsOf(), ...objectsOf({ name: 'postgres-eu' })];
    const names = both.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test('a role without login keeps its password, or has none and is dropped with its object', () => {
    const roles = [owner, tenant('suspended', { databases: [] }), { name: 'removed', dropped: true }];
    const objects = objectsOf({ roles });
    expect(find(objects, 'DatabaseRole', 'postgres-suspended').spec).toMatchObject({
      login: false,
      passwordSecret: { name: 'suspended-role' },
      databaseRoleReclaimPolicy: 'retain',
    });
    expect(find(objects, 'DatabaseRole', 'postgres-removed').spec).toEqual({
      cluster: { name: 'postgres' },
      name: 'removed',
      login: false,
      disablePassword: true,
      databaseRoleReclaimPolicy: 'delete',
    });
  });

  test('a role can be a member of others, and create databases', () => {
    const backup = tenant('backup', { databases: 'all', createdb: true, bypassrls: true, memberOf: ['shop_owner'] });
    expect(find(objectsOf({ roles: [owner, backup] }), 'DatabaseRole', 'postgres-backup').spec).toMatchObject({
      login: true,
      createdb: true,
      bypassrls: true,
      inRoles: ['shop_owner'],
    });
  });

  test('only the listed roles may connect, with TLS and to their databases', () => {
    const roles = [
      owner,
      tenant('tenant_a'),
      tenant('backup', { databases: 'all' }),
      tenant('suspended', { databases: [] }),
      { name: 'removed', databases: ['removed'] },
    ];
    expect(specOf({ roles }).postgresql.pg_hba).toEqual([
      'hostssl "shop" "shop_owner" all scram-sha-256',
      'hostssl "extra" "shop_owner" all scram-sha-256',
      'hostssl "tenant_a" "tenant_a" all scram-sha-256',
      'hostssl all "backup" all scram-sha-256',
      'host all all all reject',
    ]);
  });

  test('a password is in a Secret that the operator watches', () => {
    const made = (from: SecretSource) =>
      synthesize((chart) => {
        const values = { role: 'tenant_a', password: { remote: 'a', development: 'known' } };
        const secrets = [roleCredentials({ namespace, source: from, ...values, revision: 2 })];
        new Secrets(chart, 'secrets', { system: 'shop', secrets });
      });
    const { metadata, type, data } = find(made({ kind: 'development', revision: 1 }), 'Secret', 'tenant-a-role');
    expect(metadata.labels['cnpg.io/reload']).toBe('true');
    expect(type).toBe('kubernetes.io/basic-auth');
    expect(Object.keys(data).sort()).toEqual(['password', 'username']);
    expect(Buffer.from(data.username, 'base64').toString()).toBe('tenant_a');
    const external = find(made(source), 'ExternalSecret', 'tenant-a-role-external-secret');
    expect(external.metadata.annotations['berth.dev/secret-revision']).toBe('3');
    expect(external.spec.refreshPolicy).toBe('OnChange'); // whoever made the value
    expect(external.spec.target.template).toMatchObject({
      type: 'kubernetes.io/basic-auth',
      metadata: { labels: { 'cnpg.io/reload': 'true' } },
      data: { username: 'tenant_a' },
    });
    const { name } = roleCredentials({
      namespace,
      source,
      cluster: 'postgres-eu',
      role: 'tenant_a',
      password: { remote: 'a', development: '' },
    });
    expect(name).toBe('postgres-eu-tenant-a-role');
  });
});

describe('for others', () => {
  const prometheus = { namespace: 'monitoring', labels: { app: 'prometheus' } };
  const client = sample({
    namespace,
    ports: { http: 6432 },
    connectsTo: [pooled(cloudNativePg(props()).server, { perPod: 5, why: 'its pool' })],
    probes: { health: { tcp: true }, liveness: { period: 10 }, readiness: { period: 5 } },
  });
  const web = { system: 'web', namespace: 'web', name: 'web', labels: { app: 'web' }, connectsTo: [to(client)] };
  const shop = (changed: Partial<CloudNativePgProps> = {}): System => {
    const cluster = cloudNativePg(props(changed));
    return system({
      name: 'shop',
      instance: 'shop-prod',
      tier: 'production',
      environment: 'production',
      placement,
      edge: { kind: 'ingress', class: 'nginx', controller: { namespace: 'edge', labels: { app: 'nginx' } } },
      dnsCaches: ['169.254.20.10/32'],
      components: [client],
      clusters: [cluster],
      externalPods: [web],
    });
  };
  const build = (of: System) =>
    synthesize((chart) => {
      new Namespaces(chart, 'namespaces', of);
      new Secrets(chart, 'secrets', { system: of.name, secrets: of.secrets });
      new NetworkPolicies(chart, 'network', of);
      for (const component of of.components) new Workload(chart, component.name, { component, placement });
      for (const cluster of of.clusters) new CloudNativePg(chart, cluster.name, { cluster, placement });
    });
  const judge = (of: System, objects = build(of)) =>
    check(objects, prerequisitesOf(of), intentOf(of)).map(({ rule, path, message }) => `${rule}: ${path}: ${message}`);

  test('it is one server, which is verified by its certificate', () => {
    const { host, port, ...server } = cloudNativePg(props()).server;
    expect([renderText(host), renderText(port)]).toEqual(['postgres-rw.shop-data.svc.cluster.local', '5432']);
    expect(server).toMatchObject({
      name: 'main',
      tls: 'verify-full',
      ca: { existing: 'Secret', name: 'postgres-ca' },
    });
  });

  test('its pods connect to each other, the API server and the archive; only operator, clients and Prometheus connect to them', () => {
    const made = shop({ prometheus });
    const { spec } = find(build(made), 'NetworkPolicy', 'postgres-policy');
    const ports = (rules: Any[]) => rules.map((rule) => rule.ports.map(({ port }: Any) => port).join());
    expect(spec.podSelector).toEqual({ matchLabels: { 'cnpg.io/cluster': 'postgres' } });
    expect(ports(spec.egress)).toEqual(['53,53', '5432', '8000', '6443', '443']);
    expect(ports(spec.ingress).sort()).toEqual(['5432', '8000', '9187']);
    const [, ...statusPeers] = spec.ingress.find(({ ports: [{ port }] }: Any) => port === 8000).from;
    expect(statusPeers).toEqual([
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'cnpg-system' } },
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'cloudnative-pg' } },
      },
    ]);
    expect(judge(made)).toEqual([]);
  });

  test('an additional connection that a policy allows is reported, and so is a missing one', () => {
    const made = shop();
    const changed = (change: (spec: Any) => void) => {
      const objects = structuredClone(build(made));
      change(find(objects, 'NetworkPolicy', 'postgres-policy').spec);
      return judge(made, objects);
    };
    expect(changed((spec) => spec.egress.pop())).toEqual([
      expect.stringMatching(
        /^reachability: .*10\.30\.0\.0-10\.30\.0\.255 on TCP 443, which is declared for shop-data\/postgres/,
      ),
    ]);
    expect(changed((spec) => spec.ingress[0].from.push({ podSelector: {} }))).toContainEqual(
      expect.stringMatching(/^reachability: .*not declared for shop-data\/postgres/),
    );
  });

  test('there is a PodMonitor if Prometheus scrapes the cluster', () => {
    expect(find(objectsOf({ prometheus }), 'PodMonitor').spec).toEqual({
      selector: { matchLabels: { 'cnpg.io/cluster': 'postgres' } },
      podMetricsEndpoints: [{ port: 'metrics' }],
    });
    expect(objectsOf().filter(({ kind }) => kind === 'PodMonitor')).toEqual([]);
  });

  test('a thousand tenants are two thousand objects, none of them too large', () => {
    const tenants = Array.from({ length: 1000 }, (_, index) => tenant(`tenant_${'x'.repeat(40)}_${index}`));
    const names = tenants.map(({ name }) => name);
    const memberOf = ['pg_read_all_data', owner.name, ...names];
    const backup = tenant('backup', { databases: 'all', bypassrls: true, memberOf });
    const made = shop({
      roles: [owner, backup, ...tenants],
      databases: names.map((name) => ({ name, owner: name })),
    });
    const objects = build(made);
    expect(objects.filter(({ kind }) => ['Database', 'DatabaseRole'].includes(kind))).toHaveLength(2002);
    // Less than an eighth of the limit of etcd.
    expect(Math.max(...objects.map((object) => JSON.stringify(object).length))).toBeLessThan(190_000);
    expect(judge(made, objects)).toEqual([]);
  });
});
