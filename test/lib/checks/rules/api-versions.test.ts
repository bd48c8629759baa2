import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import { apiVersions as rule } from '../../../../lib/checks/rules/api-versions';
import type { ManifestObject } from '../../../../lib/manifests/object';
import type { Any } from '../../../support';
import { describeRule, findings } from '../manifests';

const object = (apiVersion: string, kind: string): ManifestObject => ({
  apiVersion,
  kind,
  metadata: { name: 'api', namespace: 'shop' },
});

const judge = (apiVersion: string, kind: string) =>
  rule.judge(new ClusterIndex([object(apiVersion, kind)])).map(({ path, message }) => `${path}: ${message}`);

const ALWAYS = `
v1: ConfigMap Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate ReplicationController
  ResourceQuota Secret Service ServiceAccount List
admissionregistration.k8s.io/v1: MutatingWebhookConfiguration ValidatingWebhookConfiguration
  ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
apiextensions.k8s.io/v1: CustomResourceDefinition
apiregistration.k8s.io/v1: APIService
apps/v1: ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
autoscaling/v1: HorizontalPodAutoscaler
autoscaling/v2: HorizontalPodAutoscaler
batch/v1: CronJob Job
certificates.k8s.io/v1: CertificateSigningRequest
coordination.k8s.io/v1: Lease
discovery.k8s.io/v1: EndpointSlice
events.k8s.io/v1: Event
flowcontrol.apiserver.k8s.io/v1: FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1: Ingress IngressClass NetworkPolicy
node.k8s.io/v1: RuntimeClass
policy/v1: PodDisruptionBudget
rbac.authorization.k8s.io/v1: ClusterRole ClusterRoleBinding Role RoleBinding
scheduling.k8s.io/v1: PriorityClass
storage.k8s.io/v1: CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment`;

/** All that the OpenAPI of 1.30 and of the newest release both have in a stable version. */
const served = ALWAYS.replace(/\n {2}/g, ' ')
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [apiVersion = '', kinds = ''] = line.split(': ');
    return kinds.split(' ').map((kind): [string, string] => [apiVersion, kind]);
  });

test.each(served)('every release serves %s %s', (apiVersion, kind) => {
  expect(judge(apiVersion, kind)).toEqual([]);
});

