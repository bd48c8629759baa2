import { pitfalls } from '../../../../lib/checks/rules/pitfalls';
import type { Any } from '../../../support';
import { describeRule, findings } from '../manifests';
import { container, deployment, object, podSpec, service, statefulSet, told } from '../right';

describeRule(pitfalls);

const policy = (spec: object): Any => object('networking.k8s.io/v1', 'NetworkPolicy', 'p', { spec });
const egress = (port: number, ...more: object[]) =>
  policy({
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: { matchLabels: { app: 'api' } } }], ports: [{ port }] }, ...more],
  });
const caller = deployment('web', podSpec({}, container({ env: [{ name: 'API_URL', value: 'http://api:80' }] })));
const SHOP = [caller, service('web'), deployment('api'), service('api')];
const DNS = { ports: [{ port: 53, protocol: 'UDP' }] };

const gatewayApi = (kind: string, namespace: string, spec: object, version = 'v1'): Any => ({
  apiVersion: `gateway.networking.k8s.io/${version}`,
  kind,
  metadata: { name: kind.toLowerCase(), namespace },
  spec,
});
const gateway = (listener: object = {}) =>
  gatewayApi('Gateway', 'edge', {
    gatewayClassName: 'c',
    listeners: [{ name: 'http', port: 80, protocol: 'HTTP', ...listener }],
  });
const route = (namespace: string, backend: object = {}, hostnames = ['shop.example.com']) =>
  gatewayApi('HTTPRoute', namespace, {
    parentRefs: [{ name: 'gateway', namespace: 'edge' }],
    hostnames,
    rules: [{ backendRefs: [{ name: 'web', port: 80, ...backend }] }],
  });
const grant = (from: string) =>
  gatewayApi(
    'ReferenceGrant',
    'default',
    {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: from }],
      to: [{ group: '', kind: 'Service' }],
    },
    'v1beta1',
  );
const ALL = { allowedRoutes: { namespaces: { from: 'All' } } };

const nginx = (fields: object, pod: object = {}) => [
  deployment('web', podSpec(pod, container({ image: 'nginx:1.27.3', ...fields }))),
  service('web'),
];
const emptyDirs = (...paths: string[]) => ({
  volumeMounts: paths.map((mountPath, index) => ({ name: `v${index}`, mountPath })),
});
const volumes = (count: number) => ({
  volumes: Array.from({ length: count }, (_, index) => ({ name: `v${index}`, emptyDir: { sizeLimit: '1Mi' } })),
});
const database = (fields: object) => [
  statefulSet(
    'db',
    podSpec(
      {},
      container({
        image: 'postgres:16.4',
        securityContext: { ...container().securityContext, readOnlyRootFilesystem: false },
        ...fields,
      }),
    ),
    {
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  ),
  service('db', { clusterIP: 'None' }),
];
const mounted = (fields: object = {}) => ({
  volumeMounts: [{ name: 'data', mountPath: '/var/lib/postgresql/data', ...fields }],
});
const spread = (labels: object) => [
  deployment(
    'api',
    podSpec({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } },
      ],
    }),
  ),
  service('api'),
];
const apart = (labels: object) => [
  deployment(
    'api',
    podSpec({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } },
          ],
        },
      },
    }),
  ),
  service('api'),
];
const writable = { securityContext: { ...container().securityContext, readOnlyRootFilesystem: false } };
const redis = (pod: object, fields: object = {}) => [
  deployment('redis', podSpec(pod, container({ image: 'docker.io/bitnami/redis:6.0.5', ...writable, ...fields })), {}),
  service('redis'),
];
const single = (rollingUpdate: object) => [
  deployment('api', podSpec(), { replicas: 1, strategy: { rollingUpdate } }),
  service('api'),
];
const config = object('v1', 'ConfigMap', 'conf', { data: { 'a.yaml': 'b' } });
const files = (mount: object) => [
  config,
  deployment(
    'api',
    podSpec(
      { volumes: [{ name: 'v', configMap: { name: 'conf' } }] },
      container({ volumeMounts: [{ name: 'v', mountPath: '/etc/app', ...mount }] }),
    ),
  ),
  service('api'),
];
const versioned = (labels: object) => [
  deployment('api', podSpec(), {
    selector: { matchLabels: labels },
    template: { metadata: { labels: { app: 'api', ...labels } }, spec: podSpec() },
  }),
  service('api'),
];
const cluster = object('postgresql.cnpg.io/v1', 'Cluster', 'pg', { spec: { instances: 3, storage: { size: '1Gi' } } });
const instances = (...ports: number[]) =>
  policy({
    podSelector: { matchLabels: { 'cnpg.io/cluster': 'pg' } },
    ingress: [{ from: [{ podSelector: {} }], ports: ports.map((port) => ({ port })) }],
  });
