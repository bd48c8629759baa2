import type { Any } from '../../support';
import { container, deployment, job, object, podSpec, service, statefulSet, told } from './right';

const monitoring = (kind: string, spec: object) => object('monitoring.coreos.com/v1', kind, 'k8s', { spec });
const labels = (program: string) => ({ 'app.kubernetes.io/name': program, 'app.kubernetes.io/instance': 'k8s' });
const budget = (matchLabels: object) =>
  object('policy/v1', 'PodDisruptionBudget', 'b', { spec: { maxUnavailable: 1, selector: { matchLabels } } });
const policy = (matchLabels: object) =>
  object('networking.k8s.io/v1', 'NetworkPolicy', 'p', {
    spec: { podSelector: { matchLabels }, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
  });
const named = (kind: string, name: string, spec: object, apiVersion = 'v1') => ({
  ...object(apiVersion, kind, name),
  spec,
});

const ingress = (name: string, annotations: object = {}) => ({
  ...object('networking.k8s.io/v1', 'Ingress', name),
  metadata: { name, namespace: 'default', annotations },
  spec: {
    rules: [
      {
        host: 'shop.example.com',
        http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { name: 'http' } } } }] },
      },
    ],
  },
});

const route = (name: string, parent: object) =>
  named(
    'HTTPRoute',
    name,
    {
      parentRefs: [{ name: 'g', ...parent }],
      hostnames: ['shop.example.com'],
      rules: [{ backendRefs: [{ name: 'api', port: 80 }] }],
    },
    'gateway.networking.k8s.io/v1',
  );
const GATEWAY = named(
  'Gateway',
  'g',
  { gatewayClassName: 'c', listeners: [8080, 8081].map((port) => ({ name: `l${port}`, port, protocol: 'HTTP' })) },
  'gateway.networking.k8s.io/v1',
);
const GIVEN = [{ kind: 'GatewayClass', name: 'c' }];

const API = [deployment('api'), service('api')];
const withContainer = (fields: object) => [deployment('api', podSpec({}, container(fields))), service('api')];
const command = (...words: string[]) => withContainer({ livenessProbe: { exec: { command: words } } });

const twoWorkloads = (): Any[] => {
  const one = (role: string) =>
    deployment(`db-${role}`, podSpec(), {
      selector: { matchLabels: { role } },
      template: { metadata: { labels: { role, app: 'db' } }, spec: podSpec() },
    });
  return [one('primary'), one('replica'), service('db', { selector: { app: 'db' } }), budget({ app: 'db' })];
};

