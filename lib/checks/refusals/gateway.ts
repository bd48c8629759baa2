import { isIP } from 'node:net';
import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse, warn } from './condition';
import * as is from './forms';

/** The field of each type of filter. */
const FILTERS: Readonly<Record<string, string>> = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  ExtensionRef: 'extensionRef',
  CORS: 'cors',
};

const HEADERS = ['requestHeaderModifier', 'responseHeaderModifier'];

const filters = (at: string): Condition[] => [
  ...HEADERS.flatMap((modifier) =>
    ['set', 'add'].map((field) =>
      refuse(
        `${at}[].${modifier}.${field}`,
        (all) => is.hasTwice(all, ({ name }) => String(name).toLowerCase()),
        'each header once',
      ),
    ),
  ),
  refuse(
    `${at}[]`,
    (filter) =>
      typeof filter.type === 'string' &&
      Object.hasOwn(FILTERS, filter.type) &&
      filter[FILTERS[filter.type] as string] == null,
    'the fields of its type',
  ),
  refuse(
    `${at}[]`,
    (filter) => is.fieldsOf(filter, Object.values(FILTERS)).some((field) => FILTERS[filter.type] !== field),
    'the fields of its type only',
  ),
  refuse(
    at,
    (all) => ['RequestRedirect', 'URLRewrite'].every((type) => listOf(all).some((one) => one.type === type)),
    'either RequestRedirect or URLRewrite',
  ),
  refuse(
    at,
    (all) =>
      is.hasTwice(all, ({ type }) => (['ExtensionRef', 'RequestMirror'].includes(type) ? undefined : String(type))),
    'each type once',
  ),
];

const isService = ({ kind = 'Service', group = '' }: Fields): boolean => kind === 'Service' && group === '';

const backends = (at: string): Condition[] => [
  need(`${at}.port`, (_, reference) => isService(reference), 'the port of the Service'),
  refuse(`${at}.port`, is.isNoPort, is.PORT),
];

const PATH = 'a path that begins with a slash, without //, ., .., %2f and #';

function isNoPath(value: Fields, { type = 'PathPrefix' }: Fields): boolean {
  if (typeof value !== 'string' || type === 'RegularExpression') return false;
  return !value.startsWith('/') || /\/\/|\/\.{1,2}(?:\/|$)|%2f|#/i.test(value);
}

const ROUTE: readonly Condition[] = [
  ...backends('spec.rules[].backendRefs[]'),
  refuse(
    'spec.hostnames[]',
    (host) => typeof host === 'string' && is.isNoSubdomain(host.replace(/^\*\./, '')),
    'a host such as shop.example.com or *.example.com',
  ),
  warn('spec.hostnames[]', (host) => isIP(String(host)) !== 0, 'a host: the Gateway API allows no addresses'),
];

const HTTP_ROUTE: readonly Condition[] = [
  ...ROUTE,
  ...filters('spec.rules[].filters'),
  ...filters('spec.rules[].backendRefs[].filters'),
  ...backends('spec.rules[].filters[].requestMirror.backendRef'),
  refuse(
    'spec.rules[].filters',
    (all, { backendRefs }) =>
      listOf(all).some(({ type, requestRedirect }) => type === 'RequestRedirect' || requestRedirect != null) &&
      listOf(backendRefs).length > 0,
    'either a redirect or backendRefs',
  ),
  refuse('spec.rules[].matches[].path.value', isNoPath, PATH),
  ...['requestRedirect', 'urlRewrite'].flatMap((filter) => [
    refuse(
      `spec.rules[].filters[].${filter}.path`,
      ({ type, replaceFullPath }) => (type === 'ReplaceFullPath') !== (replaceFullPath != null),
      'replaceFullPath for the type ReplaceFullPath only',
    ),
    refuse(
      `spec.rules[].filters[].${filter}.path`,
      ({ type, replacePrefixMatch }) => (type === 'ReplacePrefixMatch') !== (replacePrefixMatch != null),
      'replacePrefixMatch for the type ReplacePrefixMatch only',
    ),
  ]),
  refuse(
    'spec.rules[].timeouts',
    ({ request, backendRequest }) =>
      (secondsOf(request) ?? 0) > 0 && (secondsOf(backendRequest) ?? 0) > (secondsOf(request) as number),
    'backendRequest of at most request',
  ),
];

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

function secondsOf(duration: Fields): number | undefined {
  if (typeof duration !== 'string') return undefined;
  return [...duration.matchAll(/(\d+)(ms|[hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit as string] as number),
    0,
  );
}

const PLAIN = ['HTTP', 'TCP', 'UDP'];

const GATEWAY: readonly Condition[] = [
  refuse(
    'spec.listeners[].tls',
    (_, { protocol }) => PLAIN.includes(protocol),
    'none of the field, since the protocol has no TLS',
  ),
  refuse(
    'spec.listeners[].tls.mode',
    (mode, _, __) => is.isNoneOf('Terminate', 'Passthrough')(mode),
    is.oneOf('Terminate', 'Passthrough'),
  ),
  refuse(
    'spec.listeners[]',
    ({ protocol, tls }) => protocol === 'HTTPS' && tls?.mode === 'Passthrough',
    'the mode Terminate, since the protocol is HTTPS',
  ),
  refuse(
    'spec.listeners[].tls',
    ({ mode = 'Terminate', certificateRefs, options }) =>
      mode === 'Terminate' && listOf(certificateRefs).length === 0 && Object.keys(options ?? {}).length === 0,
    'certificateRefs or options, since TLS ends at the Gateway',
  ),
  refuse(
    'spec.listeners[].hostname',
    (host, { protocol }) => host !== '' && ['TCP', 'UDP'].includes(protocol),
    'none of the field, since the protocol has no hosts',
  ),
  need('spec.listeners[].tls', (_, { protocol }) => protocol === 'TLS', 'tls with a mode, since the protocol is TLS'),
  refuse(
    'spec.addresses[].value',
    (address, { type = 'IPAddress' }) => type === 'IPAddress' && is.isNoAddress(address),
    'an IP address',
  ),
  refuse('spec.listeners', (all) => is.hasTwice(all, ({ name }) => name), 'each name once'),
  refuse(
    'spec.listeners',
    (all) => is.hasTwice(all, ({ port, protocol, hostname = '' }) => `${port} ${protocol} ${hostname}`),
    'each port, protocol and hostname once',
  ),
  refuse('spec.listeners[].port', is.isNoPort, is.PORT),
];

const GROUP = 'gateway.networking.k8s.io';

/** What the definitions of the Gateway API refuse. Source: gateway-api.sigs.k8s.io, API specification. */
export const GATEWAY_API: Readonly<Record<string, readonly Condition[]>> = {
  [`${GROUP}/HTTPRoute`]: HTTP_ROUTE,
  [`${GROUP}/Gateway`]: GATEWAY,
  ...Object.fromEntries(['GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map((kind) => [`${GROUP}/${kind}`, ROUTE])),
};
