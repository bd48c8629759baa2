import type { Any } from '../../../support';
import { container, deployment, job, object, podSpec, service, statefulSet, told } from '../right';

const NAME = 'kubernetes.io/metadata.name';
const inSpace = (namespace: string, one: Any): Any => ({ ...one, metadata: { ...one.metadata, namespace } });
const space = (name: string): Any => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const pods = (app: string) => ({ podSelector: { matchLabels: { app } } });
const policy = (...egress: object[]): Any =>
  object('networking.k8s.io/v1', 'NetworkPolicy', 'p', {
    spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress },
  });
const DNS = { ports: [{ port: 53, protocol: 'UDP' }] };
const TO_API = { to: [pods('api')], ports: [{ port: 8080 }] };

const web = (fields: object = {}, pod: object = {}) => deployment('web', podSpec(pod, container(fields)));
const calls = (name: string, value: string) => web({ env: [{ name, value }] });
const config = (data: object) => object('v1', 'ConfigMap', 'settings', { data });
const API = [deployment('api'), service('api'), service('web')];
const undeclared = (name: string) => deployment(name, podSpec({}, container({ ports: undefined, ...NO_PROBES })));
const NO_PROBES = { startupProbe: undefined, livenessProbe: undefined, readinessProbe: undefined };

const closing = (objects: readonly Any[]) =>
  told(objects).filter((line) => /pitfalls: NetworkPolicy default\/p: spec\.egress: /.test(line));

