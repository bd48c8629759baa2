import { check } from '../../../../lib/checks/check';
import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import { apiServer } from '../../../../lib/checks/rules/api-server';
import { schema as rule } from '../../../../lib/checks/rules/schema';
import type { ManifestObject } from '../../../../lib/manifests/object';
import type { Any } from '../../../support';
import { describeRule, findings, fixture, parse } from '../manifests';

const judge = (...objects: ManifestObject[]) =>
  rule.judge(new ClusterIndex(objects)).map(({ path, message }) => `${path}: ${message}`);

const found = (text: string) => judge(...parse(text));

const head = (apiVersion: string, kind: string, name = 'api') => `apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: ${name}, namespace: shop }
`;

const deployment = (container: string, spec = '') => `${head('apps/v1', 'Deployment')}spec:
  ${spec}
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers: [{ name: api, image: "example.com/api:v1", ${container} }]
`;

const CONTAINER = 'spec.template.spec.containers[0]';

test.each([
  deployment('ports: [{ containerPort: 80, name: http }], resources: { limits: { cpu: 1, memory: 1.5Gi } }'),
  deployment('env: [{ name: A }, { name: B, value: "1" }], livenessProbe: { httpGet: { port: http, path: / } }'),
  deployment('livenessProbe: { tcpSocket: { port: 80 } }, imagePullPolicy: ""', 'replicas: null'),
  deployment('lifecycle: { preStop: { sleep: { seconds: 5 } }, postStart: { sleep: { seconds: 1 } } }'),
  deployment('', 'strategy: { rollingUpdate: { maxSurge: 25%, maxUnavailable: 0 } }'),
  `${head('v1', 'ConfigMap')}data: { PORT: "5432" }\nbinaryData: { a: aGVsbG8= }\nimmutable: true\n`,
  `${head('v1', 'Secret')}data: { a: "aGVs\\nbG8=", b: "" }\nstringData: { c: plain }\n`,
  `${head('v1', 'Service')}spec: { ports: [{ port: 80, targetPort: http }], selector: { app: api } }\nstatus: { any: 1 }\n`,
  'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, creationTimestamp: null, labels: null }\n',
  `${head('v1', 'Event')}involvedObject: {}\nfirstTimestamp: 2030-01-31T12:00:00Z\neventTime: "2030-01-31T12:00:00.000000Z"\n`,
  `${head('external-secrets.io/v1', 'ExternalSecret')}spec: { secretStoreRef: { name: a }, dataFrom: [{ extract: { key: a } }] }\n`,
  `${head('external-secrets.io/v1', 'SecretStore')}spec: { provider: { gcpsm: { projectID: a } } }\n`,
  `${head('example.com/v1', 'Widget')}spec: { anything: [goes] }\n`,
  `${head('extensions/v1beta1', 'Ingress')}spec: { anything: [goes] }\n`,
])('valid %#', (text) => {
  expect(found(text)).toEqual([]);
});

const ingress = (path: string) => `${head('networking.k8s.io/v1', 'Ingress')}spec:
  rules: [{ host: a.example.com, http: { paths: [{ ${path} }] } }]
`;

