import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import program from '../../commands/doctor';
import { kindRows, metricsRows, versionRows } from '../../commands/doctor/api';
import { edgeRows } from '../../commands/doctor/edge';
import { dnsCacheRows, networkPluginRows } from '../../commands/doctor/network';
import { capacityRows, deviceRows, zoneRows } from '../../commands/doctor/nodes';
import { operatorRows } from '../../commands/doctor/operators';
import {
  issuerRows,
  podSecurityRows,
  prerequisitePodRows,
  priorityClassRows,
  secretRows,
} from '../../commands/doctor/prerequisites';
import { releaseRows } from '../../commands/doctor/releases';
import { type Requirements, requiredPods, requirementsOf } from '../../commands/doctor/requirements';
import type { Row } from '../../commands/doctor/row';
import { existingClaimRows, storageRows } from '../../commands/doctor/storage';
import type { Kubectl } from '../../commands/shared/kubectl';
import { View } from '../../commands/shared/view';
import { versionOf } from '../../lib/base/versions';
import { environment } from '../../lib/config/environment';
import { platformOf } from '../../lib/config/platform';
import type { EdgeProps } from '../../lib/model/edge';
import type { System } from '../../lib/model/system';
import type { Built } from '../../lib/pipeline/build';
import { prerequisitesOf } from '../../lib/pipeline/intent';
import { built } from '../charts/application/application';
import { type Any, find, folderWith, PROJECT, ROOT, runHere } from '../support';
import { objectsOf, pliersSystem, salientSettings, salientSystem } from '../systems';

function requirementsFor(...systems: System[]): Requirements {
  const built = systems.map((model): Built => {
    const folder = `prod/${model.name}`;
    return {
      environment: 'prod',
      system: model.name,
      folder,
      model,
      objects: objectsOf(model),
      values: {},
      notices: [],
      locate: () => ({ file: '' }),
      prerequisites: prerequisitesOf(model),
      platform: platformOf(environment('prod')),
      milliseconds: 0,
    };
  });
  return requirementsOf(built);
}

const SALIENT = requirementsFor(salientSystem('prod'));
const STAGING = requirementsFor(salientSystem('staging'));
const PLIERS = requirementsFor(pliersSystem('prod'));

/** The answers of a cluster by a part of the request; anything else is not found. */
type Answers = Readonly<Record<string, object | string>>;

function viewOf(answers: Answers): View {
  const attempt = async ([verb, ...args]: readonly string[]) => {
    if (verb !== 'get') throw new Error(`kubectl ${verb} does not only read`);
    const request = args.join(' ');
    const [, answer] = Object.entries(answers).find(([part]) => request.includes(part)) ?? [];
    if (answer === undefined) return { code: 1, stdout: '', stderr: 'Error from server (NotFound): no such thing' };
    if (typeof answer === 'string') return { code: 1, stdout: '', stderr: answer };
    const text = 'keys' in answer ? (answer.keys as string[]).join('\n') : JSON.stringify(answer);
    return { code: 0, stdout: text, stderr: '' };
  };
  return new View({ attempt } as unknown as Kubectl);
}

const list = (...items: object[]) => ({ items });
const condition = (type: string, status: string, message = '') => ({ conditions: [{ type, status, message }] });
const READY = condition('Ready', 'True');

/** Each row on one line. */
async function said(rows: Promise<Row[]>): Promise<string[]> {
  return (await rows).map(({ state, what, found }) => `${state}: ${what}: ${found}`);
}

test.each([
  ['v1.28.15', 'missing'],
  ['v1.29.14-gke.100', 'missing'],
  ['v1.30.0', 'ok'],
  ['v1.31.2-eks-1234', 'ok'],
  ['v1.99.0', 'unknown'],
  ['v2.0.0', 'unknown'],
])('Kubernetes %s is %s', async (gitVersion, state) => {
  expect(await said(versionRows(SALIENT, viewOf({ '/version': { gitVersion } })))).toEqual([
    `${state}: Kubernetes: ${gitVersion}`,
  ]);
});