const claim = (wave: string) => ({
  ...object('v1', 'PersistentVolumeClaim', 'data'),
  metadata: { name: 'data', namespace: 'default', annotations: { 'argocd.argoproj.io/sync-wave': wave } },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'late', resources: { requests: { storage: '1Gi' } } },
});
const late = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'late' },
  provisioner: 'example.com/x',
  volumeBindingMode: 'WaitForFirstConsumer',
};
const user = (wave: string) => {
  const own = deployment(
    'api',
    podSpec(
      { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] },
      container({ volumeMounts: [{ name: 'v', mountPath: '/data' }] }),
    ),
    { replicas: 1, strategy: { type: 'Recreate' } },
  );
  return { ...own, metadata: { ...own.metadata, annotations: { 'argocd.argoproj.io/sync-wave': wave } } };
};

test.each<[string, Any[], Any[], RegExp]>([
  [
    'egress without DNS',
    [...SHOP, egress(8080)],
    [...SHOP, egress(8080, DNS)],
    /spec\.egress: given no egress to port 53 for Deployment default\/web, which calls "api"/,
  ],
  [
    'egress to the port of a Service',
    [...SHOP, egress(80, DNS)],
    [...SHOP, egress(8080, DNS)],
    /spec\.egress\[0\]\.ports\[0\]\.port: given 80, which is the port of Service default\/api, expected one of its pods: 8080/,
  ],
  [
    'a backend in another namespace',
    [...SHOP, gateway(), route('edge', { namespace: 'default' })],
    [...SHOP, gateway(), route('edge', { namespace: 'default' }), grant('edge')],
    /backendRefs\[0\]\.namespace: given "default", expected a ReferenceGrant/,
  ],
  [
    'a grant for another namespace',
    [...SHOP, gateway(), route('edge', { namespace: 'default' }), grant('other')],
    [...SHOP, gateway(), route('edge', { namespace: 'default' }), grant('edge')],
    /expected a ReferenceGrant/,
  ],
  [
    'a listener that takes routes of its own namespace',
    [...SHOP, gateway(), route('default')],
    [...SHOP, gateway(ALL), route('default')],
    /spec\.parentRefs\[0\]: given Gateway edge\/gateway, whose listeners take no HTTPRoute of namespace default/,
  ],
  [
    'hosts that have no name in common',
    [...SHOP, gateway({ ...ALL, hostname: '*.example.org' }), route('default')],
    [...SHOP, gateway({ ...ALL, hostname: '*.example.com' }), route('default')],
    /spec\.hostnames: given shop\.example\.com, expected a host that/,
  ],
  [
    'nginx on a read-only root',
    nginx({}),
    nginx(emptyDirs('/var/cache/nginx', '/run'), volumes(2)),
    /readOnlyRootFilesystem: given true for the image nginx, which writes \/var\/cache\/nginx and \/var\/run/,
  ],
  [
    'one of the folders of nginx',
    nginx(emptyDirs('/var/cache/nginx'), volumes(1)),
    nginx(emptyDirs('/var/cache', '/var/run'), volumes(2)),
    /which writes \/var\/run, /,
  ],
  [
    'PGDATA that is the disk itself',
    database(mounted()),
    database(mounted({ subPath: 'data' })),
    /volumeMounts\[0\]\.mountPath: given \/var\/lib\/postgresql\/data, which is PGDATA itself/,
  ],
  [
    'PGDATA of a variable',
    database({ ...mounted({ mountPath: '/pg' }), env: [{ name: 'PGDATA', value: '/pg' }] }),
    database({ ...mounted({ mountPath: '/pg' }), env: [{ name: 'PGDATA', value: '/pg/data' }] }),
    /which is PGDATA itself/,
  ],
  [
    'a spread of other labels',
    spread({ name: 'api' }),
    spread({ app: 'api' }),
    /topologySpreadConstraints\[0\]\.labelSelector: given name=api, which the pod itself does not have/,
  ],
  [
    'pods that keep apart from others',
    apart({ name: 'api' }),
    apart({ app: 'api' }),
    /labelSelector: given name=api, which the pod itself does not have/,
  ],
  [
    'links of a Service of the same name',
    redis({}),
    redis({ enableServiceLinks: false }),
    /enableServiceLinks: given nothing, expected false: Service default\/redis makes the variable REDIS_PORT/,
  ],
  [
    'the same where the variable is set',
    redis({}),
    redis({}, { env: [{ name: 'REDIS_PORT', value: '6379' }] }),
    /enableServiceLinks/,
  ],
  [
    'a version in a selector',
    versioned({ 'app.kubernetes.io/version': '1.2.3' }),
    versioned({ 'app.kubernetes.io/name': 'api' }),
    /spec\.selector\.matchLabels\["app\.kubernetes\.io\/version"\]: given a version/,
  ],
  [
    'the only pod that ends first',
    single({ maxUnavailable: 1, maxSurge: 0 }),
    single({ maxUnavailable: 0, maxSurge: 1 }),
    /maxUnavailable: given 1 of 1 pod/,
  ],
  [
    'the operator shut out',
    [cluster, instances(5432)],
    [cluster, instances(5432, 8000)],
    /spec\.ingress: given no ingress to port 8000 of the instances of Cluster default\/pg/,
  ],
  [
    'a claim that waits for a pod of a later wave',
    [late, claim('0'), user('1'), service('api')],
    [late, claim('1'), user('1'), service('api')],
    /waves: PersistentVolumeClaim default\/data: .*expected 1, that of Deployment default\/api/,
  ],
])('%s is told', (_, wrong, right, message) => {
  const own = (lines: readonly string[]) => lines.filter((line) => /pitfalls|waves: PersistentVolumeClaim/.test(line));
  expect(own(told(wrong))).toEqual([expect.stringMatching(message)]);
  expect(own(told(right))).toEqual([]);
});

