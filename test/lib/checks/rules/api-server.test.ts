import { apiServer } from '../../../../lib/checks/rules/api-server';
import type { Any } from '../../../support';
import { describeRule } from '../manifests';
import { container, deployment, job, object, podSpec, service, statefulSet, told } from '../right';

describeRule(apiServer);

const POD = 'spec.template.spec';
const BOX = `${POD}.containers.0`;

const cron = (): Any =>
  object('batch/v1', 'CronJob', 'night', {
    spec: {
      schedule: '0 3 * * *',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 600,
      jobTemplate: { spec: job('x').spec },
    },
  });
const balancer = (): Any =>
  service('api', {
    type: 'LoadBalancer',
    ports: [
      { name: 'a', port: 80, targetPort: 'http' },
      { name: 'b', port: 81, targetPort: 'http' },
    ],
  });
const ingress = (): Any =>
  object('networking.k8s.io/v1', 'Ingress', 'api', {
    spec: {
      tls: [{ hosts: ['shop.example.com'] }],
      rules: [
        {
          host: 'shop.example.com',
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'api', port: { number: 80 } } } }],
          },
        },
      ],
    },
  });
const policy = (): Any =>
  object('networking.k8s.io/v1', 'NetworkPolicy', 'api', {
    spec: {
      podSelector: { matchLabels: { app: 'api' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080 }] }],
    },
  });
const autoscaler = (): Any =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', 'api', {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
  });
const budget = (): Any =>
  object('policy/v1', 'PodDisruptionBudget', 'api', {
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'api' } } },
  });
const claim = (): Any =>
  object('v1', 'PersistentVolumeClaim', 'data', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
const config = (): Any => object('v1', 'ConfigMap', 'settings', { data: { a: 'b' }, binaryData: { c: 'YQ==' } });
const secret = (type: string, stringData: object): Any => object('v1', 'Secret', 'keys', { type, stringData });
const role = (): Any =>
  object('rbac.authorization.k8s.io/v1', 'Role', 'api', {
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  });
const binding = (): Any =>
  object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'api', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'api' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  });
const limits = (): Any =>
  object('v1', 'LimitRange', 'l', {
    spec: { limits: [{ type: 'Container', default: { memory: '1Gi' }, max: { memory: '2Gi' } }] },
  });
const gateway = (): Any =>
  object('gateway.networking.k8s.io/v1', 'Gateway', 'g', {
    spec: { gatewayClassName: 'c', listeners: [{ name: 'a', port: 80, protocol: 'HTTP' }] },
  });
const api = (): Any => deployment('api');
const set = (): Any => statefulSet('api');
const once = (): Any => job('api');

const volume = (fields: object) => [{ name: 'x', ...fields }];
const GONE = Symbol('gone');

/** What is changed in a right object, and the field that the rule names, if it is another. */
type Mutation = readonly [make: () => Any, path: string, value: unknown, told?: string];

