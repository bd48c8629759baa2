import { isIP } from 'node:net';
import { AddressSet } from '../cluster/address-set';
import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';

const EXTERNAL = ['NodePort', 'LoadBalancer'];
const isHeadless = ({ clusterIP }: Fields): boolean => clusterIP === 'None';
const isNoClusterAddress = (address: Fields): boolean =>
  address !== '' && address !== 'None' && is.isNoAddress(address);

const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

const SERVICE: readonly Condition[] = [
  need('spec', () => true, 'ports'),
  need('spec.ports', (_, spec) => !isHeadless(spec) && spec.type !== 'ExternalName', 'at least one port'),
  refuse(
    'spec.ports',
    (ports, spec) => is.isEmpty(ports) && !isHeadless(spec) && spec.type !== 'ExternalName',
    'at least one port',
  ),
  refuse(
    'spec.ports',
    (ports) => listOf(ports).length > 1 && listOf(ports).some(({ name }) => name == null || name === ''),
    'a name for each of several ports',
  ),
  refuse(
    'spec.ports',
    (ports) => is.hasTwice(ports, ({ protocol = 'TCP', port }) => `${protocol} ${port}`),
    'each port once for a protocol',
  ),
  refuse('spec.ports[].port', is.isNoPort, is.PORT),
  refuse('spec.ports[].targetPort', (port) => port !== 0 && port !== '' && is.isNoPortOrName(port), is.PORT_OR_NAME),
  refuse('spec.ports[].protocol', is.isNoneOrDefault('TCP', 'UDP', 'SCTP'), is.oneOf('TCP', 'UDP', 'SCTP')),
  refuse('spec.ports[].nodePort', (port) => typeof port === 'number' && port > 65535, is.PORT),
  refuse('spec.ports[].appProtocol', is.isNoQualifiedName, 'a protocol such as http or example.com/grpc'),
  refuse(
    'spec.type',
    (type, { ports }) =>
      !EXTERNAL.includes(type) && listOf(ports).some(({ nodePort }) => typeof nodePort === 'number' && nodePort > 0),
    'NodePort or LoadBalancer, since a port has a nodePort',
  ),
  need(
    'spec.type',
    (_, { ports }) => listOf(ports).some(({ nodePort }) => typeof nodePort === 'number' && nodePort > 0),
    'the type NodePort or LoadBalancer, since a port has a nodePort',
  ),
  refuse('spec.clusterIP', isNoClusterAddress, 'None, or an IP address'),
  refuse('spec.clusterIPs[]', isNoClusterAddress, 'None, or an IP address'),
  refuse(
    'spec.clusterIP',
    (address, { clusterIPs }) => Array.isArray(clusterIPs) && clusterIPs[0] !== address,
    'the first of clusterIPs',
  ),
  refuse(
    'spec.clusterIP',
    (address, { type }) => address === 'None' && EXTERNAL.includes(type),
    'none of the field, since the type needs an address',
  ),
  refuse(
    'spec.clusterIP',
    (address, { type }) => type === 'ExternalName' && address !== '',
    'none of the field, since the type is ExternalName',
  ),
  need('spec.externalName', (_, { type }) => type === 'ExternalName', 'a host, since the type is ExternalName'),
  refuse(
    'spec.externalName',
    (name, { type }) => type === 'ExternalName' && (name === '' || is.isNoSubdomain(String(name).replace(/\.$/, ''))),
    'a host, without scheme, port and path',
  ),
  ...['externalTrafficPolicy', 'healthCheckNodePort'].map((field) =>
    refuse(
      `spec.${field}`,
      (value, { type, externalIPs }) =>
        !EXTERNAL.includes(type) && listOf(externalIPs).length === 0 && value !== '' && value !== 0,
      'none of the field, unless the type is NodePort or LoadBalancer',
    ),
  ),
  refuse(
    'spec.healthCheckNodePort',
    (port, { type, externalTrafficPolicy }) =>
      port !== 0 && (type !== 'LoadBalancer' || externalTrafficPolicy !== 'Local'),
    'none of the field, unless the type is LoadBalancer and externalTrafficPolicy is Local',
  ),
  refuse('spec.loadBalancerSourceRanges[]', is.isNoRange, 'a range such as 10.0.0.0/24'),
  ...['loadBalancerSourceRanges', 'loadBalancerClass', 'allocateLoadBalancerNodePorts'].map((field) =>
    refuse(
      `spec.${field}`,
      (value, { type }) => type !== 'LoadBalancer' && !is.isEmpty(value),
      'none of the field, unless the type is LoadBalancer',
    ),
  ),
  refuse(
    'spec.externalIPs[]',
    (address) => is.isNoAddress(address) || /^(?:127\.|169\.254\.|0\.0\.0\.0$|::1$|fe80:|ff)/i.test(String(address)),
    'an IP address that is neither of this host nor link-local',
  ),
  refuse(
    'spec.sessionAffinityConfig',
    (_, { sessionAffinity }) => sessionAffinity === 'None',
    'sessionAffinity: ClientIP beside it',
  ),
  refuse('spec.sessionAffinityConfig.clientIP.timeoutSeconds', is.isOutside(1, 86400), 'seconds from 1 to 86400'),
  refuse(
    'spec.ipFamilies',
    (families) => listOf(families).length > 2 || is.hasTwice(families, String),
    'IPv4, IPv6 or both',
  ),
  need(
    'spec.ipFamilyPolicy',
    // A headless Service without a selector gets it by itself.
    (_, { ipFamilies, clusterIP, selector }) =>
      listOf(ipFamilies).length > 1 && (clusterIP !== 'None' || Object.keys(selector ?? {}).length > 0),
    'RequireDualStack or PreferDualStack, since there are two ipFamilies',
  ),
  refuse(
    'spec.ipFamilyPolicy',
    (policy, { ipFamilies }) => policy === 'SingleStack' && listOf(ipFamilies).length > 1,
    'RequireDualStack or PreferDualStack, since there are two ipFamilies',
  ),
  refuse('spec.trafficDistribution', is.isNoneOf(...DISTRIBUTIONS), is.oneOf(...DISTRIBUTIONS)),
  refuse('spec.selector', is.hasNoLabels, 'labels'),
];