test.each<[string, Any[], Any[], RegExp]>([
  [
    'a file of a ConfigMap',
    files({ subPath: 'a.yaml' }),
    files({}),
    /subPath: given a file of ConfigMap "conf" by subPath/,
  ],
])('%s is a hint', (_, wrong, right, message) => {
  const hints = (objects: Any[]) => told(objects, [], 'policy').filter((line) => line.startsWith('policy: pitfalls'));
  expect(hints(wrong)).toEqual([expect.stringMatching(message)]);
  expect(hints(right)).toEqual([]);
});

test('what is meant is not told', () => {
  const closed = policy({ podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Egress'] });
  expect(told([...SHOP, closed])).toEqual([]);
  expect(told(nginx({ image: 'example.com/our/nginx:1' }))).toEqual([]);
  expect(
    told(
      [...SHOP, gateway(ALL), route('default', {}, ['*.example.com'])].filter(({ kind }) => kind !== 'GatewayClass'),
    ).filter((line) => /pitfalls/.test(line)),
  ).toEqual([]);
});

const clientTraffic = (detection: object): Any => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'ClientTrafficPolicy',
  metadata: { name: 'client', namespace: 'edge' },
  spec: { clientIPDetection: detection },
});
const allowlist = (namespace = 'edge'): Any => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'SecurityPolicy',
  metadata: { name: 'office', namespace },
  spec: { authorization: { rules: [{ principal: { clientCIDRs: ['203.0.113.0/24'] } }] } },
});
const lines = (...objects: Any[]) =>
  findings(pitfalls, objects).filter((one) => /allowlist|no limit|given true|a node/.test(one));

test.each([
  [
    { xForwardedFor: { numTrustedHops: 2 } },
    'xForwardedFor.numTrustedHops: given an address of X-Forwarded-For, 2 before the last',
  ],
  [
    { xForwardedFor: { trustedCIDRs: ['0.0.0.0/0'] } },
    'xForwardedFor.trustedCIDRs: given X-Forwarded-For of 0.0.0.0/0',
  ],
  [{ customHeader: { name: 'x-real-ip' } }, "customHeader: given the client's address from the header x-real-ip"],
])('a client address that the client sends undoes an allowlist: %j', (detection, expected) => {
  expect(lines(clientTraffic(detection), allowlist())).toEqual([expect.stringContaining(expected)]);
  expect(lines(clientTraffic(detection), allowlist('other'))).toEqual([]);
});

test('the address of the connection, and that of known proxies, do not', () => {
  expect(lines(clientTraffic({}), allowlist())).toEqual([]);
  expect(lines(clientTraffic({ xForwardedFor: { trustedCIDRs: ['10.0.0.0/8'] } }), allowlist())).toEqual([]);
});

test('a limit of 0 is none', () => {
  const middleware = (spec: object) => object('traefik.io/v1alpha1', 'Middleware', 'm', { spec });
  expect(lines(middleware({ rateLimit: { average: 0 } }))).toEqual([
    expect.stringContaining('spec.rateLimit.average: given 0'),
  ]);
  expect(lines(middleware({ buffering: { maxRequestBodyBytes: 0 } }))).toHaveLength(1);
  expect(lines(middleware({ rateLimit: { average: 5 }, buffering: { maxRequestBodyBytes: 1 } }))).toEqual([]);
  const ingress = (size: string): Any => {
    const annotations = { 'nginx.ingress.kubernetes.io/proxy-body-size': size };
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'i', namespace: 'default', annotations },
      spec: {},
    };
  };
  expect(lines(ingress('0'))).toHaveLength(1);
  expect(lines(ingress('10m'))).toEqual([]);
});

test('what is paused, bound to a node, or gets requests too early is told of', () => {
  const changed = (one: Any, fields: object) => ({ ...one, spec: { ...one.spec, ...fields } });
  const web = deployment('web');
  expect(lines(changed(web, { paused: true }), service('web'))).toEqual([
    expect.stringContaining('spec.paused: given true'),
  ]);
  expect(lines(deployment('web', podSpec({ nodeName: 'a' })), service('web'))).toEqual([
    expect.stringContaining('nodeName'),
  ]);
  expect(lines(web, changed(service('web'), { publishNotReadyAddresses: true }))).toHaveLength(1);
  expect(lines(web, changed(service('web'), { publishNotReadyAddresses: true, clusterIP: 'None' }))).toEqual([]);
});