test.each<[string, Any[]]>([
  ['a workload in which nothing is wrong', API],
  [
    'a probe of a port that the container does not declare',
    withContainer({ readinessProbe: { httpGet: { path: '/', port: 9999 } } }),
  ],
  [
    'a Service of a port that the container does not declare',
    [deployment('api'), service('api', { ports: [{ port: 80, targetPort: 9999 }] })],
  ],
  [
    'a probe that may take longer than its period',
    withContainer({ readinessProbe: { httpGet: { path: '/', port: 'http' }, timeoutSeconds: 30 } }),
  ],
  ['no startup probe', withContainer({ startupProbe: undefined })],
  [
    'the pod of a StatefulSet by the name that its controller adds',
    [
      statefulSet('db'),
      service('db', { clusterIP: 'None' }),
      service('db-0', { selector: { app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-0' } }),
    ],
  ],
  [
    'the pod of a StatefulSet by its index',
    [
      statefulSet('db'),
      service('db', { clusterIP: 'None' }),
      service('db-1', { selector: { app: 'db', 'apps.kubernetes.io/pod-index': '1' } }),
    ],
  ],
  ['the pods of a Job by its name', [job('x'), policy({ 'job-name': 'x-0123abcd' })]],
  ['the pods of a Job by the newer label', [job('x'), budget({ 'batch.kubernetes.io/job-name': 'x-0123abcd' })]],
  [
    'pods of a Prometheus',
    [
      ...API,
      monitoring('Prometheus', {}),
      service('k8s', { selector: labels('prometheus') }),
      budget(labels('prometheus')),
      policy(labels('prometheus')),
    ],
  ],
  ['pods of an Alertmanager', [...API, monitoring('Alertmanager', {}), budget(labels('alertmanager'))]],
  [
    'labels that a Prometheus gives its pods',
    [...API, monitoring('Prometheus', { podMetadata: { labels: { team: 'ops' } } }), budget({ team: 'ops' })],
  ],
  [
    'the pods of a Rollout',
    [{ ...deployment('api'), apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }, service('api')],
  ],
  [
    'the pods of a LeaderWorkerSet',
    [
      ...API,
      object('leaderworkerset.x-k8s.io/v1', 'LeaderWorkerSet', 'llm', {
        spec: { leaderWorkerTemplate: { workerTemplate: { metadata: { labels: { app: 'llm' } } } } },
      }),
      service('llm'),
      budget({ 'leaderworkerset.sigs.k8s.io/name': 'llm' }),
    ],
  ],
  ["the pods of cert-manager's solvers", [...API, policy({ 'acme.cert-manager.io/http01-solver': 'true' })]],
  [
    'the same by an expression',
    [
      ...API,
      object('networking.k8s.io/v1', 'NetworkPolicy', 'p', {
        spec: {
          podSelector: { matchExpressions: [{ key: 'acme.cert-manager.io/http01-solver', operator: 'Exists' }] },
          ingress: [{}],
        },
      }),
    ],
  ],
  [
    'pods of operators with groups of k8s.io',
    [...API, object('sparkoperator.k8s.io/v1beta2', 'SparkApplication', 's'), budget({ 'spark-role': 'driver' })],
  ],
  [
    'the pods of Workflows on a schedule',
    [
      ...API,
      object('argoproj.io/v1alpha1', 'CronWorkflow', 'w', { spec: {} }),
      budget({ 'workflows.argoproj.io/cron-workflow': 'w' }),
    ],
  ],
  [
    'the pods of a ScaledJob',
    [
      {
        ...object('keda.sh/v1alpha1', 'ScaledJob', 'worker'),
        spec: {
          jobTargetRef: { template: { metadata: { labels: { app: 'worker' } }, spec: job('x').spec.template.spec } },
          triggers: [
            { type: 'cron', metadata: { timezone: 'UTC', start: '0 8 * * *', end: '0 9 * * *', desiredReplicas: '2' } },
          ],
        },
      },
      budget({ app: 'worker' }),
    ],
  ],
  [
    'Ingresses of two classes in the older annotation',
    [
      ...API,
      deployment('web'),
      service('web'),
      ingress('api', { 'kubernetes.io/ingress.class': 'a' }),
      ingress('web', { 'kubernetes.io/ingress.class': 'b' }),
    ],
  ],
  [
    "an action of AWS's load balancer in place of a Service",
    [
      named(
        'Ingress',
        'i',
        { defaultBackend: { service: { name: 'to-https', port: { name: 'use-annotation' } } } },
        'networking.k8s.io/v1',
      ),
    ],
  ],
  [
    'a Service that monitoring has for the control plane',
    [
      {
        ...service('scheduler', { selector: { component: 'kube-scheduler' } }),
        metadata: { name: 'scheduler', namespace: 'kube-system' },
      },
      { ...deployment('other'), metadata: { name: 'other', namespace: 'kube-system' } },
    ],
  ],
  [
    'a monitor of the control plane',
    [
      ...API,
      monitoring('ServiceMonitor', {
        selector: { matchLabels: { 'app.kubernetes.io/name': 'kube-controller-manager' } },
        namespaceSelector: { matchNames: ['kube-system'] },
        endpoints: [{ port: 'https-metrics' }],
      }),
    ],
  ],
  [
    'resources of the pod, counted by a quota and a LimitRange',
    [
      deployment(
        'api',
        podSpec(
          { resources: { requests: { cpu: '1', memory: '256Mi' }, limits: { cpu: '1', memory: '256Mi' } } },
          container({ resources: undefined }),
        ),
      ),
      service('api'),
      object('v1', 'ResourceQuota', 'q', { spec: { hard: { 'requests.cpu': '4', 'limits.memory': '2Gi' } } }),
      object('v1', 'LimitRange', 'l', { spec: { limits: [{ type: 'Pod', max: { memory: '1Gi' } }] } }),
    ],
  ],
  [
    'a field of a file in a variable',
    withContainer({
      env: [{ name: 'LEVEL', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'settings', key: 'LEVEL' } } }],
    }).map((one: Any) => {
      const { spec } = one.spec.template ?? {};
      if (spec !== undefined) spec.volumes = [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }];
      return one;
    }),
  ],
  [
    'hooks of Helm in the order of their weights',
    [
      object('v1', 'ConfigMap', 'settings', { data: { A: 'b' } }),
      job('migrate', {}, { annotations: { 'helm.sh/hook': 'post-install', 'helm.sh/hook-weight': '5' } }),
    ],
  ],
  [
    'pods that an unknown operator may make',
    [...API, object('example.com/v1', 'Ship', 's'), service('ship'), budget({ app: 'ship' }), policy({ app: 'ship' })],
  ],
  [
    'a generator of the cluster',
    [
      {
        apiVersion: 'generators.external-secrets.io/v1alpha1',
        kind: 'ClusterGenerator',
        metadata: { name: 'pw' },
        spec: {
          kind: 'Password',
          generator: { passwordSpec: { length: 24, allowRepeat: true, noUpper: false } },
        },
      },
      named(
        'ExternalSecret',
        's',
        {
          refreshInterval: '1h',
          target: { name: 's' },
          dataFrom: [
            {
              sourceRef: {
                generatorRef: {
                  apiVersion: 'generators.external-secrets.io/v1alpha1',
                  kind: 'ClusterGenerator',
                  name: 'pw',
                },
              },
            },
          ],
        },
        'external-secrets.io/v1',
      ),
    ],
  ],
  [
    'the Service of the API server',
    [
      monitoring('ServiceMonitor', {
        selector: { matchLabels: { component: 'apiserver', provider: 'kubernetes' } },
        namespaceSelector: { matchNames: ['default'] },
        endpoints: [{ port: 'https' }],
      }),
      ...API,
    ],
  ],
  ['one Service and one budget over several workloads', twoWorkloads()],
  [
    'a canary Ingress',
    [
      ...API,
      deployment('canary'),
      service('canary'),
      ingress('api'),
      ingress('canary', { 'nginx.ingress.kubernetes.io/canary': 'true' }),
    ],
  ],
  ['two routes on two ports of a Gateway', [...API, GATEWAY, route('a', { port: 8080 }), route('b', { port: 8081 })]],
  [
    'resources of the pod',
    [
      deployment('api', podSpec({ resources: container().resources }, container({ resources: undefined }))),
      service('api'),
    ],
  ],
  ['a shell variable', command('bash', '-c', 'mysqladmin -uroot -p$MYSQL_ROOT_PASSWORD ping')],
  ['a shell variable in braces', command('sh', '-c', `redis-cli -a \${REDIS_PASSWORD} ping`)],
  [
    'the name of a Secret',
    withContainer({
      env: [
        { name: 'TLS_SECRET', value: 'shop-tls' },
        { name: 'PULL_SECRETS', value: 'registry-credentials' },
      ],
    }),
  ],
  ['a Service without a selector', [named('Service', 'legacy', { ports: [{ name: 'pg', port: 5432 }] }), ...API]],
  ['a workload scaled to zero', [deployment('api', podSpec(), { replicas: 0 }), service('api')]],
  [
    'a hook after the sync, in an early wave',
    [
      job(
        'smoke',
        {},
        { annotations: { 'argocd.argoproj.io/hook': 'PostSync', 'argocd.argoproj.io/sync-wave': '-5' } },
      ),
    ],
  ],
])('nothing is wrong with %s', (_, objects) => {
  expect(told(objects, GIVEN)).toEqual([]);
});

