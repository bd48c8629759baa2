import type { ClusterIndex } from './cluster-index';
import { ofHttpRoute } from './gateway-rules';
import { ofIngress } from './ingress-rules';
import type { RouteRule } from './route-rule';
import { ofIngressRoute } from './traefik-rules';

/** What Ingresses, Traefik's IngressRoutes and the Gateway API's HTTPRoutes lead on, rule by rule. */
export function routeRulesOf(cluster: ClusterIndex): RouteRule[] {
  return [
    ...cluster.ofKind('Ingress').flatMap(ofIngress),
    ...cluster.ofKind('IngressRoute').flatMap((object) => ofIngressRoute(cluster, object)),
    ...cluster.ofKind('HTTPRoute').flatMap((object) => ofHttpRoute(cluster, object)),
  ];
}
