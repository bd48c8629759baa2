import { autoscaling as rule } from '../../../../lib/checks/rules/autoscaling';
import { describeRule, findings, parse } from '../manifests';

const workload = (spec = '', resources = '{ requests: { cpu: 100m }, limits: { cpu: 200m } }', kind = 'Deployment') => `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: api, namespace: shop }
spec:
  ${spec}
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
        - { name: api, resources: ${resources} }
`;

const CPU = '{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }';

const scaler = (more = '', bounds = 'minReplicas: 2, maxReplicas: 5', metrics = `[${CPU}]`, kind = 'Deployment') => `
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: scaler, namespace: shop }
spec: { scaleTargetRef: { kind: ${kind}, name: api }, ${bounds}, metrics: ${metrics}, ${more} }
`;

const utilisation = (percent: unknown, resource = 'cpu') =>
  `[{ type: Resource, resource: { name: ${resource}, target: { type: Utilization, averageUtilization: ${percent} } } }]`;

const ofContainer = (container: string) =>
  `[{ type: ContainerResource, containerResource: { name: cpu, container: ${container}, target: { averageUtilization: 70 } } }]`;

const budget = (spec: string, name = 'budget') => `
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: ${name}, namespace: shop }
spec: { ${spec}, selector: { matchLabels: { app: api } } }
`;

const judge = (text: string) => findings(rule, parse(text));

describeRule(rule, [
  workload() +
    scaler('behavior: { scaleDown: { policies: [{ type: Pods, value: 1, periodSeconds: 60 }] } }') +
    budget('minAvailable: 1'),
  workload() + scaler('', 'maxReplicas: 5', ofContainer('api')),
]);

test.each([
  ['a metric of what is requested', workload() + scaler()],
  ['a limit, which is the request as well', workload('', '{ limits: { cpu: 1 } }') + scaler()],
  [
    'an average value, which needs no request',
    `${workload('', '{}')}${scaler('', 'maxReplicas: 2', '[{ type: Resource, resource: { name: cpu, target: { averageValue: 500m } } }]')}`,
  ],
  ['a metric of one container', workload() + scaler('', 'maxReplicas: 5', ofContainer('api'))],
  [
    'a metric of something else',
    workload('', '{}') + scaler('', 'maxReplicas: 5', '[{ type: External, external: {} }]'),
  ],
  ['no minimum', workload() + scaler('', 'maxReplicas: 1')],
  ['more than the request, less than the limit', workload() + scaler('', 'maxReplicas: 5', utilisation(150))],
  [
    'more than the request without a limit',
    workload('', '{ requests: { cpu: 1 } }') + scaler('', 'maxReplicas: 5', utilisation(500)),
  ],
  ['a target that is elsewhere', scaler()],
  [
    'the first version of the API',
    workload() +
      scaler()
        .replace('autoscaling/v2', 'autoscaling/v1')
        .replace(/metrics: .*\]/, 'targetCPUUtilizationPercentage: 80'),
  ],
  [
    'the edges of a behaviour',
    workload() +
      scaler(
        'behavior: { scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: Disabled, policies: [{ type: Pods, value: 1, periodSeconds: 1800 }] }, scaleDown: { stabilizationWindowSeconds: 3600, selectPolicy: Min, policies: [{ type: Percent, value: 10, periodSeconds: 1 }] } }',
      ),
  ],
])('%s passes', (_, text) => {
  expect(judge(text)).toEqual([]);
});

const SCALER = 'HorizontalPodAutoscaler shop/scaler';

