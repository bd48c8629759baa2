import { check } from '../../../../lib/checks/check';
import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import type { Prerequisite } from '../../../../lib/checks/cluster/prerequisite';
import { quotas as rule } from '../../../../lib/checks/rules/quotas';
import type { ManifestObject } from '../../../../lib/manifests/object';
import type { Any } from '../../../support';
import { deployment } from '../../cost/seed';
import { describeRule } from '../manifests';

const named = (
  kind: string,
  name: string,
  others: Any = {},
  apiVersion = 'v1',
  namespace = 'shop',
): ManifestObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  ...others,
});
const quota = (hard: Any, spec: Any = {}) => named('ResourceQuota', 'all', { spec: { hard, ...spec } });
const limits = (...items: Any[]) => named('LimitRange', 'all', { spec: { limits: items } });

/** The level and the message of each violation, up to its remedy. */
const judge = (objects: readonly ManifestObject[], given: readonly Prerequisite[] = []) =>
  check(objects, given, undefined, [rule]).map(
    ({ level, message }) => `${level}: ${message.replace(/, which .*/, '')}`,
  );
const levels = (...objects: ManifestObject[]) => judge(objects).map((one) => one.replace(/:.*/, ''));

/** 2 to 4 pods of half a core and 1 GiB, with limits of 1 core and 2 GiB, and one more pod during a rollout. */
const API = deployment('api', { scale: [2, 4], cpu: '500m', memory: '1Gi', limits: { cpu: '1', memory: '2Gi' } });
/** The same without an autoscaler and without further pods. */
const fixed = (replicas: number, others: Any = {}) =>
  deployment('api', { replicas, cpu: '500m', memory: '1Gi', ...others }).map((one) => ({
    ...one,
    spec: { ...one.spec, strategy: { type: 'Recreate' } },
  }));
const set = (replicas: number, claims: Any[]) =>
  named(
    'StatefulSet',
    'db',
    { spec: { replicas, template: { spec: { containers: [] } }, volumeClaimTemplates: claims } },
    'apps/v1',
  );
const claim = (storage: string, storageClassName?: string) => ({
  spec: { storageClassName, resources: { requests: { storage } } },
});

describeRule(rule);

describe('what the pods take: 2 at the fewest, 4 and 1 of a rollout at the most', () => {
  test.each([
    ['requests.cpu', '2500m', '2499m', '999m'],
    ['cpu', '2500m', '2499m', '999m'],
    ['requests.memory', '5Gi', '5119Mi', '2047Mi'],
    ['memory', '5Gi', '5119Mi', '2047Mi'],
    ['limits.cpu', '5', '4999m', '1999m'],
    ['limits.memory', '10Gi', '10239Mi', '4095Mi'],
    ['pods', '5', '4', '1'],
    ['count/pods', 5, 4, 1],
  ])('%s', (resource, fits, risk, broken) => {
    expect(levels(quota({ [resource]: fits }), ...API)).toEqual([]);
    expect(levels(quota({ [resource]: risk }), ...API)).toEqual(['risk']);
    expect(levels(quota({ [resource]: broken }), ...API)).toEqual(['broken']);
  });

  test('the message has the numbers; the violation is about the bound of the autoscaler, and names the quota', () => {
    const judged = (cpu: string) => rule.judge(new ClusterIndex([quota({ 'requests.cpu': cpu }), ...API]));
    const settings = ['platform.namespaces.shop.quota'];
    const object = { kind: 'HorizontalPodAutoscaler' };
    expect(judged('2')).toMatchObject([{ object, path: 'spec.maxReplicas', settings, level: 'risk' }]);
    expect(judged('900m')).toMatchObject([{ object, path: 'spec.minReplicas', settings, level: 'broken' }]);
    expect(judged('2')[0]?.message).toBe(
      'given 2.5 of requests.cpu in the namespace shop at the most pods, during a rollout of all (api 2.5), expected at most 2, which ResourceQuota shop/all allows: the API server refuses what is beyond it; lower a scale or what each pod takes, or raise the quota',
    );
  });

  test('all workloads of the namespace count, and no other namespace does', () => {
    const other = deployment('worker', { cpu: '1', memory: '1Gi' }); // 1 and 1 of a rollout
    expect(levels(quota({ cpu: '4500m' }), ...API, ...other)).toEqual([]);
    expect(judge([quota({ cpu: 4 }), ...API, ...other])).toEqual([
      'risk: given 4.5 of cpu in the namespace shop at the most pods, during a rollout of all (api 2.5, worker 2), expected at most 4',
    ]);
    const elsewhere = other.map((one) => ({ ...one, metadata: { ...one.metadata, namespace: 'mail' } }));
    expect(levels(quota({ cpu: '2500m' }), ...API, ...elsewhere)).toEqual([]);
  });

  test('an init container counts where it asks for more than the containers', () => {
    const init = { initContainers: [{ name: 'i', resources: { requests: { cpu: '2', memory: '1Gi' } } }] };
    const spec = { ...init, containers: [{ name: 'a', resources: { requests: { cpu: '1', memory: '1Gi' } } }] };
    expect(levels(quota({ cpu: 2 }), ...fixed(1, { spec }))).toEqual([]);
    expect(levels(quota({ cpu: '1999m' }), ...fixed(1, { spec }))).toEqual(['broken']);
  });

  test('sums of fractions are exact: three times 100m fit in 300m', () => {
    expect(levels(quota({ cpu: '300m' }), ...fixed(3, { cpu: '100m' }))).toEqual([]);
  });

  test('GPUs', () => {
    const gpu = { limits: { 'nvidia.com/gpu': 1 } };
    expect(levels(quota({ 'requests.nvidia.com/gpu': 2 }), ...fixed(2, gpu))).toEqual([]);
    expect(levels(quota({ 'requests.nvidia.com/gpu': 1 }), ...fixed(2, gpu))).toEqual(['broken']);
  });
});

