import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse, warn } from './condition';
import * as is from './forms';

const EXTERNAL = ['NodePort', 'LoadBalancer'];
const isHeadless = ({ clusterIP }: Fields): boolean => clusterIP === 'None';
const isNoClusterAddress = (address: Fields): boolean =>
  address !== '' && address !== 'None' && is.isNoAddress(address);

const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

/** What the API server refuses in a Service. Source: Kubernetes, pkg/apis/core/validation. */
export const SERVICE: readonly Condition[] = [
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
  is.choiceOrDefault('spec.ports[].protocol', 'TCP', 'UDP', 'SCTP'),
  refuse('spec.ports[].nodePort', (port) => typeof port === 'number' && port > 65535, is.PORT),
  refuse('spec.ports[].appProtocol', is.isNoQualifiedName, 'a protocol such as http or example.com/grpc'),
  refuse(
    'spec.type',
    (type, { ports }) =>
      ![...EXTERNAL, 'ExternalName'].includes(type) &&
      listOf(ports).some(({ nodePort }) => typeof nodePort === 'number' && nodePort > 0),
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
  warn('spec.loadBalancerSourceRanges[]', is.hasHostBits, is.NETWORK),
  warn('spec.loadBalancerSourceRanges[]', is.isMapped, is.IPV4),
  warn('spec.externalIPs[]', is.isMapped, is.IPV4),
  refuse('spec.loadBalancerClass', is.isNoQualifiedName, 'a name such as example.com/balancer'),
  ...['ipFamilies', 'ipFamilyPolicy'].map((field) =>
    refuse(
      `spec.${field}`,
      (_, { type }) => type === 'ExternalName',
      'none of the field, since the type is ExternalName',
    ),
  ),
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
  is.choice('spec.trafficDistribution', ...DISTRIBUTIONS),
  refuse('spec.selector', is.hasNoLabels, 'labels'),
];
