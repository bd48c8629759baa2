import type { Any } from '../../../support';
import { deployment, job, object, service, statefulSet, told } from '../right';

/** An object of a cluster. */
const whole = (apiVersion: string, kind: string, fields: object): Any => ({
  ...{ apiVersion, kind, metadata: { name: 'a' } },
  ...fields,
});
const inRoom = (apiVersion: string, kind: string, spec: object): Any => object(apiVersion, kind, 'a', { spec });

const ADMISSION = 'admissionregistration.k8s.io/v1';
const RULE = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] };
const SCHEMA = { openAPIV3Schema: { type: 'object', properties: { a: { type: 'string' } } } };

/** Right objects, each of which is changed in one field. */
const RIGHT: Readonly<Record<string, () => Any>> = {
  Deployment: () => deployment('api'),
  StatefulSet: () => statefulSet('db'),
  Job: () => job('once'),
  Service: () => service('api'),
  NetworkPolicy: () =>
    inRoom('networking.k8s.io/v1', 'NetworkPolicy', {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ ipBlock: { cidr: '2001:db8::/32', except: ['2001:db8:1::/48'] } }] }],
    }),
  ResourceQuota: () =>
    inRoom('v1', 'ResourceQuota', {
      hard: { pods: '10', 'requests.cpu': '1500m', 'count/jobs.batch': 4, 'requests.example.com/gpu': 1 },
      scopes: ['NotTerminating'],
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] },
    }),
  LimitRange: () => inRoom('v1', 'LimitRange', { limits: [{ type: 'Container', default: { cpu: 1 } }] }),
  Namespace: () =>
    whole('v1', 'Namespace', { metadata: { name: 'a', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } }),
  IngressClass: () =>
    whole('networking.k8s.io/v1', 'IngressClass', {
      spec: {
        controller: 'example.com/edge',
        parameters: { kind: 'A', name: 'a', scope: 'Namespace', namespace: 'default' },
      },
    }),
  RuntimeClass: () => whole('node.k8s.io/v1', 'RuntimeClass', { handler: 'runsc', overhead: { podFixed: { cpu: 1 } } }),
  PersistentVolume: () =>
    whole('v1', 'PersistentVolume', {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        csi: { driver: 'd', volumeHandle: 'h' },
      },
    }),
  EndpointSlice: () =>
    object('discovery.k8s.io/v1', 'EndpointSlice', 'a', {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'] }],
      ports: [{ port: 80 }],
    }),
  PriorityClass: () => whole('scheduling.k8s.io/v1', 'PriorityClass', { value: 1 }),
  StorageClass: () => whole('storage.k8s.io/v1', 'StorageClass', { provisioner: 'disk.example.com', parameters: {} }),
  ClusterRole: () =>
    whole('rbac.authorization.k8s.io/v1', 'ClusterRole', {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
      rules: [],
    }),
  ValidatingAdmissionPolicy: () =>
    whole(ADMISSION, 'ValidatingAdmissionPolicy', {
      spec: { matchConstraints: { resourceRules: [RULE] }, validations: [{ expression: 'true' }] },
    }),
  ValidatingWebhookConfiguration: () =>
    whole(ADMISSION, 'ValidatingWebhookConfiguration', {
      webhooks: [
        {
          name: 'a.example.com',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          clientConfig: { service: { name: 's', namespace: 'default', path: '/v' } },
          rules: [RULE],
        },
      ],
    }),
  CustomResourceDefinition: () =>
    whole('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
      metadata: { name: 'foos.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'foos', kind: 'Foo' },
        versions: [{ name: 'v1', served: true, storage: true, schema: SCHEMA }],
      },
    }),
  APIService: () =>
    whole('apiregistration.k8s.io/v1', 'APIService', {
      metadata: { name: 'v1.example.com' },
      spec: { group: 'example.com', version: 'v1', groupPriorityMinimum: 100, versionPriority: 100 },
    }),
};

const BOX = 'spec.template.spec.containers.0';
const POD = 'spec.template.spec';
const onExitCodes = (...values: number[]) => ({
  rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values } }],
});

