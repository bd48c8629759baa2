import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { listOf } from './pods';
import type { Finding } from './violation';

/** How a ClientTrafficPolicy takes the client's address from what the client sends, or undefined. */
function trusts({ spec }: ManifestObject): { readonly path: string; readonly what: string } | undefined {
  const { xForwardedFor, customHeader } = spec?.clientIPDetection ?? {};
  const path = 'spec.clientIPDetection';
  if (customHeader != null) {
    return { path: `${path}.customHeader`, what: `the client's address from the header ${customHeader.name}` };
  }
  const hops = xForwardedFor?.numTrustedHops;
  const open = listOf(xForwardedFor?.trustedCIDRs).find((cidr) => /\/0$/.test(String(cidr)));
  if (typeof hops === 'number' && hops > 0) {
    return {
      path: `${path}.xForwardedFor.numTrustedHops`,
      what: `an address of X-Forwarded-For, ${hops} before the last`,
    };
  }
  return open === undefined
    ? undefined
    : { path: `${path}.xForwardedFor.trustedCIDRs`, what: `X-Forwarded-For of ${open}` };
}

/**
 * Policies of Envoy Gateway that take the client's address from a header while a SecurityPolicy of their namespace admits only some
 * addresses. Source: gateway.envoyproxy.io, Client Traffic Policy, ClientIPDetectionSettings.
 */
export function clientAddressFindings(cluster: ClusterIndex): Finding[] {
  const lists = cluster
    .ofKind('SecurityPolicy')
    .filter(({ spec }) => listOf(spec?.authorization?.rules).some(({ principal }) => principal?.clientCIDRs != null));
  return cluster.ofKind('ClientTrafficPolicy').flatMap((object): Finding[] => {
    const found = trusts(object);
    const list = lists.find(({ metadata }) => metadata.namespace === object.metadata.namespace);
    if (found === undefined || list === undefined) return [];
    const message = `given ${found.what}, expected none: a client that sends it itself is admitted by the allowlist of ${objectName(list)}`;
    return [{ object, path: found.path, message }];
  });
}

/** Values of an edge that mean no limit at all. Sources: Traefik, Buffering, RateLimit; ingress-nginx, Annotations. */
export function unlimitedFindings(cluster: ClusterIndex): Finding[] {
  const finding = (object: ManifestObject, path: string, what: string): Finding => ({
    object,
    path,
    message: `given 0, which means no limit, expected ${what}`,
  });
  return [
    ...cluster
      .ofKind('Middleware')
      .flatMap((object) => [
        ...(object.spec?.rateLimit?.average === 0
          ? [finding(object, 'spec.rateLimit.average', 'how many requests a second an address may send')]
          : []),
        ...(object.spec?.buffering?.maxRequestBodyBytes === 0
          ? [finding(object, 'spec.buffering.maxRequestBodyBytes', 'the largest body in bytes')]
          : []),
      ]),
    ...cluster.ofKind('Ingress').flatMap((object) => {
      const key = 'nginx.ingress.kubernetes.io/proxy-body-size';
      return /^0[km]?$/.test(String(object.metadata.annotations?.[key]))
        ? [finding(object, `metadata.annotations["${key}"]`, 'the largest body, such as 10m')]
        : [];
    }),
  ];
}
