import type { ManifestObject } from '../../manifests/object';
import { ClusterIndex } from './cluster-index';
import { routeRulesOf } from './route-rules';

/** A host's path that an edge offers, and the Service behind it. */
export interface PublicRoute {
  /** The Ingress, IngressRoute or HTTPRoute. */
  readonly object: ManifestObject;
  readonly host: string;
  readonly path: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
}

/** Every way in that objects offer to anybody, each once. What is for some requests to a path alone is none of its own. */
export function publicRoutesOf(objects: readonly ManifestObject[]): PublicRoute[] {
  const rules = routeRulesOf(new ClusterIndex(objects)).filter(({ audience }) => audience !== 'nobody');
  return rules.flatMap(({ object, host, route: path, narrowed, services: [service] }) =>
    narrowed || service === undefined || typeof service.port !== 'number'
      ? []
      : [{ object, host, path, service: { ...service, port: service.port } }],
  );
}