const REFUSED: readonly [kind: string, path: string, value: unknown][] = [
  ['Deployment', `${BOX}.securityContext.seccompProfile`, { type: 'Localhost' }],
  ['Deployment', `${BOX}.resizePolicy`, [{ resourceName: 'storage', restartPolicy: 'NotRequired' }]],
  ['Deployment', `${BOX}.resources.claims`, [{ name: 'gpu' }]],
  ['Deployment', `${BOX}.volumeMounts`, [{ name: 'a', mountPath: '/a', mountPropagation: 'Bidirectional' }]],
  ['Deployment', `${POD}.resourceClaims`, [{ name: 'gpu' }]],
  ['Deployment', `${POD}.resources`, { limits: { 'example.com/gpu': 1 } }],
  ['Deployment', `${POD}.volumes`, [{ name: 'a', nfs: { server: '', path: '/' } }]],
  ['Deployment', 'metadata.generateName', 'A_'],
  ['StatefulSet', 'spec.volumeClaimTemplates', [{ metadata: { name: 'A' }, spec: {} }]],
  ['Job', 'spec.podFailurePolicy', onExitCodes(2, 1)],
  ['Job', 'spec.podFailurePolicy', onExitCodes(1, 1)],
  ['Job', 'spec.managedBy', 'controller'],
  ['Job', 'spec.manualSelector', true],
  ['Job', 'metadata.name', 'a'.repeat(64)],
  ['Service', 'spec.ipFamilies', ['IPv4', 'IPv6']],
  ['Service', 'spec.trafficDistribution', 'Near'],
  ['NetworkPolicy', 'spec.ingress.0.from.0.ipBlock.except', ['2001:db9::/48']],
  ['NetworkPolicy', 'spec.ingress.0.from.0.ipBlock.except', ['2001:db8::/32']],
  ['ResourceQuota', 'spec.hard', { pods: '1.5' }],
  ['ResourceQuota', 'spec.hard', { gpus: 1 }],
  ['ResourceQuota', 'spec.scopes', ['Terminating', 'NotTerminating']],
  ['ResourceQuota', 'spec.scopes', ['BestEffort']],
  ['ResourceQuota', 'spec.scopeSelector.matchExpressions.0.values', []],
  ['ResourceQuota', 'spec.scopeSelector.matchExpressions.0.scopeName', 'BestEffort'],
  ['LimitRange', 'spec.limits.0.type', 'Pod'],
  ['LimitRange', 'spec.limits.0', { type: 'PersistentVolumeClaim' }],
  ['Namespace', 'metadata.labels', { 'pod-security.kubernetes.io/enforce': 'strict' }],
  ['Namespace', 'metadata.labels', { 'pod-security.kubernetes.io/warn-version': '1.30' }],
  ['Namespace', 'spec', { finalizers: ['mine'] }],
  ['IngressClass', 'spec.parameters.scope', 'Cluster'],
  ['IngressClass', 'spec.parameters.kind', ''],
  ['RuntimeClass', 'handler', 'A_'],
  ['RuntimeClass', 'overhead.podFixed.cpu', '-1'],
  ['PersistentVolume', 'spec.nfs', { server: 's', path: '/' }],
  ['PersistentVolume', 'spec.csi.driver', ''],
  ['EndpointSlice', 'endpoints.0.addresses', ['127.0.0.1']],
  ['PriorityClass', 'metadata.name', 'system-mine'],
  ['StorageClass', 'parameters', { '': 'a' }],
  ['StorageClass', 'allowedTopologies', [{ matchLabelExpressions: [{ key: 'a', values: [] }] }]],
  ['ClusterRole', 'aggregationRule.clusterRoleSelectors', []],
  ['ValidatingAdmissionPolicy', 'spec.validations', []],
  ['ValidatingAdmissionPolicy', 'spec.validations.0.expression', ''],
  ['ValidatingAdmissionPolicy', 'spec.matchConstraints.resourceRules.0.apiGroups', []],
  ['ValidatingAdmissionPolicy', 'spec.variables', [{ name: '1a', expression: '1' }]],
  ['ValidatingWebhookConfiguration', 'webhooks.0.admissionReviewVersions', ['v2']],
  ['ValidatingWebhookConfiguration', 'webhooks.0.clientConfig.service.path', 'v'],
  ['ValidatingWebhookConfiguration', 'webhooks.0.rules.0.operations', ['*', 'CREATE']],
  ['CustomResourceDefinition', 'spec.versions.0.schema', { openAPIV3Schema: {} }],
  ['CustomResourceDefinition', 'spec.versions.0.schema.openAPIV3Schema.properties', { a: {} }],
  ['CustomResourceDefinition', 'spec.versions.0.name', 'V1'],
  ['CustomResourceDefinition', 'spec.conversion', { strategy: 'Webhook' }],
  ['APIService', 'metadata.name', 'v1.other'],
  ['APIService', 'spec.versionPriority', 0],
];

