import type { ClusterIndex } from './cluster-index';
import { httpRouteRules } from './gateway-rules';
import { ingressRules } from './ingress-rules';
import type { RouteRule } from './route-rule';
import { ingressRouteRules } from './traefik-rules';

/** The rules of all Ingresses, Traefik IngressRoutes and Gateway API HTTPRoutes. */
export function routeRulesOf(cluster: ClusterIndex): RouteRule[] {
  return [
    ...cluster.ofKind('Ingress').flatMap(ingressRules),
    ...cluster.ofKind('IngressRoute').flatMap((object) => ingressRouteRules(cluster, object)),
    ...cluster.ofKind('HTTPRoute').flatMap((object) => httpRouteRules(cluster, object)),
  ];
}