test.each([
  // Unknown fields, with the nearest known one.
  [deployment('', 'replica: 2'), 'spec.replica: given an unknown field, expected replicas'],
  [deployment('envs: []'), `${CONTAINER}.envs: given an unknown field, expected env`],
  [deployment('livenessprobe: {}'), `${CONTAINER}.livenessprobe: given an unknown field, expected livenessProbe`],
  [deployment('quuxify: 1'), `${CONTAINER}.quuxify: given an unknown field, expected none of that name; remove it`],
  [`${head('v1', 'ConfigMap')}spec: {}\n`, 'spec: given an unknown field, expected none of that name'],
  [`${head('v1', 'ConfigMap')}constructor: {}\n`, 'constructor: given an unknown field'],
  [`${head('v1', 'ConfigMap')}"a b": {}\n`, '["a b"]: given an unknown field'],
  [
    deployment('lifecycle: { preStop: { sleep: { second: 5 } } }'),
    `${CONTAINER}.lifecycle.preStop.sleep.second: given an unknown field, expected seconds`,
  ],
  // Wrong types.
  [
    deployment('lifecycle: { postStart: { sleep: { seconds: 5s } } }'),
    `${CONTAINER}.lifecycle.postStart.sleep.seconds: given "5s", expected a whole number`,
  ],
  [
    deployment('ports: [{ containerPort: "80" }]'),
    `${CONTAINER}.ports[0].containerPort: given "80", expected a whole number; leave out the quotes`,
  ],
  [deployment('', 'replicas: 1.5'), 'spec.replicas: given 1.5, expected a whole number'],
  [deployment('', 'replicas: 3000000000'), 'spec.replicas: given 3000000000, expected a whole number of 32 bits'],
  [deployment('tty: "yes"'), `${CONTAINER}.tty: given "yes", expected true or false; leave out the quotes`],
  [deployment('command: sleep'), `${CONTAINER}.command: given "sleep", expected a list`],
  [deployment('resources: []'), `${CONTAINER}.resources: given a list, expected an object`],
  [deployment('args: [--port, 80]'), `${CONTAINER}.args[1]: given 80, expected text; put it in quotes`],
  [deployment('args: [null]'), `${CONTAINER}.args[0]: given nothing, expected text`],
  [deployment('env: [null]'), `${CONTAINER}.env[0].name: given nothing, expected a value, which is required`],
  [deployment('workingDir: { a: 1 }'), `${CONTAINER}.workingDir: given an object, expected text`],
  [
    deployment('env: [{ name: DEBUG, value: true }]'),
    `${CONTAINER}.env[0].value: given true, expected text; put it in quotes`,
  ],
  // Text for every key.
  [`${head('v1', 'ConfigMap')}data: { PORT: 5432 }\n`, 'data.PORT: given 5432, expected text; put it in quotes'],
  [`${head('v1', 'ConfigMap')}data: { a.conf: { b: 1 } }\n`, 'data["a.conf"]: given an object, expected text'],
  [`${head('v1', 'ConfigMap')}data: { EMPTY: null }\n`, 'data.EMPTY: given nothing, expected text'],
  [
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: a, labels: { "example.com/tier": 1 } }\n',
    'metadata.labels["example.com/tier"]: given 1, expected text; put it in quotes',
  ],
  [
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: a, annotations: { a: false } }\n',
    'metadata.annotations.a: given false, expected text; put it in quotes',
  ],
  // A number or text.
  [
    deployment('livenessProbe: { tcpSocket: { port: true } }'),
    `${CONTAINER}.livenessProbe.tcpSocket.port: given true, expected a whole number or text`,
  ],
  // Quantities.
  [
    deployment('resources: { limits: { memory: 128MB } }'),
    `${CONTAINER}.resources.limits.memory: given "128MB", expected a quantity such as 500m or 1Gi`,
  ],
  [
    deployment('resources: { limits: { cpu: [1] } }'),
    `${CONTAINER}.resources.limits.cpu: given a list, expected a quantity`,
  ],
  // Base64. Values of Secrets are not shown.
  [`${head('v1', 'Secret')}data: { a: pass!word }\n`, 'data.a: given text that is not base64, expected base64'],
  [`${head('v1', 'Secret')}data: { a: abc }\n`, 'data.a: given text that is not base64'],
  [`${head('v1', 'Secret')}stringData: { a: 5432 }\n`, 'stringData.a: given a number, expected text; put it in quotes'],
  // Times.
  [
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: a, creationTimestamp: yesterday }\n',
    'metadata.creationTimestamp: given "yesterday", expected a time such as',
  ],
  // Choices.
  [
    deployment('imagePullPolicy: always'),
    `${CONTAINER}.imagePullPolicy: given "always", expected one of Always, IfNotPresent, Never; did you mean Always?`,
  ],
  [
    `${head('v1', 'PersistentVolumeClaim')}spec: { accessModes: [ReadWriteOnly] }\n`,
    'spec.accessModes[0]: given "ReadWriteOnly", expected one of ReadOnlyMany',
  ],
  [
    `${head('v1', 'Service')}spec: { type: Loadbalancer }\n`,
    'spec.type: given "Loadbalancer", expected one of ClusterIP, ExternalName, LoadBalancer, NodePort; did you mean LoadBalancer?',
  ],
  // What must be there.
  [
    `${head('apps/v1', 'Deployment')}spec: { template: {} }\n`,
    'spec.selector: given nothing, expected a value, which is required',
  ],
  [deployment('ports: [{ name: http }]'), `${CONTAINER}.ports[0].containerPort: given nothing, expected a value`],
  [
    ingress('path: /, backend: { service: { name: a, port: { number: 80 } } }'),
    'spec.rules[0].http.paths[0].pathType: given nothing',
  ],
  [ingress('path: /, pathType: Prefix, backend: null'), 'spec.rules[0].http.paths[0].backend: given nothing'],
  // Custom resources.
  [
    `${head('external-secrets.io/v1', 'ExternalSecret')}spec: { secretStoreRef: { nam: a } }\n`,
    'spec.secretStoreRef.nam: given an unknown field, expected name',
  ],
  [
    `${head('external-secrets.io/v1', 'ExternalSecret')}spec: { target: { creationPolicy: Always } }\n`,
    'spec.target.creationPolicy: given "Always", expected one of',
  ],
  [
    `${head('external-secrets.io/v1', 'ExternalSecret')}spec: { secretStoreRef: { name: Not_a_name } }\n`,
    'spec.secretStoreRef.name: given "Not_a_name", expected text that matches',
  ],
  [
    `${head('external-secrets.io/v1', 'SecretStore')}spec: { provider: { aws: {}, vault: { server: a } } }\n`,
    'spec.provider: given 2 fields, expected at most 1',
  ],
  [
    'apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: { name: a, label: {} }\nspec: { provider: {} }\n',
    'metadata.label: given an unknown field, expected labels',
  ],
])('invalid %#: %s', (text, message) => {
  expect(found(text)).toEqual(expect.arrayContaining([expect.stringContaining(message)]));
});