test.each<[string, Any, object[], Any[]]>([
  ['an address in a variable', calls('API', 'http://api/v1'), [TO_API], []],
  ['the whole name of a Service', calls('API', 'http://api.default.svc.cluster.local.:80'), [TO_API], []],
  ['a bare host', calls('PGHOST', 'api'), [TO_API], []],
  ['a host and a port', calls('BROKERS', 'api:9092'), [TO_API], []],
  ['a rule for all ports of one pod', calls('API', 'http://api'), [{ to: [pods('api')] }], []],
  [
    'a rule for a port by another name',
    calls('API', 'http://api'),
    [{ to: [pods('api')], ports: [{ port: 'http' }] }],
    [],
  ],
  ['a flag', web({ args: ['dump', '--host=api'] }), [TO_API], []],
  ['a flag with a word behind it', web({ command: ['psql', '-h', 'api'] }), [TO_API], []],
  [
    'a ConfigMap of variables',
    web({ envFrom: [{ configMapRef: { name: 'settings' } }] }),
    [TO_API],
    [config({ API_URL: 'http://api' })],
  ],
  [
    'a key of a ConfigMap',
    web({ env: [{ name: 'API_URL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'api' } } }] }),
    [TO_API],
    [config({ api: 'http://api' })],
  ],
  [
    'a mounted file',
    web(
      { volumeMounts: [{ name: 'v', mountPath: '/etc/web' }] },
      { volumes: [{ name: 'v', configMap: { name: 'settings' } }] },
    ),
    [TO_API],
    [config({ 'web.conf': 'proxy_pass http://api:80;' })],
  ],
  [
    'a name outside the cluster, where addresses are open',
    calls('HOOK', 'https://hooks.example.com/x'),
    [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ port: 443 }] }],
    [],
  ],
  ['no rule at all', calls('API', 'http://api'), [], []],
])('a pod without DNS is told of: %s', (_, pod, rules, more) => {
  expect(closing([...API, pod, ...more, policy(...rules)])).toEqual([
    expect.stringMatching(/given no egress to port 53 for Deployment default\/web, which calls "(api|hooks)/),
  ]);
  expect(closing([...API, pod, ...more, policy(...rules, DNS)])).toEqual([]);
});

test('DNS over TCP alone is told of, unless the pod asks that way', () => {
  const tcp = policy(TO_API, { ports: [{ port: 53 }] });
  expect(closing([...API, calls('API', 'http://api'), tcp])).toEqual([
    expect.stringContaining('given TCP alone for port 53'),
  ]);
  const asks = web({ env: [{ name: 'API', value: 'http://api' }] }, { dnsConfig: { options: [{ name: 'use-vc' }] } });
  expect(closing([...API, asks, tcp])).toEqual([]);
});

test.each<[string, object]>([
  ['the cache of a node', { to: [{ ipBlock: { cidr: '169.254.20.10/32' } }], ports: [{ port: 53, protocol: 'UDP' }] }],
  ['a port by its name', { to: [{ namespaceSelector: {} }], ports: [{ port: 'dns', protocol: 'UDP' }] }],
  ['a range of ports', { ports: [{ port: 1, endPort: 65535, protocol: 'UDP' }] }],
  ['DNS servers at 5353', { to: [{ namespaceSelector: {} }], ports: [{ port: 5353, protocol: 'UDP' }] }],
  ['all of another namespace', { to: [{ namespaceSelector: { matchLabels: { [NAME]: 'kube-system' } } }] }],
  ['an empty list of peers', { to: [] }],
  ['a rule for everything', {}],
])('a pod that reaches DNS is not told of: %s', (_, rule) => {
  expect(closing([...API, calls('API', 'http://api'), policy(TO_API, rule)])).toEqual([]);
});

test('a pod that needs no DNS is not told of', () => {
  expect(closing([...API, calls('API', 'http://10.0.0.1'), policy(TO_API)])).toEqual([]);
  const alias = { hostAliases: [{ ip: '10.0.0.1', hostnames: ['api'] }] };
  expect(closing([...API, web({ env: [{ name: 'API', value: 'http://api' }] }, alias), policy(TO_API)])).toEqual([]);
  // It may be kept apart on purpose, and only share its settings.
  expect(closing([...API, calls('PEER', 'api:50051'), policy()])).toEqual([]);
});

const onPort = (objects: readonly Any[]) => told(objects).filter((line) => /which is the port of Service/.test(line));
const store = [
  space('data'),
  space('default'),
  inSpace('data', statefulSet('store')),
  inSpace('data', service('store')),
];
const data = { namespaceSelector: { matchLabels: { [NAME]: 'data' } } };

test.each<[string, Any[], object]>([
  ['of a Deployment', API, pods('api')],
  [
    'of pods that declare no port',
    [undeclared('api'), service('api', { ports: [{ port: 80, targetPort: 8080 }] })],
    pods('api'),
  ],
  ['of a StatefulSet in another namespace', store, { ...data, ...pods('store') }],
  ['of any pod of a namespace', store, data],
])('egress to the port of a Service is told of: %s', (_, objects, peer) => {
  const rule = (port: number) => policy({ to: [peer], ports: [{ port }] }, DNS);
  expect(onPort([web(), ...objects, rule(80)])).toEqual([
    expect.stringMatching(/given 80, .*expected one of its pods: 8080/),
  ]);
  expect(onPort([web(), ...objects, rule(8080)])).toEqual([]);
});

test('egress to the port of a Service is not told of where other pods may listen there', () => {
  const rule = policy({ to: [pods('api')], ports: [{ port: 80 }] });
  const also = deployment('other', podSpec({}, container({ ports: [{ name: 'http', containerPort: 80 }] })), {
    selector: { matchLabels: { part: 'other' } },
    template: {
      metadata: { labels: { app: 'api', part: 'other' } },
      spec: podSpec({}, container({ ports: [{ name: 'http', containerPort: 80 }] })),
    },
  });
  expect(onPort([web(), ...API, rule, also])).toEqual([]);
  const any = policy({ to: [{ podSelector: {} }], ports: [{ port: 80 }] });
  expect(onPort([web(), ...API, any])).toHaveLength(1);
  expect(onPort([web(), ...API, any, object('example.com/v1', 'Ship', 's')])).toEqual([]);
  expect(onPort([web(), ...API, policy({ to: [pods('api')], ports: [{ port: 80, endPort: 9000 }] })])).toEqual([]);
  expect(
    onPort([job('once'), web(), policy({ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 80 }] })]),
  ).toEqual([]);
});
