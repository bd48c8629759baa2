import { isIP } from 'node:net';
import { quantityOf } from '../../base/quantity';
import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse, warn } from './condition';
import * as is from './forms';
import { tolerations } from './scheduling';

/** What the API server refuses in an EndpointSlice. */
const SLICE: readonly Condition[] = [
  refuse('endpoints[].addresses', is.isEmpty, 'at least one address'),
  refuse(
    'endpoints[].addresses[]',
    (address, _, { addressType }) => addressType !== 'FQDN' && is.isNoAddress(address),
    'an IP address',
  ),
  refuse(
    'endpoints[].addresses[]',
    (address) => /^(?:127\.|169\.254\.|0\.0\.0\.0$|::1?$|fe80:)/i.test(String(address)),
    'an address that is neither of the host itself nor link-local',
  ),
  warn('endpoints[].addresses[]', is.isMapped, is.IPV4),
  refuse(
    'endpoints[].addresses[]',
    (address, _, { addressType }) => {
      const version = isIP(String(address));
      return (addressType === 'IPv4' && version === 6) || (addressType === 'IPv6' && version === 4);
    },
    'an address of the addressType',
  ),
  refuse(
    'endpoints[].addresses[]',
    (address, _, { addressType }) =>
      addressType === 'FQDN' && (is.isNoSubdomain(address) || !String(address).includes('.')),
    'a host such as db.example.com',
  ),
  refuse('endpoints[].hints.forZones', (zones) => is.hasTwice(zones, ({ name }) => name), 'each name once'),
  refuse('endpoints[].hints.forZones', (zones) => listOf(zones).length > 8, 'at most 8 zones'),
  refuse('endpoints[].hints.forZones[].name', is.isNoLabelValue, 'the label of a zone'),
  refuse('endpoints[].nodeName', is.isNoSubdomain, is.SUBDOMAIN),
  refuse('endpoints[].hostname', is.isNoLabel, 'lower-case letters, digits and dashes'),
  refuse('ports', (ports) => is.hasTwice(ports, ({ name = '' }) => name), 'each name once'),
  is.choice('ports[].protocol', 'TCP', 'UDP', 'SCTP'),
  refuse('ports[].appProtocol', is.isNoQualifiedName, 'a protocol such as http or example.com/grpc'),
  refuse('ports[].name', (name) => name !== '' && is.isNoLabel(name), 'lower-case letters, digits and dashes'),
];

const isNoEndpoint = (address: Fields): boolean =>
  is.isNoAddress(address) || /^(?:127\.|169\.254\.|0\.0\.0\.0$|::1?$|fe80:)/i.test(String(address));

/** What the API server refuses in Endpoints. */
const ENDPOINTS: readonly Condition[] = [
  refuse(
    'subsets[]',
    ({ addresses, notReadyAddresses }) => listOf(addresses).length + listOf(notReadyAddresses).length === 0,
    'addresses or notReadyAddresses',
  ),
  ...['addresses', 'notReadyAddresses'].flatMap((field) => [
    refuse(`subsets[].${field}[].ip`, isNoEndpoint, 'an IP address that is neither of the host itself nor link-local'),
    warn(`subsets[].${field}[].ip`, is.isMapped, is.IPV4),
    refuse(`subsets[].${field}[].hostname`, (name) => name !== '' && is.isNoLabel(name), is.SUBDOMAIN),
    refuse(`subsets[].${field}[].nodeName`, is.isNoSubdomain, is.SUBDOMAIN),
  ]),
  refuse('subsets[].ports[].name', (name) => name !== '' && is.isNoLabel(name), is.SUBDOMAIN),
  refuse('subsets[].ports[].port', is.isNoPort, is.PORT),
];

const COUNTED =
  'configmaps persistentvolumeclaims pods replicationcontrollers resourcequotas secrets services services.loadbalancers services.nodeports'.split(
    ' ',
  );
const isCounted = (name: string): boolean => COUNTED.includes(name) || name.startsWith('count/');
const MEASURED =
  /^(?:(?:requests\.|limits\.)?(?:cpu|memory|ephemeral-storage)|(?:requests\.)?storage|(?:requests\.)?hugepages-.+)$/;

/** The scopes of quotas, and those that exclude each other. */
const OPPOSITES = [
  ['Terminating', 'NotTerminating'],
  ['BestEffort', 'NotBestEffort'],
];
const OTHER_SCOPES = ['PriorityClass', 'CrossNamespacePodAffinity', 'VolumeAttributesClass'];
const SCOPES = [...OPPOSITES.flat(), ...OTHER_SCOPES];

