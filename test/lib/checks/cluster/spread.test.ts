import type { Any } from '../../../support';
import { deployment, job, podSpec, service, statefulSet, told } from '../right';

const labels = (matchLabels: object) => ({ matchLabels });
const one = (key: string, operator: string, ...values: string[]) => ({ matchExpressions: [{ key, operator, values }] });
const spread = (labelSelector: object) =>
  podSpec({
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
    ],
  });
const lines = (...objects: Any[]) => told(objects).filter((line) => line.includes('pitfalls'));

test.each<[string, (pod: Any) => Any]>([
  ['Deployment', (pod) => deployment('api', pod)],
  ['StatefulSet', (pod) => statefulSet('api', pod)],
  ['DaemonSet', (pod) => ({ ...deployment('api', pod), kind: 'DaemonSet' })],
  ['Rollout', (pod) => ({ ...deployment('api', pod), apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' })],
])('a %s that spreads other pods is told of', (_, make) => {
  for (const wrong of [labels({ app: 'apis' }), one('app', 'In', 'a', 'b'), one('app', 'NotIn', 'api')]) {
    expect(lines(make(spread(wrong)))).toEqual([
      expect.stringMatching(/topologySpreadConstraints\[0\]\.labelSelector: .*spreads none/),
    ]);
  }
  for (const right of [labels({ app: 'api' }), one('app', 'In', 'a', 'api'), one('app', 'Exists'), {}]) {
    expect(lines(make(spread(right)))).toEqual([]);
  }
});

test('labels that controllers add are labels of the pod', () => {
  expect(
    lines(deployment('api', spread({ ...labels({ app: 'api' }), ...one('pod-template-hash', 'Exists') }))),
  ).toEqual([]);
  expect(lines(statefulSet('db', spread(one('apps.kubernetes.io/pod-index', 'Exists'))))).toEqual([]);
  const named = (name: string) => job('once', spread(labels({ 'job-name': name })));
  expect(lines(named('once-0123abcd'))).toEqual([]);
  expect(lines(named('other'))).toHaveLength(1);
});

const terms = (kind: string, isRequired: boolean, term: object) => {
  const whole = { topologyKey: 'kubernetes.io/hostname', ...term };
  const affinity = isRequired
    ? { requiredDuringSchedulingIgnoredDuringExecution: [whole] }
    : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: whole }] };
  return deployment('api', podSpec({ affinity: { [kind]: affinity } }));
};
const apart = (term: object, isRequired = true) => terms('podAntiAffinity', isRequired, term);

test.each([true, false])('pods that keep apart from no pods are told of (required: %j)', (isRequired) => {
  const with_ = (labelSelector: object | undefined, ...more: Any[]) =>
    lines(apart({ labelSelector }, isRequired), ...more);
  expect(with_(labels({ app: 'apis' }))).toEqual([
    expect.stringMatching(/labelSelector: given app=apis, which the pod itself does not have/),
  ]);
  expect(with_(undefined)).toEqual([expect.stringContaining('given no selector, which no pod has')]);
  expect(with_(labels({ app: 'api' }))).toEqual([]);
  expect(with_(labels({ app: 'web' }), deployment('web'), service('web'))).toEqual([]);
});

test('the namespaces of a term count', () => {
  const space = (namespaces: string[]) => lines(apart({ labelSelector: labels({ app: 'api' }), namespaces }));
  expect(space(['default'])).toEqual([]);
  expect(space(['other'])).toEqual([
    expect.stringContaining('given its own labels in other namespaces, expected default among them'),
  ]);
  const anywhere = (app: string) => lines(apart({ labelSelector: labels({ app }), namespaceSelector: {} }));
  expect(anywhere('api')).toEqual([]);
  expect(anywhere('apis')).toEqual([expect.stringContaining('keeps apart none of its pods')]);
  // Pods of a namespace that is not here are not known.
  expect(lines(apart({ labelSelector: labels({ app: 'web' }), namespaces: ['other'] }))).toEqual([]);
  const given = [{ kind: 'Pod', namespace: 'default', name: 'web', labels: { app: 'web' } }];
  expect(told([apart({ labelSelector: labels({ app: 'web' }) })], given)).toEqual([]);
});

test('pods that have to be near pods that are not there are never scheduled', () => {
  const near = (app: string, isRequired = true) => terms('podAffinity', isRequired, { labelSelector: labels({ app }) });
  expect(lines(near('cache'))).toEqual([
    expect.stringMatching(/podAffinity.*given app=cache, which no pod here has.*never scheduled$/),
  ]);
  expect(lines(near('cache', false))).toEqual([]);
  expect(lines(near('api'))).toEqual([]);
  expect(lines(near('cache'), deployment('cache'))).toEqual([]);
});