test.each([
  ['cert-manager.io/v1', 'Certificate'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute'],
  ['external-secrets.io/v1', 'ExternalSecret'],
  ['external-secrets.io/v1', 'SecretStore'],
  ['example.com/v1alpha1', 'Deployment'],
])('%s %s is a custom resource', (apiVersion, kind) => {
  expect(judge(apiVersion, kind)).toEqual([]);
});

/** Source: kubernetes.io, Deprecated API Migration Guide. */
test.each([
  ['extensions/v1beta1', 'Deployment', 16, 'apps/v1'],
  ['extensions/v1beta1', 'NetworkPolicy', 16, 'networking.k8s.io/v1'],
  ['extensions/v1beta1', 'Ingress', 22, 'networking.k8s.io/v1'],
  ['extensions/v1beta1', 'PodSecurityPolicy', 16, 'the label pod-security.kubernetes.io/enforce'],
  ['policy/v1beta1', 'PodSecurityPolicy', 25, 'the label pod-security.kubernetes.io/enforce'],
  ['policy/v1beta1', 'PodDisruptionBudget', 25, 'policy/v1'],
  ['apps/v1beta1', 'StatefulSet', 16, 'apps/v1'],
  ['apps/v1beta2', 'DaemonSet', 16, 'apps/v1'],
  ['batch/v1beta1', 'CronJob', 25, 'batch/v1'],
  ['autoscaling/v2beta1', 'HorizontalPodAutoscaler', 25, 'autoscaling/v2'],
  ['autoscaling/v2beta2', 'HorizontalPodAutoscaler', 26, 'autoscaling/v2'],
  ['networking.k8s.io/v1beta1', 'Ingress', 22, 'networking.k8s.io/v1'],
  ['networking.k8s.io/v1beta1', 'IngressClass', 22, 'networking.k8s.io/v1'],
  ['rbac.authorization.k8s.io/v1beta1', 'Role', 22, 'rbac.authorization.k8s.io/v1'],
  ['rbac.authorization.k8s.io/v1beta1', 'ClusterRoleBinding', 22, 'rbac.authorization.k8s.io/v1'],
  ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 22, 'apiextensions.k8s.io/v1'],
  ['apiregistration.k8s.io/v1beta1', 'APIService', 22, 'apiregistration.k8s.io/v1'],
  ['admissionregistration.k8s.io/v1beta1', 'ValidatingWebhookConfiguration', 22, 'admissionregistration.k8s.io/v1'],
  ['certificates.k8s.io/v1beta1', 'CertificateSigningRequest', 22, 'certificates.k8s.io/v1'],
  ['coordination.k8s.io/v1beta1', 'Lease', 22, 'coordination.k8s.io/v1'],
  ['discovery.k8s.io/v1beta1', 'EndpointSlice', 25, 'discovery.k8s.io/v1'],
  ['events.k8s.io/v1beta1', 'Event', 25, 'events.k8s.io/v1'],
  ['node.k8s.io/v1beta1', 'RuntimeClass', 25, 'node.k8s.io/v1'],
  ['scheduling.k8s.io/v1beta1', 'PriorityClass', 22, 'scheduling.k8s.io/v1'],
  ['storage.k8s.io/v1beta1', 'StorageClass', 22, 'storage.k8s.io/v1'],
  ['storage.k8s.io/v1beta1', 'CSIStorageCapacity', 27, 'storage.k8s.io/v1'],
  ['flowcontrol.apiserver.k8s.io/v1beta2', 'FlowSchema', 29, 'flowcontrol.apiserver.k8s.io/v1'],
  ['flowcontrol.apiserver.k8s.io/v1beta3', 'PriorityLevelConfiguration', 32, 'flowcontrol.apiserver.k8s.io/v1'],
  ['networking.k8s.io/v1alpha1', 'ServiceCIDR', 33, 'networking.k8s.io/v1, which comes with Kubernetes 1.33'],
])('%s %s went with 1.%i, and %s took its place', (apiVersion, kind, removed, expected) => {
  expect(judge(apiVersion, kind)).toEqual([
    expect.stringContaining(
      `apiVersion: given ${apiVersion} ${kind}, which Kubernetes 1.${removed} and later do not serve, expected ${expected}`,
    ),
  ]);
});

test('deprecated versions are reported', () => {
  expect(findings(rule, [object('v1', 'Endpoints')])).toEqual([
    'Endpoints shop/api: apiVersion: given v1 Endpoints, which is deprecated since Kubernetes 1.33, expected discovery.k8s.io/v1 EndpointSlice',
  ]);
});

test.each([
  ['admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy', 36],
  ['networking.k8s.io/v1', 'ServiceCIDR', 33],
  ['resource.k8s.io/v1', 'ResourceClaim', 34],
  ['storage.k8s.io/v1', 'VolumeAttributesClass', 34],
])('%s %s came with 1.%i', (apiVersion, kind, introduced) => {
  expect(judge(apiVersion, kind)).toEqual([
    `apiVersion: given ${apiVersion} ${kind}, which needs Kubernetes 1.${introduced}, expected a version that 1.30 serves`,
  ]);
});

test.each([
  ['resource.k8s.io/v1beta2', 'ResourceClaim', 'expected resource.k8s.io/v1, which comes with Kubernetes 1.34'],
  ['internal.apiserver.k8s.io/v1alpha1', 'StorageVersion', 'expected no such object'],
])('%s %s is served only if it is enabled', (apiVersion, kind, expected) => {
  expect(judge(apiVersion, kind)).toEqual([expect.stringContaining(`only if it is enabled, ${expected}`)]);
});

