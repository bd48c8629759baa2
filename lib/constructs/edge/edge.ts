import { Construct } from 'constructs';
import type { System } from '../../model/system';
import { GatewayEdge } from './gateway';
import { IngressEdge } from './ingress';
import { siteRoutesOf } from './site-routes';
import { TraefikEdge } from './traefik';

/**
 * The objects that route external requests to exposed components, by host and path: with TLS if there is an issuer, and with the
 * allowlist, body size, streaming, rate limit and headers of each site. All kinds of edge forward WebSockets.
 *
 * @throws when a site has components in two namespaces, or exposes a gRPC port by an edge that forwards HTTP/1.1 only
 */
export class Edge extends Construct {
  constructor(scope: Construct, id: string, system: Pick<System, 'name' | 'components' | 'edge'>) {
    super(scope, id);
    const { name, edge } = system;
    const sites = siteRoutesOf(system);
    for (const { site, routes } of edge.kind === 'gateway' ? [] : sites) {
      const rpc = routes.find(({ service }) => service.protocol === 'grpc');
      if (rpc) throw new Error(`${site.host}${rpc.path} exposes a gRPC port, expected an edge of the kind gateway`);
    }
    switch (edge.kind) {
      case 'ingress':
        new IngressEdge(this, edge.kind, { name, edge, sites });
        break;
      case 'traefik':
        new TraefikEdge(this, edge.kind, { name, edge, sites });
        break;
      case 'gateway':
        new GatewayEdge(this, edge.kind, { name, edge, sites });
        break;
    }
  }
}