test('what an operator may make is asked for, and not called wrong', () => {
  expect(told([...API, object('example.com/v1', 'Ship', 's'), budget({ app: 'ship' })], [], 'policy')).toEqual([
    'policy: references: PodDisruptionBudget default/b: spec.selector: given app=ship, which matches nothing in namespace default; if an operator makes these pods, as of Ship default/s, say what makes them: --given Pod/default/NAME?LABEL=VALUE',
  ]);
});

test('the same without an operator is wrong, and where no pod of the namespace is known it is a risk', () => {
  expect(told([...API, budget({ app: 'ship' })])).toEqual([
    expect.stringMatching(/^broken: references: .*expected the labels of pods; correct them$/),
  ]);
  expect(told([budget({ app: 'ship' })])).toEqual([
    expect.stringMatching(/^risk: references: .*or say what is there already: --given Pod/),
  ]);
});

test('the reasons for probes are true', () => {
  const none = { startupProbe: undefined, livenessProbe: undefined, readinessProbe: undefined };
  expect(told(withContainer({ ...none, livenessProbe: container().livenessProbe }), [], 'policy')).toEqual([
    expect.stringMatching(/startupProbe: given none, expected one, so that a slow start is not taken for a hang$/),
    expect.stringMatching(
      /readinessProbe: given none, expected one, so that a rollout and Services wait until the pod answers$/,
    ),
  ]);
});