test.each([
  [
    'a container without a request',
    workload('', '{ requests: { memory: 1Gi } }') + scaler(),
    'Deployment shop/api: spec.template.spec.containers[0].resources.requests.cpu: given no request of cpu',
  ],
  [
    'a StatefulSet without one',
    workload('', '{}', 'StatefulSet') + scaler('', 'maxReplicas: 5', `[${CPU}]`, 'StatefulSet'),
    'StatefulSet shop/api: spec.template.spec.containers[0].resources.requests.cpu: given no request of cpu',
  ],
  [
    'one container of several without one',
    `${workload().trimEnd()}\n        - { name: proxy }\n${scaler()}`,
    'Deployment shop/api: spec.template.spec.containers[1].resources.requests.cpu: given no request of cpu',
  ],
  [
    'the first version of the API without one',
    workload('', '{}') +
      scaler()
        .replace('autoscaling/v2', 'autoscaling/v1')
        .replace(/metrics: .*\]/, 'targetCPUUtilizationPercentage: 80'),
    'Deployment shop/api: spec.template.spec.containers[0].resources.requests.cpu: given no request of cpu',
  ],
  [
    'a container that is not there',
    workload() + scaler('', 'maxReplicas: 5', ofContainer('app')),
    `${SCALER}: spec.metrics[0].containerResource.container: given "app", expected a container of Deployment shop/api`,
  ],
  [
    'a measured container without a request',
    workload('', '{}') + scaler('', 'maxReplicas: 5', ofContainer('api')),
    'Deployment shop/api: spec.template.spec.containers[0].resources.requests.cpu: given no request of cpu',
  ],
  [
    'replicas beside it',
    workload('replicas: 3') + scaler(),
    `Deployment shop/api: spec.replicas: given 3, expected none of the field, since ${SCALER} sets it`,
  ],
  [
    'replicas of a StatefulSet beside it',
    workload('replicas: 0', undefined, 'StatefulSet') + scaler('', 'maxReplicas: 5', `[${CPU}]`, 'StatefulSet'),
    'StatefulSet shop/api: spec.replicas: given 0',
  ],
  [
    'fewer at the most than at the least',
    workload() + scaler('', 'minReplicas: 5, maxReplicas: 2'),
    `${SCALER}: spec.maxReplicas: given 2, expected at least minReplicas, which is 5`,
  ],
  [
    'no pod at the least',
    workload() + scaler('', 'minReplicas: 0, maxReplicas: 2'),
    `${SCALER}: spec.minReplicas: given 0, expected a whole number from 1`,
  ],
  ['no maximum', workload() + scaler('', 'minReplicas: 1'), `${SCALER}: spec.maxReplicas: given nothing`],
  ['no metric', workload() + scaler('', 'maxReplicas: 5', '[]'), `${SCALER}: spec.metrics: given no metric`],
  [
    'a metric without a target',
    workload() + scaler('', 'maxReplicas: 5', '[{ type: Resource, resource: { name: cpu } }]'),
    `${SCALER}: spec.metrics[0].resource: given no target`,
  ],
  [
    'a target of nothing',
    workload() + scaler('', 'maxReplicas: 5', utilisation(0)),
    `${SCALER}: spec.metrics[0].resource.target.averageUtilization: given 0, expected a percentage from 1`,
  ],
  [
    'a target above the limit',
    workload() + scaler('', 'maxReplicas: 5', utilisation(250)),
    `${SCALER}: spec.metrics[0].resource.target.averageUtilization: given 250% of the requested cpu, expected less than 200%`,
  ],
  [
    'a target at the limit',
    workload('', '{ limits: { memory: 1Gi } }') + scaler('', 'maxReplicas: 5', utilisation(100, 'memory')),
    `${SCALER}: spec.metrics[0].resource.target.averageUtilization: given 100% of the requested memory`,
  ],
  [
    'a window that is too long',
    workload() + scaler('behavior: { scaleDown: { stabilizationWindowSeconds: 3601 } }'),
    `${SCALER}: spec.behavior.scaleDown.stabilizationWindowSeconds: given 3601, expected whole seconds from 0 to 3600`,
  ],
  [
    'a window of less than nothing',
    workload() + scaler('behavior: { scaleUp: { stabilizationWindowSeconds: -1 } }'),
    `${SCALER}: spec.behavior.scaleUp.stabilizationWindowSeconds: given -1`,
  ],
  [
    'no policies',
    workload() + scaler('behavior: { scaleUp: { policies: [] } }'),
    `${SCALER}: spec.behavior.scaleUp.policies: given [], expected at least one policy`,
  ],
  [
    'a policy of nothing',
    workload() + scaler('behavior: { scaleUp: { policies: [{ type: Pods, value: 0, periodSeconds: 60 }] } }'),
    `${SCALER}: spec.behavior.scaleUp.policies[0].value: given 0`,
  ],
  [
    'a policy of another type',
    workload() + scaler('behavior: { scaleUp: { policies: [{ type: Pod, value: 1, periodSeconds: 60 }] } }'),
    `${SCALER}: spec.behavior.scaleUp.policies[0].type: given "Pod"`,
  ],
  [
    'a period that is too long',
    workload() + scaler('behavior: { scaleUp: { policies: [{ type: Pods, value: 1, periodSeconds: 1801 }] } }'),
    `${SCALER}: spec.behavior.scaleUp.policies[0].periodSeconds: given 1801`,
  ],
  [
    'a period of nothing',
    workload() + scaler('behavior: { scaleUp: { policies: [{ type: Pods, value: 1, periodSeconds: 0 }] } }'),
    `${SCALER}: spec.behavior.scaleUp.policies[0].periodSeconds: given 0`,
  ],
  [
    'an unknown choice',
    workload() + scaler('behavior: { scaleUp: { selectPolicy: Least } }'),
    `${SCALER}: spec.behavior.scaleUp.selectPolicy: given "Least", expected Max, Min or Disabled`,
  ],
  [
    'one that never shrinks',
    workload() + scaler('behavior: { scaleDown: { selectPolicy: Disabled } }'),
    `${SCALER}: spec.behavior.scaleDown.selectPolicy: given "Disabled", expected Max or Min`,
  ],
])('%s is reported', (_, text, expected) => {
  expect(judge(text)).toEqual([expect.stringContaining(expected)]);
});

