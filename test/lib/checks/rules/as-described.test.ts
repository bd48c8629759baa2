import { RULES } from '../../../../lib/checks/check';
import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import { asDescribed } from '../../../../lib/checks/rules/as-described';
import type { ManifestObject } from '../../../../lib/manifests/object';
import { findings, PRODUCTION, parse, placesIn, withChanged } from '../manifests';

const DESCRIBED = parse(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop, labels: { app: shop } }
spec:
  template:
    spec:
      containers:
        - { name: api, image: "example.com/api:1", resources: { limits: { cpu: "1", memory: 1Gi } }, env: [{ name: LEVEL, value: info }] }
        - { name: proxy, image: "example.com/proxy:1" }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: files, namespace: shop }
data: { a.ini: "one\\ntwo\\nthree\\n" }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: { matchLabels: { app: shop } }
  policyTypes: [Ingress, Egress]
  ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 } }, { podSelector: {} }], ports: [{ port: 1 }, { port: 2 }] }]
`);

const SECRET = parse(`
apiVersion: v1
kind: Secret
metadata: { name: passwords, namespace: shop }
stringData: { password: abcdefgh12345678 }
`);

test('a changed Secret is told, and neither its values nor other credentials are shown', () => {
  const intent = { ...PRODUCTION, objects: [...DESCRIBED, ...SECRET] };
  const text = JSON.stringify([...DESCRIBED, ...SECRET])
    .replace('abcdefgh12345678', 'otherother123456')
    .replace('{"name":"LEVEL"', '{"name":"ADMIN_PASSWORD","value":"hunter2hunter2"},{"name":"LEVEL"')
    .replace('three', 'requirepass hunter2hunter2');
  const told = findings(asDescribed, JSON.parse(text), intent);
  expect(told).toEqual([
    expect.stringContaining('env[ADMIN_PASSWORD]: given a value that is not shown'),
    expect.stringContaining('ConfigMap shop/files: data["a.ini"]'),
    expect.stringContaining('Secret shop/passwords: stringData.password'),
  ]);
  expect(told.join()).not.toMatch(/hunter2|otherother|abcdefgh/);
});

const judge = (objects: readonly ManifestObject[]) =>
  findings(asDescribed, objects, { ...PRODUCTION, objects: DESCRIBED });

/** What is said of a text that replaces another one in the described objects. */
function judgeWith(from: string, to: string): string[] {
  const text = JSON.stringify(DESCRIBED);
  expect(text).toContain(from);
  return judge(JSON.parse(text.replace(from, to)));
}

test('what is described is no violation, whatever the server and kubectl add to it', () => {
  expect(judge(structuredClone(DESCRIBED))).toEqual([]);
  const live = DESCRIBED.map((object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      ...{ uid: 'x', resourceVersion: '7', managedFields: [] },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    },
    status: {},
  }));
  expect(judge(live)).toEqual([]);
});

test.each([
  ['another notation of a quantity', '"cpu":"1"', '"cpu":"1000m"'],
  ['another order of what is a set', '["Ingress","Egress"]', '["Egress","Ingress"]'],
  [
    'another order of peers',
    '{"ipBlock":{"cidr":"10.0.0.0/8"}},{"podSelector":{}}',
    '{"podSelector":{}},{"ipBlock":{"cidr":"10.0.0.0/8"}}',
  ],
  ['another order of keys', '"cpu":"1","memory":"1Gi"', '"memory":"1Gi","cpu":"1"'],
  ['a field that is null', '"image":"example.com/proxy:1"', '"image":"example.com/proxy:1","command":null'],
])('%s is no difference', (_, from, to) => {
  expect(judgeWith(from, to)).toEqual([]);
});

test.each([
  [
    '"memory":"1Gi"',
    '"memory":"1G"',
    'Deployment shop/api: spec.template.spec.containers[api].resources.limits.memory: given "1G", expected "1Gi"',
  ],
  [
    '"image":"example.com/proxy:1"',
    '"image":"example.com/proxy:1","tty":true',
    'Deployment shop/api: spec.template.spec.containers[proxy].tty: given true, expected nothing',
  ],
  [
    '"labels":{"app":"shop"}',
    '"labels":{}',
    'Deployment shop/api: metadata.labels.app: given nothing, expected "shop"',
  ],
  ['two', '2', 'ConfigMap shop/files: data["a.ini"]: given in line 2 "2", expected "two"'],
  ['three\\n', 'three', 'ConfigMap shop/files: data["a.ini"]: given in line 4 nothing, expected ""'],
  [
    '10.0.0.0/8',
    '0.0.0.0/0',
    'NetworkPolicy shop/api: spec.ingress[0].from[0]: given {"ipBlock":{"cidr":"0.0.0.0/0"}}, expected {"ipBlock":{"cidr":"10.0.0.0/8"}}',
  ],
  [
    '"Ingress","Egress"',
    '"Ingress"',
    'NetworkPolicy shop/api: spec.policyTypes: given ["Ingress"], expected ["Ingress","Egress"]',
  ],
])('%s → %s is one', (from, to, message) => {
  expect(judgeWith(from, to)).toEqual([message]);
});

test('a credential is not shown', () => {
  const [message] = judgeWith(
    '"name":"LEVEL","value":"info"',
    '"name":"LEVEL","value":"postgres://u:hunter2hunter@db/x"',
  );
  expect(message).toMatch(/env\[LEVEL\]\.value: given a value that is not shown, expected "info"$/);
});

test('each object is there, and no other one', () => {
  const extra = parse(`
apiVersion: v1
kind: ConfigMap
metadata: { name: more, namespace: shop }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: more, namespace: shop }
`);
  expect(judge([...DESCRIBED.slice(1), ...extra])).toEqual([
    'ConfigMap shop/more: metadata.name: is not described: the environment makes no such object; remove it, or describe what it is for',
    'RoleBinding shop/more: kind: is of a kind that the environment does not make, so it cannot be told what it opens; remove it, or describe what it is for',
    'Deployment shop/api: metadata.name: is described, but missing; apply it as synth writes it',
  ]);
});

test('its own examples show it', () => {
  const intent = { ...PRODUCTION, objects: parse(asDescribed.right) };
  expect(findings(asDescribed, parse(asDescribed.wrong), intent)).not.toEqual([]);
  expect(findings(asDescribed, parse(asDescribed.right), intent)).toEqual([]);
  expect(RULES).toContain(asDescribed);
});

test('no field of an odd shape makes it throw', () => {
  for (const object of DESCRIBED) {
    for (const path of placesIn(object).filter(([first]) => first === 'spec' || first === 'data')) {
      for (const odd of [null, 'text', 7, [], {}, [null], [[]]]) {
        asDescribed.judge(new ClusterIndex([withChanged(object, path, odd)]), { ...PRODUCTION, objects: DESCRIBED });
      }
    }
  }
});
