import { images as rule } from '../../../../lib/checks/rules/images';
import { DEVELOPMENT, describeRule, findings, PRODUCTION, parse } from '../manifests';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

const workload = (image: string, policy = '', name = 'api', kind = 'Deployment') => `
---
apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name}, namespace: shop }
spec:
  template:
    spec:
      containers: [{ name: api, image: "${image}" ${policy && `, imagePullPolicy: ${policy}`} }]
`;

const judge = (text: string, intent = PRODUCTION) => findings(rule, parse(text), intent);

describeRule(rule, [workload('example.com/api:latest', 'Never')]);

test.each([
  'example.com/api:v1.2.3',
  'example.com:5000/api:1.2.3',
  'postgres:16.15-alpine',
  'example.com/api:sha-deadbee',
  'example.com/api:stable-20240101',
  'example.com/api:nightly-2024-01-01',
  `example.com/api@${DIGEST}`,
  `example.com/api:latest@${DIGEST}`,
])('%s does not move', (image) => {
  expect(judge(workload(image))).toEqual([]);
  expect(judge(workload(image, 'IfNotPresent'))).toEqual([]);
  expect(judge(workload(image, 'Always'))).toEqual([]);
});

const TAGS =
  'latest none main master edge nightly stable dev develop staging prod latest-16 stable-alpine alpine 1 v1 1.27 16.15-alpine 16-alpine node-20';

test.each(TAGS.split(' '))('the tag %s moves', (tag) => {
  expect(judge(workload(`example.com/api:${tag}`, 'Always'))).toEqual([
    `Deployment shop/api: spec.template.spec.containers[0].image: given the tag of "example.com/api:${tag}", which may move, expected a tag that names a full version, or a digest`,
  ]);
});

test.each(['api', 'example.com:5000/api'])('%s has no tag, which means latest', (image) => {
  expect(judge(workload(image, 'Always'))).toEqual([expect.stringContaining('which means the tag latest')]);
});

test('a digest is one', () => {
  expect(judge(workload('example.com/api:v1@sha256:0123'))).toEqual([expect.stringContaining('expected a digest')]);
});

test('tags may move in development, and nowhere else', () => {
  const text = workload('example.com/api:latest', 'Always');
  expect(judge(text, DEVELOPMENT)).toEqual([]);
  expect(findings(rule, parse(text))).toHaveLength(1);
});

test.each([
  ['latest', 'IfNotPresent', 'given "IfNotPresent" for the tag'],
  ['latest', 'Never', 'given "Never" for the tag'],
  ['main', '', 'given none, which means IfNotPresent, for the tag'],
])('the tag %s is not kept by nodes (%p), in development either', (tag, policy, expected) => {
  const path = 'Deployment shop/api: spec.template.spec.containers[0].imagePullPolicy';
  const told = [expect.stringContaining(`${path}: ${expected}`)];
  expect(judge(workload(`example.com/api:${tag}`, policy), DEVELOPMENT)).toEqual(told);
  expect(judge(workload(`example.com/api:${tag}`, policy))).toEqual(expect.arrayContaining(told));
});

test('latest without a policy is pulled always', () => {
  expect(judge(workload('example.com/api:latest') + workload('api', '', 'other'), DEVELOPMENT)).toEqual([]);
});

test('containers of every sort and kind are looked at, and volumes of images', () => {
  const text = `
apiVersion: batch/v1
kind: CronJob
metadata: { name: clean, namespace: shop }
spec:
  jobTemplate:
    spec:
      template:
        spec:
          initContainers: [{ name: first, image: "a:latest" }]
          containers: [{ name: second, image: "b:v1.0.0" }]
          volumes: [{ name: model, image: { reference: "c:main", pullPolicy: Always } }]
`;
  expect(judge(text).map((found) => found.split(': ')[1])).toEqual([
    'spec.jobTemplate.spec.template.spec.initContainers[0].image',
    'spec.jobTemplate.spec.template.spec.volumes[0].image.reference',
  ]);
});

describe('workloads that run one image', () => {
  const sameImage = [
    [
      { namespace: 'shop', name: 'api' },
      { namespace: 'shop', name: 'worker' },
    ],
  ];

  test('do', () => {
    const text = workload('example.com/api:v1.0.0') + workload('example.com/api:v1.0.0', '', 'worker');
    expect(judge(text, { ...PRODUCTION, sameImage })).toEqual([]);
  });

  test.each([PRODUCTION, DEVELOPMENT])('are distinguished by name (%#)', (intent) => {
    const text = workload('example.com/api:v1.0.0') + workload('example.com/api:v2.0.0', '', 'worker', 'StatefulSet');
    expect(judge(text, { ...intent, sameImage })).toEqual([
      'StatefulSet shop/worker: spec.template.spec.containers[0].image: given "example.com/api:v2.0.0", expected "example.com/api:v1.0.0" as in Deployment shop/api, since both must run one image',
    ]);
    expect(judge(text, intent)).toEqual([]);
  });
});