test.each([
  ['one of several', workload('replicas: 2') + budget('maxUnavailable: 1')],
  ['one of one', workload() + budget('maxUnavailable: 1')],
  ['a share of several', workload('replicas: 3') + budget('maxUnavailable: 1%')],
  ['all but one', workload('replicas: 3') + budget('minAvailable: 2')],
  ['half', workload('replicas: 2') + budget('minAvailable: 50%')],
  ['none of one', workload() + budget('minAvailable: 0')],
  ['what is scaled to nothing', workload('replicas: 0') + budget('minAvailable: 1')],
  ['fewer than the least of an autoscaler', workload() + scaler() + budget('minAvailable: 1')],
  ['pods whose number nobody knows', workload('', '{}', 'DaemonSet') + budget('minAvailable: 5')],
  [
    'several workloads together',
    `${workload('replicas: 1')}---${workload('replicas: 2', '{}', 'StatefulSet')}${budget('minAvailable: 2')}`,
  ],
  ['the pods of another namespace', workload().replace('shop', 'other') + budget('minAvailable: 1')],
])('a budget of %s lets nodes be drained', (_, text) => {
  expect(judge(text)).toEqual([]);
});

test.each([
  [
    'no pod',
    workload('replicas: 3') + budget('maxUnavailable: 0'),
    'spec.maxUnavailable: given 0, which blocks the draining of nodes',
  ],
  ['no share', workload('replicas: 3') + budget('maxUnavailable: 0%'), 'spec.maxUnavailable: given "0%"'],
  ['all', workload('replicas: 3') + budget('minAvailable: 100%'), 'spec.minAvailable: given "100%"'],
  [
    'as many as there are',
    workload('replicas: 3') + budget('minAvailable: 3'),
    'spec.minAvailable: given 3, which means all 3 pods',
  ],
  ['more than there are', workload('replicas: 2') + budget('minAvailable: 3'), 'spec.minAvailable: given 3'],
  [
    'a share that is rounded up to all',
    workload('replicas: 3') + budget('minAvailable: 70%'),
    'spec.minAvailable: given "70%", which means all 3 pods',
  ],
  ['the one pod', workload() + budget('minAvailable: 1'), 'spec.minAvailable: given 1, which means the one pod'],
  [
    'a share of the one pod',
    workload('replicas: 1') + budget('minAvailable: 10%'),
    'spec.minAvailable: given "10%", which means the one pod',
  ],
  [
    'the least of an autoscaler',
    workload() + scaler() + budget('minAvailable: 2'),
    'spec.minAvailable: given 2, which means all 2 pods',
  ],
  [
    'the least that an autoscaler has if none is given',
    workload() + scaler('', 'maxReplicas: 9') + budget('minAvailable: 1'),
    'spec.minAvailable: given 1, which means the one pod',
  ],
  [
    'both',
    workload('replicas: 3') + budget('minAvailable: 1, maxUnavailable: 1'),
    'spec: given both minAvailable and maxUnavailable',
  ],
  [
    'neither',
    workload('replicas: 3') + budget('unhealthyPodEvictionPolicy: AlwaysAllow'),
    'spec: given neither minAvailable nor maxUnavailable',
  ],
])('a budget of %s is reported', (_, text, expected) => {
  expect(judge(text)).toEqual([expect.stringContaining(`PodDisruptionBudget shop/budget: ${expected}`)]);
});