const HOST = 'a host such as shop.example.com or *.example.com, without scheme, port and path';

function isNoHost(host: Fields): boolean {
  if (typeof host !== 'string' || host === '') return false;
  return (
    isIP(host) !== 0 ||
    is.isNoSubdomain(host.replace(/^\*\.(?=.)/, '')) ||
    (host.startsWith('*') && !/^\*\.[^*]+$/.test(host))
  );
}

function isNoPath(path: Fields, { pathType }: Fields): boolean {
  if (typeof path !== 'string' || path === '') return path === '' && pathType !== 'ImplementationSpecific';
  if (!path.startsWith('/')) return true;
  return pathType !== 'ImplementationSpecific' && /\/\/|\/\.{1,2}(?:\/|$)|%2f/i.test(path);
}

const backend = (at: string): Condition[] => [
  refuse(at, is.isNotOne('service', 'resource'), 'exactly one of service and resource'),
  ...['kind', 'name'].map((field) => refuse(`${at}.resource.${field}`, is.isEmpty, 'a value')),
  refuse(
    `${at}.service`,
    ({ port }) => is.fieldsOf(port, ['name', 'number']).length !== 1,
    'a port, by either its name or its number',
  ),
  refuse(`${at}.service.port.number`, is.isNoPort, is.PORT),
  refuse(`${at}.service.port.name`, is.isNoPortOrName, is.PORT_OR_NAME),
  refuse(`${at}.service.name`, (name) => name === '' || is.isNoLabel(name), 'the name of a Service'),
];

