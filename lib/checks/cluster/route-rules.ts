import type { ClusterIndex } from './cluster-index';
import { httpRouteRules } from './gateway-rules';
import { ingressRules } from './ingress-rules';
import type { RouteRule } from './route-rule';
import { ingressRouteRules } from './traefik-rules';

/** What Ingresses, Traefik's IngressRoutes and the Gateway API's HTTPRoutes lead on, rule by rule. */
export function routeRulesOf(cluster: ClusterIndex): RouteRule[] {
  return [
    ...cluster.ofKind('Ingress').flatMap(ingressRules),
    ...cluster.ofKind('IngressRoute').flatMap((object) => ingressRouteRules(cluster, object)),
    ...cluster.ofKind('HTTPRoute').flatMap((object) => httpRouteRules(cluster, object)),
  ];
}