test('each Job and CronJob has a pod at the most; at the fewest pods they run one after the other', () => {
  const template = { spec: { containers: [{ name: 'a', resources: { requests: { cpu: '1' } } }] } };
  const jobs = [
    named('Job', 'migrate', { spec: { template } }, 'batch/v1'),
    named('CronJob', 'backup', { spec: { jobTemplate: { spec: { template } } } }, 'batch/v1'),
  ];
  expect(levels(quota({ cpu: 3 }), ...fixed(2), ...jobs)).toEqual([]);
  expect(levels(quota({ cpu: 2 }), ...fixed(2), ...jobs)).toEqual(['risk']);
  expect(levels(quota({ cpu: '1999m' }), ...fixed(2), ...jobs)).toEqual(['broken']);
});

describe('what each container has to state', () => {
  const stated = (resources: Any) => fixed(1, { spec: { containers: [{ name: 'a', resources }] } });
  const cpu = { requests: { cpu: '1' } };

  test.each([
    ['cpu', {}, 'requests.cpu'],
    ['requests.memory', cpu, 'requests.memory'],
    ['limits.cpu', cpu, 'limits.cpu'],
    ['limits.memory', { requests: { memory: '1Gi' } }, 'limits.memory'],
  ])('%s', (resource, resources, missing) => {
    const objects = [quota({ [resource]: '100' }), ...stated(resources)];
    expect(judge(objects)).toEqual([
      expect.stringMatching(`^broken: given no ${missing}, expected one, since Resource`),
    ]);
    const [found] = rule.judge(new ClusterIndex(objects));
    expect(found?.path).toBe(`spec.template.spec.containers[0].resources.${missing}`);
  });

  test('a limit is also the request; a quota of pods or storage wants nothing', () => {
    expect(levels(quota({ 'requests.cpu': 9, 'limits.cpu': 9 }), ...stated({ limits: { cpu: 1 } }))).toEqual([]);
    expect(levels(quota({ pods: 9, 'requests.storage': '9Gi' }), ...stated({}))).toEqual([]);
  });

  test('defaults of a LimitRange state it, and are counted', () => {
    const usual = limits({ type: 'Container', default: { cpu: '2' }, defaultRequest: { cpu: '1' } });
    expect(levels(quota({ 'requests.cpu': 1, 'limits.cpu': 2 }), usual, ...stated({}))).toEqual([]);
    expect(levels(quota({ 'requests.cpu': '999m' }), usual, ...stated({}))).toEqual(['broken']);
    expect(levels(quota({ 'limits.cpu': '1999m' }), usual, ...stated({}))).toEqual(['broken']);
    const both = limits({ type: 'Container', min: { cpu: '1' }, default: { cpu: '2' } }); // the request is the default limit
    expect(levels(quota({ 'requests.cpu': 2 }), both, ...stated({}))).toEqual([]);
    expect(levels(quota({ 'requests.cpu': 1 }), both, ...stated({}))).toEqual(['broken']);
  });

  test('instances of PostgreSQL', () => {
    const cluster = (resources: Any) =>
      named('Cluster', 'main', { spec: { instances: 3, resources } }, 'postgresql.cnpg.io/v1');
    expect(levels(quota({ 'limits.cpu': 3 }), cluster({ limits: { cpu: 1 } }))).toEqual([]);
    expect(levels(quota({ 'limits.cpu': 2 }), cluster({ limits: { cpu: 1 } }))).toEqual(['broken']);
    expect(judge([quota({ 'limits.cpu': 9 }), cluster(undefined)])).toHaveLength(1);
    const usual = limits({ type: 'Container', default: { cpu: '2' } });
    expect(levels(quota({ 'limits.cpu': 6 }), usual, cluster(undefined))).toEqual([]);
    expect(levels(quota({ 'limits.cpu': 5 }), usual, cluster(undefined))).toEqual(['broken']);
  });
});