test('all violations are reported, in the order of the object', () => {
  expect(findings(rule, parse(deployment('imagePullPolicy: 1, stdinn: true', 'replicas: "2"')))).toEqual([
    'Deployment shop/api: spec.replicas: given "2", expected a whole number; leave out the quotes',
    `Deployment shop/api: ${CONTAINER}.imagePullPolicy: given 1, expected text; put it in quotes`,
    `Deployment shop/api: ${CONTAINER}.stdinn: given an unknown field, expected stdin`,
  ]);
});

describeRule(rule, [deployment('ports: [{ containerPort: 80 }]')]);

const nested = (levels: number, wrap: (inner: Any) => Any, inner: Any = {}): Any => {
  let value = inner;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
};

test('what is nested 10,000 levels deep ends with a violation, or is not looked at', () => {
  const definition = (openAPIV3Schema: Any): Any => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  });
  expect(judge(definition(nested(50, (a) => ({ type: 'object', properties: { a } }))))).toEqual([]);
  expect(judge(definition(nested(10_000, (a) => ({ type: 'object', properties: { a } }))))).toEqual([
    expect.stringContaining('given more than 400 levels, expected fewer'),
  ]);
  const [config] = parse(`${head('v1', 'ConfigMap')}data: {}\n`) as Any[];
  for (const deep of [nested(10_000, (a) => [a]), nested(10_000, (a) => ({ a }))]) {
    expect(judge({ ...config, data: { deep } })).toEqual([expect.stringMatching(/^data\.deep: .*expected text$/)]);
    expect(judge({ ...config, deep })).toEqual([expect.stringContaining('given an unknown field')]);
    expect(judge({ ...config, apiVersion: deep })).toEqual([]);
  }
});

test('what refers to itself ends', () => {
  const [pod] = parse(`${head('v1', 'Pod')}spec: { containers: [] }\n`) as Any[];
  pod.spec.containers.push(pod.spec.containers, pod);
  pod.metadata.labels = pod;
  expect(() => judge(pod)).not.toThrow();
});

