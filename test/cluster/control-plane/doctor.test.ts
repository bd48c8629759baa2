import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../../../commands/doctor/row';
import { folderWith, PROJECT, ROOT } from '../../support';
import { eventually, kubectlFor, testCluster } from '../cluster';
import { installDefinitions } from '../crds';

const cluster = testCluster();
const kubectl = kubectlFor(cluster);
// It deletes definitions and simulates operators: only on clusters that were created for this run.
const own = cluster.kit !== undefined && cluster.pods === 'seem to run' && Boolean(process.env.BERTH_CRDS);
const describeOwn = own ? describe : describe.skip;

/** The API groups whose definitions staging and prod need. */
const GROUPS =
  /\.(external-secrets\.io|cert-manager\.io|cnpg\.io|postgresql\.cnpg\.io|barmancloud\.cnpg\.io|monitoring\.coreos\.com|traefik\.io)$/;

/** The program, with a kubectl that refuses everything but get. */
function doctor(environment: string, as = '') {
  const bin = folderWith({
    kubectl: `#!/bin/sh
if [ "$1" != get ]; then echo "$*" >>"$(dirname "$0")/refused"; exit 97; fi
exec ${cluster.kubectl} ${as} "$@"
`,
  });
  chmodSync(join(bin, 'kubectl'), 0o755);
  const command = [join(ROOT, 'tools/run.mjs'), 'commands/doctor.ts', '--env', environment, '--format', 'json'];
  const env = { ...kubectl.env, PATH: `${bin}:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: PROJECT, encoding: 'utf8', env });
  expect(existsSync(join(bin, 'refused'))).toBe(false);
  expect(stderr.replace(/^npm warn.*\n/gm, '')).toBe('');
  const rows: Row[] = JSON.parse(stdout).rows;
  const named = (state: Row['state']) => rows.filter((row) => row.state === state).map(({ what }) => what);
  return { status, rows, missing: named('missing').sort(), unknown: named('unknown').sort() };
}

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** Simulates an operator: pods with its labels, whose image is never pulled. */
function pods(at: string, name: string, image: string, labels: Record<string, string>, args: string[] = []) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: at, name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image, args }] } },
    },
  };
}

function service(at: string, name: string, type: string, selector: object, more: object = {}, labels: object = {}) {
  const metadata = { namespace: at, name, labels };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { type, selector, ports: [{ port: 80 }], ...more } };
}

const NGINX = { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' };
const TRAEFIK = { 'app.kubernetes.io/name': 'traefik' };
const NAMESPACES = ['ingress-nginx', 'traefik', 'monitoring', 'cnpg-system', 'external-secrets'];
const ISSUERS = ['letsencrypt-staging', 'letsencrypt-prod'];
const traefikArgs = ['--providers.kubernetescrd', '--providers.kubernetescrd.allowEmptyServices=true'];

/** Serves the API of metrics-server. */
const METRICS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'pods.metrics.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, in a test' },
  },
  spec: {
    group: 'metrics.k8s.io',
    names: { kind: 'PodMetrics', plural: 'pods' },
    scope: 'Namespaced',
    versions: [{ name: 'v1beta1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

const MADE: object[] = [
  ...NAMESPACES.map(namespace),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'nginx' },
    spec: { controller: 'k8s.io/ingress-nginx' },
  },
  pods('ingress-nginx', 'doctor-edge', 'registry.k8s.io/ingress-nginx/controller:v1.13.0', NGINX),
  service('ingress-nginx', 'doctor-edge', 'LoadBalancer', NGINX, { externalTrafficPolicy: 'Cluster' }),
  pods('traefik', 'doctor-edge', 'traefik:v3.7.6', TRAEFIK, traefikArgs),
  service('traefik', 'doctor-edge', 'LoadBalancer', TRAEFIK, { externalTrafficPolicy: 'Local' }),
  pods('monitoring', 'doctor-prometheus', 'prometheus', { 'app.kubernetes.io/name': 'prometheus' }),
  pods('cnpg-system', 'doctor-operator', 'cnpg', { 'app.kubernetes.io/name': 'cloudnative-pg' }),
  service(
    'cnpg-system',
    'barman-cloud',
    'ClusterIP',
    { app: 'barman-cloud' },
    {},
    { 'cnpg.io/pluginName': 'barman-cloud.cloudnative-pg.io' },
  ),
  pods('external-secrets', 'doctor-operator', 'eso', { 'app.kubernetes.io/name': 'external-secrets' }),
  pods('kube-system', 'doctor-dns', 'coredns', { 'k8s-app': 'kube-dns' }),
  { ...pods('kube-system', 'cilium', 'cilium', { 'k8s-app': 'cilium' }), kind: 'DaemonSet' },
  METRICS,
  ...['data', 'serving', 'background'].map((name) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: `berth-${name}` },
    value: 1,
  })),
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'monitoring', name: 'grafana-admin' },
    stringData: { 'admin-user': 'admin', 'admin-password': 'doctor' },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'eg' },
    spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'nfs' },
    provisioner: 'example.com/nfs',
  },
];
const list = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

describeOwn('doctor', () => {
  const issuers = ISSUERS.map((name) => ({
    apiVersion: 'cert-manager.io/v1',
    kind: 'ClusterIssuer',
    metadata: { name },
    spec: { selfSigned: {} },
  }));
  const create = async (objects: readonly object[]) => {
    const { code, stderr } = await kubectl.attempt(['create', '-f', '-'], list(objects));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  };

  beforeAll(async () => {
    const there = (await kubectl.get('namespaces')).map(({ metadata }) => metadata.name);
    expect(there.filter((name) => NAMESPACES.includes(name))).toEqual([]);
    const definitions = (await kubectl.get('crds')).map(({ metadata }) => metadata.name as string);
    await kubectl.run('delete', 'crds', ...definitions.filter((name) => GROUPS.test(name)));
  });

  afterAll(async () => {
    await installDefinitions(kubectl);
    await kubectl.attempt(
      ['delete', '--ignore-not-found', '--wait', '--timeout=180s', '-f', '-'],
      list([...issuers, ...MADE]),
    );
  });

  const EDGES = ['IngressClass nginx', 'edge in ingress-nginx', 'edge in traefik', 'traefik.io/v1alpha1'];
  const EITHER = ['External Secrets', 'metrics API', 'Secret monitoring/grafana-admin'];
  const GIVEN = ['kube-dns in kube-system', 'prometheus in monitoring', 'SecretStores', 'ExternalSecrets'];
  const SERVED = ['cert-manager.io/v1', 'external-secrets.io/v1', 'monitoring.coreos.com/v1'];
  /** The values of which a copy is kept elsewhere, in an environment whose prefixes end like this. */
  const permanent = (suffix: string) => [
    ...['ephitup', 'pliers', 'salient', 'three-tier'].map((system) => `${system}${suffix}/backups:restic-password`),
    `ephitup${suffix}/fernet/key`,
  ];
  const PRIORITIES = ['background', 'data', 'serving'].map((name) => `PriorityClass berth-${name}`);
  const CNPG = [
    'barmancloud.cnpg.io/v1',
    'postgresql.cnpg.io/v1',
    'cnpg-controller-manager in cnpg-system',
    'plug-in barman-cloud.cloudnative-pg.io',
  ];

  test('on an empty cluster it reports everything that staging and prod need', () => {
    const all = [...EITHER, ...GIVEN, ...SERVED, ...PRIORITIES];
    const prod = doctor('prod');
    expect(prod).toMatchObject({
      status: 1,
      missing: [...all, ...EDGES, 'GatewayClass eg', 'ClusterIssuer letsencrypt-prod'].sort(),
    });
    for (const { state, mend } of prod.rows) expect(mend === '').toBe(state === 'ok');
    const staging = doctor('staging');
    expect(staging).toMatchObject({
      status: 1,
      missing: [...all, ...CNPG, 'GatewayClass eg', 'ClusterIssuer letsencrypt-staging', 'StorageClass nfs'].sort(),
    });
  });

  test('with all prerequisites one thing is missing, and after its fix nothing', async () => {
    await installDefinitions(kubectl);
    await create([...MADE, ...issuers]);
    const say = (kind: string, name: string, type: string) => {
      const condition = {
        type,
        status: 'True',
        reason: 'Tested',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      };
      const patch = JSON.stringify({ status: { conditions: [condition] } });
      return kubectl.run('patch', kind, name, '--subresource=status', '--type=merge', '-p', patch);
    };
    for (const name of ISSUERS) await say('clusterissuer', name, 'Ready');
    await say('gatewayclass', 'eg', 'Accepted');
    for (const at of [...NAMESPACES, 'kube-system']) {
      const deployments = await kubectl.get('deployments', '-n', at);
      for (const { metadata } of deployments) {
        await kubectl.run('rollout', 'status', `deployment/${metadata.name}`, '-n', at, '--timeout=120s');
      }
    }
    await eventually(60, () => kubectl.run('get', '--raw', '/apis/metrics.k8s.io/v1beta1'));
    const [row, ...others] = doctor('prod').rows.filter(({ state }) => state === 'missing');
    expect([row, others]).toEqual([
      expect.objectContaining({ what: "clients' addresses", found: 'doctor-edge: Cluster' }),
      [],
    ]);
    // The printed command fixes it.
    const [, patch = ''] = /(kubectl patch .*), or PROXY protocol$/.exec(row?.mend ?? '') ?? [];
    const script = `kubectl() { "$KUBECTL" "$@"; }\n${patch}`;
    const env = { ...kubectl.env, KUBECTL: cluster.kubectl };
    expect(spawnSync('bash', ['-c', script], { env }).status).toBe(0);
    const later = ['ExternalSecrets', 'PodSecurity', 'SecretStores'];
    // The proxies of each system are created with its Gateway, and so is their Service.
    const proxies = (systems: number) =>
      ["clients' addresses", 'edge in envoy-gateway-system'].flatMap((what) => Array(systems).fill(what));
    expect(doctor('prod')).toMatchObject({
      status: 0,
      missing: [],
      unknown: [...later, ...proxies(1), ...permanent('')].sort(),
    });
    expect(doctor('staging')).toMatchObject({
      status: 0,
      missing: [],
      unknown: [...later, ...proxies(4), ...permanent('-staging')].sort(),
    });
  });

  test('an ExternalSecret that is not ready is reported once it is applied', async () => {
    const at = {
      apiVersion: 'external-secrets.io/v1',
      metadata: { namespace: 'salient-prod', name: 'tenant-db-store' },
    };
    const aws = { provider: { aws: { service: 'SecretsManager', region: 'us-east-1' } } };
    await create([namespace('salient-prod'), { ...at, kind: 'SecretStore', spec: aws }]);
    try {
      const { status, rows } = doctor('prod');
      expect(status).toBe(1);
      const row = rows.find(({ what }) => what === 'SecretStores');
      expect(row).toMatchObject({
        state: 'missing',
        found: '0 of 7; salient-prod/tenant-db-store: no condition Ready',
      });
    } finally {
      await kubectl.run('delete', 'namespace', 'salient-prod', '--wait', '--timeout=120s');
    }
  });

  test('missing permissions are reported', () => {
    const { status, rows } = doctor('staging', '--as=nobody');
    expect(status).toBe(0);
    const [version, ...others] = rows.filter(
      // Releases of Kubernetes and of the environment's own images take no permission.
      ({ what }) => !/\/v\d|^v1$|metrics|^release of /.test(what) && !permanent('-staging').includes(what),
    );
    expect(version?.state).toBe('ok');
    for (const row of others) {
      expect([row.what, row.state, row.mend]).toEqual([
        row.what,
        'unknown',
        expect.stringMatching(/^needs permission to get and list/),
      ]);
    }
    expect(others.length).toBeGreaterThan(15);
  });
});