test('an issuer that is not known, whose solvers a policy would isolate, is a hint', () => {
  const edge = {
    ...ingress('api', { 'cert-manager.io/cluster-issuer': 'le' }),
  } as Any;
  edge.spec.tls = [{ hosts: ['shop.example.com'], secretName: 'tls' }];
  const closed = object('networking.k8s.io/v1', 'NetworkPolicy', 'all', {
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 8080 }] }] },
  });
  const given = [{ kind: 'ClusterIssuer', name: 'le' }];
  expect(told([...API, edge], given, 'policy')).toEqual([]);
  expect(told([...API, edge, closed], given, 'policy')).toEqual([
    expect.stringMatching(
      /^policy: certificates: Ingress default\/api: spec\.tls\[0\]\.hosts\[0\]: given shop\.example\.com of ClusterIssuer le, which is not here/,
    ),
  ]);
});

test('a volume that a claim template replaces needs no claim', () => {
  const named = (name: string) =>
    statefulSet('db', podSpec({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }), {
      volumeClaimTemplates: [
        { metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      ],
    });
  const claims = (name: string) => told([named(name)]).filter((line) => line.includes('claimName'));
  expect(claims('data')).toEqual([]);
  expect(claims('other')).toHaveLength(1);
});

test('the selector of a duplicate workload is not told beside its name', () => {
  const shared = (other: string) => told([deployment('api'), deployment(other, podSpec(), deployment('api').spec)]);
  const selectors = (lines: string[]) => lines.filter((line) => line.includes('match as well'));
  expect(selectors(shared('api'))).toEqual([]);
  expect(selectors(shared('web'))).not.toEqual([]);
});

test('the name of a port in two containers is a risk, and in one container broken', () => {
  const port = (containerPort: number) => ({ name: 'http', containerPort });
  const twice = (containers: object[]) =>
    told([deployment('api', podSpec({ containers }))]).filter(
      (line) => line.includes('which ') && line.includes('has already'),
    );
  const other = { ...container({ ports: [port(81)] }), name: 'other' };
  expect(twice([container({ ports: [port(80)] }), other])[0]).toMatch(/^risk: identity/);
  expect(twice([container({ ports: [port(80), port(81)] })])[0]).toMatch(/^broken: identity/);
});

test('metrics of the older version of autoscalers are not read as the newer ones', () => {
  const scaler = object('autoscaling/v2beta1', 'HorizontalPodAutoscaler', 'h', {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' },
      maxReplicas: 2,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', targetAverageUtilization: 50 } }],
    },
  });
  const lines = told([deployment('api', podSpec(), { replicas: undefined }), scaler]);
  expect(lines).toContainEqual(expect.stringContaining('api-versions'));
  expect(lines.filter((line) => line.includes('no target'))).toEqual([]);
});

test('a StatefulSet without its Service runs: a risk', () => {
  expect(told([statefulSet('db')])).toEqual([
    expect.stringMatching(/^risk: references: .*spec\.serviceName: given "db"/),
  ]);
});