/** Detects when the rule is no longer linear. The benchmark measures it in detail. */
test('5,000 objects are judged in a moment', () => {
  const prod = fixture('prod');
  const many = Array.from({ length: 5000 }, (_, index) => prod[index % prod.length] as ManifestObject);
  const cluster = new ClusterIndex(structuredClone(many));
  const start = performance.now();
  expect(rule.judge(cluster)).toEqual([]);
  // A tenth of a second on an idle machine.
  expect(performance.now() - start).toBeLessThan(10_000);
}, 30_000);

const policy = (block: string) =>
  `${head('networking.k8s.io/v1', 'NetworkPolicy')}spec: { podSelector: {}, egress: [{ to: [{ ipBlock: ${block} }] }] }\n`;
const cron = (schedule: string) => `${head('batch/v1', 'CronJob')}spec:
  schedule: ${JSON.stringify(schedule)}
  jobTemplate: { spec: { template: { spec: { containers: [{ name: a }] } } } }
`;
const scheduled = (schedule: string) => `${head('postgresql.cnpg.io/v1', 'ScheduledBackup')}spec:
  schedule: ${JSON.stringify(schedule)}
  cluster: { name: main }
`;

test.each([
  deployment('livenessProbe: { exec: { command: [a] }, httpGet: null }'),
  deployment('readinessProbe: { grpc: { port: 80 }, successThreshold: 3 }, startupProbe: null'),
  policy('{ cidr: 0.0.0.0/0, except: [10.0.0.0/8, 192.168.1.0/24] }'),
  policy('{ cidr: "2001:db8::/32" }'),
  ...['0 3 * * *', '*/5 0-6 1,15 JAN mon-FRI', '0-59/2 ? 31 12 0,6', '@daily', '59 23 * * 3/2'].map(cron),
  ...['0 0 3 * * *', '@daily', '30 */5 * * * sun'].map(scheduled),
])('what means something passes (%#)', (text) => {
  expect(found(text)).toEqual([]);
});

const TO = 'spec.egress[0].to[0].ipBlock';

test.each([
  [
    deployment('livenessProbe: { periodSeconds: 5 }'),
    `${CONTAINER}.livenessProbe: given none of them, expected exactly one of exec, grpc, httpGet, tcpSocket`,
  ],
  [
    deployment('readinessProbe: { httpGet: { port: 80 }, tcpSocket: { port: 80 } }'),
    `${CONTAINER}.readinessProbe: given httpGet and tcpSocket, expected exactly one`,
  ],
  ...['livenessProbe', 'startupProbe'].map((probe) => [
    deployment(`${probe}: { tcpSocket: { port: 80 }, successThreshold: 2 }`),
    `${CONTAINER}.${probe}.successThreshold: given 2, expected 1`,
  ]),
  ...['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '256.0.0.0/8', '10.0.0.0/08', 'any'].map((cidr) => [
    policy(`{ cidr: "${cidr}" }`),
    `${TO}.cidr: given "${cidr}", expected a block such as 10.0.0.0/8`,
  ]),
  [policy('{ cidr: "2001:db8::/129" }'), `${TO}.cidr: given "2001:db8::/129"`],
  [policy('{ cidr: 10.0.0.0/8, except: [10.1.0.0/99] }'), `${TO}.except[0]: given "10.1.0.0/99"`],
  [cron('60 * * * *'), 'spec.schedule: given "60" as the minute, expected 0 to 59'],
  [cron('0 24 * * *'), 'spec.schedule: given "24" as the hour, expected 0 to 23'],
  [cron('0 0 0 * *'), 'spec.schedule: given "0" as the day of the month, expected 1 to 31'],
  [cron('0 0 * 13 *'), 'spec.schedule: given "13" as the month'],
  [cron('0 0 * * 7'), 'spec.schedule: given "7" as the day of the week, expected 0 to 6'],
  [cron('*/0 0 * * *'), 'spec.schedule: given "*/0" as the minute'],
  [cron('30-10 0 * * *'), 'spec.schedule: given "30-10" as the minute'],
  [cron('0 0 * * mon-fry'), 'spec.schedule: given "mon-fry" as the day of the week'],
  [scheduled('0 3 * * *'), 'spec.schedule: given "0 3 * * *", expected six fields, seconds first'],
  [scheduled('0 0 24 * * *'), 'spec.schedule: given "24" as the hour, expected 0 to 23'],
  [scheduled('60 0 3 * * *'), 'spec.schedule: given "60" as the second, expected 0 to 59'],
])('invalid values are reported (%#)', (text, expected) => {
  expect(found(text)).toEqual([expect.stringContaining(expected)]);
});