test('an older Kubernetes is missing, with the version that is needed and the fix', async () => {
  expect(await versionRows(SALIENT, viewOf({ '/version': { gitVersion: 'v1.29.4' } }))).toEqual([
    {
      state: 'missing',
      what: 'Kubernetes',
      needed: '1.30 or later',
      found: 'v1.29.4',
      mend: 'upgrade it to 1.30 or later',
    },
  ]);
});

const imagePod = (image: string) => ({ metadata: { namespace: 'x' }, spec: { containers: [{ image }] } });

/** What is said about releases on a day, where these pods run. */
async function releasesOn(day: string, gitVersion: string, ...images: string[]): Promise<string[]> {
  const answers = { '/version': { gitVersion }, '/pods': list(...images.map(imagePod)) };
  return said(releaseRows(SALIENT, viewOf(answers), day));
}

test('Kubernetes is old past its end of life, and where versions.yaml has a newer patch', async () => {
  const [newest, next] = ['Kubernetes 1.36', 'Kubernetes 1.35'].map((what) => versionOf(what).version);
  expect((await releasesOn('2027-02-28', `v${next}`))[0]).toBe(
    `ok: release of Kubernetes: v${next}, with fixes until 2027-02-28`,
  );
  expect((await releasesOn('2027-03-01', `v${next}`))[0]).toBe(
    `old: release of Kubernetes: v${next}, without fixes since 2027-02-28`,
  );
  expect((await releasesOn('2026-12-01', 'v1.36.0-eks-1'))[0]).toMatch(
    /^old: release of Kubernetes: v1\.36\.0-eks-1, with/,
  );
  expect((await releasesOn('2026-12-01', `v${newest}`))[0]).toMatch(/^ok: /);
  expect((await releasesOn('2026-12-01', 'v1.99.1'))[0]).toBe('unknown: release of Kubernetes: v1.99.1');
});

test('operators are compared by the images of their pods, and those that the environment does not need are not', async () => {
  const { image, version } = versionOf('External Secrets');
  const of = async (...images: string[]) => (await releasesOn('2026-12-01', 'v1.36.0', ...images)).slice(1);
  expect(await of(`${image}:v${version}`, 'ghcr.io/kedacore/keda:2.1.0')).toContainEqual(
    `ok: release of External Secrets: ${image}:v${version}`,
  );
  expect((await of('ghcr.io/kedacore/keda:2.1.0')).join('\n')).not.toContain('KEDA');
  expect(await of('mirror.example.com/external-secrets/external-secrets:v2.9.0')).toContainEqual(
    'old: release of External Secrets: mirror.example.com/external-secrets/external-secrets:v2.9.0',
  );
  expect(await of(`${image}@sha256:0`)).toContainEqual(`unknown: release of External Secrets: ${image}`);
});

test('the servers and tools of the environment are compared by their lines', async () => {
  const { image, tag, version, endOfLife = '' } = versionOf('PostgreSQL 16');
  const rows = await releasesOn('2026-12-01', 'v1.36.0');
  expect(rows).toContainEqual(`ok: release of PostgreSQL: ${image}:${tag}, with fixes until ${endOfLife}`);
  expect(rows.filter((row) => row.includes('restic'))).toEqual([expect.stringMatching(/^ok: /)]);
  const objects = SALIENT.objects.map((one) => JSON.parse(JSON.stringify(one).replaceAll(`:${version}`, ':14.1')));
  const old = await said(
    releaseRows({ ...SALIENT, objects }, viewOf({ '/version': { gitVersion: 'v1.36.0' } }), '2026-12-01'),
  );
  expect(old).toContainEqual(
    expect.stringMatching(/^old: release of PostgreSQL: \S+:14\.1-alpine, without fixes since/),
  );
});

