import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import { limitRanges as rule } from '../../../../lib/checks/rules/limit-ranges';
import type { ManifestObject } from '../../../../lib/manifests/object';
import type { Any } from '../../../support';
import { describeRule } from '../manifests';

const object = (kind: string, spec: Any, namespace = 'shop'): ManifestObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'all', namespace },
  spec,
});
const pod = (containers: Any[], initContainers: Any[] = []) =>
  object('Deployment', { template: { spec: { containers, initContainers } } });
const container = (requests: Any, limits?: Any) => ({ name: 'a', resources: { requests, limits } });

/** What is told of one item of a LimitRange, as `path: message`, up to its remedy. */
const judge = (item: Any, ...objects: ManifestObject[]) =>
  rule
    .judge(new ClusterIndex([object('LimitRange', { limits: [item] }), ...objects]))
    .map(
      ({ path, message }) =>
        `${path.replace('spec.template.spec.', '')}: ${message.replace(/( in|, the limit that) .*/, '')}`,
    );

describeRule(rule);

describe('of each container', () => {
  const of = (bounds: Any, requests: Any, limits?: Any) =>
    judge({ type: 'Container', ...bounds }, pod([container(requests, limits)]));

  test('max: a limit above it', () => {
    expect(of({ max: { cpu: '1' } }, {}, { cpu: '1' })).toEqual([]);
    expect(of({ max: { cpu: '1' } }, {}, { cpu: '1001m' })).toEqual([
      'containers[0].resources.limits.cpu: given a limit of 1.001 of cpu, expected at most 1, the max of each Container',
    ]);
  });

  test('max: it is the limit of a container that states none, whose request must not be above', () => {
    expect(of({ max: { cpu: '1' } }, { cpu: '1' })).toEqual([]);
    expect(of({ max: { cpu: '1' } }, { cpu: '2' })).toEqual([
      'containers[0].resources.requests.cpu: given a request of 2 of cpu and no limit, expected a request of at most 1',
    ]);
  });

  test('min: a request below it, or the limit that is the request; it is the request of one that states none', () => {
    const min = { memory: '1Gi' };
    expect(of({ min }, { memory: '1Gi' })).toEqual([]);
    expect(of({ min }, {})).toEqual([]);
    const found = 'given a request of 512Mi of memory, expected at least 1Gi, the min of each Container';
    expect(of({ min }, { memory: '512Mi' })).toEqual([`containers[0].resources.requests.memory: ${found}`]);
    expect(of({ min }, {}, { memory: '512Mi' })).toEqual([`containers[0].resources.requests.memory: ${found}`]);
  });

  test('default: the limit of a container that states none, with a lower request', () => {
    expect(of({ default: { cpu: '1' } }, { cpu: '1' })).toEqual([]);
    expect(of({ default: { cpu: '1' } }, { cpu: '2' }, { cpu: '2' })).toEqual([]);
    expect(of({ default: { cpu: '1' } }, { cpu: '2' })).toHaveLength(1);
  });

  test('defaultRequest: the request of a container that states neither, from which the ratio counts', () => {
    const bounds = { default: { cpu: '1' }, maxLimitRequestRatio: { cpu: 2 } };
    expect(of({ ...bounds, defaultRequest: { cpu: '500m' } }, {})).toEqual([]);
    expect(of({ ...bounds, defaultRequest: { cpu: '499m' } }, {})).toHaveLength(1);
    expect(of(bounds, {})).toEqual([]); // the request is the default limit
  });

  test('maxLimitRequestRatio: both are stated, and the limit is at most so many times the request', () => {
    const bounds = { maxLimitRequestRatio: { cpu: 2 } };
    expect(of(bounds, { cpu: '100m' }, { cpu: '200m' })).toEqual([]);
    expect(of(bounds, { cpu: '100m' }, { cpu: '201m' })).toEqual([
      'containers[0].resources.limits.cpu: given a limit of 201m of cpu, expected at most 2 times its request of 100m, the maxLimitRequestRatio of each Container',
    ]);
    expect(of(bounds, { cpu: '100m' })).toHaveLength(1);
  });

  test('init containers, and only the namespace of the LimitRange', () => {
    const item = { type: 'Container', max: { cpu: '1' } };
    const large = pod([], [container({}, { cpu: '2' })]);
    expect(judge(item, large)).toEqual([expect.stringMatching(/^initContainers\[0\]\.resources\.limits\.cpu: /)]);
    expect(judge(item, { ...large, metadata: { name: 'all', namespace: 'mail' } })).toEqual([]);
  });

  test('the violation names the setting of the limits', () => {
    const range = object('LimitRange', { limits: [{ type: 'Container', max: { cpu: 1 } }] });
    const found = rule.judge(new ClusterIndex([range, pod([container({}, { cpu: 2 })])]));
    expect(found).toMatchObject([{ settings: ['platform.namespaces.shop.limits'], object: { kind: 'Deployment' } }]);
  });
});

describe('of each pod', () => {
  const max = { type: 'Pod', max: { memory: '1Gi' } };
  const limited = (memory: string, others: Any = {}) => ({ ...container({}, { memory }), ...others });

  test('max: the sum of the containers and sidecars, or what an init container needs', () => {
    expect(judge(max, pod([limited('512Mi'), limited('512Mi')]))).toEqual([]);
    expect(judge(max, pod([limited('512Mi'), limited('513Mi')]))).toEqual([
      'spec.template.spec: given a limit of 1025Mi of memory, expected at most 1Gi, the max of each Pod',
    ]);
    expect(judge(max, pod([limited('512Mi')], [limited('1Gi')]))).toEqual([]);
    expect(judge(max, pod([limited('512Mi')], [limited('1025Mi')]))).toHaveLength(1);
    expect(judge(max, pod([limited('512Mi')], [limited('513Mi', { restartPolicy: 'Always' })]))).toHaveLength(1);
  });

  test('max: a pod without any limit is refused; the overhead of a pod is not counted', () => {
    expect(judge(max, pod([container({})]))).toHaveLength(1);
    const overhead = pod([limited('1Gi')]);
    overhead.spec.template.spec.overhead = { memory: '1Mi' };
    expect(judge(max, overhead)).toEqual([]);
  });

  test('min: the sum of the requests', () => {
    const min = { type: 'Pod', min: { cpu: '1' } };
    expect(judge(min, pod([container({ cpu: '500m' }), container({ cpu: '500m' })]))).toEqual([]);
    expect(judge(min, pod([container({ cpu: '500m' }), container({ cpu: '499m' })]))).toHaveLength(1);
    expect(judge(min, pod([container({})]))).toHaveLength(1);
  });
});

describe('of each claim', () => {
  const bounds = { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } };
  const size = (storage: string) => ({ resources: { requests: { storage } } });

  test.each([
    ['1Gi', undefined],
    ['2Gi', undefined],
    ['1023Mi', 'given a size of 1023Mi of storage, expected at least 1Gi, the min of each PersistentVolumeClaim'],
    ['2049Mi', 'given a size of 2049Mi of storage, expected at most 2Gi, the max of each PersistentVolumeClaim'],
  ])('%s', (storage, message) => {
    const set = object('StatefulSet', {
      template: { spec: { containers: [] } },
      volumeClaimTemplates: [{ spec: size(storage) }],
    });
    const told = (path: string) => (message === undefined ? [] : [`${path}: ${message}`]);
    expect(judge(bounds, object('PersistentVolumeClaim', size(storage)))).toEqual(
      told('spec.resources.requests.storage'),
    );
    expect(judge(bounds, set)).toEqual(told('spec.volumeClaimTemplates'));
  });
});
