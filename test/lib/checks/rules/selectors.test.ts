import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import type { Prerequisite } from '../../../../lib/checks/cluster/prerequisite';
import { selectors as rule } from '../../../../lib/checks/rules/selectors';
import { type ManifestObject, objectName } from '../../../../lib/manifests/object';
import { prerequisitesOf } from '../../../../lib/pipeline/intent';
import { type Any, PROJECT } from '../../../support';
import { salientSystem } from '../../../systems';

const objectsIn = (yaml: string): ManifestObject[] =>
  parseAllDocuments(yaml).flatMap((document) => document.toJS() ?? []);

const judge = (yaml: string, prerequisites: readonly Prerequisite[] = []) =>
  rule.judge(new ClusterIndex(objectsIn(yaml), prerequisites)).map(({ object, ...violation }) => ({
    ...violation,
    object: objectName(object),
  }));

const PORTS = '[{ name: http, containerPort: 8000 }, { name: dns, containerPort: 53, protocol: UDP }]';

const workload = (name: string, labels = `app: ${name}`, kind = 'Deployment', ports = PORTS) => `
---
apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { ${labels} } }
    spec: { containers: [{ name: ${name}, ports: ${ports} }] }
`;

const service = (ports: string, selector = 'app: api') => `
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec: { selector: { ${selector} }, ports: [${ports}] }
`;

const policy = (spec: string, name = 'api') => `
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: shop }
spec: ${spec}
`;

const budget = (selector: string) => `
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: api, namespace: shop }
spec: { selector: ${selector} }
`;

const scaler = (name: string, target: string) => `
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: ${name}, namespace: shop }
spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: ${target} } }
`;

const SPACE = `
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { tier: shop } }
`;
const API = workload('api');
const BOTH = API + workload('ui');
const UI = '{ podSelector: { matchLabels: { app: ui } } }';
const HTTP = '{ port: 80, targetPort: http }';

/** Something that the cluster has, so that what is not given is not there. */
const ANY: readonly Prerequisite[] = [{ kind: 'Namespace', name: 'ops' }];

/** What is right, the text to change in it, what makes it wrong, and what is then found. */
type Case = readonly [string, string, string, string, string, string, string];