test.each([
  ['apps/v1', 'Deploymnt', 'kind', 'apps/v1 Deployment'],
  ['apps/v1', 'deployment', 'kind', 'apps/v1 Deployment'],
  ['apps/v2', 'Deployment', 'apiVersion', 'apps/v1'],
  ['batch/v2alpha1', 'CronJob', 'apiVersion', 'batch/v1'],
  ['apps/v1', 'Ingress', 'apiVersion', 'networking.k8s.io/v1'],
  ['v1', 'Deployment', 'apiVersion', 'apps/v1'],
  ['v1', 'Servise', 'kind', 'v1 Service'],
  ['v1', 'Quux', 'kind', 'a kind that can be applied'],
  ['v1', 'DeploymentList', 'kind', 'apps/v1 Deployment'],
  ['authentication.k8s.io/v1', 'TokenReview', 'kind', 'a kind that can be applied'],
  ['v1', 'constructor', 'kind', 'a kind that can be applied'],
])('%s %s has a mistake in %s, and %s is suggested', (apiVersion, kind, path, expected) => {
  expect(judge(apiVersion, kind)).toEqual([
    `${path}: given ${apiVersion} ${kind}, which Kubernetes 1.30 to 1.37 do not serve, expected ${expected}`,
  ]);
});

test.each([
  ['networking/v1', 'Ingress', 'a version of networking.k8s.io'],
  ['app/v1', 'Deployment', 'a version of apps'],
  ['nonsense/v1', 'Deployment', 'a group that Kubernetes has'],
  ['external-secrets.io/v1beta1', 'ExternalSecret', 'external-secrets.io/v1'],
  ['external-secrets.io/v1alpha1', 'SecretStore', 'external-secrets.io/v1'],
])('%s %s is not served', (apiVersion, kind, expected) => {
  expect(judge(apiVersion, kind)).toEqual([
    `apiVersion: given ${apiVersion} ${kind}, which is not served, expected ${expected}`,
  ]);
});

test.each([null, undefined, 7, '', '/', 'a/b/c/d', [], {}, '__proto__', `${'a'.repeat(100_000)}/v1`])(
  'the odd name %p makes nothing fail',
  (odd: Any) => {
    expect(() => judge(odd, 'Pod')).not.toThrow();
    expect(() => judge('v1', odd)).not.toThrow();
    expect(() => judge(odd, odd)).not.toThrow();
  },
);

describeRule(rule);

const inGroup = (apiVersion: string, kind: string) =>
  findings(rule, [{ apiVersion, kind, metadata: { name: 'a', namespace: 'shop' } }]);

test.each([
  ['gateway.networking.k8s.io/v1', 'HttpRoute', 'HTTPRoute'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoutes', 'HTTPRoute'],
  ['monitoring.coreos.com/v1', 'ServiceMonitoring', 'ServiceMonitor'],
  ['monitoring.coreos.com/v1', 'PrometheusRules', 'PrometheusRule'],
  ['keda.sh/v1alpha1', 'ScaleObject', 'ScaledObject'],
  ['argoproj.io/v1alpha1', 'Rollouts', 'Rollout'],
  ['barmancloud.cnpg.io/v1', 'Backup', 'ObjectStore'],
  ['cert-manager.io/v1', 'Secret', 'one of Certificate, CertificateRequest, ClusterIssuer, Issuer'],
])('%s has no kind %s', (apiVersion, kind, expected) => {
  expect(inGroup(apiVersion, kind)).toEqual([
    `${kind} shop/a: kind: given ${apiVersion} ${kind}, which is not served, expected ${expected}`,
  ]);
});

test.each([
  ['gateway.networking.k8s.io/v1', 'GRPCRoute'],
  ['gateway.networking.k8s.io/v1beta1', 'ReferenceGrant'],
  ['gateway.networking.k8s.io/v1alpha2', 'TCPRoute'],
  ['external-secrets.io/v1alpha1', 'PushSecret'],
  ['monitoring.coreos.com/v1', 'Prometheus'],
  ['argoproj.io/v1alpha1', 'Workflow'],
  ['cert-manager.example.com/v1', 'Anything'],
])('%s has the kind %s', (apiVersion, kind) => {
  expect(inGroup(apiVersion, kind)).toEqual([]);
});

test.each(['constructor', '__proto__', 'toString'])('the kind %s of a known group is none', (kind) => {
  expect(inGroup('traefik.io/v1alpha1', kind)).toHaveLength(1);
});