test('a selector of expressions selects, none selects nothing', () => {
  const withSelector = (selector: string) =>
    judge(workload() + budget('minAvailable: 1').replace('{ matchLabels: { app: api } }', selector));
  expect(withSelector('{ matchExpressions: [{ key: app, operator: In, values: [api] }] }')).toHaveLength(1);
  expect(withSelector('{}')).toHaveLength(1);
  expect(withSelector('{ matchExpressions: [{ key: app, operator: NotIn, values: [api] }] }')).toEqual([]);
  expect(withSelector('null')).toEqual([]);
});

test('a pod has one budget, since the eviction of one with two is refused', () => {
  const text = workload('replicas: 3') + budget('maxUnavailable: 1') + budget('maxUnavailable: 2', 'other');
  expect(judge(text)).toEqual([
    'PodDisruptionBudget shop/other: spec.selector: given a selector that matches the pods of Deployment shop/api, which PodDisruptionBudget shop/budget selects as well, so that their eviction is refused; expected one budget for each pod',
  ]);
});

const keda = (spec = 'minReplicaCount: 0, maxReplicaCount: 5') => `
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: scaled, namespace: shop }
spec: { scaleTargetRef: { name: api }, ${spec}, triggers: [] }
`;

test.each([
  ['KEDA, from none', workload() + keda(), []],
  ['KEDA without bounds', workload() + keda('triggers: []'), []],
  [
    'replicas beside KEDA',
    workload('replicas: 3') + keda(),
    [
      'Deployment shop/api: spec.replicas: given 3, expected none of the field, since ScaledObject shop/scaled sets it and every apply would reset it',
    ],
  ],
  [
    'more at least than at most',
    workload() + keda('minReplicaCount: 6, maxReplicaCount: 5'),
    ['ScaledObject shop/scaled: spec.maxReplicaCount: given 5, expected at least minReplicaCount, which is 6'],
  ],
  [
    'no replicas at most',
    workload() + keda('maxReplicaCount: 0'),
    ['ScaledObject shop/scaled: spec.maxReplicaCount: given 0, expected a whole number from 1'],
  ],
])('%s', (_, text, expected) => {
  expect(judge(text)).toEqual(expected);
});

test('a vertical autoscaler that changes the request which another one measures is told of', () => {
  const vertical = (spec: string) => `---
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: { name: vertical, namespace: shop }
spec: { targetRef: { apiVersion: apps/v1, kind: Deployment, name: api }, ${spec} }
`;
  const lines = (spec: string) => judge(workload('', '{ requests: { cpu: 1 } }') + scaler() + vertical(spec));
  const wrong = [
    expect.stringMatching(/metrics\[0\]\.resource: given the utilisation of cpu, whose request VerticalPodAutoscaler/),
  ];
  expect(lines('')).toEqual(wrong);
  expect(lines('updatePolicy: { updateMode: Initial }')).toEqual(wrong);
  expect(lines('updatePolicy: { updateMode: "Off" }')).toEqual([]);
  const only = (resource: string) =>
    `resourcePolicy: { containerPolicies: [{ containerName: "*", controlledResources: [${resource}] }] }`;
  expect(lines(only('cpu'))).toEqual(wrong);
  expect(lines(only('memory'))).toEqual([]);
});