// biome-ignore format: a line for each case
const CASES: readonly Case[] = [
  ['a Service selects pods', API + service(HTTP), 'selector: { app: api }', 'selector: { app: apis }', 'Service shop/api', 'spec.selector', 'given app=apis, which no pod of namespace shop has'],
  ['a Service selects pods of its namespace', API + service(HTTP), 'kind: Deployment\nmetadata: { name: api, namespace: shop', 'kind: Deployment\nmetadata: { name: api, namespace: other', 'Service shop/api', 'spec.selector', 'no pod of namespace shop'],
  ['a port that is named', API + service(HTTP), 'targetPort: http', 'targetPort: web', 'Service shop/api', 'spec.ports[0].targetPort', 'given TCP "web", expected a port of Deployment shop/api: http 8000 TCP, dns 53 UDP'],
  ['a port that is renamed', API + service(HTTP), 'name: http', 'name: web', 'Service shop/api', 'spec.ports[0].targetPort', 'given TCP "http"'],
  ['the protocol of a port that is named', API + service('{ port: 53, protocol: UDP, targetPort: dns }'), ', protocol: UDP, targetPort', ', targetPort', 'Service shop/api', 'spec.ports[0].targetPort', 'given TCP "dns"'],
  ['a port by its number', API + service('{ port: 80, targetPort: 8000 }'), 'targetPort: 8000', 'targetPort: 8080', 'Service shop/api', 'spec.ports[0].targetPort', 'given TCP 8080'],
  ['a port that is its own target', API + service('{ port: 8000 }'), 'port: 8000 }]', 'port: 80 }]', 'Service shop/api', 'spec.ports[0].port', 'given TCP 80,'],
  ['a Service of one workload', workload('api', 'app: api, part: a') + workload('ui', 'app: ui, part: b') + service(HTTP, 'part: a'), 'part: b', 'part: a', 'Service shop/api', 'spec.selector', 'selects the pods of Deployment shop/api and Deployment shop/ui'],
  ['a budget of one workload', BOTH + budget('{ matchLabels: { app: api } }'), '{ matchLabels: { app: api } } }\n', '{} }\n', 'PodDisruptionBudget shop/api', 'spec.selector', 'selects the pods of Deployment shop/api and Deployment shop/ui'],
  ['a workload that selects its pods', API, 'labels: { app: api }', 'labels: { app: apis }', 'Deployment shop/api', 'spec.selector', 'given app=api, expected labels of its own pods (app=apis)'],
  ['a workload that selects no other pods', API + workload('ui', 'app: ui, part: ui', 'StatefulSet'), 'matchLabels: { app: ui }', 'matchExpressions: [{ key: app, operator: Exists }]', 'StatefulSet shop/ui', 'spec.selector', 'which the pods of Deployment shop/api match as well'],
  ['one autoscaler for a target', BOTH + scaler('one', 'api') + scaler('two', 'ui'), 'name: ui } }\n', 'name: api } }\n', 'HorizontalPodAutoscaler shop/two', 'spec.scaleTargetRef', 'which HorizontalPodAutoscaler shop/one scales already'],
  ['a policy that selects pods', API + policy('{ podSelector: { matchLabels: { app: api } } } # policy'), 'app: api } } } # policy', 'app: apis } } } # policy', 'NetworkPolicy shop/api', 'spec.podSelector', 'given app=apis, which no pod of namespace shop has'],
  ['a policy of all pods', `${SPACE}${policy('{ podSelector: {} }')}`, 'podSelector: {}', 'podSelector: { matchExpressions: [{ key: app, operator: Exists }] }', 'NetworkPolicy shop/api', 'spec.podSelector', 'given app Exists'],
  ['a peer of the same namespace', BOTH + policy(`{ podSelector: {}, ingress: [{ from: [${UI}] }] }`), '{ from: [{ podSelector: { matchLabels: { app: ui', '{ from: [{ podSelector: { matchLabels: { app: gui', 'NetworkPolicy shop/api', 'spec.ingress[0].from[0]', 'given pods with app=gui in namespace shop, which do not exist'],
  ['a peer in another namespace', `${SPACE}${BOTH}${policy('{ podSelector: {}, egress: [{ to: [{ namespaceSelector: { matchLabels: { tier: shop } }, podSelector: { matchLabels: { app: api } } }] }] }')}`, 'matchLabels: { tier: shop', 'matchLabels: { tier: shopp', 'NetworkPolicy shop/api', 'spec.egress[0].to[0]', 'in namespaces with tier=shopp'],
  ['a peer that is a namespace', `${SPACE}${policy('{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 } }, { namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: shop } } }] }] }')}`, 'metadata.name: shop', 'metadata.name: shopp', 'NetworkPolicy shop/api', 'spec.ingress[0].from[1]', 'which do not exist'],
  ['the DNS server', policy('{ podSelector: {}, egress: [{ to: [{ namespaceSelector: {}, podSelector: { matchLabels: { k8s-app: kube-dns } } }] }] }'), 'k8s-app: kube-dns', 'k8s-app: coredns', 'NetworkPolicy shop/api', 'spec.egress[0].to[0]', 'k8s-app=coredns'],
  ['the port of a policy', API + policy('{ podSelector: { matchLabels: { app: api } }, ingress: [{ ports: [{ port: http }] }] }'), 'port: http }', 'port: web }', 'NetworkPolicy shop/api', 'spec.ingress[0].ports[0].port', 'given "web", expected the name of a port of the pods that it selects: http, dns'],
  ['the port of where a policy leads', BOTH + policy(`{ podSelector: {}, egress: [{ to: [${UI}], ports: [{ port: http }] }] }`), 'port: http }', 'port: web }', 'NetworkPolicy shop/api', 'spec.egress[0].ports[0].port', 'of the pods that it leads to'],
  ['a Service that is open', API + service(HTTP) + policy('{ podSelector: {} }', 'deny') + policy('{ podSelector: { matchLabels: { app: api } }, ingress: [{ ports: [{ port: 8000 }] }] }'), 'port: 8000 }] }] }', 'port: 8080 }] }] }', 'Service shop/api', 'spec.ports[0].targetPort', 'given TCP 8000 of Deployment shop/api, which policies isolate, expected an ingress rule'],
  ['a Service that is open by name', API + service('{ port: 80, targetPort: 8000 }') + policy('{ podSelector: {}, ingress: [{ ports: [{ port: http }] }] }'), 'port: http }', 'port: 53, endPort: 7999 }', 'Service shop/api', 'spec.ports[0].targetPort', 'which policies isolate'],
  ['the protocol that is open', API + service('{ port: 53, protocol: UDP, targetPort: dns }') + policy('{ podSelector: {}, ingress: [{ ports: [{ port: 53, protocol: UDP }] }] }'), 'port: 53, protocol: UDP }] }] }', 'port: 53 }] }] }', 'Service shop/api', 'spec.ports[0].targetPort', 'given UDP 53'],
  ['a Service without isolation', API + service(HTTP) + policy('{ podSelector: {}, policyTypes: [Egress] }'), 'policyTypes: [Egress]', 'policyTypes: [Ingress]', 'Service shop/api', 'spec.ports[0].targetPort', 'which policies isolate'],
];