const MUTATIONS: readonly Mutation[] = [
  // containers
  [api, `${BOX}.resources.requests`, { cpu: '100m', memory: '64Mi', 'nvidia.com/gpu': 1 }],
  [api, `${BOX}.resources.limits.ram`, '1Gi', `${BOX}.resources.limits`],
  [api, `${BOX}.resources.limits.memory`, '-1Gi', `${BOX}.resources.limits`],
  [
    api,
    `${BOX}.ports`,
    [
      { name: 'http', containerPort: 8080, hostPort: 80 },
      { containerPort: 8081, hostPort: 80 },
    ],
    `${POD}.containers`,
  ],
  [api, `${BOX}.ports.0.containerPort`, 70000],
  [api, `${BOX}.readinessProbe.timeoutSeconds`, -1],
  [api, `${BOX}.readinessProbe.httpGet.port`, 70000],
  [api, `${BOX}.readinessProbe`, { exec: {} }, `${BOX}.readinessProbe.exec.command`],
  [api, `${BOX}.readinessProbe.terminationGracePeriodSeconds`, 10],
  [
    api,
    `${BOX}.lifecycle`,
    { preStop: { exec: { command: ['a'] }, sleep: { seconds: 1 } } },
    `${BOX}.lifecycle.preStop`,
  ],
  [api, `${BOX}.image`, ''],
  [api, `${BOX}.securityContext.privileged`, true, `${BOX}.securityContext.allowPrivilegeEscalation`],
  ...(
    [
      [{ valueFrom: { fieldRef: { fieldPath: 'metadata.nam' } } }, 'valueFrom.fieldRef.fieldPath'],
      [{ valueFrom: { resourceFieldRef: { resource: 'limits.mem' } } }, 'valueFrom.resourceFieldRef.resource'],
      [{ valueFrom: {} }, 'valueFrom'],
      [{ value: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }, 'valueFrom'],
      [{ valueFrom: { configMapKeyRef: { name: 'c', key: 'a/b' } } }, 'valueFrom.configMapKeyRef.key'],
    ] as const
  ).map(([fields, field]): Mutation => [api, `${BOX}.env`, [{ name: 'A', ...fields }], `${BOX}.env[0].${field}`]),
  [api, `${BOX}.envFrom`, [{}], `${BOX}.envFrom[0]`],
  // pods
  [api, `${BOX}.volumeMounts`, [{ name: 'x', mountPath: '/x', subPath: '/a' }], `${BOX}.volumeMounts[0].subPath`],
  [api, `${POD}.containers`, []],
  [api, `${POD}.volumes`, volume({ emptyDir: {}, configMap: { name: 'c' } }), `${POD}.volumes[0]`],
  [
    api,
    `${POD}.volumes`,
    volume({ configMap: { name: 'c', defaultMode: 777 } }),
    `${POD}.volumes[0].configMap.defaultMode`,
  ],
  [
    api,
    `${POD}.volumes`,
    volume({ configMap: { name: 'c', items: [{ key: 'a', path: '../b' }] } }),
    `${POD}.volumes[0].configMap.items[0].path`,
  ],
  [
    api,
    `${POD}.volumes`,
    volume({ projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 60 } }] } }),
    `${POD}.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds`,
  ],
  [api, `${POD}.initContainers`, [container({ name: 'init', ports: [] })], `${POD}.initContainers[0].startupProbe`],
  [api, `${POD}.restartPolicy`, 'Never'],
  [api, `${POD}.activeDeadlineSeconds`, 60],
  [api, `${POD}.dnsPolicy`, 'None', `${POD}.dnsConfig`],
  [
    () => deployment('api', podSpec({}, container({ ports: [{ containerPort: 8080, hostPort: 80 }] }))),
    `${POD}.hostNetwork`,
    true,
  ],
  [api, `${POD}.readinessGates`, [{ conditionType: 'a b' }], `${POD}.readinessGates[0].conditionType`],
  [api, `${POD}.serviceAccountName`, 'Api'],
  [api, `${POD}.securityContext.sysctls`, [{ name: 'net core', value: '1' }], `${POD}.securityContext.sysctls[0].name`],
  [
    api,
    `${POD}.securityContext.seccompProfile`,
    { type: 'Localhost' },
    `${POD}.securityContext.seccompProfile.localhostProfile`,
  ],
  [api, `${POD}.tolerations`, [{ key: 'a', operator: 'Exists', value: 'b' }], `${POD}.tolerations[0].value`],
  [api, `${POD}.tolerations`, [{ operator: 'Equal', value: 'b' }], `${POD}.tolerations[0]`],
  [api, `${POD}.os`, { name: 'windows' }, `${POD}.securityContext.seccompProfile`],
  [
    api,
    `${POD}.topologySpreadConstraints`,
    [
      {
        maxSkew: 0,
        topologyKey: 'a',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'api' } },
      },
    ],
    `${POD}.topologySpreadConstraints[0].maxSkew`,
  ],
  [
    api,
    `${POD}.affinity`,
    {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In' }] }],
        },
      },
    },
    `${POD}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0]`,
  ],
  [
    api,
    `${POD}.affinity`,
    {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 500, podAffinityTerm: { topologyKey: 'a', labelSelector: { matchLabels: { app: 'api' } } } },
        ],
      },
    },
    `${POD}.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight`,
  ],
  // workloads
  [api, 'spec.minReadySeconds', 700, 'spec.progressDeadlineSeconds'],
  [api, 'spec.replicas', -1],
  [api, 'spec.strategy', { type: 'Recreate', rollingUpdate: { maxSurge: 1 } }, 'spec.strategy.rollingUpdate'],
  [api, 'spec.strategy', { rollingUpdate: { maxUnavailable: '101%' } }, 'spec.strategy.rollingUpdate.maxUnavailable'],
  [api, 'metadata.finalizers', ['x'], 'metadata.finalizers[0]'],
  [set, 'spec.updateStrategy', { type: 'Recreate' }, 'spec.updateStrategy.type'],
  [set, 'spec.podManagementPolicy', 'parallel'],
  [once, 'spec.backoffLimit', -1],
  [once, 'spec.ttlSecondsAfterFinished', -1],
  [once, 'spec.selector', { matchLabels: { a: 'b' } }],
  [
    () => job('api', { restartPolicy: 'OnFailure' }),
    'spec.podFailurePolicy',
    { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }] },
  ],
  [
    once,
    'spec.podFailurePolicy',
    { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [0] } }] },
    'spec.podFailurePolicy.rules[0].onExitCodes.values',
  ],
  [once, 'spec.backoffLimitPerIndex', 1],
  ...['Local', 'Europe/Belrin', '', 'UTC+1'].map((zone): Mutation => [cron, 'spec.timeZone', zone]),
  ...['@every day', 'TZ=Etc/UTC 0 3 * * *', 'CRON_TZ=Etc/UTC 0 3 * * *'].map(
    (schedule): Mutation => [cron, 'spec.schedule', schedule],
  ),
  [cron, 'spec.successfulJobsHistoryLimit', -1],
  [autoscaler, 'spec.metrics.0.type', 'resource'],
  [autoscaler, 'spec.metrics.0.resource.target.averageValue', '1', 'spec.metrics[0].resource.target'],
  [autoscaler, 'spec.metrics.0.type', 'Pods', 'spec.metrics[0]'],
  [budget, 'spec.maxUnavailable', '101%'],
  // networks
  [balancer, 'spec.ports.0.name', GONE, 'spec.ports'],
  [balancer, 'spec.ports.1.port', 80, 'spec.ports'],
  [balancer, 'spec.ports.0.targetPort', 70000],
  [balancer, 'spec.ports', []],
  [balancer, 'spec.clusterIP', 'none'],
  [balancer, 'spec.clusterIP', 'None'],
  [balancer, 'spec.loadBalancerSourceRanges', ['10.0.0.0'], 'spec.loadBalancerSourceRanges[0]'],
  [() => service('api'), 'spec.externalTrafficPolicy', 'Local'],
  [() => service('api'), 'spec.ports.0.nodePort', 30080, 'spec.type'],
  [() => service('api'), 'spec.loadBalancerClass', 'example.com/x'],
  [() => service('api'), 'spec.type', 'ExternalName', 'spec.externalName'],
  ...['10.0.0.1', 'shop.example.com:8080', 'https://shop.example.com', 'a.*.example.com', '*', 'Shop.example.com'].map(
    (host): Mutation => [ingress, 'spec.rules.0.host', host],
  ),
  [ingress, 'spec.tls.0.hosts.0', 'https://shop.example.com'],
  [ingress, 'spec', {}],
  [ingress, 'spec.rules.0.http.paths.0.path', 'api'],
  [ingress, 'spec.rules.0.http.paths.0.path', '/a//b'],
  [
    ingress,
    'spec.rules.0.http.paths.0.backend.service.port.name',
    'http',
    'spec.rules[0].http.paths[0].backend.service',
  ],
  [ingress, 'spec.rules.0.http.paths.0.backend.service', GONE, 'spec.rules[0].http.paths[0].backend'],
  [policy, 'spec.ingress.0.ports.0', { port: 'http', endPort: 9000 }, 'spec.ingress[0].ports[0].endPort'],
  [policy, 'spec.ingress.0.ports.0', { port: 8080, endPort: 80 }, 'spec.ingress[0].ports[0].endPort'],
  [policy, 'spec.ingress.0.ports.0.port', 0],
  [
    policy,
    'spec.ingress.0.from.0',
    { ipBlock: { cidr: '10.0.0.0/8', except: ['192.168.0.0/16'] } },
    'spec.ingress[0].from[0].ipBlock',
  ],
  [
    policy,
    'spec.ingress.0.from.0',
    { ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } },
    'spec.ingress[0].from[0].ipBlock',
  ],
  [policy, 'spec.ingress.0.from.0', { ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }],
  [policy, 'spec.ingress.0.from.0', {}],
  [
    policy,
    'spec.podSelector',
    { matchExpressions: [{ key: 'a', operator: 'In' }] },
    'spec.podSelector.matchExpressions[0]',
  ],
  // others
  [config, 'data', { 'a/b': 'c' }],
  [config, 'data', { c: 'd' }],
  [() => secret('kubernetes.io/basic-auth', { password: 'b' }), 'stringData', { a: 'b' }, 'type'],
  [() => secret('kubernetes.io/tls', { 'tls.crt': 'a', 'tls.key': 'b' }), 'stringData', { 'tls.crt': 'a' }, 'type'],
  [
    () => secret('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': '{}' }),
    'stringData',
    { '.dockerconfigjson': 'x' },
    'type',
  ],
  [claim, 'spec.accessModes', ['ReadWriteOncePod', 'ReadWriteOnce']],
  [role, 'rules.0.nonResourceURLs', ['/x']],
  [role, 'rules.0.verbs', []],
  [role, 'rules.0.apiGroups', [], 'rules[0]'],
  [binding, 'roleRef.kind', 'role'],
  [
    () => ({
      ...binding(),
      kind: 'ClusterRoleBinding',
      metadata: { name: 'api' },
      roleRef: { kind: 'ClusterRole', name: 'api' },
    }),
    'subjects.0',
    { kind: 'ServiceAccount', name: 'default' },
    'subjects[0].namespace',
  ],
  [limits, 'spec.limits.0.defaultRequest', { memory: '3Gi' }],
  [limits, 'spec.limits.0.default', { memory: '3Gi' }],
];