test.each([null, 7, 'text', true, [], {}, [null, 7, 'text', []]])('%j in the place of what has a meaning', (odd) => {
  const shapes: Any[] = [
    odd,
    { schedule: odd, ingress: odd, egress: [{ to: [{ ipBlock: odd }, { ipBlock: { cidr: odd, except: odd } }] }] },
  ];
  for (const spec of shapes) {
    for (const [apiVersion, kind] of [
      ['batch/v1', 'CronJob'],
      ['networking.k8s.io/v1', 'NetworkPolicy'],
      ['postgresql.cnpg.io/v1', 'ScheduledBackup'],
    ] as const) {
      expect(() => judge({ apiVersion, kind, metadata: { name: 'a' }, spec })).not.toThrow();
    }
  }
  const containers = [{ livenessProbe: odd, readinessProbe: { exec: odd, successThreshold: odd } }];
  expect(() =>
    judge({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers } } as Any),
  ).not.toThrow();
});

describe('what is larger than the API server takes', () => {
  const sized = (kind: string, fields: object, annotations = {}) =>
    judge({ apiVersion: 'v1', kind, metadata: { name: 'api', namespace: 'shop', annotations }, ...fields } as Any);
  const MIB = 1024 * 1024;

  test('is reported for the values of a ConfigMap and of a Secret, in bytes', () => {
    expect(sized('ConfigMap', { data: { a: 'x'.repeat(MIB - 1), b: 'y' } })).toEqual([]);
    expect(sized('ConfigMap', { data: { a: 'é'.repeat(MIB / 2), b: 'y' } })).toEqual([
      'data: given 1048577 bytes, expected at most 1048576; split it into several objects',
    ]);
    const whole = Buffer.alloc(MIB).toString('base64');
    expect(sized('Secret', { type: 'Opaque', data: { a: whole } })).toEqual([]);
    expect(sized('Secret', { type: 'Opaque', data: { a: whole }, stringData: { b: 'x' } })).toHaveLength(1);
  });

  test('is reported for all annotations together', () => {
    expect(sized('ConfigMap', {}, { a: 'x'.repeat(256 * 1024 - 1) })).toEqual([]);
    expect(sized('ConfigMap', {}, { a: 'x'.repeat(256 * 1024 - 1), b: 'y' })).toEqual([
      'metadata.annotations: given 262146 bytes, expected at most 262144 in total',
    ]);
  });
});