test.each(CASES)('%s', (_, right, from, to, object, path, message) => {
  expect(right).toContain(from);
  expect(judge(right, ANY)).toEqual([]);
  expect(judge(right.replace(from, to), ANY)).toEqual([
    { rule: 'selectors', object, path, message: expect.stringContaining(message) },
  ]);
});

// biome-ignore format: a line for each case
test.each([
  ['a Service without a selector', service(HTTP, '')],
  ['a Service for a name elsewhere', service(HTTP).replace('spec: {', 'spec: { type: ExternalName,')],
  ['a number where no port is declared', workload('api', 'app: api', 'DaemonSet', '[]') + service('{ port: 80, targetPort: 8080 }')],
  ['a rule for every port', API + service(HTTP) + policy('{ podSelector: {}, ingress: [{}] }')],
  ['a rule for every port of a protocol', API + service(HTTP) + policy('{ podSelector: {}, ingress: [{ ports: [{ protocol: TCP }] }] }')],
  ['a range of ports', API + service(HTTP) + policy('{ podSelector: {}, ingress: [{ ports: [{ port: 7000, endPort: 9000 }] }] }')],
  ['pods on the network of their node', API.replace('spec: { containers', 'spec: { hostNetwork: true, containers') + service(HTTP) + policy('{ podSelector: {} }')],
  ['the test of a chart beside its workload', API + service(HTTP) + workload('test', 'app: api').replace('apps/v1', 'v1').replace('Deployment', 'Pod').replace('metadata: { name: test, namespace: shop }\nspec:', 'metadata: { name: test, namespace: shop, labels: { app: api } }\nspec:\n  containers: []')],
  ['workloads of two namespaces', API + API.replace('namespace: shop', 'namespace: other')],
  ['a port that only a prerequisite pod may have', API + policy('{ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }], ports: [{ port: web }] }] }')],
  ['the policy of another vendor', policy('{ selector: app == "apis", podSelector: { matchLabels: { app: apis } } }').replace('networking.k8s.io', 'projectcalico.org')],
])('%s passes', (_, yaml) => {
  expect(judge(yaml)).toEqual([]);
});

test('a port must be one of every workload that is selected', () => {
  const two =
    workload('api', 'app: api, part: a') + workload('ui', 'app: ui, part: a', 'Deployment', '[{ containerPort: 80 }]');
  expect(judge(two + service(HTTP, 'part: a'))).toEqual([
    expect.objectContaining({ path: 'spec.selector' }),
    expect.objectContaining({
      path: 'spec.ports[0].targetPort',
      message: expect.stringContaining('Deployment shop/ui: 80 TCP'),
    }),
  ]);
});