/** `spec.a[0].b` for `spec.a.0.b`. */
const shown = (path: string): string => path.replace(/\.(\d+)/g, '[$1]');

function changed(make: () => Any, path: string, value: unknown): Any {
  const copy = make();
  const keys = path.split('.');
  const last = keys.pop() as string;
  const holder = keys.reduce((here, key) => here[key], copy);
  if (value === GONE) delete holder[last];
  else holder[last] = value;
  return copy;
}

const refusedFields = (object: Any): string[] =>
  told([object])
    .filter((line) => line.startsWith('broken: api-server: '))
    .map((line) => line.split(': ')[3] as string);

test.each(
  MUTATIONS.map(
    ([make, path, value, field]) =>
      [make().kind, path, String(JSON.stringify(value)).slice(0, 60), make, value, field] as const,
  ),
)('%s: %s: %s is refused', (_, path, __, make, value, field) => {
  expect(refusedFields(make())).toEqual([]);
  expect(refusedFields(changed(make, path, value))).toContain(field === undefined ? shown(path) : shown(field));
});

test.each<[string, Any]>([
  ['a CPU limit in Mi', changed(api, `${BOX}.resources.limits.cpu`, '500Mi')],
  ['memory without a unit', changed(api, `${BOX}.resources`, { limits: { memory: '128', cpu: 1 } })],
  ['an image with capitals', changed(api, `${BOX}.image`, 'example.com/Api:1')],
  ['a colon in a path', changed(api, `${POD}.volumes`, volume({ emptyDir: { medium: 'memory' } }))],
  ['a variable that is not defined', changed(api, `${BOX}.env`, [{ name: 'URL', value: 'http://$(HOST)/' }])],
  ['a long name of a Service port', changed(() => service('api'), 'spec.ports.0.name', 'a-very-long-port-name')],
  ['an indexed Job without completions', changed(once, 'spec.completionMode', 'Indexed')],
  [
    'a ServiceAccount without a namespace in a RoleBinding',
    changed(binding, 'subjects.0', { kind: 'ServiceAccount', name: 'default' }),
  ],
  ['a policy without a selector', changed(policy, 'spec.podSelector', GONE)],
  ['HTTPS without tls', changed(gateway, 'spec.listeners.0.protocol', 'HTTPS')],
  ['empty texts that mean the default', changed(set, 'spec.podManagementPolicy', '')],
  ['port 0, which means the port of the Service', changed(() => service('api'), 'spec.ports.0.targetPort', 0)],
  ['a headless Service without ports', service('api', { clusterIP: 'None', ports: undefined })],
  ['a time zone', changed(cron, 'spec.timeZone', 'America/Argentina/Buenos_Aires')],
  ['an interval', changed(cron, 'spec.schedule', '@every 1h30m')],
  ['wildcard hosts', changed(ingress, 'spec.rules.0.host', '*.example.com')],
  ['a devices limit alone', changed(api, `${BOX}.resources.limits`, { cpu: 1, memory: '1Gi', 'nvidia.com/gpu': 1 })],
])('%s is accepted', (_, object) => {
  expect(refusedFields(object)).toEqual([]);
});

