import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import type { DeclaredPool } from '../../../../lib/checks/intent';
import { capacity } from '../../../../lib/checks/rules/capacity';
import type { ManifestObject } from '../../../../lib/manifests/object';
import type { Any } from '../../../support';
import { deployment } from '../../cost/seed';
import { DEVELOPMENT, parse } from '../manifests';

const GI = 2 ** 30;
const pool = (most: number, others: Partial<DeclaredPool> = {}): DeclaredPool => ({
  ...{ name: 'general', most, labels: {}, taints: [] },
  room: { cpu: 2, memory: 8 * GI, pods: 110 },
  ...others,
});
const judge = (objects: readonly ManifestObject[], ...pools: DeclaredPool[]) =>
  capacity.judge(new ClusterIndex(objects), { ...DEVELOPMENT, pools }).map(({ message }) => message);

/** A Deployment that is replaced without further pods. */
const api = (replicas: number, cpu: string, spec: Any = {}, strategy: Any = { type: 'Recreate' }) =>
  deployment('api', { replicas, cpu, memory: '1Gi', spec }).map((one) => ({ ...one, spec: { ...one.spec, strategy } }));

const ZONES = ['a', 'b', 'c'];
const spread = (topologyKey = 'topology.kubernetes.io/zone', whenUnsatisfiable = 'DoNotSchedule') => ({
  topologySpreadConstraints: [
    { topologyKey, whenUnsatisfiable, maxSkew: 1, labelSelector: { matchLabels: { app: 'api' } } },
  ],
});

test('its examples are told by a pool of two nodes', () => {
  const two = pool(2, { room: { cpu: 1.73, memory: 6 * GI, pods: 110 } });
  expect(judge(parse(capacity.wrong), two)).not.toEqual([]);
  expect(judge(parse(capacity.right), two)).toEqual([]);
});

test('nothing is checked where no pool is stated', () => {
  expect(capacity.judge(new ClusterIndex(api(1000, '1')), DEVELOPMENT)).toEqual([]);
});

describe('one node away', () => {
  test('4 pods of 1 core need 2 nodes of 2, and a third that may be away', () => {
    expect(judge(api(4, '1'), pool(3))).toEqual([]);
    expect(judge(api(4, '1'), pool(2))).toEqual([
      'given pods of api with 1 CPU and 1 GiB each, for which there is no room on 1 node with one node of general away: all pods at their maximum ask for 4 of 2 CPU and 4 of 8 GiB; lower a maximum or requests, or raise the most nodes',
    ]);
  });

  test('sums are not enough: 3 pods of 1.2 cores are on 3 nodes of 2, although 3.6 is less than 4', () => {
    expect(judge(api(3, '1200m'), pool(4))).toEqual([]);
    expect(judge(api(3, '1200m'), pool(3))).toHaveLength(1);
  });

  test('memory, and the number of pods, are limits too', () => {
    expect(judge(api(9, '10m'), pool(3))).toEqual([]); // 8 GiB of each of 2 nodes
    expect(judge(api(17, '10m'), pool(3))).toHaveLength(1);
    expect(judge(api(5, '10m'), pool(3, { room: { cpu: 2, memory: 8 * GI, pods: 2 } }))).toHaveLength(1);
  });

  test('each pool may lose a node, not only the first', () => {
    const objects = [
      ...api(1, '1'),
      ...deployment('model', { cpu: '1', memory: '1Gi', spec: { nodeSelector: { gpu: 'yes' } } }),
    ];
    const own = (most: number) => pool(most, { name: 'gpu', labels: { gpu: 'yes' } });
    expect(judge(objects, pool(3), own(3))).toEqual([]);
    expect(judge(objects, pool(3), own(1))).toEqual([expect.stringMatching(/pods of model .* one node of gpu away/)]);
  });
});

test('autoscalers count with their maximum, which the violation is about', () => {
  const scaled = deployment('api', { scale: [1, 20], cpu: '1', memory: '1Gi' });
  const [found] = capacity.judge(new ClusterIndex(scaled), { ...DEVELOPMENT, pools: [pool(5)] });
  expect(found).toMatchObject({
    object: { kind: 'HorizontalPodAutoscaler' },
    path: 'spec.maxReplicas',
    settings: ['platform.nodes.general'],
  });
});

test('a rollout has pods beside those that it replaces: a quarter of them by default', () => {
  expect(judge(api(4, '1'), pool(3))).toEqual([]);
  expect(judge(api(4, '1', {}, {}), pool(3))).toEqual([expect.stringMatching(/away during a rollout of api:/)]);
  expect(judge(api(4, '1', {}, { rollingUpdate: { maxSurge: 2 } }), pool(4))).toEqual([]);
  expect(judge(api(4, '1', {}, { rollingUpdate: { maxSurge: 3 } }), pool(4))).toHaveLength(1);
});

