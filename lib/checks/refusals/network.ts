import { isIP } from 'node:net';
import { AddressSet } from '../cluster/address-set';
import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse, warn } from './condition';
import * as is from './forms';
import { SERVICE } from './service';

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
  ...['kind', 'name'].flatMap((field) => [
    need(`${at}.resource.${field}`, () => true, 'a value'),
    refuse(`${at}.resource.${field}`, is.isNoPathSegment, 'a name without slash'),
  ]),
  refuse(`${at}.resource.apiGroup`, is.isNoSubdomain, is.SUBDOMAIN),
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
  is.choice('spec.rules[].http.paths[].pathType', 'Exact', 'Prefix', 'ImplementationSpecific'),
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
    is.choice(`spec.${direction}[].ports[].protocol`, 'TCP', 'UDP', 'SCTP'),
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
    ...['cidr', 'except[]'].flatMap((field) => [
      warn(`spec.${direction}[].${side}[].ipBlock.${field}`, is.hasHostBits, is.NETWORK),
      warn(`spec.${direction}[].${side}[].ipBlock.${field}`, is.isMapped, is.IPV4),
    ]),
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
  is.choice('spec.policyTypes[]', 'Ingress', 'Egress'),
  ...is.labelSelector('spec.podSelector'),
];

const CIDRS: readonly Condition[] = [
  need('spec', () => true, 'cidrs'),
  need('spec.cidrs', () => true, 'at least one range'),
  refuse('spec.cidrs', is.isEmpty, 'at least one range'),
  refuse(
    'spec.cidrs',
    (all) => is.hasTwice(all, (range) => (String(range).includes(':') ? 'IPv6' : 'IPv4')),
    'at most one range of each IP family',
  ),
  refuse('spec.cidrs[]', (range) => is.isNoRange(range) || is.hasHostBits(range) || is.isMapped(range), is.NETWORK),
];

/** What the API server refuses in Services, Ingresses and policies. Source: Kubernetes, pkg/apis/…/validation. */
export const NETWORK: Readonly<Record<string, readonly Condition[]>> = {
  '/Service': SERVICE,
  'networking.k8s.io/Ingress': INGRESS,
  'networking.k8s.io/NetworkPolicy': POLICY,
  'networking.k8s.io/ServiceCIDR': CIDRS,
};
