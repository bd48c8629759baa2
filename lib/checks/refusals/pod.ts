import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse, warn } from './condition';
import * as is from './forms';
import { SCHEDULING } from './scheduling';
import { VOLUMES } from './volumes';

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
  refuse('securityContext.sysctls[].name', (name) => String(name).length > 253, 'at most 253 letters'),
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
  refuse('schedulingGates', (all) => is.hasTwice(all, ({ name }) => name), 'each name once'),
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
  refuse('dnsConfig.searches', (all) => listOf(all).length > 32, 'at most 32'),
  warn('dnsConfig.nameservers[]', is.isMapped, is.IPV4),
  refuse('hostAliases[].ip', is.isNoAddress, 'an IP address'),
  warn('hostAliases[].ip', is.isMapped, is.IPV4),
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
  ...['requests', 'limits'].map((bound) =>
    refuse(
      `resources.${bound}`,
      (amounts) => Object.values(amounts).some((amount) => is.isNegativeQuantity(amount)),
      'amounts from 0',
    ),
  ),
  refuse('resources.requests', (amounts) => Object.keys(amounts).some(is.isNoResource), is.RESOURCES),
  refuse('overhead', (amounts) => Object.keys(amounts).some(is.isNoResource), is.RESOURCES),
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
  ...['requests', 'limits'].map((bound) => warn(`resources.${bound}`, is.haveFractionOfBytes, is.WHOLE_BYTES)),
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
