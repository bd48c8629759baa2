import { directionsOf } from '../../../../lib/checks/cluster/policies';

const policy = (spec: unknown) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'a' },
  spec,
});

test.each([
  [{}, ['ingress']],
  [{ policyTypes: [] }, ['ingress']],
  [{ policyTypes: [], egress: [] }, ['ingress', 'egress']],
  [{ egress: [] }, ['ingress', 'egress']],
  [{ policyTypes: ['Egress'], ingress: [] }, ['egress']],
  [{ policyTypes: ['Ingress', 'Egress'] }, ['ingress', 'egress']],
])('a policy %j is about %j', (spec, directions) => {
  expect(directionsOf(policy(spec))).toEqual(directions);
});
