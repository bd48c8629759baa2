import { isIP } from 'node:net';
import type { Fields } from '../cluster/pods';
import { type Condition, need, refuse, warn } from './condition';
import * as is from './forms';

const isService = ({ kind = 'Service', group = '' }: Fields): boolean => kind === 'Service' && group === '';

/** Routes whose definitions are not among those that are judged. */
const ROUTE: readonly Condition[] = [
  need('spec.rules[].backendRefs[].port', (_, reference) => isService(reference), 'the port of the Service'),
  refuse('spec.rules[].backendRefs[].port', is.isNoPort, is.PORT),
];

/** Names of headers differ by more than case. The API server takes them for different, and a Gateway takes the first. */
const headers = (at: string): Condition[] =>
  ['requestHeaderModifier', 'responseHeaderModifier'].flatMap((modifier) =>
    ['set', 'add'].map((field) =>
      warn(
        `${at}[].${modifier}.${field}`,
        (all) => is.hasTwice(all, ({ name }) => String(name).toLowerCase()),
        'each header once: a Gateway takes the first',
      ),
    ),
  );

const HOSTS: readonly Condition[] = [
  warn('spec.hostnames[]', (host) => isIP(String(host)) !== 0, 'a host: the Gateway API allows no addresses'),
];

const ROUTE_OF_REQUESTS: readonly Condition[] = [
  ...HOSTS,
  ...headers('spec.rules[].filters'),
  ...headers('spec.rules[].backendRefs[].filters'),
];

const GROUP = 'gateway.networking.k8s.io';

/** What the Gateway API refuses or ignores, and its definitions do not say. Source: gateway-api.sigs.k8s.io, API specification. */
export const GATEWAY_API: Readonly<Record<string, readonly Condition[]>> = {
  [`${GROUP}/HTTPRoute`]: ROUTE_OF_REQUESTS,
  [`${GROUP}/GRPCRoute`]: ROUTE_OF_REQUESTS,
  [`${GROUP}/TLSRoute`]: HOSTS,
  ...Object.fromEntries(['TCPRoute', 'UDPRoute'].map((kind) => [`${GROUP}/${kind}`, ROUTE])),
};