test('the cluster has to serve each kind in the API version of its objects', async () => {
  const resources = (...kinds: string[]) => ({ resources: kinds.map((kind) => ({ kind })) });
  const groups = { groups: [{ name: 'external-secrets.io', versions: [{ version: 'v1beta1' }] }] };
  const answers = {
    '/apis/networking.k8s.io/v1': resources('Ingress'),
    '/apis/policy/v1': resources('PodDisruptionBudget'),
    '/apis/apps/v1': 'Error from server (Forbidden): "x" cannot get path "/apis/apps/v1"',
    '/apis/': 'Error from server (NotFound): none',
    '/apis': groups,
  };
  const rows = await kindRows(SALIENT, viewOf(answers));
  expect(await said(Promise.resolve(rows))).toEqual([
    'unknown: apps/v1: forbidden',
    'missing: autoscaling/v2: not served',
    'missing: batch/v1: not served',
    'missing: external-secrets.io/v1: only v1beta1',
    'missing: monitoring.coreos.com/v1: not served',
    'missing: networking.k8s.io/v1: without NetworkPolicy',
    'ok: policy/v1: served',
    'missing: v1: not served',
  ]);
  expect(rows[3]?.mend).toMatch(/^upgrade External Secrets/);
  expect(rows[0]?.mend).toMatch(/^needs permission to get and list v1: /);
});

