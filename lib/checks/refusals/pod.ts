import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse, warn } from './condition';
import * as is from './forms';
import { SCHEDULING } from './scheduling';

const VOLUME_SOURCES =
  'hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs persistentVolumeClaim rbd flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap vsphereVolume quobyte azureDisk photonPersistentDisk projected portworxVolume scaleIO storageos csi ephemeral image'.split(
    ' ',
  );

const MODE = 'a mode from 0 to 0777: a number that begins with 0 is octal, and others are decimal';
const isNoMode = is.isOutside(0, 0o777);

/** Files of a volume. */
const files = (at: string): Condition[] => [
  refuse(`${at}.items[].path`, is.isNoRelativePath, 'a path below the volume, without ..'),
  refuse(`${at}.items[].path`, is.isEmpty, 'a path'),
  refuse(`${at}.items[].key`, is.isEmpty, 'a key'),
  refuse(`${at}.items[].mode`, isNoMode, MODE),
];

const DOWNWARD = /^metadata\.(?:name|namespace|uid|labels|annotations|(?:labels|annotations)\['[^']+'\])$/;

const downward = (at: string): Condition[] => [
  ...files(at),
  refuse(`${at}.items[]`, is.isNotOne('fieldRef', 'resourceFieldRef'), 'exactly one of fieldRef and resourceFieldRef'),
  need(`${at}.items[].resourceFieldRef.containerName`, () => true, 'the name of a container'),
  refuse(`${at}.items[].resourceFieldRef.resource`, is.isNoResourceField, is.RESOURCE_FIELD),
  refuse(
    `${at}.items[].fieldRef.fieldPath`,
    (path) => typeof path === 'string' && !DOWNWARD.test(path),
    'metadata.name, namespace, uid, labels or annotations',
  ),
];

const SOURCES = ['secret', 'downwardAPI', 'configMap', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate'];

const VOLUMES: readonly Condition[] = [
  refuse('volumes[]', is.isSeveral(...VOLUME_SOURCES), 'one kind of volume'),
  ...['secret', 'configMap', 'projected', 'downwardAPI'].map((kind) =>
    refuse(`volumes[].${kind}.defaultMode`, isNoMode, MODE),
  ),
  ...['secret', 'configMap'].flatMap((kind) => files(`volumes[].${kind}`)),
  ...downward('volumes[].downwardAPI'),
  ...[
    'secret.secretName',
    'configMap.name',
    'projected.sources[].configMap.name',
    'projected.sources[].secret.name',
  ].flatMap((field) => [
    need(`volumes[].${field}`, () => true, 'a name'),
    refuse(`volumes[].${field}`, is.isEmpty, 'a name'),
  ]),
  refuse('volumes[].persistentVolumeClaim.claimName', is.isEmpty, 'the name of a claim'),
  refuse('volumes[].emptyDir.sizeLimit', is.isNegativeQuantity, 'an amount from 0'),
  warn('volumes[].emptyDir.sizeLimit', is.isFractionOfBytes, is.WHOLE_BYTES),
  ...['requests', 'limits'].map((bound) => warn(`resources.${bound}`, is.haveFractionOfBytes, is.WHOLE_BYTES)),
  refuse(
    'volumes[].hostPath.path',
    (path) => path === '' || (typeof path === 'string' && path.split('/').includes('..')),
    'a path without ..',
  ),
  refuse('volumes[].nfs.server', is.isEmpty, 'a server'),
  refuse(
    'volumes[].nfs.path',
    (path) => typeof path === 'string' && !path.startsWith('/'),
    'a path that begins with a slash',
  ),
  refuse('volumes[].projected.sources[]', is.isSeveral(...SOURCES), 'one kind of source'),
  ...['secret', 'configMap'].flatMap((kind) => files(`volumes[].projected.sources[].${kind}`)),
  ...downward('volumes[].projected.sources[].downwardAPI'),
  refuse(
    'volumes[].projected.sources[].serviceAccountToken.expirationSeconds',
    is.isOutside(600, 2 ** 32),
    'at least 600 seconds',
  ),
  refuse('volumes[].projected.sources[].serviceAccountToken.path', is.isEmpty, 'a path'),
  need('volumes[].ephemeral.volumeClaimTemplate', () => true, 'a claim'),
];

/** What the API server refuses in the profiles of a pod or a container. */
export const PROFILES: readonly Condition[] = ['seccompProfile', 'appArmorProfile'].flatMap((profile) => [
  refuse(`securityContext.${profile}.localhostProfile`, is.isNoRelativePath, 'a path below the folder of profiles'),
  need(`securityContext.${profile}.localhostProfile`, (_, { type }) => type === 'Localhost', 'the name of the profile'),
  refuse(
    `securityContext.${profile}.localhostProfile`,
    (_, { type }) => type !== 'Localhost',
    'none of the field, unless the type is Localhost',
  ),
]);

const SECURITY: readonly Condition[] = [
  refuse('securityContext.supplementalGroups[]', is.isOutside(0, 2 ** 31 - 1), 'a number from 0 to 2147483647'),
  refuse('os.name', (name) => !['linux', 'windows'].includes(name), 'linux or windows'),
  ...PROFILES,
  refuse(
    'securityContext.sysctls[].name',
    (name) =>
      typeof name === 'string' &&
      !/^[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?(?:[./][a-z0-9](?:[-_a-z0-9]*[a-z0-9])?)*$/.test(name),
    'a name such as net.core.somaxconn',
  ),
  refuse('securityContext.sysctls', (all) => is.hasTwice(all, ({ name }) => name), 'each name once'),
  ...['runAsUser', 'runAsGroup', 'fsGroup'].map((field) =>
    refuse(`securityContext.${field}`, is.isOutside(0, 2 ** 31 - 1), 'a number from 0 to 2147483647'),
  ),
  refuse(
    'shareProcessNamespace',
    (share, { hostPID }) => share === true && hostPID === true,
    'false, since hostPID is true',
  ),
];

const NAMES: readonly Condition[] = [
  refuse('serviceAccountName', (name) => name !== '' && is.isNoSubdomain(name), is.SUBDOMAIN),
  refuse('nodeName', (name) => name !== '' && is.isNoSubdomain(name), is.SUBDOMAIN),
  refuse('hostname', (name) => name !== '' && is.isNoLabel(name), 'lower-case letters, digits and dashes'),
  refuse('subdomain', (name) => name !== '' && is.isNoLabel(name), 'lower-case letters, digits and dashes'),
  refuse('runtimeClassName', is.isNoSubdomain, is.SUBDOMAIN),
  refuse('priorityClassName', (name) => name !== '' && is.isNoSubdomain(name), is.SUBDOMAIN),
  refuse('readinessGates[].conditionType', is.isNoQualifiedName, is.QUALIFIED_NAME),
  refuse('schedulingGates[].name', is.isNoQualifiedName, is.QUALIFIED_NAME),
  refuse('nodeSelector', is.hasNoLabels, 'labels of nodes'),
];

const DNS: readonly Condition[] = [
  need('dnsConfig', (_, { dnsPolicy }) => dnsPolicy === 'None', 'dnsConfig with nameservers, since dnsPolicy is None'),
  refuse(
    'dnsConfig',
    ({ nameservers }, { dnsPolicy }) => dnsPolicy === 'None' && listOf(nameservers).length === 0,
    'at least one nameserver, since dnsPolicy is None',
  ),
  refuse('dnsConfig.nameservers', (all) => listOf(all).length > 3, 'at most three'),
  refuse('dnsConfig.nameservers[]', is.isNoAddress, 'an IP address'),
  refuse(
    'dnsConfig.searches[]',
    (name) => name !== '.' && is.isNoSubdomain(String(name).replace(/\.$/, '').replaceAll('_', '-')),
    is.SUBDOMAIN,
  ),
  need('dnsConfig.options[].name', () => true, 'the name of an option'),
  refuse('dnsConfig.options[].name', is.isEmpty, 'the name of an option'),
  refuse('hostAliases[].ip', is.isNoAddress, 'an IP address'),
  refuse('hostAliases[].hostnames[]', is.isNoSubdomain, is.SUBDOMAIN),
];

/** The ports of nodes that the containers of a pod take. */
const hostPorts = (spec: Fields): Fields[] =>
  [...listOf(spec.containers), ...listOf(spec.initContainers).filter(({ restartPolicy }) => restartPolicy === 'Always')]
    .flatMap(({ ports }) => listOf(ports))
    .filter(({ hostPort }) => typeof hostPort === 'number' && hostPort !== 0);

const PORTS: readonly Condition[] = [
  refuse(
    'containers',
    (_, spec) =>
      is.hasTwice(
        hostPorts(spec),
        ({ protocol = 'TCP', hostIP = '', hostPort }) => `${protocol} ${hostIP} ${hostPort}`,
      ),
    'each hostPort once',
  ),
  refuse(
    'hostNetwork',
    (own, spec) => own === true && hostPorts(spec).some(({ hostPort, containerPort }) => hostPort !== containerPort),
    'hostPort and containerPort that are equal, since the pod is in the network of its node',
  ),
];

const hasNone = (names: readonly Fields[], list: Fields): boolean => {
  const known = listOf(list).map(({ name }) => name);
  return names.some((name) => typeof name === 'string' && !known.includes(name));
};

/** What the containers of a pod need in its other fields. */
const CONTAINERS: readonly Condition[] = [
  refuse(
    'containers',
    (all, { volumes }) => {
      const variables = listOf(all).flatMap(({ env }) => listOf(env));
      return hasNone(
        variables.map(({ valueFrom }) => valueFrom?.fileKeyRef?.volumeName),
        volumes,
      );
    },
    'fileKeyRef with volumes of the pod',
  ),
  refuse(
    'containers',
    (all, { resourceClaims }) => {
      const claims = listOf(all).flatMap(({ resources }) => listOf(resources?.claims));
      return hasNone(
        claims.map(({ name }) => name),
        resourceClaims,
      );
    },
    'claims of resources that the pod has',
  ),
  refuse(
    'containers',
    (all, { hostUsers }) =>
      hostUsers !== false && listOf(all).some(({ securityContext }) => securityContext?.procMount === 'Unmasked'),
    'hostUsers: false beside procMount: Unmasked',
  ),
  refuse(
    'resourceClaims[]',
    is.isNotOne('resourceClaimName', 'resourceClaimTemplateName'),
    'exactly one of resourceClaimName and resourceClaimTemplateName',
  ),
  refuse(
    'resources.limits',
    (limits) => Object.keys(limits).some((name) => !/^(?:cpu|memory|hugepages-.+)$/.test(name)),
    'cpu, memory and hugepages-… only',
  ),
];

/** What the API server refuses in the spec of a pod. Source: Kubernetes, pkg/apis/core/validation. */
export const POD: readonly Condition[] = [
  refuse('containers', is.isEmpty, 'at least one container'),
  need('containers', () => true, 'at least one container'),
  refuse('activeDeadlineSeconds', is.isOutside(1, 2 ** 31 - 1), 'a number from 1'),
  warn('terminationGracePeriodSeconds', is.isNegative, 'a number from 0; a negative one counts as 1'),
  ...NAMES,
  ...VOLUMES,
  ...SCHEDULING,
  ...SECURITY,
  ...DNS,
  ...PORTS,
  ...CONTAINERS,
];

/** What the API server refuses in the pods of workloads that run for ever. */
export const LONG_RUNNING_POD: readonly Condition[] = [
  refuse('restartPolicy', is.isNoneOrDefault('Always'), 'Always, since the workload runs for ever; a Job ends'),
  refuse('activeDeadlineSeconds', () => true, 'none of the field, since the workload runs for ever'),
];

/** What the API server refuses in a template of pods. */
export const POD_TEMPLATE: readonly Condition[] = [
  refuse('ephemeralContainers', (all) => listOf(all).length > 0, 'none of the field: they are added to pods that run'),
];