test.each([
  ['batch/v1', 'CronJob', '0 3 30 2 *', true],
  ['batch/v1', 'CronJob', '0 3 29 2 *', false],
  ['batch/v1', 'CronJob', '0 3 30 2 mon', false],
  ['postgresql.cnpg.io/v1', 'ScheduledBackup', '0 0 1 31 4 *', true],
  ['postgresql.cnpg.io/v1', 'ScheduledBackup', '0 0 1 31 5 *', false],
])('%s %s with the schedule %s', (apiVersion, kind, schedule, never) => {
  const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: a, namespace: b }\nspec: { schedule: "${schedule}" }\n`;
  expect(findings(rule, parse(text)).some((one) => /a date that no year has/.test(one))).toBe(never);
});

describe('items that a list may have once', () => {
  const of = (apiVersion: string, kind: string, spec: string) => `${head(apiVersion, kind)}spec: ${spec}\n`;
  const levels = (text: string) =>
    rule.judge(new ClusterIndex(parse(text))).map(({ path, level }) => [path, level ?? rule.level]);

  test.each([
    [
      'by a key',
      'monitoring.coreos.com/v1',
      'PrometheusRule',
      '{ groups: [{ name: a }, { name: b }, { name: a }] }',
      'groups[2].name',
    ],
    [
      'as a whole',
      'monitoring.coreos.com/v1',
      'PodMonitor',
      '{ selector: {}, scrapeProtocols: [PrometheusProto, PrometheusProto] }',
      'scrapeProtocols[1]',
    ],
  ])('%s are refused in a custom resource', (_, apiVersion, kind, spec, path) => {
    expect(levels(of(apiVersion, kind, spec))).toEqual([[`spec.${path}`, 'broken']]);
  });

  test.each([
    ['env: [{ name: A }, { name: A }]', 'env[1].name'],
    [
      'ports: [{ containerPort: 80, protocol: TCP }, { containerPort: 80, protocol: TCP }, { containerPort: 80, protocol: UDP }]',
      'ports[1]',
    ],
  ])('are refused by server-side apply alone in a kind of Kubernetes: %s', (container, path) => {
    expect(levels(deployment(container))).toEqual([[`${CONTAINER}.${path}`, 'risk']]);
    expect(found(deployment(container))[0]).toContain('--server-side refuses it');
  });
});

test.each([
  [deployment('args: [null]'), 'risk'],
  [`${head('v1', 'ConfigMap')}data: { EMPTY: null }\n`, 'risk'],
  [`${head('traefik.io/v1alpha1', 'Middleware')}spec: { headers: { customRequestHeaders: { a: null } } }\n`, 'risk'],
  [`${head('traefik.io/v1alpha1', 'IngressRoute')}spec: { routes: [{ match: a }], entryPoints: [null] }\n`, 'broken'],
])('nothing in a list or a mapping (%#) is a %s', (text, level) => {
  const [first, ...others] = rule.judge(new ClusterIndex(parse(text)));
  expect([first?.level ?? rule.level, ...others]).toEqual([level]);
});

const gatewayAddress = (address: string) =>
  `${head('gateway.networking.k8s.io/v1', 'Gateway')}spec:
  gatewayClassName: a
  addresses: [{ ${address} }]
  listeners: [{ name: a, port: 80, protocol: HTTP }]
`;

test('an alternative that is not met is told in words, and not again by a rule', () => {
  for (const right of ['value: 10.0.0.1', 'value: "2001:db8::1"', 'type: Hostname, value: a.example.com'])
    expect(found(gatewayAddress(right))).toEqual([]);
  expect(found(gatewayAddress('value: a.example.com'))).toEqual([
    'spec.addresses[0]: given an object, expected exactly one of: type IPAddress and value an IPv4 address or an IPv6 address; or type not IPAddress',
  ]);
});

test.each([
  ['a backend without a port', 'backendRefs: [{ name: a }]', 'spec.rules[0].backendRefs[0]'],
  ['a path', 'matches: [{ path: { value: api } }]', 'spec.rules[0].matches[0].path'],
  [
    'a redirect',
    'filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }], backendRefs: [{ name: a, port: 80 }]',
    'spec.rules[0]',
  ],
  [
    'a filter',
    'filters: [{ type: RequestHeaderModifier, requestRedirect: { scheme: https } }]',
    'spec.rules[0].filters[0]',
  ],
])('what a rule of its definition refuses is told once, by that rule: %s', (_, fields, path) => {
  const objects = parse(`${head('gateway.networking.k8s.io/v1', 'HTTPRoute')}spec: { rules: [{ ${fields} }] }\n`);
  const told = check(objects, [], undefined, [rule, apiServer]).map((one) => `${one.rule}: ${one.path}`);
  expect([...new Set(told)]).toEqual([`schema: ${path}`]);
});

test('a pattern that ignores case is checked', () => {
  const group = (strategy: string) =>
    `${head('monitoring.coreos.com/v1', 'PrometheusRule')}spec: { groups: [{ name: a, partial_response_strategy: ${strategy} }] }\n`;
  expect([found(group('Warn')), found(group('none'))].map(({ length }) => length)).toEqual([0, 1]);
});