describe('the edge', () => {
  const labels = { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' };
  const nginx = 'registry.k8s.io/ingress-nginx/controller:v1.13.0@sha256:abc';
  const pod = (container: object, more: object = {}, own: object = labels) => ({
    metadata: { namespace: 'ingress-nginx', labels: { ...own, 'pod-template-hash': 'x' } },
    spec: { containers: [container], ...more },
    status: READY,
  });
  const service = (type: string, externalTrafficPolicy?: string, selector: object = labels) => ({
    metadata: { name: type.toLowerCase(), namespace: 'ingress-nginx' },
    spec: { type, externalTrafficPolicy, selector },
  });
  const classes = list({ metadata: { name: 'nginx' }, spec: { controller: 'k8s.io/ingress-nginx' } });
  const at = (pods: object[], services: object[] = [], configs: object[] = []) => ({
    ingressclasses: classes,
    '/pods': list(...pods),
    '/services': list(...services),
    '/configmaps': list(...configs),
  });
  const rowsOf = (answers: Answers, requirements = SALIENT) => said(edgeRows(requirements, viewOf(answers)));

  test('ingress-nginx behind a Service that keeps client addresses', async () => {
    expect(await rowsOf(at([pod({ image: nginx })], [service('LoadBalancer', 'Local')]))).toEqual([
      'ok: IngressClass nginx: of k8s.io/ingress-nginx',
      'ok: edge in ingress-nginx: 1 pod ready',
      "ok: clients' addresses: loadbalancer: Local",
      `ok: whitelist-source-range: ${nginx}`,
    ]);
  });

  test('another class, and no controller', async () => {
    const other = list({ metadata: { name: 'haproxy' } });
    expect(await rowsOf({ ...at([pod({ image: nginx }, {}, { app: 'other' })]), ingressclasses: other })).toEqual([
      'missing: IngressClass nginx: others: haproxy',
      'missing: edge in ingress-nginx: none',
      "unknown: clients' addresses: no pod of the edge",
      'unknown: whitelist-source-range: no pod of the edge',
    ]);
  });

  const proxyProtocol = { data: { 'use-proxy-protocol': 'true' } };
  test.each<[string, object[], object[], object, string]>([
    ['Cluster', [service('LoadBalancer', 'Cluster')], [], {}, 'missing: .*: loadbalancer: Cluster$'],
    [
      'one of both',
      [service('LoadBalancer', 'Local'), service('NodePort', 'Cluster')],
      [],
      {},
      'missing: .*: nodeport: Cluster$',
    ],
    [
      'Cluster with PROXY protocol',
      [service('LoadBalancer', 'Cluster')],
      [proxyProtocol],
      {},
      'ok: .*: Cluster, and PROXY',
    ],
    ['the nodes', [service('ClusterIP')], [], { hostNetwork: true }, 'ok: .*: host ports of its nodes'],
    ['no such Service', [service('ClusterIP')], [], {}, 'unknown: .*: no Service of type'],
    [
      'a Service with another selector',
      [service('LoadBalancer', 'Cluster', { app: 'other' })],
      [],
      {},
      'unknown: .*: no Service of type',
    ],
  ])('allowlists behind %s', async (_, services, configs, more, expected) => {
    const [, , addresses] = await rowsOf(at([pod({ image: nginx }, more)], services, configs));
    expect(addresses).toMatch(new RegExp(expected));
  });

  test.each([
    ['docker.io/library/traefik:v3.7.6', 'ok'],
    ['traefik:v3.8', 'ok'],
    ['rancher/mirrored-library-traefik:3.6.13', 'missing'],
    ['traefik:v3.7', 'unknown'],
    ['traefik:latest', 'unknown'],
    ['nginx/nginx-ingress:5.0', 'unknown'],
  ])('the allowlist annotation on %s: %s', async (image, state) => {
    const rows = await edgeRows(SALIENT, viewOf(at([pod({ image })])));
    const row = rows.find(({ what }) => what === 'whitelist-source-range');
    expect(row?.state).toBe(state);
    if (state !== 'ok')
      expect(row?.mend).toContain("curl -sS -o /dev/null -w '%{http_code}\\n' https://admin.salient.ai/");
  });

  test.each([
    [
      ['--providers.kubernetescrd', '--providers.kubernetescrd.allowEmptyServices=true'],
      ['ok', 'ok'],
    ],
    [['--providers.kubernetescrd=true'], ['ok', 'missing']],
    [['--providers.kubernetesingress'], ['missing', 'missing']],
    [['--configfile=/etc/traefik.yaml'], ['unknown', 'unknown']],
  ])('Traefik with %j', async (args, states) => {
    const own = { 'app.kubernetes.io/name': 'traefik' };
    const traefik = pod({ image: 'traefik:v3.7.6', args }, {}, own);
    const answers = at([{ ...traefik, metadata: { ...traefik.metadata, namespace: 'traefik' } }]);
    const rows = await edgeRows(PLIERS, viewOf(answers));
    expect(rows.filter(({ what }) => /^Traefik/.test(what)).map(({ state }) => state)).toEqual(states);
  });

  const envoy: EdgeProps = {
    kind: 'gateway',
    implementation: 'envoy',
    class: 'eg',
    ports: { http: 80, https: 443 },
    controller: { namespace: 'envoy-gateway-system', labels: { owner: 'salient' } },
  };
  test.each([
    [condition('Accepted', 'True'), 'ok: GatewayClass eg: of example.com/eg, accepted'],
    [condition('Accepted', 'False', 'unknown parameters'), 'missing: GatewayClass eg: unknown parameters'],
    [{}, 'missing: GatewayClass eg: no condition Accepted'],
  ])('a GatewayClass with %j, whose proxies are created with the Gateway', async (status, expected) => {
    const one = { metadata: { name: 'eg' }, spec: { controllerName: 'example.com/eg' }, status };
    const requirements = requirementsFor({ ...salientSystem('prod'), edge: envoy });
    expect(await rowsOf({ gatewayclasses: list(one), '/pods': list(), '/services': list() }, requirements)).toEqual([
      expected,
      'unknown: edge in envoy-gateway-system: none',
      "unknown: clients' addresses: no pod of the edge",
    ]);
  });
});

test('an issuer has to exist and be Ready; one of the platform is applied first', async () => {
  const issuer = (name: string, status: object) => ({
    apiVersion: 'cert-manager.io/v1',
    kind: 'ClusterIssuer',
    metadata: { name },
    status,
  });
  const at = (...items: object[]) => issuerRows(SALIENT, viewOf({ clusterissuers: list(...items) }));
  expect(await said(at(issuer('letsencrypt-prod', READY)))).toEqual(['ok: ClusterIssuer letsencrypt-prod: Ready']);
  const broken = issuer('letsencrypt-prod', condition('Ready', 'False', 'no account'));
  expect(await said(at(broken))).toEqual(['missing: ClusterIssuer letsencrypt-prod: no account']);
  expect(await said(at(issuer('other', READY)))).toEqual(['missing: ClusterIssuer letsencrypt-prod: others: other']);
  const [salient] = SALIENT.built as [Built];
  const platform = { ...salient, folder: 'prod/platform', objects: [issuer('letsencrypt-prod', {})] };
  const requirements = { ...SALIENT, built: [...SALIENT.built, platform] };
  const [row] = await issuerRows(requirements, viewOf({ clusterissuers: list() }));
  expect(row).toMatchObject({ state: 'missing', mend: 'apply dist/prod/platform first' });
  expect(await said(issuerRows(requirements, viewOf({})))).toEqual([
    'missing: ClusterIssuer letsencrypt-prod: the cluster has no clusterissuers',
  ]);
});

test('pods that policies select have to run; those that operators create later are not checked', async () => {
  const pod = (namespace: string, labels: object, status: object = READY) => ({
    metadata: { namespace, labels },
    status,
  });
  const dns = pod('kube-system', { 'k8s-app': 'kube-dns' });
  const operator = pod('cnpg-system', { 'app.kubernetes.io/name': 'cloudnative-pg' }, condition('Ready', 'False'));
  expect((await said(prerequisitePodRows(STAGING, viewOf({ '/pods': list(dns, operator) })))).sort()).toEqual([
    'missing: cnpg-controller-manager in cnpg-system: none',
    'missing: prometheus in monitoring: none',
    'ok: kube-dns in kube-system: 1 pod ready',
  ]);
});

test('Secrets that are created by hand have to have their keys; values are not read', async () => {
  const { secrets } = salientSettings('prod');
  const requirements = requirementsFor(
    salientSystem('prod', { secrets: { kind: 'manual', revision: secrets.revision } as Any }),
  );
  const some = {
    'secret tenant-db-credentials': { keys: ['JWT_SECRET'] },
    'secret backup-credentials': 'Error from server (Forbidden): x',
  };
  const rows = await said(secretRows(requirements, viewOf(some)));
  expect(rows).toContainEqual(
    expect.stringMatching(/^missing: Secret salient-prod\/tenant-db-credentials: without .*OPENROUTER_API_KEY/),
  );
  expect(rows).toContainEqual('unknown: Secret salient-admin/backup-credentials: forbidden');
  expect(rows).toContainEqual('missing: Secret salient-admin/postgres-credentials: none');
  expect(await said(secretRows(STAGING, viewOf({})))).toEqual([]);
});

test('PriorityClasses that pods use have to exist, except built-in ones', async () => {
  const objects = objectsOf(salientSystem('prod'));
  find(objects, 'Deployment', 'chat-api').spec.template.spec.priorityClassName = 'serving';
  find(objects, 'Deployment', 'admin-api').spec.template.spec.priorityClassName = 'system-cluster-critical';
  const requirements = { ...SALIENT, objects };
  expect(await said(priorityClassRows(requirements, viewOf({ priorityclasses: list() })))).toEqual([
    'missing: PriorityClass serving: none',
  ]);
  const serving = { metadata: { name: 'serving' }, value: 1000 };
  expect(await said(priorityClassRows(requirements, viewOf({ priorityclasses: list(serving) })))).toEqual([
    'ok: PriorityClass serving: value 1000',
  ]);
});

test('the StorageClasses of volumes have to exist, or a default one', async () => {
  const cls = (name: string, annotation: string, allowVolumeExpansion?: boolean) => ({
    metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': annotation } },
    allowVolumeExpansion,
  });
  const rows = (...items: object[]) => said(storageRows(STAGING, viewOf({ storageclasses: list(...items) })));
  expect(await rows(cls('gp3', 'true', true))).toEqual(['ok: default StorageClass: gp3, volumes can grow']);
  expect(await rows(cls('gp3', 'false'))).toEqual(['missing: default StorageClass: others: gp3']);
  const named = { ...salientSettings('staging').database, storageClass: 'fast' } as Any;
  const requirements = requirementsFor(salientSystem('staging', { database: named }));
  expect(await said(storageRows(requirements, viewOf({ storageclasses: list(cls('gp3', 'true')) })))).toEqual([
    'missing: StorageClass fast: others: gp3',
  ]);
  expect(await said(storageRows(SALIENT, viewOf({})))).toEqual([]);
});

test('a queue of an operator needs its kind, its pods and its volumes', async () => {
  const text = readFileSync(join(ROOT, 'test/fixtures/applications/parcels.yaml'), 'utf8');
  const requirements = requirementsOf([built({ 'prod/parcels.yaml': text }).built]);
  const rows = async (of: typeof storageRows, answers: Answers) =>
    (await said(of(requirements, viewOf(answers)))).filter((row) => /rabbitmq|fast/.test(row));
  expect(await rows(kindRows, {})).toContain('missing: rabbitmq.com/v1beta1: not served');
  expect(await rows(prerequisitePodRows, { '/pods': list() })).toEqual([
    'missing: rabbitmq-cluster-operator in rabbitmq-system: none',
  ]);
  const storage = await storageRows(requirements, viewOf({ storageclasses: list() }));
  expect(storage.map(({ what, needed }) => `${what} ${needed}`)).toEqual(['StorageClass fast for rabbitmq-server']);
  expect(requiredPods(requirements).find(({ name }) => name === 'rabbitmq-server')).toMatchObject({
    count: 3,
    surges: false,
  });
});

test('the claim of a backup repository that is a path has to exist', async () => {
  const { backups } = salientSettings('prod');
  const own = { ...backups, repository: '/backups', claim: 'nas', addresses: undefined } as Any;
  const requirements = requirementsFor(salientSystem('prod', { backups: own }));
  const rows = (...items: object[]) =>
    said(existingClaimRows(requirements, viewOf({ persistentvolumeclaims: list(...items) })));
  const claim = (namespace: string) => ({
    metadata: { namespace, name: 'nas' },
    spec: { accessModes: ['ReadWriteMany'] },
    status: { phase: 'Bound' },
  });
  expect(await rows(claim('default'))).toEqual(['missing: PersistentVolumeClaim salient-admin/nas: none']);
  expect(await rows(claim('salient-admin'))).toEqual([
    'ok: PersistentVolumeClaim salient-admin/nas: Bound, ReadWriteMany',
  ]);
  expect(await said(existingClaimRows(SALIENT, viewOf({})))).toEqual([]);
});

test('autoscalers need the metrics API', async () => {
  const path = '/apis/metrics.k8s.io/v1beta1';
  expect(await said(metricsRows(SALIENT, viewOf({ [path]: {} })))).toEqual(['ok: metrics API: served']);
  expect(await said(metricsRows(SALIENT, viewOf({})))).toEqual(['missing: metrics API: not served']);
  const away = 'Error from server (ServiceUnavailable): the server is currently unable to handle the request';
  expect(await said(metricsRows(SALIENT, viewOf({ [path]: away })))).toEqual([`missing: metrics API: ${away}`]);
  expect(await metricsRows(requirementsFor(salientSystem('dev')), viewOf({}))).toEqual([]);
  const scaledBy = (...types: string[]): Any => ({
    kind: 'ScaledObject',
    metadata: { name: 'worker' },
    spec: { triggers: types.map((type) => ({ type })) },
  });
  const needing = (object: Any) => metricsRows({ ...SALIENT, objects: [object] }, viewOf({}));
  expect(await needing(scaledBy('rabbitmq'))).toEqual([]);
  expect(await said(needing(scaledBy('rabbitmq', 'cpu')))).toEqual(['missing: metrics API: not served']);
});

describe('nodes', () => {
  const ZONE = 'topology.kubernetes.io/zone';
  const GPU = 'nvidia.com/gpu';
  const node = (zone?: string, gpus?: number, spec: object = {}) => ({
    metadata: { labels: { ...(zone && { [ZONE]: zone }), ...(gpus && { 'nvidia.com/gpu.present': 'true' }) } },
    spec,
    status: { ...READY, allocatable: { cpu: '4', memory: '16Gi', ...(gpus && { [GPU]: String(gpus) }) } },
  });
  const rows = (of: typeof zoneRows, requirements: Requirements, ...nodes: object[]) =>
    said(of(requirements, viewOf({ '/nodes': list(...nodes), '/pods': list() })));

  test('need zone labels where pods have to be spread over zones', async () => {
    expect(await rows(zoneRows, SALIENT, node('a'), node('b'))).toEqual(['ok: zones: 2 zones on 2 of 2 nodes']);
    expect(await rows(zoneRows, SALIENT, node('a'), node('b'), node())).toEqual([
      'missing: zones: 2 zones on 2 of 3 nodes',
    ]);
    expect(await rows(zoneRows, SALIENT, node('a'), node('b', 0, { unschedulable: true }))).toEqual([
      'missing: zones: 1 zone on 1 of 1 node',
    ]);
    const control = node(undefined, 0, {
      taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
    });
    expect(await rows(zoneRows, SALIENT, node('a'), node('b'), control)).toEqual([
      'ok: zones: 2 zones on 2 of 2 nodes',
    ]);
    expect(await rows(zoneRows, STAGING, node())).toEqual(['unknown: zones: 0 zones on 0 of 1 node']);
  });

  test('need GPUs for every pod and one more during a rollout, each on one node', async () => {
    const [row] = await deviceRows(PLIERS, viewOf({ '/nodes': list(node('a', 2), node('a', 1)) }));
    expect(row).toMatchObject({ what: GPU, state: 'ok', needed: expect.stringContaining('(1 for each of 2') });
    expect(await rows(deviceRows, PLIERS, node('a', 2), node('b'))).toEqual([`missing: ${GPU}: 2 on 1 node that suit`]);
    const tainted = (key: string) => node('a', 3, { taints: [{ key, effect: 'NoSchedule' }] });
    expect(await rows(deviceRows, PLIERS, tainted(GPU))).toEqual([`ok: ${GPU}: 3 on 1 node that suit`]);
    expect(await rows(deviceRows, PLIERS, tainted('other'))).toEqual([`missing: ${GPU}: 0 on 0 nodes that suit`]);
    const unlabelled = { ...node('a'), status: node('a', 8).status };
    expect(await rows(deviceRows, PLIERS, unlabelled)).toEqual([`missing: ${GPU}: 0 on 0 nodes that suit`]);
    expect(await rows(deviceRows, SALIENT, node('a'))).toEqual([]);
  });

  test('need capacity for the requests of pods, beside those of other pods', async () => {
    const other = {
      metadata: { namespace: 'other' },
      spec: { containers: [{ resources: { requests: { cpu: '3500m' } } }] },
    };
    const own = { ...other, metadata: { namespace: 'salient-prod' } };
    const at = (...pods: object[]) =>
      said(capacityRows(SALIENT, viewOf({ '/nodes': list(node('a')), '/pods': list(...pods) })));
    expect(await at(own)).toEqual(['ok: cpu: 4 CPUs free of 4 CPUs', 'ok: memory: 16 GiB free of 16 GiB']);
    expect(await at(other)).toEqual(['unknown: cpu: 0.5 CPUs free of 4 CPUs', 'ok: memory: 16 GiB free of 16 GiB']);
  });
});

const daemon = (name: string, ...args: string[]) => ({
  metadata: { name },
  spec: { template: { spec: { containers: [{ args }] } } },
});

test.each([
  [daemon('cilium'), 'ok'],
  [daemon('aws-node'), 'unknown'],
  [daemon('aws-node', '--enable-network-policy=true'), 'ok'],
  [daemon('kube-flannel-ds'), 'missing'],
  [daemon('fluent-bit'), 'unknown'],
])('a network plugin, by %j: %s', async (one, state) => {
  const [row] = await networkPluginRows(SALIENT, viewOf({ daemonsets: list(one) }));
  expect(row?.state).toBe(state);
});

test('policies have to allow the addresses of the node-local DNS cache', async () => {
  const rows = (...args: string[]) =>
    said(dnsCacheRows(SALIENT, viewOf({ daemonsets: list(daemon('node-local-dns', ...args)) })));
  expect(await rows('-localip', '169.254.20.10,10.96.0.10')).toEqual(['ok: node-local DNS: 169.254.20.10']);
  expect(await rows('-localip', '169.254.25.10')).toEqual(['missing: node-local DNS: 169.254.25.10']);
  expect(await said(dnsCacheRows(SALIENT, viewOf({ daemonsets: list() })))).toEqual(['ok: node-local DNS: none']);
});

test('External Secrets has to run, and its resources have to be Ready', async () => {
  const pod = {
    metadata: { namespace: 'external-secrets', labels: {} },
    spec: { containers: [{ image: 'ghcr.io/external-secrets/external-secrets:v2.9.0' }] },
    status: READY,
  };
  const all = (kind: string, status: object) =>
    list(...SALIENT.objects.filter((one) => one.kind === kind).map(({ metadata }) => ({ metadata, status })));
  const denied = condition('Ready', 'False', 'AccessDenied');
  const answers = {
    '/pods': list(pod),
    secretstores: all('SecretStore', READY),
    externalsecrets: all('ExternalSecret', denied),
  };
  const [operator, stores, secrets] = await said(operatorRows(SALIENT, viewOf(answers)));
  expect([operator, stores]).toEqual(['ok: External Secrets: 1 pod in external-secrets', 'ok: SecretStores: 2 of 2']);
  expect(secrets).toMatch(/^missing: ExternalSecrets: 0 of 6; (salient-\S+: AccessDenied; ){3}and 3 more$/);
  const before = { '/pods': list(), secretstores: list(), externalsecrets: list() };
  expect(await said(operatorRows(SALIENT, viewOf(before)))).toEqual([
    'missing: External Secrets: none',
    'unknown: SecretStores: 0 of 2',
    'unknown: ExternalSecrets: 0 of 6',
  ]);
});

test('a plug-in of CloudNativePG has to be in the namespace of the operator', async () => {
  const service = {
    metadata: { name: 'barman-cloud', labels: { 'cnpg.io/pluginName': 'barman-cloud.cloudnative-pg.io' } },
  };
  const row = async (...services: object[]) =>
    (await said(operatorRows(STAGING, viewOf({ '/namespaces/cnpg-system/services': list(...services) })))).at(-1);
  expect(await row(service)).toBe('ok: plug-in barman-cloud.cloudnative-pg.io: Service barman-cloud');
  expect(await row()).toBe('missing: plug-in barman-cloud.cloudnative-pg.io: none');
});

test('namespaces with a lower Pod Security level are reported', async () => {
  const namespace = {
    metadata: { name: 'salient-prod', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
  };
  expect(await said(podSecurityRows(SALIENT, viewOf({ '/namespaces': list(namespace) })))).toEqual([
    'unknown: PodSecurity: salient-prod has baseline',
  ]);
});

/** The program, with a kubectl that records its arguments and answers by a script. */
async function doctor(answer: string, args: readonly string[] = []) {
  const bin = folderWith({ kubectl: `#!/bin/sh\nprintf "%s\\n" "$*" >>"$(dirname "$0")/calls"\n${answer}\n` });
  chmodSync(join(bin, 'kubectl'), 0o755);
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const outcome = await runHere(program, PROJECT, ['--env', 'staging', ...args], { env });
  return { ...outcome, calls: readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n') };
}

test('it runs only kubectl get, each request once, and names the permissions that are missing', async () => {
  const answer = `case "$*" in
  *--raw\\ /version) echo '{"gitVersion": "v1.36.0"}' ;;
  *) echo 'Error from server (Forbidden): nodes is forbidden: User "eve" cannot list resource "nodes"' >&2; exit 1 ;;
esac`;
  const { status, stdout, calls } = await doctor(answer, ['--context', 'far', '--format', 'json']);
  const { rows: all } = JSON.parse(stdout);
  // The images that the environment itself names need no permission.
  const rows = all.filter(({ what }: Row) => !what.startsWith('release of '));
  expect(rows.map(({ state }: Row) => state)).toEqual(['ok', ...rows.slice(1).map(() => 'unknown')]);
  const read = rows.slice(1).filter(({ needed }: Row) => needed !== 'a copy elsewhere');
  for (const { mend } of read) expect(mend).toMatch(/^needs permission to get and list \S+/);
  expect(status).toBe(0);
  for (const line of calls) expect(line).toMatch(/^--context far get --request-timeout=20s (--raw \/|secret )/);
  expect(new Set(calls).size).toBe(calls.length);
});

test('a cluster that does not answer exits with 3', async () => {
  const { status, stderr } = await doctor('echo "The connection to the server localhost:8080 was refused" >&2; exit 1');
  expect([status, stderr]).toEqual([
    3,
    'the current context of kubectl: no cluster answers: The connection to the server localhost:8080 was refused\n',
  ]);
});