test('Jobs and CronJobs have a pod each, unless they are suspended; DaemonSets take a part of each node', () => {
  const pod = { spec: { containers: [{ name: 'a', resources: { requests: { cpu: '1', memory: '1Gi' } } }] } };
  const of = (kind: string, spec: Any): ManifestObject => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'x', namespace: 'shop' },
    spec,
  });
  expect(judge(api(2, '1'), pool(2))).toEqual([]);
  expect(judge([...api(2, '1'), of('Job', { template: pod })], pool(2))).toHaveLength(1);
  expect(judge([...api(2, '1'), of('CronJob', { jobTemplate: { spec: { template: pod } } })], pool(2))).toHaveLength(1);
  expect(
    judge([...api(2, '1'), of('CronJob', { suspend: true, jobTemplate: { spec: { template: pod } } })], pool(2)),
  ).toEqual([]);
  expect(judge([...api(2, '1'), of('DaemonSet', { template: pod })], pool(2))).toHaveLength(1);
});

describe('which nodes suit', () => {
  const labelled = pool(2, { labels: { disk: 'fast' }, taints: ['dedicated'] });
  const tolerations = [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }];
  const affinity = (value: string) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: [value] }] }],
      },
    },
  });

  test.each([
    ['label and toleration', { nodeSelector: { disk: 'fast' }, tolerations }, 0],
    ['another label', { nodeSelector: { disk: 'slow' }, tolerations }, 1],
    ['no toleration', { nodeSelector: { disk: 'fast' } }, 1],
    ['affinity', { affinity: affinity('fast'), tolerations }, 0],
    ['affinity to another label', { affinity: affinity('slow'), tolerations }, 1],
  ])('%s', (_, spec, violations) => {
    expect(judge(api(1, '1', spec), labelled)).toHaveLength(violations);
  });

  test('GPUs are on nodes that have them', () => {
    const model = deployment('model', { cpu: '1', memory: '1Gi', limits: { 'nvidia.com/gpu': 1 } });
    expect(judge(model, pool(3))).toEqual([
      'given a pod of model that asks for 1 CPU and 1 GiB, 1 nvidia.com/gpu, expected at most what a node of general has for pods, 2 CPU, 8 GiB and 0 GPUs; lower its requests, or take larger nodes',
    ]);
    const gpu = pool(3, { room: { cpu: 2, memory: 8 * GI, pods: 110, 'nvidia.com/gpu': 1 } });
    expect(judge(model, gpu)).toEqual([]); // one more during a rollout, one node away
    expect(judge(model, { ...gpu, most: 2 })).toEqual([expect.stringMatching(/during a rollout of model/)]);
  });
});

describe('zones', () => {
  test('pods that have to be spread need two zones', () => {
    expect(judge(api(2, '1', spread()), pool(4, { zones: ['a', 'b'] }))).toEqual([]);
    expect(judge(api(2, '1', spread()), pool(4, { zones: ['a'] }))).toEqual([
      'given nodes in the zone a only for api, whose pods have to be spread over zones, expected two zones or more',
    ]);
    expect(judge(api(2, '1', spread(undefined, 'ScheduleAnyway')), pool(4, { zones: ['a'] }))).toEqual([]);
    expect(judge(api(2, '1', spread()), pool(4))).toEqual([]); // zones are not stated
  });

  test('a zone that is full keeps pods out of the others', () => {
    // 6 pods of 1 core: 2 in each zone. A zone has 2 nodes of 1 core with one away, or none at all with 1.
    const small = (most: number) => pool(most, { zones: ZONES, room: { cpu: 1, memory: 8 * GI, pods: 110 } });
    expect(judge(api(6, '1', spread()), small(9))).toEqual([]);
    expect(judge(api(6, '1', spread()), small(8))).toHaveLength(1);
    expect(judge(api(6, '1'), small(8))).toEqual([]);
  });

  test('a volume stays in its zone, so that a second node is needed there', () => {
    const set = api(1, '1').map((one) => ({
      ...one,
      kind: 'StatefulSet',
      spec: { ...one.spec, volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '1Gi' } } } }] },
    }));
    expect(judge(set, pool(6, { zones: ZONES }))).toEqual([]);
    expect(judge(set, pool(3, { zones: ZONES }))).toEqual([
      expect.stringMatching(
        /no room on 0 nodes in the zone a, where its volume is with one node of general in the zone a away/,
      ),
    ]);
    expect(judge(set, pool(2))).toEqual([]);
  });

  test('one of several pods with volumes may wait for its node, while the others go on', () => {
    const set = api(3, '1', spread()).map((one) => ({
      ...one,
      kind: 'StatefulSet',
      spec: { ...one.spec, volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '1Gi' } } } }] },
    }));
    expect(judge(set, pool(3, { zones: ZONES }))).toEqual([]);
  });
});

test('pods that must not share a node, such as instances of PostgreSQL, have a node each', () => {
  const cluster = (podAntiAffinityType: string): ManifestObject => ({
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: 'main', namespace: 'shop' },
    spec: {
      instances: 3,
      resources: { requests: { cpu: '100m' } },
      storage: { size: '1Gi' },
      affinity: { podAntiAffinityType },
    },
  });
  expect(judge([cluster('required')], pool(4))).toEqual([]);
  expect(judge([cluster('required')], pool(3))).toHaveLength(1);
  expect(judge([cluster('preferred')], pool(3))).toEqual([]);
});