const refusedIn = (one: Any): string[] => told([one]).filter((line) => line.startsWith('broken: api-server: '));

function changed(make: () => Any, path: string, value: unknown): Any {
  const copy = structuredClone(make());
  const keys = path.split('.');
  const last = keys.pop() as string;
  const holder = keys.reduce((here, key) => {
    here[key] ??= {};
    return here[key];
  }, copy);
  holder[last] = value;
  return copy;
}

test.each(Object.entries(RIGHT))('a right %s is accepted', (_, make) => {
  expect(refusedIn(make())).toEqual([]);
});

test.each(REFUSED)('%s: %s: %j is refused', (kind, path, value) => {
  expect(refusedIn(changed(RIGHT[kind] as () => Any, path, value))).toHaveLength(1);
});

test.each([
  ['NetworkPolicy', 'spec.ingress.0.from.0.ipBlock', { cidr: '10.0.0.1/8' }],
  ['NetworkPolicy', 'spec.ingress.0.from.0.ipBlock', { cidr: '::ffff:10.0.0.0/104' }],
  ['Deployment', `${POD}.hostAliases`, [{ ip: '::ffff:10.0.0.1', hostnames: ['a'] }]],
])('%s: %s: %j is a risk, since Kubernetes 1.36 and later refuse it', (kind, path, value) => {
  const object = changed(RIGHT[kind] as () => Any, path, value);
  const lines = told([object]).filter((line) => / api-server: /.test(line));
  expect(lines).toEqual([expect.stringMatching(/^risk: .*1\.36 and later refuse/)]);
});

test('one class in the field and the annotation of an Ingress is accepted, two are not', () => {
  const ingress = (annotation: string): Any => ({
    ...inRoom('networking.k8s.io/v1', 'Ingress', {
      ingressClassName: 'edge',
      defaultBackend: { resource: { kind: 'A', name: 'a' } },
    }),
    metadata: { name: 'a', namespace: 'default', annotations: { 'kubernetes.io/ingress.class': annotation } },
  });
  expect(refusedIn(ingress('edge'))).toEqual([]);
  expect(refusedIn(ingress('other'))).toHaveLength(1);
});

const WHOLE: readonly [kind: string, path: string, value: unknown][] = [
  ['Deployment', `${BOX}.resources.limits.memory`, '512k'],
  ['Deployment', `${BOX}.resources.limits.ephemeral-storage`, '500m'],
  ['Deployment', `${POD}.resources`, { limits: { memory: '1500m' } }],
  ['ResourceQuota', 'spec.hard', { 'limits.memory': '512m' }],
  ['LimitRange', 'spec.limits.0.default', { memory: '512m' }],
];

test.each(WHOLE)('%s: %s: %j is less than is meant, a risk', (kind, path, value) => {
  expect(told([changed(RIGHT[kind] as () => Any, path, value)])).toContainEqual(
    expect.stringMatching(/^risk: api-server: .*(whole bytes|mebibytes)/),
  );
});

test('thousandths of processors are right', () => {
  expect(told([changed(RIGHT.ResourceQuota as () => Any, 'spec.hard', { 'requests.cpu': '1500m' })])).toEqual([]);
});