const INGRESS: readonly Condition[] = [
  refuse('spec.tls[].secretName', (name) => name !== '' && is.isNoSubdomain(name), is.SUBDOMAIN),
  refuse('spec.tls[].hosts[]', is.isEmpty, HOST),
  refuse(
    'spec',
    ({ defaultBackend, rules }) => defaultBackend == null && listOf(rules).length === 0,
    'rules, or a defaultBackend',
  ),
  need('spec', () => true, 'rules, or a defaultBackend'),
  refuse('spec.rules[].host', isNoHost, HOST),
  refuse('spec.tls[].hosts[]', isNoHost, HOST),
  refuse('spec.rules[].http.paths', is.isEmpty, 'at least one path'),
  need(
    'spec.rules[].http.paths[].path',
    (_, { pathType }) => pathType === 'Exact' || pathType === 'Prefix',
    'a path, which begins with a slash',
  ),
  refuse(
    'spec.rules[].http.paths[].path',
    isNoPath,
    'a path that begins with a slash, without //, ., .. and %2f as parts',
  ),
  refuse(
    'spec.rules[].http.paths[].pathType',
    is.isNoneOf('Exact', 'Prefix', 'ImplementationSpecific'),
    is.oneOf('Exact', 'Prefix', 'ImplementationSpecific'),
  ),
  ...backend('spec.rules[].http.paths[].backend'),
  ...backend('spec.defaultBackend'),
  refuse('spec.ingressClassName', is.isNoSubdomain, is.SUBDOMAIN),
  refuse(
    'spec.ingressClassName',
    (name, _, { metadata }) => ![undefined, name].includes(metadata.annotations?.['kubernetes.io/ingress.class']),
    'that of the annotation kubernetes.io/ingress.class, or none of the annotation',
  ),
];

/** Whether a range is not a smaller part of another. */
function isNoPart(range: Fields, cidr: Fields): boolean {
  if (range === cidr) return true;
  if ([range, cidr].some((one) => typeof one !== 'string' || is.isNoRange(one))) return false;
  const [own, whole] = [range, cidr].map((one) => AddressSet.of([{ cidr: one }])) as [AddressSet, AddressSet];
  return !own.minus(whole).isEmpty || whole.minus(own).isEmpty;
}

const rules = (direction: string, side: string): Condition[] =>
  [
    refuse(`spec.${direction}[].ports[].port`, is.isNoPortOrName, is.PORT_OR_NAME),
    refuse(`spec.${direction}[].ports[].protocol`, is.isNoneOf('TCP', 'UDP', 'SCTP'), is.oneOf('TCP', 'UDP', 'SCTP')),
    refuse(
      `spec.${direction}[].ports[].endPort`,
      (end, { port }) => typeof port !== 'number' || (typeof end === 'number' && (end < port || end > 65535)),
      'none of the field, or a number from that of port, which has to be a number too',
    ),
    refuse(
      `spec.${direction}[].${side}[]`,
      is.isNotOne('ipBlock', 'podSelector', 'namespaceSelector'),
      'either ipBlock, or podSelector and namespaceSelector',
    ),
    refuse(`spec.${direction}[].${side}[].ipBlock.cidr`, is.hasHostBits, is.NETWORK),
    refuse(`spec.${direction}[].${side}[].ipBlock.except[]`, is.hasHostBits, is.NETWORK),
    refuse(
      `spec.${direction}[].${side}[].ipBlock`,
      ({ cidr, except }) => listOf(except).some((range) => isNoPart(range, cidr)),
      'exceptions that are parts of cidr',
    ),
    ...['podSelector', 'namespaceSelector'].flatMap((selector) =>
      is.labelSelector(`spec.${direction}[].${side}[].${selector}`),
    ),
  ].map((one) => (one.expected.startsWith('either ipBlock') ? { ...one, refuses: isNoPeer } : one));

function isNoPeer(peer: Fields): boolean {
  const selectors = is.fieldsOf(peer, ['podSelector', 'namespaceSelector']).length;
  return peer.ipBlock == null ? selectors === 0 : selectors > 0;
}

const POLICY: readonly Condition[] = [
  ...rules('ingress', 'from'),
  ...rules('egress', 'to'),
  refuse('spec.policyTypes', (types) => listOf(types).length > 2, 'Ingress, Egress or both'),
  refuse('spec.policyTypes[]', is.isNoneOf('Ingress', 'Egress'), is.oneOf('Ingress', 'Egress')),
  ...is.labelSelector('spec.podSelector'),
];

/** What the API server refuses in Services, Ingresses and policies. Source: Kubernetes, pkg/apis/…/validation. */
export const NETWORK: Readonly<Record<string, readonly Condition[]>> = {
  '/Service': SERVICE,
  'networking.k8s.io/Ingress': INGRESS,
  'networking.k8s.io/NetworkPolicy': POLICY,
};