test.each([64, '512', '2000'])('memory of %s is bytes, with which no container starts: a risk', (memory) => {
  const object = changed(api, `${BOX}.resources`, { requests: { cpu: '1m', memory }, limits: { cpu: 1, memory } });
  expect(told([object])).toContainEqual(
    expect.stringMatching(/risk: api-server: .*limits\.memory: given .* expected a unit/),
  );
});

test('memory in whole bytes is fine', () => {
  const resources = { requests: { cpu: '1m', memory: 134217728 }, limits: { cpu: 1, memory: '268435456' } };
  expect(told([changed(api, `${BOX}.resources`, resources)]).filter((line) => line.includes('api-server'))).toEqual([]);
});

test.each<[string, Any, string]>([
  [
    'thousandths of bytes',
    changed(api, `${BOX}.resources`, { requests: { cpu: '1m', memory: '1m' }, limits: { cpu: 1, memory: '400m' } }),
    `${BOX}.resources.limits.memory`,
  ],
  [
    'a negative grace period',
    changed(api, `${POD}.terminationGracePeriodSeconds`, -5),
    `${POD}.terminationGracePeriodSeconds`,
  ],
  [
    'a spread without a selector',
    changed(api, `${POD}.topologySpreadConstraints`, [
      { maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' },
    ]),
    `${POD}.topologySpreadConstraints[0].labelSelector`,
  ],
])('of %s the API server warns, so that it is a risk', (_, object, field) => {
  expect(told([object])).toContainEqual(
    expect.stringContaining(`risk: api-server: Deployment default/api: ${shown(field)}: `),
  );
});

test('what holds a pod without containers is told', () => {
  expect(
    refusedFields({ ...api(), spec: { ...api().spec, template: { metadata: { labels: { app: 'api' } } } } }),
  ).toContain('spec.template.spec');
  expect(podSpec().containers).toHaveLength(1);
});
