import type { ManifestObject } from '../../manifests/object';
import { ClusterIndex } from './cluster-index';
import { routeRulesOf } from './route-rules';

/** A host and path that an edge serves, with the Service behind it. */
export interface PublicRoute {
  /** The Ingress, IngressRoute or HTTPRoute. */
  readonly object: ManifestObject;
  readonly host: string;
  readonly path: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
}

/** All routes that edges serve. Routes for nobody, and rules for only some requests to a path, are left out. */
export function publicRoutesOf(objects: readonly ManifestObject[]): PublicRoute[] {
  const rules = routeRulesOf(new ClusterIndex(objects)).filter(({ audience }) => audience !== 'nobody');
  return rules.flatMap(({ object, host, route: path, narrowed, services: [service] }) =>
    narrowed || service === undefined || typeof service.port !== 'number'
      ? []
      : [{ object, host, path, service: { ...service, port: service.port } }],
  );
}
