import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { buildEnvironments } from '../../../lib/pipeline/build';
import { judge } from '../../../lib/pipeline/judge';
import { find, project } from '../../support';

const PLATFORM = 'environments/prod/platform.yaml';

/** Production with these bounds of namespaces. */
function withBounds(bounds: string) {
  const root = project();
  appendFileSync(join(root, PLATFORM), `namespaces:\n  ${bounds}\n`);
  return buildEnvironments(registry, root, ['prod']);
}

test('bounds that the systems keep are objects of the system whose namespace it is', () => {
  const built = withBounds(
    'salient-prod: { quota: { pods: 1000, requests.cpu: 500 }, limits: { max: { memory: 64Gi } } }',
  );
  expect(judge(built)).toEqual([]);
  const withQuota = built.filter(({ objects }) => objects.some(({ kind }) => kind === 'ResourceQuota'));
  expect(withQuota.map(({ system }) => system)).toEqual(['salient']);
  const { objects = [] } = withQuota[0] ?? {};
  expect(find(objects, 'ResourceQuota').spec.hard).toEqual({ pods: '1000', 'requests.cpu': '500' });
  expect(find(objects, 'LimitRange').spec.limits).toEqual([{ type: 'Container', max: { memory: '64Gi' } }]);
});

test('a violation names the settings of the workload and of the quota, with their lines', () => {
  const [found, ...others] = judge(withBounds('salient-prod: { quota: { pods: 25 } }'));
  expect(others).toEqual([]);
  expect(found).toMatch(
    /^prod: quotas: .*: spec\.maxReplicas: given \d+ of pods in the namespace salient-prod .* expected at most 25, .*; set by environments\/prod\/salient\.yaml:\d+: chatApi\.scale\.max, environments\/prod\/platform\.yaml:\d+: platform\.namespaces\.salient-prod\.quota$/,
  );
});

test('a violation of limits names the setting of the container, and the limits', () => {
  const found = judge(withBounds('salient-prod: { limits: { max: { memory: 300Mi } } }'));
  expect(found).toContainEqual(
    expect.stringMatching(
      /^prod: limit-ranges: Deployment .*resources\.limits\.memory: given a limit of .* set by environments\/prod\/salient\.yaml:\d+: \w+\.memory, environments\/prod\/platform\.yaml:\d+: platform\.namespaces\.salient-prod\.limits$/,
    ),
  );
});

test('a namespace that no system has is refused', () => {
  expect(() => withBounds('salient-pro: { quota: { pods: 1 } }')).toThrow(
    /prod\/platform\.yaml:\d+:\d+: namespaces\.salient-pro: given "salient-pro", expected one of .*salient-admin.*; did you mean salient-prod\?/,
  );
});