test('a Job whose pods have the labels of a Service is reported', () => {
  const job = workload('job', 'app: api', 'Job')
    .replace('apps/v1', 'batch/v1')
    .replace(/ {2}selector.*\n/, '');
  expect(judge(API + job + service(HTTP))).toEqual([
    expect.objectContaining({ message: expect.stringContaining('Deployment shop/api and Job shop/job') }),
  ]);
});

test('the pods that CloudNativePG makes for a cluster are selected', () => {
  const selecting = (labels: string) =>
    judge(`${SPACE}---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: db, namespace: shop }
spec: { instances: 3 }
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { selector: ${labels}, ports: [{ port: 5432 }] }
`);
  expect(selecting('{ cnpg.io/cluster: db, cnpg.io/instanceRole: replica }')).toEqual([]);
  expect(selecting('{ cnpg.io/cluster: eu }')).toHaveLength(1);
  expect(selecting('{ cnpg.io/cluster: db, cnpg.io/instanceRole: none }')).toHaveLength(1);
});

test('pods that are given are selected too, in their namespace or in any', () => {
  const solver: Prerequisite = { kind: 'Pod', name: 'acme-solver', labels: { solver: 'true' } };
  const edge: Prerequisite = { kind: 'Pod', namespace: 'edge', name: 'nginx', labels: { app: 'nginx' } };
  const peer = (name: string) =>
    `{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: ${name} } }, podSelector: { matchLabels: { app: nginx } } }`;
  const yaml = (name: string) =>
    policy(
      `{ podSelector: { matchLabels: { solver: "true" } }, ingress: [{ from: [${peer(name)}], ports: [{ port: web }] }] }`,
    );
  expect(judge(yaml('edge'), [solver, edge])).toEqual([]);
  expect(judge(yaml('edge'), [{ ...solver, namespace: 'shop' }, edge])).toEqual([]);
  expect(judge(yaml('edge'), [{ ...solver, namespace: 'other' }, edge])).toHaveLength(1);
  expect(judge(yaml('edg'), [solver, edge])).toEqual([expect.objectContaining({ path: 'spec.ingress[0].from[0]' })]);
  expect(judge(service(HTTP, 'solver: "true"'), [solver])).toEqual([]);
});

test('the labels of a namespace that is given are known', () => {
  const yaml = policy(
    '{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: ops } } }] }] }',
  );
  expect(judge(yaml, ANY)).toHaveLength(1);
  expect(judge(yaml, [{ kind: 'Namespace', name: 'monitoring', labels: { team: 'ops' } }])).toEqual([]);
});

test('of a namespace outside the set nothing is known where nothing is given', () => {
  const peer = (labels: string) =>
    `${SPACE}${policy(`{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { ${labels} } }, podSelector: { matchLabels: { app: nginx } } }] }] }`)}`;
  expect(judge(peer('kubernetes.io/metadata.name: edge'))).toEqual([]);
  expect(judge(peer('kubernetes.io/metadata.name: edge'), ANY)).toHaveLength(1);
  expect(judge(peer('kubernetes.io/metadata.name: shop'))).toHaveLength(1);
  expect(judge(peer('tier: shop'))).toHaveLength(1);
  expect(judge(policy(`{ podSelector: {}, ingress: [{ from: [${UI}] }] }`))).toEqual([]);
});

test('a Service may select two releases of one program', () => {
  const two = (one: string, other: string) =>
    judge(workload('api', one) + workload('canary', other) + service(HTTP, 'part: a')).filter(({ object }) =>
      object.startsWith('Service'),
    );
  const release = (labels: string) => `part: a, app: api, ${labels}`;
  expect(two(release('track: stable'), release('track: canary'))).toEqual([]);
  expect(two(release('app.kubernetes.io/version: "1"'), release('app.kubernetes.io/version: "2"'))).toEqual([]);
  expect(two(release('rollouts-pod-template-hash: a'), release('rollouts-pod-template-hash: b'))).toEqual([]);
  expect(two(release('track: stable'), release('track: stable'))).toHaveLength(1);
  expect(two(release('tier: a'), release('tier: b'))).toHaveLength(1);
  expect(two('part: a, app: api, track: stable', 'part: a, app: ui, track: canary')).toHaveLength(1);
  expect(two(release('version: "1", component: web'), release('version: "2", component: worker'))).toHaveLength(1);
});