describe('volumes', () => {
  test('claims, and those of each pod of a StatefulSet', () => {
    const single = named('PersistentVolumeClaim', 'files', claim('1Gi'));
    const objects = [single, set(3, [claim('2Gi'), claim('1Gi')])]; // 1 and 3 × 3 GiB; 1 and 3 × 2 claims
    expect(levels(quota({ 'requests.storage': '10Gi', persistentvolumeclaims: 7 }), ...objects)).toEqual([]);
    expect(levels(quota({ 'requests.storage': '9Gi' }), ...objects)).toEqual(['broken']);
    expect(levels(quota({ persistentvolumeclaims: 6 }), ...objects)).toEqual(['broken']);
  });

  test('of one class', () => {
    const objects = [set(2, [claim('2Gi', 'fast'), claim('9Gi', 'slow')])];
    const of = (name: string) => `fast.storageclass.storage.k8s.io/${name}`;
    expect(levels(quota({ [of('requests.storage')]: '4Gi', [of('persistentvolumeclaims')]: 2 }), ...objects)).toEqual(
      [],
    );
    expect(levels(quota({ [of('requests.storage')]: '3Gi' }), ...objects)).toEqual(['broken']);
    expect(levels(quota({ [of('persistentvolumeclaims')]: 1 }), ...objects)).toEqual(['broken']);
  });
});

describe('numbers of objects', () => {
  const cron = named('CronJob', 'backup', { spec: { successfulJobsHistoryLimit: 2 } }, 'batch/v1');

  test.each([
    ['count/deployments.apps', 1, [...API]],
    ['count/networkpolicies.networking.k8s.io', 1, [named('NetworkPolicy', 'p', {}, 'networking.k8s.io/v1')]],
    ['count/ingresses.networking.k8s.io', 1, [named('Ingress', 'i', {}, 'networking.k8s.io/v1')]],
    ['services', 2, [named('Service', 'a'), named('Service', 'b')]],
    ['count/services', 1, [named('Service', 'a')]],
    ['services.loadbalancers', 1, [named('Service', 'a', { spec: { type: 'LoadBalancer' } }), named('Service', 'b')]],
    ['services.nodeports', 2, [named('Service', 'a', { spec: { type: 'NodePort', ports: [{}, {}] } })]],
    ['configmaps', 2, [named('ConfigMap', 'a')]], // and kube-root-ca.crt
    ['secrets', 2, [named('Secret', 'a'), named('ExternalSecret', 'b', { spec: {} }, 'external-secrets.io/v1')]],
    ['count/cronjobs.batch', 1, [cron]],
  ])('%s: %d', (resource, count, objects) => {
    expect(levels(quota({ [resource]: count }), ...objects)).toEqual([]);
    expect(levels(quota({ [resource]: count - 1 }), ...objects)).toEqual(['broken']);
  });

  test('Jobs: those that a CronJob keeps, 2 and 1, and the one that runs', () => {
    expect(levels(quota({ 'count/jobs.batch': 4 }), cron)).toEqual([]);
    expect(levels(quota({ 'count/jobs.batch': 3 }), cron)).toEqual(['risk']);
    expect(levels(quota({ 'count/jobs.batch': 1 }), cron, named('Job', 'x', {}, 'batch/v1'))).toEqual(['broken']);
  });

  test('Secrets that exist already count; the violation is about the quota', () => {
    const given = [{ kind: 'Secret', namespace: 'shop', name: 'token' }];
    expect(judge([quota({ secrets: 1 }), named('Secret', 'a')], given)).toEqual([
      'broken: given 2 of secrets in the namespace shop (a 1, token 1), expected at most 1',
    ]);
    const [found] = rule.judge(new ClusterIndex([quota({ secrets: 0 }), named('Secret', 'a')]));
    expect(found).toMatchObject({ object: { kind: 'ResourceQuota' }, path: 'spec.hard.secrets' });
  });
});

test('a quota of some pods only is not judged', () => {
  expect(levels(quota({ pods: 0 }, { scopes: ['BestEffort'] }), ...API)).toEqual([]);
  const scopeSelector = { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Exists' }] };
  expect(levels(quota({ pods: 0 }, { scopeSelector }), ...API)).toEqual([]);
  expect(levels(quota({ pods: 0 }, { scopes: [] }), ...API)).toEqual(['broken']);
});