const QUOTA: readonly Condition[] = [
  warn('spec.hard', is.haveFractionOfBytes, is.WHOLE_BYTES),
  refuse('spec.hard', (hard) => Object.values(hard).some((amount) => is.isNegativeQuantity(amount)), 'amounts from 0'),
  refuse(
    'spec.hard',
    (hard) =>
      Object.keys(hard).some(
        (name) => name.includes('.storageclass.storage.k8s.io/') && !Number.isInteger(quantityOf(hard[name]) ?? 0),
      ),
    'whole numbers for a class of storage',
  ),
  refuse(
    'spec.hard',
    (hard) => Object.keys(hard).some((name) => isCounted(name) && !Number.isInteger(quantityOf(hard[name]) ?? 0)),
    'whole numbers of objects',
  ),
  refuse(
    'spec.hard',
    (hard) => Object.keys(hard).some((name) => !name.includes('/') && !isCounted(name) && !MEASURED.test(name)),
    'resources such as pods, requests.cpu, limits.memory, requests.storage, count/jobs.batch or requests.example.com/gpu',
  ),
  is.choice('spec.scopes[]', ...SCOPES),
  is.choice('spec.scopeSelector.matchExpressions[].scopeName', ...SCOPES),
  refuse(
    'spec.scopes',
    (scopes) => OPPOSITES.some((pair) => pair.every((scope) => listOf(scopes).includes(scope))),
    'scopes that do not exclude each other',
  ),
  refuse(
    'spec.scopes',
    (scopes, { hard }) =>
      listOf(scopes).includes('BestEffort') &&
      Object.keys(hard ?? {}).some((name) => name !== 'pods' && !name.includes('/')),
    'pods alone under hard, since BestEffort limits nothing else',
  ),
  refuse(
    'spec.scopeSelector.matchExpressions[]',
    ({ operator, values }) => ['In', 'NotIn'].includes(operator) !== listOf(values).length > 0,
    'values for In and NotIn, and none for Exists and DoesNotExist',
  ),
  refuse(
    'spec.scopeSelector.matchExpressions[].operator',
    (operator, { scopeName }) => OPPOSITES.flat().includes(scopeName) && operator !== 'Exists',
    'Exists, since the scope has no values',
  ),
];

const SECURITY = 'pod-security.kubernetes.io/';
const SECURITY_LABEL = /^pod-security\.kubernetes\.io\/(?:enforce|audit|warn)(?:-version)?$/;
const isNoSecurityLabel = ([key, value]: [string, Fields]): boolean =>
  SECURITY_LABEL.test(key) &&
  (key.endsWith('-version')
    ? !/^(?:latest|v1\.\d+)$/.test(String(value))
    : !['privileged', 'baseline', 'restricted'].includes(String(value)));

const NAMESPACE: readonly Condition[] = [
  refuse(
    'metadata.labels',
    (labels) => Object.entries(labels).some(isNoSecurityLabel),
    `${SECURITY}… with privileged, baseline or restricted, and their versions as latest or v1.30`,
  ),
  refuse(
    'spec.finalizers[]',
    (name) => name !== 'kubernetes' && !(String(name).includes('/') && !is.isNoQualifiedName(name)),
    'kubernetes, or a name such as example.com/cleanup',
  ),
];

/** What the API server refuses in kinds that a cluster or a namespace has once, by group and kind. */
export const CLUSTER: Readonly<Record<string, readonly Condition[]>> = {
  '/Namespace': NAMESPACE,
  '/ResourceQuota': QUOTA,
  '/Endpoints': ENDPOINTS,
  'discovery.k8s.io/EndpointSlice': SLICE,
  'scheduling.k8s.io/PriorityClass': [
    refuse(
      'value',
      (value, _, { metadata }) => typeof value === 'number' && value > 1e9 && !metadata.name.startsWith('system-'),
      'at most 1000000000',
    ),
    refuse(
      'metadata.name',
      (name) => /^system-(?!(?:cluster|node)-critical$)/.test(String(name)),
      'a name that does not begin with system-',
    ),
    is.choice('preemptionPolicy', 'Never', 'PreemptLowerPriority'),
  ],
  'networking.k8s.io/IngressClass': [
    need('spec', () => true, 'a controller'),
    ...['kind', 'name'].map((field) => refuse(`spec.parameters.${field}`, is.isNoPathSegment, 'a name without slash')),
    refuse('spec.parameters.apiGroup', is.isNoSubdomain, is.SUBDOMAIN),
    refuse('spec.parameters.namespace', is.isNoLabel, 'the name of a namespace'),
    is.choice('spec.parameters.scope', 'Cluster', 'Namespace'),
    need(
      'spec.parameters.namespace',
      (_, { scope }) => scope === 'Namespace',
      'a namespace, since the scope is Namespace',
    ),
    refuse(
      'spec.parameters.namespace',
      (_, { scope = 'Cluster' }) => scope === 'Cluster' || scope === null,
      'none of the field, since the scope is Cluster',
    ),
    need('spec.controller', () => true, 'a name such as example.com/controller'),
    refuse(
      'spec.controller',
      (name) => typeof name === 'string' && !/^[a-z0-9][a-z0-9.-]*\/\S+$/.test(name),
      'a name such as example.com/controller',
    ),
  ],
  'node.k8s.io/RuntimeClass': [
    refuse('handler', (name) => name === '' || is.isNoLabel(name), 'lower-case letters, digits and dashes'),
    refuse(
      'overhead.podFixed',
      (amounts) => Object.values(amounts).some((amount) => is.isNegativeQuantity(amount)),
      'amounts from 0',
    ),
    refuse('overhead.podFixed', (amounts) => Object.keys(amounts).some(is.isNoResource), is.RESOURCES),
    refuse('scheduling.nodeSelector', is.hasNoLabels, 'labels of nodes'),
    ...tolerations('scheduling.tolerations'),
    refuse('scheduling.tolerations', (all) => is.hasTwice(all, JSON.stringify), 'each once'),
  ],
};