test('a peer in more than a few namespaces is found', () => {
  const spaces = Array.from(
    { length: 20 },
    (_, index) =>
      `---${SPACE.replace('name: shop', `name: shop-${index}`)}${API.replaceAll('namespace: shop', `namespace: shop-${index}`)}`,
  );
  const yaml = (name: string) =>
    `${spaces.join('')}${policy(`{ podSelector: {}, egress: [{ to: [{ namespaceSelector: { matchLabels: { tier: shop } }, podSelector: { matchLabels: { app: ${name} } } }], ports: [{ port: http }] }] }`)}`;
  expect(judge(yaml('api'))).toEqual([]);
  expect(judge(yaml('ui'))).toHaveLength(1);
});

test('the examples are right and wrong as stated', () => {
  expect(judge(rule.wrong)).not.toEqual([]);
  expect(judge(rule.right)).toEqual([]);
});

test.each(['dev', 'staging', 'prod'])('Salient in %s is clean', (name) => {
  const folder = join(PROJECT, 'dist', name, 'salient');
  const yaml = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  const prerequisites = prerequisitesOf(salientSystem(name));
  expect(judge(yaml.join('---\n'), prerequisites)).toEqual([]);
});

test.each<Any>([[null], [0], ['text'], [true], [[]], [[null, 0, 'text', []]], [{}], [{ name: 5, toString: 1 }]])(
  '%j in the place of anything does not throw',
  (odd) => {
    const template = (spec: Any) => ({ template: { metadata: { labels: odd }, spec }, selector: { matchLabels: odd } });
    const expressions = [
      { key: odd, operator: odd, values: odd },
      { key: 'app', operator: 'In', values: odd },
    ];
    const rules = [odd, { from: odd, to: odd, ports: odd }, { from: [{ podSelector: odd, namespaceSelector: odd }] }];
    const specs: Any[] = [
      odd,
      { selector: odd, ports: odd, podSelector: odd, ingress: odd, egress: odd, policyTypes: odd, scaleTargetRef: odd },
      {
        selector: { app: 'api' },
        ports: [{ port: odd, targetPort: odd, protocol: odd }, { port: 80 }, { targetPort: 'a' }],
      },
      { podSelector: {}, ingress: rules, egress: rules },
      {
        podSelector: { matchExpressions: expressions },
        ingress: [{ ports: [{ port: odd, endPort: odd, protocol: odd }] }],
      },
      { selector: { matchExpressions: expressions }, scaleTargetRef: { kind: odd, name: odd, apiVersion: odd } },
      template(odd),
      template({ containers: odd }),
      template({ containers: [{ ports: odd }] }),
      { ...template({ containers: [{ ports: [{ name: odd, containerPort: odd, protocol: odd }] }] }), selector: odd },
      {
        template: {
          metadata: { labels: { app: 'api' } },
          spec: { containers: [{ ports: [{ name: odd, containerPort: odd }] }] },
        },
      },
    ];
    // biome-ignore format: a list
    const kinds = [
      'v1/Service', 'apps/v1/Deployment', 'apps/v1/StatefulSet', 'batch/v1/Job', 'networking.k8s.io/v1/NetworkPolicy',
      'policy/v1/PodDisruptionBudget', 'autoscaling/v2/HorizontalPodAutoscaler',
    ];
    const objects = kinds.flatMap((kind) =>
      specs.map((spec, index): Any => {
        const slash = kind.lastIndexOf('/');
        return { apiVersion: kind.slice(0, slash), kind: kind.slice(slash + 1), metadata: { name: `a${index}` }, spec };
      }),
    );
    expect(() => rule.judge(new ClusterIndex(objects))).not.toThrow();
  },
);
