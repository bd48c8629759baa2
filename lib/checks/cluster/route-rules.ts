import type { ClusterIndex } from './cluster-index';
import { ofHttpRoute } from './gateway-rules';
import { ofIngress } from './ingress-rules';
import type { RouteRule } from './route-rule';
import { ofIngressRoute } from './traefik-rules';

/** What Ingresses, Traefik's IngressRoutes and the Gateway API's HTTPRoutes lead on, rule by rule. */
export function routeRulesOf(facts: ClusterIndex): RouteRule[] {
  return [
    ...facts.ofKind('Ingress').flatMap(ofIngress),
    ...facts.ofKind('IngressRoute').flatMap((object) => ofIngressRoute(facts, object)),
    ...facts.ofKind('HTTPRoute').flatMap((object) => ofHttpRoute(facts, object)),
  ];
}
